"""What one person can reach beyond directory roles: groups, Azure, applications, licences, other Microsoft tenants."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, func, select

from tenantry.estate.models import MicrosoftTenant
from tenantry.governance.identity import azure
from tenantry.governance.identity.coverage import within
from tenantry.governance.identity.models import (
    AppUser,
    AzureRole,
    AzureRoleAssignment,
    DirectoryGroup,
    DirectoryUser,
    GroupMembership,
    GroupRoster,
    GuestSponsors,
    LicenceSku,
    UserLicence,
    UserRegistration,
    UserSignIn,
)
from tenantry.governance.identity.privileges.models import PrivilegedGrant
from tenantry.governance.identity.queries import UNKNOWN, beside
from tenantry.kit.db import TenantSession
from tenantry.platform.work import Work

_MANY: Final = 200
"""More of one kind is not shown on a page; the number says how many there are."""


@dataclass(frozen=True, slots=True)
class Group:
    key: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class AzureAccess:
    """A role in Azure, the scope it holds over, and the group it comes from."""

    role: str
    scope: str
    scope_name: str
    level: str
    through: str | None
    is_privileged: bool


@dataclass(frozen=True, slots=True)
class AppAccess:
    application: str
    role: str | None
    through: str | None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An account of the same address in another Microsoft tenant."""

    id: UUID
    microsoft_tenant_id: UUID
    microsoft_tenant: str
    name: str
    login: str
    user_type: str
    is_enabled: bool
    mfa: str
    """A Strength, or `unknown`."""
    last_sign_in_at: datetime | None
    privileges: int


@dataclass(frozen=True, slots=True)
class Reach:
    groups: Sequence[Group]
    large_groups: int
    """Groups whose members are not told one by one."""
    azure: Sequence[AzureAccess]
    applications: Sequence[AppAccess]
    licences: Sequence[str]
    sponsors: Sequence[str] | None
    """Of a guest; None is not known."""
    elsewhere: Sequence[Elsewhere]


def reach_of(work: Work, user: DirectoryUser) -> Reach:
    """Everything is looked up in the person's own Microsoft tenant, but for other accounts of the same address."""
    session, here = work.session, user.microsoft_tenant_id
    groups = _groups(session, user)
    names = {group.key: group.name for group in groups}
    large = select(func.count()).where(GroupRoster.microsoft_tenant_id == here, GroupRoster.is_large)
    return Reach(
        groups=groups,
        large_groups=session.execute(large).scalar_one(),
        azure=_azure(session, user, names),
        applications=_applications(session, user, names),
        licences=_licences(session, user),
        sponsors=_sponsors(session, user),
        elsewhere=_elsewhere(work, user),
    )


def _groups(session: TenantSession, user: DirectoryUser) -> list[Group]:
    """By name; those of which only the id is known come by it."""
    member = GroupMembership
    group = and_(
        DirectoryGroup.microsoft_tenant_id == member.microsoft_tenant_id, DirectoryGroup.item_key == member.group_key
    )
    query = (
        select(member.group_key, DirectoryGroup.display_name, DirectoryGroup.kind)
        .outerjoin(DirectoryGroup, group)
        .where(member.microsoft_tenant_id == user.microsoft_tenant_id, member.member_key == user.item_key)
        .order_by(DirectoryGroup.name_key, member.group_key)
        .limit(_MANY)
    )
    return [Group(key, name or key, kind or "") for key, name, kind in session.execute(query)]


def _azure(session: TenantSession, user: DirectoryUser, groups: dict[str, str]) -> list[AzureAccess]:
    """The privileged ones first."""
    held, here = AzureRoleAssignment, user.microsoft_tenant_id
    role = and_(AzureRole.microsoft_tenant_id == here, AzureRole.role_key == held.role_key)
    query = (
        select(held, AzureRole.display_name)
        .outerjoin(AzureRole, role)
        .where(held.microsoft_tenant_id == here, held.principal_key.in_([user.item_key, *groups]))
        .order_by(held.scope_key, held.id)
        .limit(_MANY)
    )
    rows = session.execute(query).all()
    scopes = azure.Scopes(session, here, {row[0].scope_key for row in rows})
    found = {
        row.id: AzureAccess(
            role=name or azure.PRIVILEGED.get(row.role_key) or row.role_key,
            scope=row.scope_key,
            scope_name=scopes.name(row.scope_key),
            level=azure.level_of(row.scope_key),
            through=groups.get(row.principal_key),
            is_privileged=row.role_key in azure.PRIVILEGED and azure.is_wide(row.scope_key),
        )
        for row, name in rows
    }
    return sorted(found.values(), key=lambda one: (not one.is_privileged, one.role, one.scope))


def _applications(session: TenantSession, user: DirectoryUser, groups: dict[str, str]) -> list[AppAccess]:
    query = (
        select(AppUser)
        .where(
            AppUser.microsoft_tenant_id == user.microsoft_tenant_id,
            AppUser.principal_key.in_([user.item_key, *groups]),
        )
        .order_by(AppUser.resource_name, AppUser.id)
        .limit(_MANY)
    )
    return [AppAccess(row.resource_name, row.role, groups.get(row.principal_key)) for row in session.scalars(query)]


def _licences(session: TenantSession, user: DirectoryUser) -> list[str]:
    """By part number where the subscribed licences are known, else by id."""
    sku = and_(
        LicenceSku.microsoft_tenant_id == UserLicence.microsoft_tenant_id, LicenceSku.sku_key == UserLicence.sku_key
    )
    query = select(UserLicence.sku_key, LicenceSku.part_number).outerjoin(LicenceSku, sku)
    rows = session.execute(query.where(UserLicence.user_id == user.id).limit(_MANY))
    return sorted(name or key for key, name in rows)


def _sponsors(session: TenantSession, user: DirectoryUser) -> Sequence[str] | None:
    query = select(GuestSponsors.sponsors).where(
        GuestSponsors.microsoft_tenant_id == user.microsoft_tenant_id, GuestSponsors.item_key == user.item_key
    )
    return session.scalars(query).one_or_none()


def _elsewhere(work: Work, user: DirectoryUser) -> list[Elsewhere]:
    """Accounts of the same mail or sign-in name, in all Microsoft tenants that the actor may see."""
    addresses = {key for key in (user.mail_key, user.login_key) if key}
    found: dict[UUID, Elsewhere] = {}
    for column in (DirectoryUser.mail_key, DirectoryUser.login_key) if addresses else ():
        query = (
            select(DirectoryUser, MicrosoftTenant.name, UserRegistration, UserSignIn, _privileges())
            .join(MicrosoftTenant, MicrosoftTenant.id == DirectoryUser.microsoft_tenant_id)
            .outerjoin(UserRegistration, beside(UserRegistration))
            .outerjoin(UserSignIn, beside(UserSignIn))
            .where(column.in_(addresses), DirectoryUser.microsoft_tenant_id != user.microsoft_tenant_id)
            .where(*within(work, None))
            .order_by(MicrosoftTenant.name_key, DirectoryUser.id)
            .limit(_MANY)
        )
        for other, tenant, registration, sign_in, privileges in work.session.execute(query):
            found[other.id] = Elsewhere(
                id=other.id,
                microsoft_tenant_id=other.microsoft_tenant_id,
                microsoft_tenant=tenant,
                name=other.display_name,
                login=other.user_principal_name,
                user_type=other.user_type,
                is_enabled=other.is_enabled,
                mfa=(registration.strength if registration else None) or UNKNOWN,
                last_sign_in_at=sign_in.last_sign_in_at if sign_in else None,
                privileges=privileges,
            )
    return sorted(found.values(), key=lambda one: (one.microsoft_tenant.casefold(), one.login))


def _privileges() -> Any:
    grant = PrivilegedGrant
    return (
        select(func.count(grant.id))
        .where(
            grant.microsoft_tenant_id == DirectoryUser.microsoft_tenant_id,
            grant.holder_key == DirectoryUser.item_key,
        )
        .scalar_subquery()
    )
