"""Counting one Microsoft tenant after it was collected, so that no page has to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from tenantry.governance.identity.credentials import ENDING
from tenantry.governance.identity.figures.models import FIGURES
from tenantry.governance.identity.licensing.seats import free_seats, is_paid_for
from tenantry.governance.identity.models import (
    ApplicationCredential,
    DirectoryUser,
    LicenceSku,
    UserRegistration,
)
from tenantry.governance.identity.privileges.models import Holder, PrivilegedGrant, System
from tenantry.governance.identity.queries import beside, is_stale, with_sign_ins
from tenantry.governance.identity.strength import Strength
from tenantry.kit.db import TenantSession
from tenantry.observe.models import DatasetState

_USERS: Final = "entra.users"
_REPORT: Final = "entra.registration_details"
_SIGN_INS: Final = "entra.sign_in_activity"
_ROLES: Final = "entra.role_assignments"
_AZURE: Final = "azure.role_assignments"
_SKUS: Final = "entra.subscribed_skus"
_MFA: Final = (
    *("mfa_known", "mfa_capable", Strength.PHISHING_RESISTANT.value, Strength.STRONG.value, Strength.WEAK.value),
    *("without_mfa", "mfa_unknown"),
)
RESTS_ON: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("users", "guests", "pending_guests"), (_USERS,)),
    **dict.fromkeys(_MFA, (_USERS, _REPORT)),
    **dict.fromkeys(("privileged_entra",), (_USERS, _ROLES)),
    "privileged": (_USERS, _ROLES),
    "privileged_azure": (_USERS, _AZURE),
    "privileged_guests": (_USERS, _ROLES),
    "privileged_without_mfa": (_USERS, _ROLES, _REPORT),
    "privileged_apps": (_ROLES, "entra.app_role_assignments"),
    **dict.fromkeys(("stale", "stale_guests"), (_USERS, _SIGN_INS)),
    **dict.fromkeys(("credentials_expired", "credentials_ending"), ("entra.applications",)),
    "free_seats": (_SKUS,),
    "seats_on_disabled": (_USERS, _SKUS),
    "seats_on_stale": (_USERS, _SKUS, _SIGN_INS),
}
"""The datasets that each figure rests on. Names of roles change so seldom that they need no age of their own."""

States = Mapping[str, DatasetState]


@dataclass(frozen=True, slots=True)
class Count:
    """One Microsoft tenant at one moment."""

    session: TenantSession
    of: UUID
    now: datetime

    def figures(self, states: States) -> dict[str, int | None]:
        """Every figure; None where a dataset it rests on was never complete."""
        known = {name for name, state in states.items() if state.complete_at is not None}
        found: dict[str, int | None] = dict.fromkeys(FIGURES)
        for count in (self._people, self._mfa, self._privileged, self._stale, self._credentials, self._seats):
            found.update(count())
        return {name: value if known.issuperset(RESTS_ON[name]) else None for name, value in found.items()}

    def _one(self, *columns: Any, of: Any, where: tuple[Any, ...] = ()) -> dict[str, int]:
        query = select(*columns).select_from(of).where(of.microsoft_tenant_id == self.of, *where)
        return {name: int(value or 0) for name, value in self.session.execute(query).mappings().one().items()}

    def _people(self) -> dict[str, int]:
        user = DirectoryUser
        is_guest = user.user_type == "guest"
        return self._one(
            func.count().label("users"),
            func.count().filter(is_guest).label("guests"),
            func.count().filter(is_guest, user.invitation_state == "PendingAcceptance").label("pending_guests"),
            of=user,
        )

    def _mfa(self) -> dict[str, int]:
        user, told = DirectoryUser, UserRegistration
        reported = func.count(told.id)
        query = (
            select(
                reported.label("mfa_known"),
                reported.filter(told.is_mfa_capable).label("mfa_capable"),
                *(
                    reported.filter(told.strength == strength.value).label(name)
                    for strength, name in _STRENGTHS.items()
                ),
                func.count().filter(told.strength.is_(None)).label("mfa_unknown"),
            )
            .select_from(user)
            .outerjoin(told, beside(told))
            .where(user.microsoft_tenant_id == self.of, user.is_enabled, user.user_type == "member")
        )
        return dict(self.session.execute(query).mappings().one())

    def _privileged(self) -> dict[str, int]:
        grant = PrivilegedGrant
        person, app = grant.holder == Holder.USER, grant.holder == Holder.SERVICE_PRINCIPAL

        def holders(*conditions: Any) -> Any:
            return func.count(grant.holder_key.distinct()).filter(*conditions)

        return self._one(
            holders(person).label("privileged"),
            holders(person, grant.system == System.ENTRA).label("privileged_entra"),
            holders(person, grant.system == System.AZURE).label("privileged_azure"),
            holders(person, grant.is_guest).label("privileged_guests"),
            holders(person, grant.is_enabled, grant.strength == Strength.NONE).label("privileged_without_mfa"),
            holders(app).label("privileged_apps"),
            of=grant,
        )

    def _stale(self) -> dict[str, int]:
        is_guest = DirectoryUser.user_type == "guest"
        query = with_sign_ins(
            select(func.count().label("stale"), func.count().filter(is_guest).label("stale_guests"))
        ).where(DirectoryUser.microsoft_tenant_id == self.of, is_stale(self.now))
        return dict(self.session.execute(query).mappings().one())

    def _credentials(self) -> dict[str, int]:
        ends = ApplicationCredential.ends_at
        return self._one(
            func.count().filter(ends < self.now).label("credentials_expired"),
            func.count().filter(ends >= self.now, ends < self.now + ENDING).label("credentials_ending"),
            of=ApplicationCredential,
        )

    def _seats(self) -> dict[str, int]:
        sku = LicenceSku
        free = func.sum(free_seats())
        return self._one(
            free.label("free_seats"),
            func.sum(sku.on_disabled).label("seats_on_disabled"),
            func.sum(sku.on_stale).label("seats_on_stale"),
            of=sku,
            where=(is_paid_for(),),
        )


_STRENGTHS: Final = {
    Strength.PHISHING_RESISTANT: "phishing_resistant",
    Strength.STRONG: "strong",
    Strength.WEAK: "weak",
    Strength.NONE: "without_mfa",
}
"""What each strength is counted as."""
DATASETS: Final = tuple(dict.fromkeys(name for names in RESTS_ON.values() for name in names))
"""What the figures rest on, all together."""
