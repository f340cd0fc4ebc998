"""One tenant's directory: what it was generated with, and what was changed since."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from functools import cached_property
from typing import Any

from mscloudsim.world.azure.dice import guid
from mscloudsim.world.care import care_of
from mscloudsim.world.directory.activity import Activity
from mscloudsim.world.directory.applications import Applications
from mscloudsim.world.directory.conditional_access import ConditionalAccess
from mscloudsim.world.directory.groups import Groups
from mscloudsim.world.directory.history import History
from mscloudsim.world.directory.ids import ObjectIds
from mscloudsim.world.directory.people import People
from mscloudsim.world.directory.roles import ROLES, Grant, Roles
from mscloudsim.world.directory.roster import Roster, whole
from mscloudsim.world.directory.stamps import DAY
from mscloudsim.world.directory.tenant_settings import TenantSettings
from mscloudsim.world.estate import Tenant
from mscloudsim.world.world import World

Item = dict[str, Any]


class Directory:
    """Reads are computed from the tenant's seed; changes are kept in small overlays with a log for change queries."""

    def __init__(self, world: World, tenant: Tenant) -> None:
        self.world, self.tenant = world, tenant
        self.ids = ObjectIds(tenant.seed, tenant.id)
        self.born = int(world.clock.now()) // DAY * DAY
        self.people = People(tenant, self.ids, self.born, care_of(world, tenant))
        self.activity = Activity(self.people)
        self.group_plan = Groups(self.people, self.ids)
        self.application_plan = Applications(self.people, self.ids, world.estate)
        self.conditional_access = ConditionalAccess(self.people)
        self.history = History(self.people, self.group_plan, world.estate)
        self._role_plan = Roles(self.people, self.ids)
        self.users = Roster("user", self.ids, tenant.users, self.people.person)
        self.groups = Roster("group", self.ids, self.group_plan.count, whole(self.group_plan.group))
        plan = self.application_plan
        self.applications = Roster("application", self.ids, plan.registrations, whole(plan.application))
        self.principals = Roster("principal", self.ids, plan.principal_count, whole(plan.principal))
        access = self.conditional_access
        self.policies = Roster("policy", self.ids, access.count, whole(access.policy))
        self.locations = Roster("location", self.ids, access.location_count, whole(access.location))
        self._kinds = (
            ("user", self.users),
            ("group", self.groups),
            ("servicePrincipal", self.principals),
            ("application", self.applications),
        )
        self.settings = TenantSettings(self.people, lambda: len(self.policies))
        self.marks: dict[tuple[str, str], Any] = {}
        """What was decided about a person and a report's property, whatever is generated."""
        self._owners: dict[str, list[str]] = {}
        self._members_added: dict[str, dict[str, None]] = {}
        self._members_removed: dict[str, set[str]] = {}
        self._granted: list[Grant] = []
        self._licences: tuple[int, Counter[str]] | None = None

    @property
    def version(self) -> Hashable:
        """Different after every change, whatever changed."""
        consents = tuple((app_id, *sorted(names)) for app_id, names in self.tenant.consents.items())
        return (
            *(roster.version for roster in self.rosters),
            len(self._granted),
            self.history.written,
            self.settings.version,
            self.people.care,
            consents,
            self.application_plan.secret,
        )

    @property
    def rosters(self) -> tuple[Roster, ...]:
        return self.users, self.groups, self.applications, self.principals, self.policies, self.locations

    def now(self) -> float:
        return self.world.clock.now()

    # People

    def find_user(self, key: str) -> Item | None:
        """By id or principal name."""
        if "@" not in key:
            return self.users.find(key)
        wanted = key.lower()
        number = self.people.number_in(wanted)
        found = self.users.at(number) if number is not None and number < self.tenant.users else None
        if found is not None and found["userPrincipalName"].lower() == wanted:
            return found
        return next((item for item in self.users.added() if item["userPrincipalName"].lower() == wanted), None)

    def sign_in_activity(self, position: int) -> Item | None:
        return self.activity.sign_in(position) if position < self.tenant.users else None

    def registrations(self, start: int = 0) -> Iterator[tuple[int, Item]]:
        """Rows of the registration report, with the positions of the people."""
        admins = self.administrators
        for position, item in self.users.scan(start):
            row = self.activity.registration(position, item, is_admin=item["id"] in admins)
            if row is not None:
                yield position, {name: self.marks.get((item["id"], name), value) for name, value in row.items()}

    def per_user_mfa(self, user: Item) -> str:
        """Whether a person has to prove a second factor by the old setting of each account."""
        position = self.users.position_of(user["id"])
        decided: str | None = self.marks.get((user["id"], "perUserMfaState"))
        return decided or ("disabled" if position is None else self.activity.per_user_mfa(position))

    def mark(self, user_id: str, name: str, value: Any) -> None:
        """Decides a property of a person that only a report shows."""
        self.marks[user_id, name] = value
        self.settings.version += 1

    def risky_users(self, start: int = 0) -> Iterator[tuple[int, Item]]:
        for position, item in self.users.scan(start):
            row = self.activity.risk(position, item)
            if row is not None:
                yield position, row

    def licences_used(self) -> Counter[str]:
        """How often each licence is assigned, by its id; counted once, and again after people changed."""
        if self._licences is None or self._licences[0] != self.users.version:
            rows = (user["assignedLicenses"] for _, user in self.users.scan(names=("assignedLicenses",)))
            self._licences = self.users.version, Counter(licence["skuId"] for row in rows for licence in row)
        return self._licences[1]

    def manager_of(self, user_id: str) -> Item | None:
        """Whom somebody reports to."""
        number = self.ids.number_of("user", user_id)
        manager = self.people.manager(number) if number is not None and number < self.tenant.users else None
        return None if manager is None else self.users.at(manager)

    def sponsor_ids(self, user_id: str) -> list[str]:
        """Who answers for a guest."""
        number = self.ids.number_of("user", user_id)
        known = number is not None and number < self.tenant.users
        return [self.people.id_of(sponsor) for sponsor in self.people.sponsors(number or 0)] if known else []

    def application_owner_ids(self, application_id: str) -> list[str]:
        number = self.ids.number_of("application", application_id)
        known = number is not None and number < self.application_plan.count
        return [self.people.id_of(owner) for owner in self.application_plan.owners(number or 0)] if known else []

    # Membership

    def member_total(self, group_id: str) -> int:
        """Direct members of a group."""
        index = self._group_number(group_id)
        generated = (
            0 if index is None else self.group_plan.member_count(index) + (self.group_plan.nested(index) is not None)
        )
        removed, added = self._members_removed.get(group_id, ()), self._members_added.get(group_id, ())
        return generated - len(removed) + len(added)

    def members(self, group_id: str, start: int = 0) -> Iterator[tuple[int, str]]:
        """Ids of direct members with their positions: the nested group, people, then whoever was added."""
        plan, index = self.group_plan, self._group_number(group_id)
        removed, added = self._members_removed.get(group_id, ()), self._members_added.get(group_id, ())
        nested = plan.nested(index) if index is not None else None
        people = plan.member_count(index) if index is not None else 0
        if nested is not None and start == 0 and (child := plan.id_of(nested)) not in removed:
            yield 0, child
        for place in range(max(0, start - 1), people):
            key = self.people.id_of(plan.member(index or 0, place))
            if key not in removed:
                yield place + 1, key
        for place, key in enumerate(added):
            if people + 1 + place >= start:
                yield people + 1 + place, key

    def has_member(self, group_id: str, object_id: str) -> bool:
        """Whether somebody is a direct member."""
        if object_id in self._members_added.get(group_id, ()):
            return True
        if object_id in self._members_removed.get(group_id, ()):
            return False
        index = self._group_number(group_id)
        if index is None:
            return False
        person = self.ids.number_of("user", object_id)
        if person is not None and person < self.tenant.users:
            return self.group_plan.holds(index, person)
        nested = self.group_plan.nested(index)
        return nested is not None and self.group_plan.id_of(nested) == object_id

    def transitive_members(self, group_id: str) -> list[str]:
        """Ids of direct and nested members, each once."""
        found: dict[str, None] = {}
        waiting, seen = [group_id], {group_id}
        while waiting:
            for _, key in self.members(waiting.pop()):
                found.setdefault(key)
                if key not in seen and self.ids.number_of("user", key) is None and self.groups.find(key) is not None:
                    seen.add(key)
                    waiting.append(key)
        return list(found)

    def has_nested(self, group_id: str) -> bool:
        """Whether one of the direct members is a group."""
        index = self._group_number(group_id)
        later = any(self.ids.number_of("user", key) is None for key in self._members_added.get(group_id, ()))
        return later or (index is not None and self.group_plan.nested(index) is not None)

    def groups_of(self, object_id: str, start: int = 0) -> Iterator[tuple[int, Item]]:
        """Groups somebody is a direct member of."""
        person = self.ids.number_of("user", object_id)
        for position in range(start, self.groups.positions):
            group = self.groups.at(position) if self._may_hold(position, person) else None
            if group is not None and self.has_member(group["id"], object_id):
                yield position, group

    def _may_hold(self, position: int, person: int | None) -> bool:
        """Cheaply rules out most groups as long as nobody changed any."""
        if person is None or self.groups.version or position >= self.group_plan.count:
            return True
        return person < self.tenant.users and self.group_plan.holds(position, person)

    def owner_ids(self, group_id: str) -> list[str]:
        if group_id in self._owners:
            return self._owners[group_id]
        index = self._group_number(group_id)
        return [] if index is None else [self.people.id_of(owner) for owner in self.group_plan.owners(index)]

    def set_owners(self, group_id: str, ids: list[str]) -> None:
        self._owners[group_id] = ids
        self.groups.touch(group_id, "owners")

    def add_member(self, group_id: str, object_id: str) -> None:
        removed = self._members_removed.get(group_id, set())
        if object_id in removed:
            removed.discard(object_id)
        else:
            self._members_added.setdefault(group_id, {})[object_id] = None
        self.groups.touch(group_id, f"members+{object_id}")

    def remove_member(self, group_id: str, object_id: str) -> None:
        if object_id in self._members_added.get(group_id, {}):
            del self._members_added[group_id][object_id]
        else:
            self._members_removed.setdefault(group_id, set()).add(object_id)
        self.groups.touch(group_id, f"members-{object_id}")

    def _group_number(self, group_id: str) -> int | None:
        number = self.ids.number_of("group", group_id)
        return number if number is not None and number < self.group_plan.count else None

    # Roles

    @cached_property
    def _first_grants(self) -> list[Grant]:
        return self._role_plan.grants()

    def grants(self) -> list[Grant]:
        """Active role assignments."""
        return [*self._first_grants, *self._granted]

    def role_assignments(self) -> list[Item]:
        return [self._role_plan.assignment(grant) for grant in self.grants()]

    def role_instances(self) -> list[Item]:
        return [self._role_plan.instance(grant) for grant in self.grants()]

    def role_eligibilities(self) -> list[Item]:
        return [self._role_plan.instance(grant) for grant in self._role_plan.eligible()]

    def grant(self, principal: str, role: str) -> Item:
        """Gives somebody a role for good."""
        grant = Grant(principal, role, f"assigned {len(self._granted)}")
        self._granted.append(grant)
        return self._role_plan.assignment(grant)

    def activated_roles(self) -> list[Item]:
        """Roles that somebody holds, as objects of this tenant."""
        held = {grant.role for grant in self.grants()}
        return [self._role_plan.activated(role) for role in ROLES if role["id"] in held]

    def role_member_ids(self, template: str) -> list[str]:
        return list(dict.fromkeys(grant.principal for grant in self.grants() if grant.role == template))

    def roles_of(self, object_id: str) -> list[Item]:
        """Activated roles that somebody holds directly."""
        held = {grant.role for grant in self.grants() if grant.principal == object_id}
        return [self._role_plan.activated(role) for role in ROLES if role["id"] in held]

    @property
    def administrators(self) -> frozenset[str]:
        """Everybody who holds a role, directly or through a group."""
        holders = {grant.principal for grant in self.grants()}
        through = (key for holder in tuple(holders) for key in self._people_behind(holder))
        return frozenset(holders.union(through))

    def _people_behind(self, holder: str) -> list[str]:
        return self.transitive_members(holder) if self.ids.number_of("group", holder) is not None else []

    # Objects of any kind

    def find_object(self, object_id: str, names: Iterable[str] | None = None) -> tuple[str, Item] | None:
        """The type and the object of an id: user, group, servicePrincipal, application or directoryRole."""
        key = object_id.lower()
        for kind, roster in self._kinds:
            if (item := roster.find(key, names)) is not None:
                return kind, item
        principal = next((item for item in self.application_plan.consented() if item["id"] == key), None)
        if principal is not None:
            return "servicePrincipal", principal
        role = next((item for item in self.activated_roles() if item["id"] == key), None)
        return ("directoryRole", role) if role else None

    def assigned_to(self, resource_id: str) -> list[Item]:
        """What was granted of a resource: Microsoft Graph's application permissions, and who may use an application."""
        plan = self.application_plan
        if resource_id != plan.graph_principal:
            return self._users_of(resource_id)
        return [row for _, item in self.service_principals() for row in plan.role_assignments(item)]

    def _users_of(self, principal_id: str) -> list[Item]:
        """Who was assigned to an application of the tenant: a few people, or a group of them."""
        number = self.ids.number_of("principal", principal_id)
        if number is None or number >= self.application_plan.count:
            return []
        kind, indexes = self.application_plan.users(number, self.group_plan.count)
        plan, rosters = self.application_plan, {"User": self.users, "Group": self.groups}
        found = (rosters[kind].at(index) for index in indexes)
        resource = self.principals.at(number)
        return [plan.assigned(resource, kind, item) for item in found if item is not None and resource is not None]

    def service_principals(self, start: int = 0) -> Iterator[tuple[int, Item]]:
        """Those of generated applications, then those that came with consent."""
        yield from self.principals.scan(start)
        total = self.principals.size
        for place, item in enumerate(self.application_plan.consented()):
            if total + place >= start:
                yield total + place, item

    def follow(self, before: "Directory") -> None:
        """Takes another directory's place: nobody's change queries go on from there."""
        for mine, theirs in zip(self.rosters, before.rosters, strict=True):
            mine.version = mine.forgotten = theirs.forgotten + len(theirs.log) + 1
        self.history.written = before.history.written + 1

    def new_id(self, kind: str, count: int) -> str:
        """The id of an object that is added later."""
        return guid(self.tenant.seed, self.tenant.id, "later", kind, count)


def directory_of(world: World, tenant: Tenant) -> Directory:
    """The directory of a tenant, kept with the world and made anew when somebody decides its care."""
    made: dict[str, Directory] = world.state("directories", dict)
    known = made.get(tenant.id)
    if known is None or known.people.decided_care != care_of(world, tenant):
        made[tenant.id] = Directory(world, tenant)
        if known is not None:
            made[tenant.id].follow(known)
    return made[tenant.id]
