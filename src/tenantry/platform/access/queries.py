"""Which permissions a user holds right now."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from tenantry.kit.db import TenantSession
from tenantry.platform.access.models import Role, RoleAssignment, RolePermission
from tenantry.platform.access.registry import granted_by


def permissions_of(session: TenantSession, user_id: UUID, now: datetime) -> frozenset[str]:
    """The union over the user's unexpired roles; empty for someone who has none in this tenant."""
    held = (
        select(Role.id, Role.name, Role.is_default)
        .join(RoleAssignment, RoleAssignment.role_id == Role.id)
        .where(RoleAssignment.user_id == user_id)
        .where(or_(RoleAssignment.expires_at.is_(None), RoleAssignment.expires_at > now))
    )
    roles = session.execute(held).all()
    custom = [role.id for role in roles if not role.is_default]
    rows = (
        session.scalars(select(RolePermission.permission).where(RolePermission.role_id.in_(custom))) if custom else ()
    )
    return granted_by(role.name for role in roles if role.is_default) | frozenset(rows)
