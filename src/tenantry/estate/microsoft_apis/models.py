"""How a service of Microsoft has answered for a Microsoft tenant."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, TenantOwned, UtcDateTime, tenant_foreign_key


class MicrosoftApi(TenantOwned, Base):
    """The newest success and the newest failure of one service for one Microsoft tenant, whichever worker asked."""

    __tablename__ = "microsoft_api"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("uq_microsoft_api", "tenant_id", "microsoft_tenant_id", "service", unique=True),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    service: Mapped[str] = mapped_column(String(32))
    succeeded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failure: Mapped[str | None] = mapped_column(String(32))
    """The kind of the newest failure."""
    throttled_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
