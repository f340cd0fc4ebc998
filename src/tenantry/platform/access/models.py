"""Roles, what custom roles hold, and who has them until when."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, TenantOwned, UtcDateTime, tenant_foreign_key


class Role(TenantOwned, Base):
    """A named set of permissions in one tenant. The grants of a default role live in code, a custom role's in rows."""

    __tablename__ = "role"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    name: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(String(500))
    is_default: Mapped[bool]


class RolePermission(TenantOwned, Base):
    """One permission of a custom role."""

    __tablename__ = "role_permission"
    __table_args__ = (
        tenant_foreign_key("role_id", "role"),
        UniqueConstraint("tenant_id", "role_id", "permission"),
    )

    role_id: Mapped[UUID] = mapped_column(Uuid)
    permission: Mapped[str] = mapped_column(String(100))


class RoleAssignment(TenantOwned, Base):
    """A role given to a user, until `expires_at` when set. Checked at every request, so an end takes effect at once."""

    __tablename__ = "role_assignment"
    __table_args__ = (
        tenant_foreign_key("role_id", "role"),
        UniqueConstraint("tenant_id", "user_id", "role_id"),
    )

    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("user_account.id", ondelete="CASCADE"))
    role_id: Mapped[UUID] = mapped_column(Uuid)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
