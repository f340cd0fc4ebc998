"""One tenant's directory: generated people and groups, and what was changed since."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from mscloudsim.world.azure.dice import dice, guid, number
from mscloudsim.world.directory import people
from mscloudsim.world.directory.people import Item, stamp
from mscloudsim.world.directory.policies import conditional_access_policies
from mscloudsim.world.directory.roles import ROLES
from mscloudsim.world.estate import Licence, Tenant
from mscloudsim.world.world import World

_GROUP_WORDS: Final = ("All staff", "Sales", "Finance", "Project Aurora", "Board", "IT operations", "Berlin office")


@dataclass
class Directory:
    """Reads are computed; changes are kept in small overlays, with a log for change queries."""

    world: World
    tenant: Tenant
    born: datetime
    groups_made: dict[str, Item] = field(default_factory=dict)
    groups_gone: set[str] = field(default_factory=set)
    members_added: dict[str, set[str]] = field(default_factory=dict)
    members_removed: dict[str, set[str]] = field(default_factory=dict)
    people_changed: dict[str, Item] = field(default_factory=dict)
    people_made: dict[str, Item] = field(default_factory=dict)
    people_gone: set[str] = field(default_factory=set)
    role_grants: list[Item] = field(default_factory=list)
    policies: dict[str, Item] = field(default_factory=dict)
    audits: list[Item] = field(default_factory=list)
    log: list[tuple[str, str, bool]] = field(default_factory=list)
    """(kind, id, removed) in order: what a change query replays."""

    def __post_init__(self) -> None:
        self.policies = {policy["id"]: policy for policy in conditional_access_policies(self.tenant, self.born)}

    # People

    def user_count(self) -> int:
        return self.tenant.users

    def user(self, index: int) -> Item | None:
        """The person of this number as they are now; None for one who left."""
        item = people.person(self.tenant, index, self.born)
        if item["id"] in self.people_gone:
            return None
        return {**item, **self.people_changed[item["id"]]} if item["id"] in self.people_changed else item

    def users(self, start: int = 0) -> Iterator[tuple[int, Item]]:
        """Everyone from a number on; people made later come after the generated ones."""
        for index in range(start, self.tenant.users):
            if (item := self.user(index)) is not None:
                yield index, item
        made = list(self.people_made.values())
        for offset in range(max(0, start - self.tenant.users), len(made)):
            if made[offset]["id"] not in self.people_gone:
                yield self.tenant.users + offset, made[offset]

    def find_user(self, key: str) -> tuple[int, Item] | None:
        if key in self.people_made and key not in self.people_gone:
            return self.tenant.users, self.people_made[key]
        index = people.find_index(self.tenant, key, self.tenant.users)
        item = self.user(index) if index is not None else None
        return (index, item) if index is not None and item is not None else None

    def sign_in_activity(self, index: int) -> Item | None:
        return people.sign_in_activity(self.tenant, index, self.born) if index < self.tenant.users else None

    def registrations(self, start: int = 0) -> Iterator[tuple[int, Item]]:
        admins = {grant["principalId"] for grant in self.role_assignments()}
        for index, item in self.users(start):
            row = people.registration(self.tenant, index, item, is_admin=item["id"] in admins, now=self.now())
            if row is not None:
                yield index, row

    # Groups

    def group_count(self) -> int:
        return max(3, min(5000, self.tenant.users // 6))

    def group(self, index: int) -> Item:
        roll = dice(self.tenant.seed, self.tenant.id, "group", index)
        word = _GROUP_WORDS[index % len(_GROUP_WORDS)]
        name = word if index < len(_GROUP_WORDS) else f"{word} {index}"
        unified = index % 3 == 1
        return {
            "id": self.group_id(index),
            "displayName": "Privileged role holders" if index == 2 else name,
            "description": None,
            "groupTypes": ["Unified"] if unified else [],
            "mailEnabled": unified,
            "securityEnabled": not unified or roll.random() < 0.3,
            "mailNickname": f"group{index}",
            "mail": f"group{index}@{self.tenant.domain}" if unified else None,
            "visibility": roll.choice(("Public", "Private")) if unified else None,
            "isAssignableToRole": True if index == 2 else None,
            "membershipRule": None,
            "createdDateTime": stamp(self.born - timedelta(days=roll.randint(30, 1500))),
            "onPremisesSyncEnabled": None,
        }

    def group_id(self, index: int) -> str:
        return guid(self.tenant.seed, self.tenant.id, "group", index)

    def groups(self, start: int = 0) -> Iterator[tuple[int, Item]]:
        count = self.group_count()
        for index in range(start, count):
            item = self.groups_made.get(self.group_id(index)) or self.group(index)
            if item["id"] not in self.groups_gone:
                yield index, item
        later = [item for key, item in self.groups_made.items() if item.get("_made")]
        for offset in range(max(0, start - count), len(later)):
            if later[offset]["id"] not in self.groups_gone:
                yield count + offset, later[offset]

    def find_group(self, group_id: str) -> Item | None:
        if group_id in self.groups_gone:
            return None
        if group_id in self.groups_made:
            return self.groups_made[group_id]
        return next((self.group(i) for i in range(self.group_count()) if self.group_id(i) == group_id), None)

    def member_ids(self, group_id: str) -> list[str]:
        """Members in a stable order: generated ones that were not removed, then those added."""
        index = next((i for i in range(self.group_count()) if self.group_id(i) == group_id), None)
        generated: list[str] = []
        if index is not None:
            size = 2 if index == 2 else 3 + number(group_id, "size", below=max(1, min(60, self.tenant.users)))
            first = 3 if index == 2 else number(group_id, "first", below=self.tenant.users)
            places = dict.fromkeys((first + step) % self.tenant.users for step in range(size))
            generated = [people.person_id(self.tenant, place) for place in places]
        gone, added = self.members_removed.get(group_id, set()), self.members_added.get(group_id, set())
        return [key for key in generated if key not in gone] + sorted(added - set(generated))

    # Roles

    def role_assignments(self) -> list[Item]:
        """Global Administrators from the emergency accounts on, other roles by size, one through a group."""
        holders = [(index, ROLES[0]["id"]) for index in range(min(self.tenant.users, 2 + self.tenant.index % 4))]
        extra = min(self.tenant.users - len(holders), 2 + self.tenant.users // 60)
        holders += [(len(holders) + step, ROLES[1 + step % (len(ROLES) - 1)]["id"]) for step in range(max(0, extra))]
        made = [self._grant(people.person_id(self.tenant, index), role) for index, role in holders]
        if self.tenant.users > 20:
            made.append(self._grant(self.group_id(2), ROLES[3]["id"]))
        return [*made, *self.role_grants]

    def role_eligibilities(self) -> list[Item]:
        if self.tenant.licence is not Licence.P2:
            return []
        count = min(self.tenant.users // 20, 12)
        return [
            {
                **self._grant(people.person_id(self.tenant, 9 + step * 8), ROLES[step % len(ROLES)]["id"], "eligible"),
                "memberType": "Direct",
                "startDateTime": stamp(self.born - timedelta(days=100)),
                "endDateTime": None if step % 3 else stamp(self.born + timedelta(days=40)),
                "roleEligibilityScheduleId": guid(self.tenant.id, "eligibility", step),
            }
            for step in range(count)
        ]

    def _grant(self, principal: str, role: str, kind: str = "active") -> Item:
        return {
            "id": guid(self.tenant.id, principal, role, kind).replace("-", "")[:24],
            "principalId": principal,
            "roleDefinitionId": role,
            "directoryScopeId": "/",
            "appScopeId": None,
        }

    # Changes

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.world.clock.now(), UTC)

    def changed(self, kind: str, item_id: str, *, removed: bool = False) -> None:
        self.log.append((kind, item_id, removed))

    def audit(self, activity: str, actor: str, target: Item, changes: list[Item] | None = None) -> Item:
        """Writes the audit entry that such a change leaves, by whoever made it."""
        entry = {
            "id": f"Directory_{guid(self.tenant.id, len(self.audits))}",
            "activityDateTime": stamp(self.now()),
            "activityDisplayName": activity,
            "category": target.get("_category", "UserManagement"),
            "correlationId": guid(self.tenant.id, "correlation", len(self.audits)),
            "loggedByService": "Core Directory",
            "operationType": activity.split(maxsplit=1)[0],
            "result": "success",
            "resultReason": "",
            "initiatedBy": _initiator(actor),
            "targetResources": [
                {
                    "id": target["id"],
                    "displayName": target.get("displayName"),
                    "type": target.get("_type", "User"),
                    "modifiedProperties": changes or [],
                }
            ],
            "additionalDetails": [],
        }
        self.audits.insert(0, entry)
        return entry


def _initiator(actor: str) -> Item:
    if "@" in actor:
        return {
            "user": {"id": guid("actor", actor), "userPrincipalName": actor, "ipAddress": "203.0.113.7"},
            "app": None,
        }
    return {"user": None, "app": {"appId": actor, "displayName": actor, "servicePrincipalId": guid("actor", actor)}}


def directory_of(world: World, tenant: Tenant) -> Directory:
    """The directory of a tenant, kept with the world."""

    def make() -> Any:
        return Directory(world, tenant, datetime.fromtimestamp(world.clock.now(), UTC).replace(microsecond=0))

    directory: Directory = world.state(f"directory|{tenant.id}", make)
    return directory
