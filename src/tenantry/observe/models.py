"""Collections and observations. All of it is machine-made, so none of it is audited row by row."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, TenantOwned, UtcDateTime, checked, tenant_foreign_key


class Outcome(StrEnum):
    """How a collection ended. Only `complete` replaces what was known; none of the others means "empty"."""

    RUNNING = "running"
    COMPLETE = "complete"
    PARTIAL = "partial"
    NO_ACCESS = "no_access"
    NOT_LICENSED = "not_licensed"
    UNSUPPORTED = "unsupported"
    THROTTLED = "throttled"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Collection(TenantOwned, Base):
    """One attempt to fetch one dataset of one Microsoft tenant."""

    __tablename__ = "collection"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index(None, "tenant_id", "microsoft_tenant_id", "dataset", "started_at"),
        Index(None, "tenant_id", "started_at"),
        Index(
            "uq_collection_running",
            "tenant_id",
            "microsoft_tenant_id",
            "dataset",
            unique=True,
            sqlite_where=text("outcome = 'running'"),
            postgresql_where=text("outcome = 'running'"),
        ),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    dataset: Mapped[str] = mapped_column(String(64))
    job_id: Mapped[UUID | None] = mapped_column(Uuid)
    outcome: Mapped[Outcome] = mapped_column(checked(Outcome))
    is_delta: Mapped[bool]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pages: Mapped[int] = mapped_column(default=0)
    items: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    removed: Mapped[int] = mapped_column(default=0)
    resume_link: Mapped[str | None]
    """Where to go on after a crash: everything before it is staged and durable."""
    delta_link: Mapped[str | None]
    """What the next collection starts from, once this one is merged."""
    missing_permission: Mapped[str | None] = mapped_column(String(200))
    problem_code: Mapped[str | None] = mapped_column(String(64))
    problem_message: Mapped[str | None] = mapped_column(String(2000))


class DatasetState(TenantOwned, Base):
    """What is known of one dataset of one Microsoft tenant: the age and honesty of everything shown from it."""

    __tablename__ = "dataset_state"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("uq_dataset_state", "tenant_id", "microsoft_tenant_id", "dataset", unique=True),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    dataset: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[Outcome] = mapped_column(checked(Outcome))
    attempted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    complete_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the data shown was collected; None while nothing was ever complete."""
    full_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    items: Mapped[int | None]
    delta_link: Mapped[str | None]
    missing_permission: Mapped[str | None] = mapped_column(String(200))
    problem_code: Mapped[str | None] = mapped_column(String(64))
    problem_message: Mapped[str | None] = mapped_column(String(2000))


class LostSubscription(TenantOwned, Base):
    """An Azure subscription that was visible and is not any more: whether it is gone, or access to it, nobody says.

    What is known of it stays as it was last seen, and is not counted. The row goes when it is visible again, or when
    somebody lets it go.
    """

    __tablename__ = "lost_subscription"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("uq_lost_subscription", "tenant_id", "microsoft_tenant_id", "subscription_key", unique=True),
        Index("ix_lost_subscription_key", "tenant_id", "subscription_key"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    subscription_key: Mapped[str] = mapped_column(String(64))
    lost_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When a complete list first came without it."""
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the last complete list came with it: the age of what is shown."""


class DatasetSchedule(TenantOwned, Base):
    """How often people want a dataset of one Microsoft tenant collected; without a row its own default holds."""

    __tablename__ = "dataset_schedule"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("uq_dataset_schedule", "tenant_id", "microsoft_tenant_id", "dataset", unique=True),
    )

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    dataset: Mapped[str] = mapped_column(String(64))
    hours: Mapped[int]

    @property
    def audit_label(self) -> str:
        return self.dataset


class StagedItem(TenantOwned, Base):
    """What a running collection has seen so far, each item once however often it is sent."""

    __tablename__ = "staged_item"
    __table_args__ = (Index("uq_staged_item", "tenant_id", "collection_id", "item_key", unique=True),)
    __audit__ = False

    collection_id: Mapped[UUID] = mapped_column(Uuid)
    item_key: Mapped[str] = mapped_column(String(400))
    body_id: Mapped[UUID | None] = mapped_column(Uuid)
    """None: the service said that the item was removed."""


class ObservationBody(TenantOwned, Base):
    """A state some item was seen in. `id` is the BLAKE2b-128 hash of the canonical JSON: equal states are one row.

    Entries of a log are hashed per Microsoft tenant: they are forgotten one day, and then nobody else has them.
    """

    __tablename__ = "observation_body"
    __audit__ = False

    body: Mapped[bytes] = mapped_column(LargeBinary)
    """Canonical JSON, deflated when that is worth it."""


class Observation(TenantOwned, Base):
    """An item was in this state from `seen_from` until `seen_to`; None means it still is."""

    __tablename__ = "observation"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_observation_history", "tenant_id", "microsoft_tenant_id", "dataset", "item_key", "seen_from"),
        Index(
            "uq_observation_current",
            "tenant_id",
            "microsoft_tenant_id",
            "dataset",
            "item_key",
            unique=True,
            sqlite_where=text("seen_to IS NULL"),
            postgresql_where=text("seen_to IS NULL"),
        ),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    dataset: Mapped[str] = mapped_column(String(64))
    item_key: Mapped[str] = mapped_column(String(400))
    body_id: Mapped[UUID] = mapped_column(Uuid)
    seen_from: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_to: Mapped[datetime | None] = mapped_column(UtcDateTime)
