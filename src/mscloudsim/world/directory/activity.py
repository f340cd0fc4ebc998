"""When people sign in, how they prove who they are, and what looks risky about it."""

from typing import Any, Final

from mscloudsim.world.directory.people import LEADERS, Facts, People, Sort
from mscloudsim.world.directory.stamps import DAY, HOUR, stamp

Item = dict[str, Any]

_STALE_FROM: Final = 95
_METHODS: Final = (
    ("microsoftAuthenticatorPush", "softwareOneTimePasscode", "mobilePhone"),
    ("microsoftAuthenticatorPush", "softwareOneTimePasscode"),
    ("mobilePhone",),
    ("mobilePhone", "email"),
    ("microsoftAuthenticatorPush", "softwareOneTimePasscode", "fido2SecurityKey"),
    ("microsoftAuthenticatorPush", "microsoftAuthenticatorPasswordless", "windowsHelloForBusiness"),
)
_PREFERRED: Final = {"microsoftAuthenticatorPush": ("push", "PhoneAppNotification"), "mobilePhone": ("sms", "Sms")}
_PASSWORDLESS: Final = frozenset({"fido2SecurityKey", "microsoftAuthenticatorPasswordless", "windowsHelloForBusiness"})
_NOT_MFA: Final = frozenset({"email"})
_RISKS: Final = (("low", "atRisk"), ("medium", "atRisk"), ("high", "atRisk"), ("medium", "remediated"))


class Activity:
    """What the sign-in and registration reports say about the people of a tenant."""

    def __init__(self, people: People) -> None:
        self.people, self.born = people, people.born
        self._stale = 6 + int(40 * (1 - people.care))

    def sign_in(self, index: int) -> Item | None:
        """`signInActivity`; None for those who never signed in, who have no such property."""
        who = self.people.facts(index)
        days = self._days_away(who)
        if days is None:
            return None
        rolls = who.rolls
        last = self.born - days * DAY - (rolls[46] << 8 | rolls[47])
        request = self.people.ids.of("request", index)
        succeeded = last if rolls[45] > 24 else max(last - rolls[45] * DAY, who.created)
        return {
            "lastSignInDateTime": stamp(last),
            "lastSignInRequestId": request,
            "lastNonInteractiveSignInDateTime": stamp(min(last + rolls[44] * 60, self.born)),
            "lastNonInteractiveSignInRequestId": request,
            "lastSuccessfulSignInDateTime": stamp(succeeded),
            "lastSuccessfulSignInRequestId": request,
        }

    def _days_away(self, who: Facts) -> int | None:
        """Whole days since the last sign-in, never more than the account is old."""
        age = (self.born - who.created) // DAY - 1
        chance, far = who.rolls[40], who.rolls[41] << 8 | who.rolls[42]
        stale, fresh = min(age, _STALE_FROM + far % 700), min(age, far % 24)
        if who.sort is Sort.EMERGENCY:
            return min(age, 20 + far % 60) if self.people.care > 0.6 else None
        if self.people.is_pending(who) or who.sort is Sort.SHARED or (chance < 5 and who.index >= LEADERS):
            return None
        if who.index < LEADERS:
            return stale if who.index % 5 == 4 and self.people.care < 0.7 else far % 5
        if who.sort is Sort.GUEST:
            return stale if chance < 120 else fresh
        return stale if not who.enabled or chance < 5 + self._stale else fresh

    def registration(self, index: int, item: Item, *, is_admin: bool) -> Item | None:
        """A row of the registration report; None for those it leaves out: the disabled, and now and then somebody."""
        rolls = self.people.ids.rolls("methods", index)
        if not item["accountEnabled"] or rolls[0] < 2:
            return None
        methods = self._methods(index, rolls, guest=item["userType"] == "Guest", is_admin=is_admin)
        strong = any(method in _PASSWORDLESS for method in methods)
        registered = any(method not in _NOT_MFA for method in methods)
        preferred = _PREFERRED.get(methods[0] if methods else "", ("none", "none"))
        return {
            "id": item["id"],
            "userPrincipalName": item["userPrincipalName"],
            "userDisplayName": item["displayName"],
            "userType": item["userType"].lower(),
            "isAdmin": is_admin,
            "isMfaRegistered": registered,
            "isMfaCapable": registered,
            "isPasswordlessCapable": strong,
            "isSsprRegistered": bool(methods) and rolls[3] < 200,
            "isSsprEnabled": True,
            "isSsprCapable": bool(methods) and rolls[3] < 200,
            "isSystemPreferredAuthenticationMethodEnabled": True,
            "systemPreferredAuthenticationMethods": [preferred[1]] if registered else [],
            "userPreferredMethodForSecondaryAuthentication": preferred[0],
            "methodsRegistered": list(methods),
            "lastUpdatedDateTime": stamp(self.born - rolls[4] * 300),
        }

    def _methods(self, index: int, rolls: bytes, *, guest: bool, is_admin: bool) -> tuple[str, ...]:
        """Careless tenants have members, and even administrators, without a second factor."""
        if index < self.people.emergency_accounts:
            return ("fido2SecurityKey",) if self.people.care > 0.5 else ()
        protected = 90 + int(166 * self.people.care) + (40 if is_admin else 0) - (60 if guest else 0)
        return _METHODS[rolls[2] % len(_METHODS)] if rolls[1] < protected else ()

    def per_user_mfa(self, index: int) -> str:
        """`disabled`, which Conditional Access wants; where nobody cares a few were switched on by hand."""
        roll = self.people.ids.rolls("per-user", index)[0]
        if self.people.care > 0.45 or roll > 60:
            return "disabled"
        return "enforced" if roll < 40 else "enabled"

    def risk(self, index: int, item: Item) -> Item | None:
        """A row of risky users; None for the great majority."""
        rolls = self.people.ids.rolls("risk", index)
        if rolls[0] > 2 or item["userType"] == "Guest" or not item["accountEnabled"]:
            return None
        level, state = _RISKS[rolls[1] % len(_RISKS)]
        remediated = state == "remediated"
        return {
            "id": item["id"],
            "isDeleted": False,
            "isProcessing": False,
            "riskLevel": "none" if remediated else level,
            "riskState": state,
            "riskDetail": "userPerformedSecuredPasswordReset" if remediated else "none",
            "riskLastUpdatedDateTime": stamp(self.born - rolls[2] * 9 * HOUR),
            "userDisplayName": item["displayName"],
            "userPrincipalName": item["userPrincipalName"],
        }
