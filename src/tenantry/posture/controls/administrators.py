"""Who holds directory roles: directly, through groups, and those who may activate one. People, applications, groups."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from tenantry.observe.catalogue.identity import (
    ROLE_ASSIGNMENTS,
    ROLE_DEFINITIONS,
    ROLE_ELIGIBILITY,
    ROLE_GROUP_MEMBERS,
    USERS,
)
from tenantry.observe.catalogue.privileges import GLOBAL_ADMINISTRATOR
from tenantry.observe.datasets import Dataset
from tenantry.posture.evidence import Evidence, every, every_licensed
from tenantry.posture.facts import Facts

READS: Final[tuple[Dataset, ...]] = (ROLE_ASSIGNMENTS, ROLE_DEFINITIONS, ROLE_GROUP_MEMBERS, USERS)
HELPS: Final[tuple[Dataset, ...]] = (ROLE_ELIGIBILITY,)
_GLOBAL_READER: Final = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"


@dataclass(frozen=True, slots=True)
class Administrator:
    """A person who holds an administrative role, or may activate one, and how."""

    user: Facts
    roles: frozenset[str]
    """Names."""
    is_active: bool
    """Whether one of them is held now, and not only on activation."""
    through: frozenset[str] = field(default=frozenset())
    """Ids of the groups that give one."""

    @property
    def name(self) -> str:
        return self.user.text("userPrincipalName", self.user.name)

    @property
    def told(self) -> str:
        roles = ", ".join(sorted(self.roles)[:3])
        return f"{roles}{'' if self.is_active else ', on activation'}"


@dataclass(slots=True)
class _Held:
    roles: set[str] = field(default_factory=set)
    is_active: bool = False
    through: set[str] = field(default_factory=set)


def administrators(evidence: Evidence) -> list[Administrator]:
    """Everybody whose role's name holds `Administrator`, and global readers; guests and disabled accounts too.

    Principals that are no users (applications, groups themselves) are left out. Raises NotCollected.
    """
    names = {row.id.lower(): row.text("displayName") for row in every(evidence, ROLE_DEFINITIONS)}
    wanted = {key for key, name in names.items() if "administrator" in name.lower() or key == _GLOBAL_READER}
    held: dict[str, _Held] = defaultdict(_Held)
    for principal, role, active, group in _grants(evidence):
        if role in wanted:
            mine = held[principal]
            mine.roles.add(names[role])
            mine.is_active |= active
            mine.through |= {group} if group else set()
    users = evidence.find(USERS, held)
    return sorted(
        (
            Administrator(users[key], frozenset(mine.roles), mine.is_active, frozenset(mine.through))
            for key, mine in held.items()
            if key in users
        ),
        key=lambda one: one.name.lower(),
    )


def global_administrators(evidence: Evidence) -> tuple[list[Facts], list[str]]:
    """People who are Global Administrator now, directly or through a group; and the ids of other principals who are."""
    principals = {
        principal for principal, role, active, _ in _grants(evidence) if role == GLOBAL_ADMINISTRATOR and active
    }
    users = evidence.find(USERS, principals)
    groups = {row.text("groupId").lower() for row in every(evidence, ROLE_GROUP_MEMBERS)}
    others = sorted(principals - users.keys() - groups)
    return sorted(users.values(), key=lambda one: one.name.lower()), others


def _grants(evidence: Evidence) -> Iterator[tuple[str, str, bool, str]]:
    """(principal, role, whether it holds now, the group it comes through); members of groups after the group itself."""
    members = _members(every(evidence, ROLE_GROUP_MEMBERS))
    active = [(row, True) for row in every(evidence, ROLE_ASSIGNMENTS)]
    eligible = [(row, False) for row in every_licensed(evidence, ROLE_ELIGIBILITY)]
    for row, is_active in (*active, *eligible):
        principal, role = row.text("principalId").lower(), row.text("roleDefinitionId").lower()
        yield principal, role, is_active, ""
        for member in members.get(principal, ()):
            yield member, role, is_active, principal


def _members(rows: Sequence[Facts]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[row.text("groupId").lower()].append(row.text("memberId").lower())
    return found
