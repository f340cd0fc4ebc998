"""Projections of the Azure datasets, and what is counted of them per Microsoft tenant.

Every index that a list uses ends in `name_key, id`, the order it is shown in; so a page of any filter is a short walk
along one index, whatever the size of the fleet.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, Json, TenantOwned, UtcDateTime, tenant_foreign_key
from tenantry.observe.projections import Projected


class Subscription(Projected, Base):
    """An Azure subscription of a Microsoft tenant. `is_delegated`: another one manages it through Lighthouse."""

    __tablename__ = "subscription"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_subscription_item", "tenant_id", "microsoft_tenant_id", "item_key"),
        Index("ix_subscription_name", "tenant_id", "name_key", "id"),
        Index("ix_subscription_of", "tenant_id", "microsoft_tenant_id", "name_key", "id"),
        Index("ix_subscription_key", "tenant_id", "subscription_key"),
    )

    display_name: Mapped[str] = mapped_column(String(256))
    name_key: Mapped[str] = mapped_column(String(256))
    subscription_key: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(32))
    """As Microsoft says it, in lower case: `enabled`, `warned`, `pastdue`, `disabled`, `deleted`."""
    offer: Mapped[str | None] = mapped_column(String(64))
    """The quota id, which tells the offer and so which cost interfaces work."""
    spending_limit: Mapped[str | None] = mapped_column(String(32))
    is_delegated: Mapped[bool]
    resources: Mapped[int | None]
    """Counted after a collection that was complete; None is not known."""


class ResourceGroup(Projected, Base):
    """A resource group. With `resources` 0 it is empty, with None it is not known."""

    __tablename__ = "resource_group"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_resource_group_item", "tenant_id", "microsoft_tenant_id", "item_key"),
        Index("ix_resource_group_name", "tenant_id", "name_key", "id"),
        Index("ix_resource_group_of", "tenant_id", "microsoft_tenant_id", "name_key", "id"),
        Index("ix_resource_group_subscription", "tenant_id", "subscription_key", "name_key", "id"),
        Index(
            "ix_resource_group_empty",
            *("tenant_id", "name_key", "id"),
            sqlite_where=text("resources = 0"),
            postgresql_where=text("resources = 0"),
        ),
    )

    name: Mapped[str] = mapped_column(String(256))
    name_key: Mapped[str] = mapped_column(String(256))
    subscription_key: Mapped[str] = mapped_column(String(64))
    location: Mapped[str] = mapped_column(String(64))
    tags: Mapped[dict[str, str]] = mapped_column(Json)
    resources: Mapped[int | None]


class Resource(Projected, Base):
    """An Azure resource. `orphan_reason` says why nothing uses it, when that is so."""

    __tablename__ = "resource"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_resource_item", "tenant_id", "microsoft_tenant_id", "item_key"),
        Index("ix_resource_name", "tenant_id", "name_key", "id"),
        Index("ix_resource_of", "tenant_id", "microsoft_tenant_id", "name_key", "id"),
        Index("ix_resource_subscription", "tenant_id", "subscription_key", "name_key", "id"),
        Index("ix_resource_group_key", "tenant_id", "group_key", "name_key", "id"),
        Index("ix_resource_type", "tenant_id", "resource_type", "name_key", "id"),
        Index("ix_resource_location", "tenant_id", "location", "name_key", "id"),
        Index(
            "ix_resource_orphan",
            *("tenant_id", "name_key", "id", "orphan_reason"),
            sqlite_where=text("orphan_reason IS NOT NULL"),
            postgresql_where=text("orphan_reason IS NOT NULL"),
        ),
        Index(
            "ix_resource_orphan_reason",
            *("tenant_id", "orphan_reason", "name_key", "id"),
            sqlite_where=text("orphan_reason IS NOT NULL"),
            postgresql_where=text("orphan_reason IS NOT NULL"),
        ),
    )

    name: Mapped[str] = mapped_column(String(260))
    name_key: Mapped[str] = mapped_column(String(260))
    resource_type: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str | None] = mapped_column(String(128))
    resource_group: Mapped[str] = mapped_column(String(256))
    group_key: Mapped[str] = mapped_column(String(400))
    """The item key of its resource group."""
    subscription_key: Mapped[str] = mapped_column(String(64))
    location: Mapped[str] = mapped_column(String(64))
    sku: Mapped[str | None] = mapped_column(String(128))
    tags: Mapped[dict[str, str]] = mapped_column(Json)
    tag_count: Mapped[int]
    created_on: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """From the resource's own properties, where its type says so."""
    orphan_reason: Mapped[str | None] = mapped_column(String(64))
    idle_reason: Mapped[str | None] = mapped_column(String(64))
    """Why it does nothing although something uses it, as its own properties say."""


class ResourceTag(TenantOwned, Base):
    """One tag of a resource, so that filtering by tag is a walk along an index.

    It repeats the resource's place in the list, so that the walk is in the order shown.
    """

    __tablename__ = "resource_tag"
    __table_args__ = (
        tenant_foreign_key("resource_id", "resource"),
        Index("ix_resource_tag_pair", "tenant_id", "tag_key", "value", "name_key", "resource_id"),
        Index("ix_resource_tag_key", "tenant_id", "tag_key", "name_key", "resource_id"),
        Index("ix_resource_tag_of", "tenant_id", "microsoft_tenant_id", "tag_key", "value", "name_key", "resource_id"),
        Index("ix_resource_tag_resource", "tenant_id", "resource_id"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    resource_id: Mapped[UUID] = mapped_column(Uuid)
    tag_key: Mapped[str] = mapped_column(String(128))
    """The tag's name in lower case: to Azure, `Env` and `env` are one tag. Values keep their casing, as in Azure."""
    value: Mapped[str] = mapped_column(String(256))
    name_key: Mapped[str] = mapped_column(String(260))


class ResourceWord(TenantOwned, Base):
    """A word that a resource can be found by: of its name, type, place or tags.

    An inverted index of our own: under row-level security PostgreSQL answers neither `LIKE` nor `@@` out of one of its
    own, because their operators are not leakproof. Comparing texts is.
    """

    __tablename__ = "resource_word"
    __table_args__ = (
        tenant_foreign_key("resource_id", "resource"),
        Index("ix_resource_word_word", "tenant_id", "word", "name_key", "resource_id"),
        Index("ix_resource_word_resource", "tenant_id", "resource_id", "word"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    resource_id: Mapped[UUID] = mapped_column(Uuid)
    word: Mapped[str] = mapped_column(String(64))
    name_key: Mapped[str] = mapped_column(String(260))


class AzureDelegation(Projected, Base):
    """A Lighthouse delegation: who manages this subscription or resource group from another Microsoft tenant."""

    __tablename__ = "azure_delegation"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_azure_delegation_item", "tenant_id", "microsoft_tenant_id", "item_key"),
        Index("ix_azure_delegation_subscription", "tenant_id", "microsoft_tenant_id", "subscription_key"),
    )

    offer: Mapped[str] = mapped_column(String(256))
    subscription_key: Mapped[str] = mapped_column(String(64))
    managed_by_key: Mapped[str] = mapped_column(String(64))
    managed_by_name: Mapped[str] = mapped_column(String(256))
    state: Mapped[str] = mapped_column(String(32))
    authorizations: Mapped[int]


class AzureSummary(TenantOwned, Base):
    """What is counted of one Microsoft tenant's Azure. None means not known, which is not zero."""

    __tablename__ = "azure_summary"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        UniqueConstraint("tenant_id", "microsoft_tenant_id"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    state: Mapped[str] = mapped_column(String(32))
    """How the newest attempt ended, all core datasets together: an outcome, or `partial`."""
    missing_permission: Mapped[str | None] = mapped_column(String(200))
    collected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the resources shown were collected; None while they never were."""
    subscriptions: Mapped[int | None]
    subscriptions_not_enabled: Mapped[int | None]
    resource_groups: Mapped[int | None]
    empty_groups: Mapped[int | None]
    resources: Mapped[int | None]
    orphans: Mapped[int | None]
    orphans_billed: Mapped[int | None]
    lost_subscriptions: Mapped[int] = mapped_column(default=0, server_default="0")
    """Those out of sight. What is in them is kept, and in none of the counts above."""
    lost_resources: Mapped[int] = mapped_column(default=0, server_default="0")
