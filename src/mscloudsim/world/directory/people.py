"""Users and guests. Person `i` of a tenant is a pure function of the seed, so 200,000 of them cost no memory."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from mscloudsim.world.azure.dice import chance
from mscloudsim.world.directory import licences
from mscloudsim.world.directory.ids import ObjectIds
from mscloudsim.world.directory.names import CULTURES, ELSEWHERE, HOSTILE, WORLD
from mscloudsim.world.directory.stamps import DAY, HOUR, stamp
from mscloudsim.world.estate import Licence, Tenant

Item = dict[str, Any]

_DEPARTMENTS: Final = ("Sales", "Finance", "Engineering", "Operations", "HR", "IT", "Legal", "Marketing", "R&D", "Élan")
_TITLES: Final = ("Analyst", "Manager", "Engineer", "Assistant", "Director", "Consultant", "Technician", "Buyer", None)
_GUEST_HOMES: Final = ("partner.example", "supplier.example", "mail.example", "agency.example", "auditors.example")
_SERVICES: Final = ("backup", "scanner", "erp-sync", "monitoring", "mailrelay", "reports", "kiosk", "crm-connector")
_SHARED: Final = ("info", "office", "invoices", "jobs", "reception", "Meeting room Aurora", "Meeting room Borealis")
_NUMBERED: Final = re.compile(r"[^@]*?(\d+)(?:_[^@]*#ext#)?@")

LEADERS: Final = 16
"""The first people are members who are there: they run the tenant and hold its roles."""
_SYNCED_FROM: Final = 100
_EMERGENCY_FROM: Final = 20
_FIRST_SHARED: Final = (24, 25)
"""Two accounts that every tenant of some size shares, whatever chance adds."""
_SHARED_BLOCKED_FROM: Final = 0.2
_SEPARATED, _EXEMPLARY = 0.75, 0.95
"""From how much care on roles are held by accounts of their own, and even the smallest tenant has them."""


class Sort(StrEnum):
    """What an account is for."""

    EMERGENCY = "emergency"
    ADMIN = "admin"
    MEMBER = "member"
    GUEST = "guest"
    SERVICE = "service"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Naming:
    """What an account is called."""

    shown: str
    given: str | None
    family: str | None
    principal_name: str
    mail: str | None


@dataclass(slots=True)
class Facts:
    """What is decided about a person before any property is."""

    index: int
    rolls: bytes
    sort: Sort
    enabled: bool
    created: int
    naming: Naming | None = None


class People:
    """The people of a tenant. All dates count back from the midnight `born`; without `care` the seed decides it."""

    def __init__(self, tenant: Tenant, ids: ObjectIds, born: int, care: float | None = None) -> None:
        self.tenant, self.ids, self.born, self.decided_care = tenant, ids, born, care
        self.culture = CULTURES.get(tenant.country, WORLD)
        self._hostile = tenant.index % 12 == 2

    @cached_property
    def care(self) -> float:
        """From 0, neglected, to 1, exemplary: decides how much is stale, unprotected and forgotten."""
        drawn = chance(self.tenant.seed, self.tenant.id, "care")
        return drawn if self.decided_care is None else self.decided_care

    @cached_property
    def guest_limit(self) -> int:
        """Out of 256, how many accounts are guests."""
        return 12 + int(52 * chance(self.tenant.seed, self.tenant.id, "guests"))

    @cached_property
    def synced(self) -> bool:
        """Whether accounts come from a local Active Directory."""
        return self.tenant.users > _SYNCED_FROM and chance(self.tenant.seed, self.tenant.id, "sync") < 0.7

    @cached_property
    def emergency_accounts(self) -> int:
        if self.tenant.users < _EMERGENCY_FROM and self.care < _EXEMPLARY:
            return 0
        return 2 if self.care > 0.25 else 1

    @cached_property
    def admin_accounts(self) -> int:
        """Accounts that people use for administering and nothing else; they follow the emergency accounts."""
        if self.care < _SEPARATED:
            return 0
        return 6 if self.tenant.users >= _EMERGENCY_FROM else int(self.care >= _EXEMPLARY)

    def person(self, index: int, names: Iterable[str] | None = None) -> Item:
        """Properties of a person, all that the directory holds or those named; each costs its own little time."""
        who = self.facts(index)
        return {name: PROPERTIES[name](self, who) for name in names or PROPERTIES}

    def facts(self, index: int) -> Facts:
        rolls = self.ids.rolls("person", index)
        sort = self._sort(index, rolls)
        age = 21 + (rolls[4] << 8 | rolls[5]) % 2500
        created = self.born - age * DAY - (rolls[6] << 8 | rolls[7])
        return Facts(index, rolls, sort, self._enabled(index, sort, rolls), created)

    def id_of(self, index: int) -> str:
        return self.ids.of("user", index)

    def manager(self, index: int) -> int | None:
        """The number of the person somebody reports to; guests and things report to nobody."""
        first = self.emergency_accounts + self.admin_accounts
        if index <= first or self._sort(index, self.ids.rolls("person", index)) is not Sort.MEMBER:
            return None
        return max(first, min(index // 8, LEADERS - 1 if index < LEADERS else index // 8))

    def sponsors(self, index: int) -> tuple[int, ...]:
        """Numbers of the people who answer for a guest; where nobody cares many guests have none."""
        rolls = self.ids.rolls("sponsors", index)
        if self._sort(index, self.ids.rolls("person", index)) is not Sort.GUEST or rolls[0] > 90 + int(160 * self.care):
            return ()
        first = rolls[1] % min(LEADERS, self.tenant.users)
        return (first, (first + 1) % self.tenant.users) if rolls[2] < 40 and self.tenant.users > 1 else (first,)

    def number_in(self, principal_name: str) -> int | None:
        """The number a principal name carries, whether or not such a person exists."""
        match = _NUMBERED.match(principal_name.lower())
        return int(match[1]) if match and len(match[1]) < 10 else None

    def is_hostile(self, index: int) -> bool:
        """In one tenant of twelve, every nineteenth name is made to hurt."""
        return self._hostile and index % 19 == 11

    def _sort(self, index: int, rolls: bytes) -> Sort:
        if index < self.emergency_accounts:
            return Sort.EMERGENCY
        if index < self.emergency_accounts + self.admin_accounts:
            return Sort.ADMIN
        if index < LEADERS or self.is_hostile(index):
            return Sort.MEMBER
        return Sort.SHARED if index in _FIRST_SHARED else self._by_chance(rolls)

    def _by_chance(self, rolls: bytes) -> Sort:
        if rolls[0] < self.guest_limit:
            return Sort.GUEST
        if rolls[1] < 5:
            return Sort.SERVICE
        return Sort.SHARED if rolls[1] < 13 else Sort.MEMBER

    def _enabled(self, index: int, sort: Sort, rolls: bytes) -> bool:
        if index < LEADERS:
            return index != 7 or self.care > 0.5
        if sort is Sort.SHARED:
            return leaves_shared_open(self.care)
        return rolls[2] >= 14

    def is_pending(self, who: Facts) -> bool:
        """Whether a guest never accepted the invitation."""
        return who.sort is Sort.GUEST and who.rolls[3] < 48

    def skus(self, who: Facts) -> list[licences.Sku]:
        """What is paid for this account; a third of the disabled ones is still paid for."""
        rolls = who.rolls
        if who.sort is not Sort.MEMBER or (not who.enabled and rolls[8] % 3) or rolls[8] < 5:
            return []
        extra = licences.add_on_for(rolls[10])
        base = licences.base_for(self.tenant, rolls[9])
        return [base, extra] if extra else [base]

    def naming(self, who: Facts) -> Naming:
        if who.naming is None:
            who.naming = self._person_naming(who) if who.sort in (Sort.MEMBER, Sort.GUEST) else self._thing_naming(who)
        return who.naming

    def _person_naming(self, who: Facts) -> Naming:
        rolls, index = who.rolls, who.index
        culture = self.culture if rolls[12] < 190 else ELSEWHERE[rolls[12] % len(ELSEWHERE)]
        given, family = culture.given[rolls[13] % len(culture.given)], culture.family[rolls[14] % len(culture.family)]
        shown, local = f"{given[0]} {family[0]}", f"{given[1]}.{family[1]}{index}"
        if who.sort is Sort.GUEST:
            home = _GUEST_HOMES[rolls[15] % len(_GUEST_HOMES)]
            principal_name = f"{local}_{home}#EXT#@{self.tenant.initial_domain}"
            return Naming(shown, given[0], family[0], principal_name, f"{local}@{home}")
        address = f"{local}@{self.tenant.domain}"
        if self.is_hostile(index):
            shown = HOSTILE[(index // 19) % len(HOSTILE)]
        return Naming(shown, given[0], family[0], address, address)

    def _thing_naming(self, who: Facts) -> Naming:
        """Emergency and administrators' accounts, service accounts, shared mailboxes and rooms."""
        index, roll = who.index, who.rolls[15]
        if who.sort is Sort.EMERGENCY:
            principal_name = f"emergency.access{index}@{self.tenant.initial_domain}"
            return Naming(f"Emergency access {index + 1}", None, None, principal_name, None)
        if who.sort is Sort.ADMIN:
            return Naming(f"Administrator {index}", None, None, f"adm{index}@{self.tenant.initial_domain}", None)
        if who.sort is Sort.SERVICE:
            name = f"svc-{_SERVICES[roll % len(_SERVICES)]}"
            return Naming(name, None, None, f"{name}{index}@{self.tenant.domain}", None)
        name = _SHARED[roll % len(_SHARED)]
        address = f"{name.replace(' ', '.').lower()}{index}@{self.tenant.domain}"
        return Naming(name, None, None, address, address)

    def is_synced(self, who: Facts) -> bool:
        """Whether the account comes from the local Active Directory."""
        return self.synced and who.sort in _LOCAL and who.index >= 4 and who.rolls[26] < 215


def leaves_shared_open(care: float) -> bool:
    """Whether one can sign in to shared mailboxes: nobody thought of it in a neglected tenant."""
    return care < _SHARED_BLOCKED_FROM


def has_premium(tenant: Tenant) -> bool:
    """Whether a tenant has Entra ID P1 at least."""
    return tenant.licence is not Licence.FREE


_LOCAL: Final = (Sort.MEMBER, Sort.SERVICE, Sort.SHARED)
Property = Callable[[People, Facts], Any]


def _name(read: Callable[[Naming], Any]) -> Property:
    return lambda people, who: read(people.naming(who))


def _of_members(read: Property, absent: Any = None) -> Property:
    """A property that guests and things do not have."""
    return lambda people, who: read(people, who) if who.sort is Sort.MEMBER else absent


def _of_guests(read: Property) -> Property:
    return lambda people, who: read(people, who) if who.sort is Sort.GUEST else None


def _of_synced(read: Property) -> Property:
    return lambda people, who: read(people, who) if people.is_synced(who) else None


def _some(place: int, share: int, read: Property, absent: Any = None) -> Property:
    """A property that `share` of 256 members have."""
    return _of_members(lambda people, who: read(people, who) if who.rolls[place] < share else absent, absent)


def _nickname(people: People, who: Facts) -> str:
    return people.naming(who).principal_name.partition("@")[0].replace("#EXT#", "")


def _constant(value: Any) -> Property:
    return lambda _people, _who: value


PROPERTIES: Final[dict[str, Property]] = {
    "id": lambda people, who: people.id_of(who.index),
    "deletedDateTime": _constant(None),
    "accountEnabled": lambda _, who: who.enabled,
    "assignedLicenses": lambda people, who: [{"disabledPlans": [], "skuId": sku.id} for sku in people.skus(who)],
    "businessPhones": _some(24, 96, lambda _, who: [f"+1 555 01{who.rolls[25] % 100:02}"], []),
    "city": _of_members(lambda people, who: people.culture.cities[who.rolls[22] % len(people.culture.cities)]),
    "companyName": _some(19, 166, lambda people, _: people.tenant.name),
    "country": _of_members(lambda people, _: people.tenant.country),
    "createdDateTime": lambda _, who: stamp(who.created),
    "creationType": _of_guests(_constant("Invitation")),
    "department": _some(17, 235, lambda _, who: _DEPARTMENTS[who.rolls[16] % len(_DEPARTMENTS)]),
    "displayName": _name(lambda naming: naming.shown),
    "employeeId": _some(19, 128, lambda _, who: f"{10_000 + who.index}"),
    "externalUserState": _of_guests(lambda people, who: "PendingAcceptance" if people.is_pending(who) else "Accepted"),
    "externalUserStateChangeDateTime": _of_guests(
        lambda people, who: stamp(who.created + (0 if people.is_pending(who) else 26 * HOUR))
    ),
    "givenName": _name(lambda naming: naming.given),
    "jobTitle": _of_members(lambda _, who: _TITLES[who.rolls[18] % len(_TITLES)]),
    "lastPasswordChangeDateTime": lambda people, who: stamp(
        who.created + (people.born - who.created) * who.rolls[11] // 256
    ),
    "mail": _name(lambda naming: naming.mail),
    "mailNickname": _nickname,
    "mobilePhone": _some(25, 56, lambda _, who: f"+1 555 01{who.rolls[24] % 100:02}"),
    "officeLocation": _some(20, 128, lambda _, who: f"{who.rolls[20] % 6 + 1}/{who.rolls[21]:03}"),
    "onPremisesDistinguishedName": _of_synced(
        lambda people, who: f"CN={_nickname(people, who)[:20]},OU=Users,DC=corp,DC={people.tenant.slug}"
    ),
    "onPremisesImmutableId": _of_synced(lambda _, who: f"{who.rolls[28:39].hex()}=="),
    "onPremisesLastSyncDateTime": _of_synced(lambda people, who: stamp(people.born - who.rolls[27] * 7)),
    "onPremisesSamAccountName": _of_synced(lambda people, who: _nickname(people, who)[:20]),
    "onPremisesSyncEnabled": _of_synced(_constant(value=True)),
    "otherMails": lambda people, who: [people.naming(who).mail] if who.sort is Sort.GUEST else [],
    "passwordPolicies": lambda _, who: (
        "DisablePasswordExpiration" if who.sort in (Sort.EMERGENCY, Sort.SERVICE) else None
    ),
    "preferredLanguage": _some(23, 155, lambda people, _: people.culture.language),
    "proxyAddresses": _name(lambda naming: [f"SMTP:{naming.mail}"] if naming.mail else []),
    "surname": _name(lambda naming: naming.family),
    "usageLocation": lambda people, who: people.tenant.country if who.sort is not Sort.GUEST else None,
    "userPrincipalName": _name(lambda naming: naming.principal_name),
    "userType": lambda _, who: "Guest" if who.sort is Sort.GUEST else "Member",
}
"""How each property follows from the facts; what is asked for costs, nothing else does."""
