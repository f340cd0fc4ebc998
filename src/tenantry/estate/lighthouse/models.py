"""What a managing Microsoft tenant sees through Lighthouse."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, TenantOwned, UtcDateTime, tenant_foreign_key


class DelegatedSubscription(TenantOwned, Base):
    """A customer's subscription that is delegated to a managing tenant, as it was listed last."""

    __tablename__ = "delegated_subscription"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index(
            "uq_delegated_subscription",
            "tenant_id",
            "microsoft_tenant_id",
            "customer_entra_id",
            "subscription_key",
            unique=True,
        ),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    """The managing one."""
    customer_entra_id: Mapped[UUID] = mapped_column(Uuid)
    customer_name: Mapped[str | None] = mapped_column(String(256))
    """As the delegation calls it; None when that could not be read."""
    subscription_key: Mapped[str] = mapped_column(String(64))
    display_name: Mapped[str] = mapped_column(String(256))
    state: Mapped[str] = mapped_column(String(32))
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
