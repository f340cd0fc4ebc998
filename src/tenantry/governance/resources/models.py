"""Projections of the Azure datasets."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, Json, UtcDateTime, tenant_foreign_key
from tenantry.observe.projections import Projected


class Subscription(Projected, Base):
    """An Azure subscription of a Microsoft tenant. `is_delegated`: seen through Lighthouse."""

    __tablename__ = "subscription"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_subscription_item", "tenant_id", "microsoft_tenant_id", "item_key"),
    )

    display_name: Mapped[str] = mapped_column(String(256))
    subscription_key: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(32))
    offer: Mapped[str | None] = mapped_column(String(64))
    is_delegated: Mapped[bool]


class ResourceGroup(Projected, Base):
    """A resource group."""

    __tablename__ = "resource_group"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_resource_group_item", "tenant_id", "microsoft_tenant_id", "item_key"),
    )

    name: Mapped[str] = mapped_column(String(256))
    subscription_key: Mapped[str] = mapped_column(String(64))
    location: Mapped[str] = mapped_column(String(64))
    tags: Mapped[dict[str, str]] = mapped_column(Json)


class Resource(Projected, Base):
    """An Azure resource. `orphan_reason` says why nothing uses it, when that is so."""

    __tablename__ = "resource"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_resource_name", "tenant_id", "name_key", "id"),
        Index("ix_resource_item", "tenant_id", "microsoft_tenant_id", "item_key"),
        Index("ix_resource_type", "tenant_id", "resource_type", "id"),
        Index("ix_resource_orphan", "tenant_id", "orphan_reason", "id"),
    )

    name: Mapped[str] = mapped_column(String(260))
    name_key: Mapped[str] = mapped_column(String(260))
    resource_type: Mapped[str] = mapped_column(String(200))
    resource_group: Mapped[str] = mapped_column(String(256))
    subscription_key: Mapped[str] = mapped_column(String(64))
    location: Mapped[str] = mapped_column(String(64))
    sku: Mapped[str | None] = mapped_column(String(128))
    tags: Mapped[dict[str, str]] = mapped_column(Json)
    tag_count: Mapped[int]
    created_on: Mapped[datetime | None] = mapped_column(UtcDateTime)
    orphan_reason: Mapped[str | None] = mapped_column(String(64))
