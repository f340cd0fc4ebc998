"""Groups. Who is in one is arithmetic too: every n-th person from some person on."""

from math import gcd
from typing import Any, Final

from mscloudsim.world.directory.ids import ObjectIds
from mscloudsim.world.directory.people import People
from mscloudsim.world.directory.stamps import DAY, stamp

Item = dict[str, Any]

EVERYONE, COMPANY, PRIVILEGED, OPERATIONS, SERVICE_DESK = range(5)
_NAMED: Final = ("All Users", "All company", "Privileged role holders", "IT operations", "Service desk")
_PREFIXES: Final = ("Project", "Team", "Site", "Customer", "Licence", "App", "Distribution")
_WORDS: Final = (
    "Aurora",
    "Orion",
    "Nordstern",
    "Étoile",
    "Delta",
    "Café",
    "Payroll",
    "Warehouse 2",
    "Audit",
    "Vertrieb",
)
_MOST: Final = 5000
_NESTED: Final = 9
"""Every ninth ordinary group has the next one as a member."""


class Groups:
    """The groups of a tenant and who is in them."""

    def __init__(self, people: People, ids: ObjectIds) -> None:
        self.people, self.tenant, self.ids = people, people.tenant, ids
        self.count = max(5, min(_MOST, self.tenant.users // 6))
        self._public = int(180 * (1 - people.care))

    def id_of(self, index: int) -> str:
        return self.ids.of("group", index)

    def group(self, index: int) -> Item:
        rolls = self.ids.rolls("group", index)
        dynamic = index == EVERYONE or (index > SERVICE_DESK and rolls[0] < 20)
        unified = index == COMPANY or (index > SERVICE_DESK and rolls[1] < 95)
        mailing = not unified and not dynamic and index > SERVICE_DESK and rolls[1] > 225
        address = f"group{index}@{self.tenant.domain}" if unified or mailing else None
        synced = self.people.synced and not unified and not dynamic and index > SERVICE_DESK and rolls[2] < 90
        kinds = [name for name, yes in (("Unified", unified), ("DynamicMembership", dynamic)) if yes]
        created = self.people.born - (30 + int.from_bytes(rolls[4:6]) % 1500) * DAY - rolls[6] * 337
        return {
            "id": self.id_of(index),
            "deletedDateTime": None,
            "displayName": self._name(index, rolls),
            "description": f"Everyone who works on {self._name(index, rolls)}" if rolls[3] < 80 else None,
            "groupTypes": kinds,
            "mailEnabled": address is not None,
            "securityEnabled": not mailing and (not unified or rolls[7] < 60),
            "mailNickname": f"group{index}",
            "mail": address,
            "proxyAddresses": [f"SMTP:{address}"] if address else [],
            "visibility": ("Public" if rolls[8] < self._public else "Private") if unified else None,
            "isAssignableToRole": True if index == PRIVILEGED else None,
            "membershipRule": self._rule(index) if dynamic else None,
            "membershipRuleProcessingState": "On" if dynamic else None,
            "classification": None,
            "createdDateTime": stamp(created),
            "renewedDateTime": stamp(created),
            "expirationDateTime": None,
            "onPremisesSyncEnabled": True if synced else None,
            "onPremisesLastSyncDateTime": stamp(self.people.born - rolls[9] * 7) if synced else None,
            "resourceProvisioningOptions": ["Team"] if unified and rolls[10] < 150 else [],
            "preferredLanguage": None,
            "theme": None,
        }

    def member_count(self, index: int) -> int:
        """People in a group, groups in it not counted."""
        users = self.tenant.users
        if index in (EVERYONE, COMPANY):
            return users
        if index == PRIVILEGED:
            return min(users, 3)
        share = self.ids.rolls("members", index)
        return min(users, 1 + int.from_bytes(share[:2]) % max(1, min(users, 12 + users // 20)))

    def member(self, index: int, place: int) -> int:
        """The number of the person at a place among a group's members."""
        first, step = self._series(index)
        return (first + place * step) % self.tenant.users

    def holds(self, index: int, person: int) -> bool:
        """Whether a generated group has this person as a direct member."""
        first, step = self._series(index)
        users = self.tenant.users
        place = (person - first) * pow(step, -1, users) % users if users > 1 else 0
        return place < self.member_count(index)

    def nested(self, index: int) -> int | None:
        """The group that is a member of this one."""
        if index == OPERATIONS:
            return SERVICE_DESK
        follows = index + 1 < self.count and index > SERVICE_DESK and index % _NESTED == 0
        return index + 1 if follows else None

    def owners(self, index: int) -> tuple[int, ...]:
        """Numbers of the people who own a group; a tenth of the groups has lost its owners."""
        rolls = self.ids.rolls("owners", index)
        users = self.tenant.users
        if rolls[0] < 26 or index == EVERYONE:
            return ()
        first = int.from_bytes(rolls[1:5]) % users
        return (first, (first + 1) % users) if rolls[5] < 60 and users > 1 else (first,)

    def _series(self, index: int) -> tuple[int, int]:
        users = self.tenant.users
        if index in (EVERYONE, COMPANY) or users == 1:
            return 0, 1
        if index == PRIVILEGED:
            return min(3, users - 1), 1
        rolls = self.ids.rolls("series", index)
        step = 1 + int.from_bytes(rolls[4:8]) % users
        while gcd(step, users) != 1:
            step += 1
        return int.from_bytes(rolls[:4]) % users, step % users or 1

    def _name(self, index: int, rolls: bytes) -> str:
        if index < len(_NAMED):
            return _NAMED[index]
        prefix, word = _PREFIXES[rolls[11] % len(_PREFIXES)], _WORDS[rolls[12] % len(_WORDS)]
        return (
            f"{prefix} {word} {index}" if not self.people.is_hostile(index) else f"<b>{prefix}</b>\u202e =1+1 {index}"
        )

    def _rule(self, index: int) -> str:
        return "user.objectId -ne null" if index == EVERYONE else f'(user.department -eq "{_WORDS[index % 10]}")'
