"""Changes of resources as Azure tells them: kept for thirty days."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, Json, UtcDateTime, tenant_foreign_key
from tenantry.observe.projections import Projected


class ResourceChange(Projected, Base):
    """One change of one resource: when, by whom, by which operation, and what was before and after."""

    __tablename__ = "resource_change"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_resource_change_item", "tenant_id", "microsoft_tenant_id", "item_key"),
        Index("ix_resource_change_at", "tenant_id", "changed_at", "id"),
        Index("ix_resource_change_of", "tenant_id", "microsoft_tenant_id", "changed_at", "id"),
        Index("ix_resource_change_resource", "tenant_id", "microsoft_tenant_id", "resource_key", "changed_at", "id"),
        Index("ix_resource_change_by", "tenant_id", "changed_by_key", "changed_at", "id"),
        Index("ix_resource_change_subscription", "tenant_id", "subscription_key", "changed_at", "id"),
        Index("ix_resource_change_group", "tenant_id", "group_key", "changed_at", "id"),
        Index("ix_resource_change_type", "tenant_id", "resource_type", "changed_at", "id"),
    )

    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resource_key: Mapped[str] = mapped_column(String(400))
    """The item key of the resource, which may be gone."""
    name: Mapped[str] = mapped_column(String(260))
    resource_type: Mapped[str] = mapped_column(String(200))
    group_key: Mapped[str] = mapped_column(String(400))
    subscription_key: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(32))
    """As Microsoft says it, in lower case: `create`, `update`, `delete`."""
    changed_by: Mapped[str] = mapped_column(String(256))
    """Empty where Microsoft does not say."""
    changed_by_key: Mapped[str] = mapped_column(String(256))
    changed_by_type: Mapped[str] = mapped_column(String(64))
    client: Mapped[str] = mapped_column(String(128))
    operation: Mapped[str] = mapped_column(String(200))
    changes_count: Mapped[int]
    changes: Mapped[dict[str, list[Any]]] = mapped_column(Json)
    """[before, after] per path, the first forty of them; long values are cut."""
