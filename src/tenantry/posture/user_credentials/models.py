"""User credentials of Microsoft tenants."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, TenantOwned, UtcDateTime, tenant_foreign_key


class UserCredential(TenantOwned, Base):
    """At most one per Microsoft tenant. The password is sealed in `stored_secret` and never shown."""

    __tablename__ = "user_credential"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        tenant_foreign_key("stored_secret_id", "stored_secret", ondelete="RESTRICT"),
        UniqueConstraint("tenant_id", "microsoft_tenant_id"),
    )

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    username: Mapped[str] = mapped_column(String(254), info={"secret": True})
    """Shown to who may change it, and kept out of the audit trail, which more people read."""
    stored_secret_id: Mapped[UUID] = mapped_column(Uuid, info={"secret": True})
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
