"""What stands beside people in a list: sponsors, groups, applications, privileges. A few queries for a whole page."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from tenantry.governance.identity.models import AppUser, AzureRoleAssignment, GroupMembership, GuestSponsors
from tenantry.governance.identity.privileges.models import PrivilegedGrant
from tenantry.kit.db import TenantSession

Who = tuple[UUID, str]
"""A Microsoft tenant and the key of somebody in it."""


@dataclass(slots=True)
class Access:
    """What somebody can reach, counted. Each is only as whole as what was collected."""

    groups: int = 0
    applications: int = 0
    azure_roles: int = 0
    privileges: list[str] = field(default_factory=list)


def access_of(session: TenantSession, rows: Sequence[Any]) -> dict[Who, Access]:
    """Of the users of a page."""
    found: dict[Who, Access] = defaultdict(Access)
    tenants, keys = _ids(rows)
    if not keys:
        return found
    for name, model, column in (
        ("groups", GroupMembership, GroupMembership.member_key),
        ("applications", AppUser, AppUser.principal_key),
        ("azure_roles", AzureRoleAssignment, AzureRoleAssignment.principal_key),
    ):
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


def sponsors_of(session: TenantSession, rows: Sequence[Any]) -> dict[Who, list[str]]:
    """Names of the sponsors of the guests of a page; somebody who is not in it is not known."""
    tenants, keys = _ids(rows)
    query = select(GuestSponsors).where(
        GuestSponsors.microsoft_tenant_id.in_(tenants), GuestSponsors.item_key.in_(keys)
    )
    return {(row.microsoft_tenant_id, row.item_key): row.sponsors for row in session.scalars(query)} if keys else {}


def _ids(rows: Sequence[Any]) -> tuple[list[UUID], list[str]]:
    return sorted({row[1].id for row in rows}), sorted({row[0].item_key for row in rows})
