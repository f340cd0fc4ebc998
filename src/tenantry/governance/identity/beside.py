"""What stands beside people in a list: sponsors, groups, applications, privileges. A few queries for a whole page."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from tenantry.governance.identity.models import AppUser, AzureRoleAssignment, GroupMembership, GuestSponsors
from tenantry.governance.identity.privileges.models import PrivilegedGrant
from tenantry.kit.db import TenantSession
from tenantry.observe.models import DatasetState

Who = tuple[UUID, str]
"""A Microsoft tenant and the key of somebody in it."""


_COUNTED: Final[Sequence[tuple[str, str, Any, Any]]] = (
    ("groups", "entra.group_members", GroupMembership, GroupMembership.member_key),
    ("applications", "entra.app_users", AppUser, AppUser.principal_key),
    ("azure_roles", "azure.role_assignments", AzureRoleAssignment, AzureRoleAssignment.principal_key),
)


@dataclass(slots=True)
class Access:
    """What somebody can reach, counted. None is not known."""

    groups: int | None = None
    applications: int | None = None
    azure_roles: int | None = None
    privileges: list[str] = field(default_factory=list)


def access_of(session: TenantSession, rows: Sequence[Any]) -> dict[Who, Access]:
    """Of the users of a page."""
    found: dict[Who, Access] = defaultdict(Access)
    tenants, keys = _ids(rows)
    if not keys:
        return found
    known = _known(session, tenants)
    for row in rows:
        for name, dataset, _, _ in _COUNTED:
            setattr(found[row[1].id, row[0].item_key], name, 0 if (row[1].id, dataset) in known else None)
    for name, _, model, column in _COUNTED:
        query = (
            select(model.microsoft_tenant_id, column, func.count())
            .where(model.microsoft_tenant_id.in_(tenants), column.in_(keys))
            .group_by(model.microsoft_tenant_id, column)
        )
        for tenant, key, count in session.execute(query):
            setattr(found[tenant, key], name, count)
    grant = PrivilegedGrant
    held = select(grant).where(grant.microsoft_tenant_id.in_(tenants), grant.holder_key.in_(keys))
    for row in session.scalars(held.order_by(grant.role, grant.id)):
        names = found[row.microsoft_tenant_id, row.holder_key].privileges
        if row.role not in names:
            names.append(row.role)
    return found


def _known(session: TenantSession, tenants: Sequence[UUID]) -> set[tuple[UUID, str]]:
    """Which of the datasets that are counted here were ever complete in which Microsoft tenant."""
    query = select(DatasetState.microsoft_tenant_id, DatasetState.dataset).where(
        DatasetState.microsoft_tenant_id.in_(tenants),
        DatasetState.dataset.in_([dataset for _, dataset, _, _ in _COUNTED]),
        DatasetState.complete_at.is_not(None),
    )
    return {(tenant, dataset) for tenant, dataset in session.execute(query)}


def sponsors_of(session: TenantSession, rows: Sequence[Any]) -> dict[Who, list[str]]:
    """Names of the sponsors of the guests of a page; somebody who is not in it is not known."""
    tenants, keys = _ids(rows)
    query = select(GuestSponsors).where(
        GuestSponsors.microsoft_tenant_id.in_(tenants), GuestSponsors.item_key.in_(keys)
    )
    return {(row.microsoft_tenant_id, row.item_key): row.sponsors for row in session.scalars(query)} if keys else {}


def _ids(rows: Sequence[Any]) -> tuple[list[UUID], list[str]]:
    return sorted({row[1].id for row in rows}), sorted({row[0].item_key for row in rows})
