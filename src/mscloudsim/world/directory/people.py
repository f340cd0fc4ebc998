"""Users and guests. Person number `i` of a tenant is a pure function, so 200,000 of them cost no memory."""

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from mscloudsim.world.azure.dice import dice, guid
from mscloudsim.world.estate import Licence, Tenant

Item = dict[str, Any]

_GIVEN: Final = (
    "Anna", "Ben", "Chloé", "David", "Elif", "Fabian", "Grace", "Hüseyin", "Ines", "Jonas", "Katarzyna", "Luca", "Mei",
    "Noah", "Olga", "Paul", "Quentin", "Rosa", "Søren", "Tamara", "Umar", "Vera", "William", "Xenia", "Yuki", "Zoë",
)  # fmt: skip
_FAMILY: Final = (
    "Adler", "Bauer", "Cohen", "Dubois", "Eriksson", "Ferrari", "García", "Huber", "Ivanova", "Jansen", "Kowalski",
    "López", "Müller", "Nguyen", "O'Brien", "Petrov", "Quinn", "Rossi", "Schmidt", "Tanaka", "Ünal", "Virtanen",
    "Weber", "Xu", "Yılmaz", "Zimmermann",
)  # fmt: skip
_DEPARTMENTS: Final = ("Sales", "Finance", "Engineering", "Operations", "HR", "IT", "Legal", "Marketing", None)
_TITLES: Final = ("Analyst", "Manager", "Engineer", "Assistant", "Director", "Consultant", None)
_GUEST_HOMES: Final = ("partner.example", "supplier.example", "gmail.example", "agency.example")
_HOSTILE: Final = (
    "<script>alert('x')</script>",
    '=HYPERLINK("http://evil.example","Click")',
    "Robert'); DROP TABLE users;--",
    "Right\u202eToLeft\u202c Override",
    "Tab\tand\x07bell",
    "+1-555 @SUM(A1:A9)",
    "Zero\u200bWidth \U0001f469\u200d\U0001f4bb",
)
"""Names that real tenants contain sooner or later, and that break pages, spreadsheets and logs that trust them."""
STALE_DAYS: Final = 90
GUEST, DISABLED, STALE, NEVER = 8, 0.06, 0.12, 0.03


def is_guest(index: int) -> bool:
    """Every eighth person is a guest, but nobody in the first eight: they run the tenant."""
    return index > GUEST and index % GUEST == GUEST - 1


def person_id(tenant: Tenant, index: int) -> str:
    return guid(tenant.seed, tenant.id, "user", index)


def find_index(tenant: Tenant, user_id: str, count: int) -> int | None:
    """The number of a person by id or principal name. Principal names carry it; ids of small tenants are searched."""
    lowered = user_id.lower()
    if "@" in lowered:
        number = lowered.partition("@")[0].replace("#ext#", "").rpartition(".")[2]
        return int(number) if number.isdigit() and int(number) < count else None
    return next((i for i in range(count) if person_id(tenant, i) == lowered), None)


def person(tenant: Tenant, index: int, now: datetime) -> Item:
    """Every property of a person, as stored; what is answered is selected from it."""
    roll = dice(tenant.seed, tenant.id, "person", index)
    given, family = roll.choice(_GIVEN), roll.choice(_FAMILY)
    guest = is_guest(index)
    name = _special_name(tenant, index) or f"{given} {family}"
    local = f"{_ascii(given)}.{_ascii(family)}.{index}".lower()
    home = roll.choice(_GUEST_HOMES)
    upn = f"{local}_{home}#EXT#@{tenant.initial_domain}" if guest else f"{local}@{tenant.domain}"
    created = now - timedelta(days=roll.randint(20, 2400), hours=roll.randint(0, 23))
    enabled = index < 6 or roll.random() > DISABLED
    return {
        "id": person_id(tenant, index),
        "displayName": name,
        "givenName": given,
        "surname": family,
        "userPrincipalName": upn,
        "mail": f"{local}@{home}" if guest else f"{local}@{tenant.domain}",
        "userType": "Guest" if guest else "Member",
        "accountEnabled": enabled,
        "createdDateTime": stamp(created),
        "externalUserState": ("PendingAcceptance" if roll.random() < 0.2 else "Accepted") if guest else None,
        "assignedLicenses": _licences(tenant, index, guest, enabled),
        "department": None if guest else roll.choice(_DEPARTMENTS),
        "jobTitle": roll.choice(_TITLES),
        "onPremisesSyncEnabled": True if tenant.users > 100 and roll.random() < 0.5 and not guest else None,
        "businessPhones": [],
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "usageLocation": tenant.country,
    }


def sign_in_activity(tenant: Tenant, index: int, now: datetime) -> Item | None:
    """When a person last signed in; None for those who never did."""
    roll = dice(tenant.seed, tenant.id, "activity", index)
    chance = roll.random()
    if chance < NEVER:
        return None
    days = roll.randint(STALE_DAYS + 5, 700) if chance < NEVER + STALE else roll.randint(0, 40)
    moment = now - timedelta(days=days, minutes=roll.randint(0, 1400))
    request = guid(tenant.id, index, "sign-in")
    return {
        "lastSignInDateTime": stamp(moment),
        "lastSignInRequestId": request,
        "lastNonInteractiveSignInDateTime": stamp(moment + timedelta(hours=3)),
        "lastNonInteractiveSignInRequestId": request,
        "lastSuccessfulSignInDateTime": stamp(moment),
        "lastSuccessfulSignInRequestId": request,
    }


def registration(tenant: Tenant, index: int, item: Item, *, is_admin: bool, now: datetime) -> Item | None:
    """A row of the registration report; None for disabled users, whom the report leaves out."""
    if not item["accountEnabled"]:
        return None
    roll = dice(tenant.seed, tenant.id, "mfa", index)
    careless = 0.15 + 0.35 * dice(tenant.seed, tenant.id, "care").random()
    registered = roll.random() > careless or (is_admin and roll.random() < 0.6)
    strong = registered and roll.random() < 0.2
    methods = ["microsoftAuthenticatorPush", "mobilePhone"] if registered else []
    methods += ["fido2SecurityKey"] if strong else []
    return {
        "id": item["id"],
        "userPrincipalName": item["userPrincipalName"],
        "userDisplayName": item["displayName"],
        "userType": item["userType"].lower(),
        "isAdmin": is_admin,
        "isMfaRegistered": registered,
        "isMfaCapable": registered,
        "isPasswordlessCapable": strong,
        "isSsprRegistered": registered,
        "isSsprEnabled": True,
        "isSsprCapable": registered,
        "isSystemPreferredAuthenticationMethodEnabled": True,
        "systemPreferredAuthenticationMethods": ["PhoneAppNotification"] if registered else [],
        "userPreferredMethodForSecondaryAuthentication": "push" if registered else "none",
        "methodsRegistered": methods,
        "lastUpdatedDateTime": stamp(now - timedelta(hours=6)),
    }


def stamp(moment: datetime) -> str:
    """A Graph timestamp."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _special_name(tenant: Tenant, index: int) -> str | None:
    if index < 2:
        return f"Emergency access {index + 1}"
    if tenant.index % 12 == 2 and index % 19 == 11:
        return _HOSTILE[(index // 19) % len(_HOSTILE)]
    return f"svc-backup-{index}" if index % 61 == 13 else None


def _licences(tenant: Tenant, index: int, guest: bool, enabled: bool) -> list[Item]:
    if guest or tenant.licence is Licence.FREE or (not enabled and index % 3):
        return []
    sku = SKUS[tenant.licence][index % len(SKUS[tenant.licence])]
    return [{"skuId": sku[0], "disabledPlans": []}]


_E3: Final = ("05e9a617-0261-4cee-bb44-138d3ef5d965", "SPE_E3")
SKUS: Final[dict[Licence, tuple[tuple[str, str], ...]]] = {
    Licence.FREE: (),
    Licence.P1: (("cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", "SPB"), ("05e9a617-0261-4cee-bb44-138d3ef5d965", "SPE_E3")),
    Licence.P2: (
        ("06ebc4ee-1bb5-47dd-8120-11324bc54e06", "SPE_E5"),
        ("05e9a617-0261-4cee-bb44-138d3ef5d965", "SPE_E3"),
    ),
}
"""skuId and skuPartNumber, from learn.microsoft.com/entra/identity/users/licensing-service-plan-reference."""


def _ascii(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name.replace("ø", "o").replace("ı", "i"))
    return "".join(letter for letter in folded if letter.isascii() and letter.isalpha()) or "user"
