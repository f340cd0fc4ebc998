"""One person: what is known of them, how old each part of it is, and how it came to be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import String, and_, cast, literal, select, union_all

from tenantry.estate.models import MicrosoftTenant
from tenantry.governance.identity.models import (
    DirectoryGroup,
    DirectoryRole,
    DirectoryUser,
    GroupMember,
    RoleAssignmentHeld,
    RoleEligibility,
    RoleInstance,
    UserRegistration,
    UserSignIn,
)
from tenantry.governance.identity.reach import Reach, reach_of
from tenantry.kit.db import TenantSession, UtcDateTime
from tenantry.observe.bodies import unpack
from tenantry.observe.models import DatasetState, Observation, ObservationBody, Outcome
from tenantry.platform.work import Work

_OF_A_PERSON: Final = {
    "entra.users": "Account",
    "entra.registration_details": "Authentication methods",
    "entra.sign_in_activity": "Sign-in activity",
}
_ENDS: Final = "entra.role_assignment_instances"
_AGES: Final = _OF_A_PERSON | {
    "entra.role_assignments": "Roles held",
    _ENDS: "Ends of roles held",
    "entra.role_eligibility": "Roles that may be activated",
    "entra.role_group_members": "Roles through groups",
    "entra.group_members": "Groups",
    "entra.app_users": "Applications",
    "azure.role_assignments": "Azure roles",
    "entra.subscribed_skus": "Names of licences",
    "entra.guest_sponsors": "Sponsors",
}
_HISTORY: Final = 20
_MANY: Final = 100


@dataclass(frozen=True, slots=True)
class Change:
    """From one observed state to the next; `changes` is empty for the first one."""

    what: str
    at: datetime
    changes: dict[str, tuple[Any, Any]]
    is_first: bool
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """A directory role, how it is held, and until when."""

    role: str
    is_privileged: bool
    holding: str
    scope: str
    through: str | None
    ends_at: datetime | None
    is_permanent: bool | None
    """None is not known."""


@dataclass(frozen=True, slots=True)
class Person:
    """A user of a Microsoft tenant with everything beside it."""

    user: DirectoryUser
    tenant: MicrosoftTenant
    registration: UserRegistration | None
    sign_in: UserSignIn | None
    roles: Sequence[RoleHeld]
    reach: Reach
    ages: Sequence[tuple[str, str, datetime | None]]
    """What, the outcome of the newest attempt, and the age of what is shown."""
    history: Sequence[Change]
    document: Any

    @property
    def are_sign_ins_known(self) -> bool:
        """Whether sign-ins of this Microsoft tenant were ever collected: else nobody can be said never to have."""
        return any(title == _OF_A_PERSON["entra.sign_in_activity"] and at for title, _, at in self.ages)


def person(work: Work, user_id: UUID) -> Person:
    """Raises NotFound, also for somebody of a Microsoft tenant outside the actor's scope."""
    session, user = work.session, work.one(DirectoryUser, user_id, "account")
    ages = _ages(session, user)
    return Person(
        user=user,
        tenant=session.one(MicrosoftTenant, user.microsoft_tenant_id),
        registration=_beside(session, user, UserRegistration),
        sign_in=_beside(session, user, UserSignIn),
        roles=_roles(session, user, ends=(_AGES[_ENDS], Outcome.NOT_LICENSED, None) not in ages),
        reach=reach_of(work, user),
        ages=ages,
        history=_history(session, user),
        document=_document(session, user),
    )


def _beside(session: TenantSession, user: DirectoryUser, model: Any) -> Any:
    query = select(model).where(model.microsoft_tenant_id == user.microsoft_tenant_id, model.item_key == user.item_key)
    return session.scalars(query).one_or_none()


def _roles(session: TenantSession, user: DirectoryUser, *, ends: bool) -> Sequence[RoleHeld]:
    """All roles, privileged ones first. Without the licence to let roles end (`ends`), none does."""
    instances = _ends(session, user)
    return [_held(row, instances, ends=ends) for row in _role_rows(session, user)]


def _held(row: Any, ends_of: Mapping[tuple[str, str], RoleInstance], *, ends: bool) -> RoleHeld:
    """An eligible role ends as it says itself; one that is held, as its instance does, where there is one."""
    instance = ends_of.get((row.role_key, row.scope)) if row.holding == "active" else None
    ends_at = instance.ends_at if instance else row.ends_at
    is_known = instance is not None or row.holding == "eligible" or not ends
    return RoleHeld(
        role=row.role,
        is_privileged=row.is_privileged,
        holding="activated" if instance and instance.is_activated else row.holding,
        scope=row.scope,
        through=row.through,
        ends_at=ends_at,
        is_permanent=ends_at is None if is_known else None,
    )


def _ends(session: TenantSession, user: DirectoryUser) -> dict[tuple[str, str], RoleInstance]:
    query = select(RoleInstance).where(
        RoleInstance.microsoft_tenant_id == user.microsoft_tenant_id, RoleInstance.principal_key == user.item_key
    )
    return {(row.role_key, row.scope): row for row in session.scalars(query)}


def _role_rows(session: TenantSession, user: DirectoryUser) -> Sequence[Any]:
    here, key = user.microsoft_tenant_id, user.item_key
    none, no_end = cast(None, String), cast(None, UtcDateTime)
    assigned = RoleAssignmentHeld
    columns = (assigned.role_key, assigned.scope)
    direct = select(
        literal("active").label("holding"), *columns, none.label("group_key"), no_end.label("ends_at")
    ).where(assigned.microsoft_tenant_id == here, assigned.principal_key == key)
    through = (
        select(literal("through a group"), *columns, GroupMember.group_key, no_end)
        .join(
            GroupMember,
            and_(GroupMember.microsoft_tenant_id == here, GroupMember.group_key == assigned.principal_key),
        )
        .where(assigned.microsoft_tenant_id == here, GroupMember.member_key == key)
    )
    may = RoleEligibility
    eligible = select(literal("eligible"), may.role_key, may.scope, none, may.ends_at).where(
        may.microsoft_tenant_id == here, may.principal_key == key
    )
    held = union_all(direct, through, eligible).subquery()
    query = (
        select(
            DirectoryRole.display_name.label("role"),
            DirectoryRole.is_privileged,
            held.c.holding,
            held.c.role_key,
            held.c.scope,
            held.c.ends_at,
            DirectoryGroup.display_name.label("through"),
        )
        .select_from(held)
        .join(DirectoryRole, and_(DirectoryRole.microsoft_tenant_id == here, DirectoryRole.item_key == held.c.role_key))
        .outerjoin(
            DirectoryGroup,
            and_(DirectoryGroup.microsoft_tenant_id == here, DirectoryGroup.item_key == held.c.group_key),
        )
        .order_by(DirectoryRole.is_privileged.desc(), DirectoryRole.display_name, held.c.holding)
        .limit(_MANY)
    )
    return session.execute(query).all()


def _ages(session: TenantSession, user: DirectoryUser) -> list[tuple[str, str, datetime | None]]:
    query = select(DatasetState).where(
        DatasetState.microsoft_tenant_id == user.microsoft_tenant_id, DatasetState.dataset.in_(_AGES)
    )
    known = {row.dataset: row for row in session.scalars(query)}
    return [
        (title, known[name].outcome.value, known[name].complete_at) if name in known else (title, "never", None)
        for name, title in _AGES.items()
    ]


def _history(session: TenantSession, user: DirectoryUser) -> list[Change]:
    """Newest first. Each state is compared with the one before it, of the same dataset."""
    query = (
        select(Observation.dataset, Observation.seen_from, Observation.seen_to, ObservationBody.body)
        .join(ObservationBody, ObservationBody.id == Observation.body_id)
        .where(
            Observation.microsoft_tenant_id == user.microsoft_tenant_id,
            Observation.dataset.in_(_OF_A_PERSON),
            Observation.item_key == user.item_key,
        )
        .order_by(Observation.seen_from.desc())
        .limit(_HISTORY + 1)
    )
    rows = session.execute(query).all()
    changes = []
    for index, row in enumerate(rows[:_HISTORY]):
        before = next((older for older in rows[index + 1 :] if older.dataset == row.dataset), None)
        differing = _difference(unpack(before.body), unpack(row.body)) if before else {}
        changes.append(Change(_OF_A_PERSON[row.dataset], row.seen_from, differing, before is None, row.seen_to))
    return changes


def _difference(before: Any, after: Any) -> dict[str, tuple[Any, Any]]:
    old, new = _flat(before), _flat(after)
    return {name: (old.get(name), new.get(name)) for name in sorted({*old, *new}) if old.get(name) != new.get(name)}


def _flat(value: Any, name: str = "") -> dict[str, Any]:
    """Nested objects as `outer.inner`; lists stay whole, because their order may mean something."""
    if not isinstance(value, dict):
        return {name: value}
    return {
        key: item for part, inner in value.items() for key, item in _flat(inner, f"{name}.{part}".lstrip(".")).items()
    }


def _document(session: TenantSession, user: DirectoryUser) -> Any:
    packed = session.scalars(select(ObservationBody.body).where(ObservationBody.id == user.body_id)).one_or_none()
    return unpack(packed) if packed is not None else None
