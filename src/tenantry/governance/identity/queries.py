"""People across all Microsoft tenants of the fleet, or of one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, union_all

from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.governance.identity.models import (
    DirectoryRole,
    DirectoryUser,
    GroupMember,
    GuestSponsors,
    RoleAssignmentHeld,
    RoleEligibility,
    UserRegistration,
    UserSignIn,
)
from tenantry.governance.identity.privileges.models import PrivilegedGrant
from tenantry.kit.db import TenantSession
from tenantry.kit.filtering import begins_with
from tenantry.kit.pagination import AnySelect, Page, PageQuery, SortKey, paginate
from tenantry.observe.models import DatasetState

STALE_AFTER: Final = timedelta(days=90)
UNKNOWN: Final = "unknown"
_INVITATIONS: Final = {"pending": "PendingAcceptance", "accepted": "Accepted"}


class People(StrEnum):
    """The lists of the identity viewer."""

    USERS = "users"
    GUESTS = "guests"
    PRIVILEGED = "privileged"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """Which people; None means any. `text` is the beginning of a display name, `scope` the Microsoft tenants seen."""

    view: People = People.USERS
    microsoft_tenant_id: UUID | None = None
    text: str | None = None
    enabled: bool | None = None
    mfa: bool | None = None
    mfa_unknown: bool = False
    """Only those the report does not speak of. Unknown is not "no"."""
    user_type: str | None = None
    licensed: bool | None = None
    strength: str | None = None
    """A Strength, or `unknown`."""
    invitation: str | None = None
    """`pending` or `accepted`: of guests."""
    sponsor: bool | None = None
    """Whether a guest has a sponsor, where sponsors are known."""
    privileged: bool | None = None
    stale_after: timedelta = STALE_AFTER
    scope: frozenset[UUID] | None = None


SORTS: Final[dict[str, Any]] = {
    "name": DirectoryUser.name_key,
    "tenant": MicrosoftTenant.name_key,
    "enabled": DirectoryUser.is_enabled,
    "mfa": UserRegistration.is_mfa_capable,
    "licences": DirectoryUser.licences,
    "department": DirectoryUser.department,
    "last_sign_in": UserSignIn.last_sign_in_at,
    "created": DirectoryUser.created_on,
}
_NEVER_NULL: Final = frozenset({"name", "tenant", "enabled", "licences"})


def people(
    session: TenantSession,
    wanted: PeopleFilter,
    page: PageQuery,
    now: datetime,
    sort: tuple[str, bool] = ("name", False),
    *,
    count_to: int | None = None,
) -> Page[Any]:
    """A page of rows: user, Microsoft tenant, registration, sign-in; counted up to a bound when asked for."""
    key, descending = sort
    keys = [
        SortKey(SORTS[key], descending=descending, never_null=key in _NEVER_NULL),
        SortKey(DirectoryUser.id, never_null=True),
    ]
    return paginate(session, filtered(wanted, now), page, keys, count_to=count_to)


def roles_of(session: TenantSession, rows: Sequence[Any]) -> dict[tuple[UUID, str], list[tuple[str, str]]]:
    """Privileged roles of these people: (name of the role, how it is held) per (Microsoft tenant, user)."""
    keys = {row[0].item_key for row in rows}
    found: dict[tuple[UUID, str], list[tuple[str, str]]] = {}
    if not keys:
        return found
    held = privileged_grants().subquery()
    query = select(held).where(held.c.user_key.in_(keys))
    for row in session.execute(query):
        found.setdefault((row.microsoft_tenant_id, row.user_key), []).append((row.role, row.holding))
    return found


def privileged_grants() -> AnySelect:
    """Who holds a privileged role: directly, through a group, or as one they may activate."""
    direct = _grants(RoleAssignmentHeld, RoleAssignmentHeld.principal_key, "active")
    eligible = _grants(RoleEligibility, RoleEligibility.principal_key, "eligible")
    through = _grants(RoleAssignmentHeld, GroupMember.member_key, "through a group").join(
        GroupMember,
        and_(
            GroupMember.microsoft_tenant_id == RoleAssignmentHeld.microsoft_tenant_id,
            GroupMember.group_key == RoleAssignmentHeld.principal_key,
        ),
    )
    every = union_all(direct, eligible, through).subquery()
    statement: AnySelect = select(every)
    return statement


def _grants(model: Any, user_key: Any, holding: str) -> AnySelect:
    statement: AnySelect = (
        select(
            model.microsoft_tenant_id.label("microsoft_tenant_id"),
            user_key.label("user_key"),
            DirectoryRole.display_name.label("role"),
            literal(holding).label("holding"),
        )
        .select_from(model)
        .join(
            DirectoryRole,
            and_(
                DirectoryRole.microsoft_tenant_id == model.microsoft_tenant_id,
                DirectoryRole.item_key == model.role_key,
                DirectoryRole.is_privileged,
            ),
        )
    )
    return statement


def filtered(wanted: PeopleFilter, now: datetime) -> AnySelect:
    user = DirectoryUser
    statement: AnySelect = (
        select(user, MicrosoftTenant, UserRegistration, UserSignIn)
        .join(MicrosoftTenant, MicrosoftTenant.id == user.microsoft_tenant_id)
        .outerjoin(UserRegistration, beside(UserRegistration))
        .outerjoin(UserSignIn, beside(UserSignIn))
    )
    return statement.where(*_conditions(wanted), _in_view(wanted, now))


def _conditions(wanted: PeopleFilter) -> Iterator[ColumnElement[bool]]:
    user = DirectoryUser
    yield MicrosoftTenant.lifecycle != Lifecycle.OFFBOARDED
    if wanted.microsoft_tenant_id is not None:
        yield user.microsoft_tenant_id == wanted.microsoft_tenant_id
    if wanted.scope is not None:
        yield user.microsoft_tenant_id.in_(wanted.scope)
    if wanted.text:
        yield begins_with(user.name_key, wanted.text.casefold()[:256])
    if wanted.enabled is not None:
        yield user.is_enabled == wanted.enabled
    if wanted.mfa is not None:
        yield UserRegistration.is_mfa_capable == wanted.mfa
    if wanted.mfa_unknown:
        yield UserRegistration.id.is_(None)
    if wanted.user_type is not None:
        yield user.user_type == wanted.user_type
    if wanted.licensed is not None:
        yield user.licences > 0 if wanted.licensed else user.licences == 0
    yield from _finer_conditions(wanted)


def _finer_conditions(wanted: PeopleFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.strength is not None:
        told = UserRegistration.strength
        yield told.is_(None) if wanted.strength == UNKNOWN else told == wanted.strength
    if wanted.invitation is not None:
        yield DirectoryUser.invitation_state == _INVITATIONS[wanted.invitation]
    if wanted.sponsor is not None:
        yield _sponsored(wanted.sponsor)
    if wanted.privileged is not None:
        holds = holds_privilege()
        yield holds if wanted.privileged else ~holds


def _sponsored(has_one: bool) -> ColumnElement[bool]:
    """Nobody counts as without a sponsor whose sponsors are not known."""
    count = GuestSponsors.sponsor_count
    found = select(GuestSponsors.id).where(beside(GuestSponsors), count > 0 if has_one else count == 0)
    return found.exists()


def holds_privilege() -> ColumnElement[bool]:
    """Whether a user holds or may activate a privilege in Entra or in Azure."""
    held = select(PrivilegedGrant.id).where(
        PrivilegedGrant.microsoft_tenant_id == DirectoryUser.microsoft_tenant_id,
        PrivilegedGrant.holder_key == DirectoryUser.item_key,
    )
    return held.exists()


def _in_view(wanted: PeopleFilter, now: datetime) -> ColumnElement[bool]:
    view = wanted.view
    if view is People.GUESTS:
        return DirectoryUser.user_type == "guest"
    if view is People.STALE:
        return is_stale(now, wanted.stale_after)
    if view is People.PRIVILEGED:
        held = privileged_grants().subquery()
        return (
            select(held.c.user_key)
            .where(
                held.c.user_key == DirectoryUser.item_key,
                held.c.microsoft_tenant_id == DirectoryUser.microsoft_tenant_id,
            )
            .exists()
        )
    return DirectoryUser.user_type == "member"


def is_stale(now: datetime, after: timedelta = STALE_AFTER) -> ColumnElement[bool]:
    """Enabled, older than the limit, no sign-in since. Nobody is stale whose sign-ins are not known at all.

    A sign-in without somebody there counts, so that service accounts in use are not stale.
    """
    known = was_collected("entra.sign_in_activity")
    limit = now - after
    silent = or_(UserSignIn.last_sign_in_at.is_(None), UserSignIn.last_sign_in_at < limit)
    old = or_(DirectoryUser.created_on.is_(None), DirectoryUser.created_on < limit)
    return and_(DirectoryUser.is_enabled, silent, old, known)


def was_collected(dataset: str) -> ColumnElement[bool]:
    """Whether a dataset was ever complete for the user's Microsoft tenant."""
    return (
        select(DatasetState.id)
        .where(
            DatasetState.microsoft_tenant_id == DirectoryUser.microsoft_tenant_id,
            DatasetState.dataset == dataset,
            DatasetState.complete_at.is_not(None),
        )
        .exists()
    )


def sign_ins_known(session: TenantSession, rows: Sequence[Any]) -> frozenset[UUID]:
    """The Microsoft tenants of a page whose sign-ins are known: there, somebody without one never signed in."""
    query = select(DatasetState.microsoft_tenant_id).where(
        DatasetState.microsoft_tenant_id.in_({row[1].id for row in rows}),
        DatasetState.dataset == "entra.sign_in_activity",
        DatasetState.complete_at.is_not(None),
    )
    return frozenset(session.scalars(query))


def with_sign_ins(statement: AnySelect) -> AnySelect:
    """Users, each with the sign-in that `is_stale` asks about."""
    return statement.select_from(DirectoryUser).outerjoin(UserSignIn, beside(UserSignIn))


def beside(model: Any) -> ColumnElement[bool]:
    return and_(
        model.microsoft_tenant_id == DirectoryUser.microsoft_tenant_id, model.item_key == DirectoryUser.item_key
    )


def count(session: TenantSession, statement: AnySelect) -> int:
    return session.execute(select(func.count()).select_from(statement.subquery())).scalar_one()
