"""The ledger of what is unused: a row from the moment it was first seen so until it was not any more."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Date, Index, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, TenantOwned, UtcDateTime, checked, tenant_foreign_key


class SpanEnd(StrEnum):
    """Why something is not unused any more."""

    USED_AGAIN = "used_again"
    GONE = "gone"


_OPEN = text("ended_at IS NULL")
_ENDED = text("ended_at IS NOT NULL")


def _open(name: str, *columns: str, unique: bool = False) -> Index:
    return Index(name, "tenant_id", *columns, unique=unique, sqlite_where=_OPEN, postgresql_where=_OPEN)


class UnusedSpan(TenantOwned, Base):
    """Something that was seen unused for one reason, from `first_seen` until `ended_at`; None means it still is.

    What it was called stays with it: the resource itself may be gone. Its money is what was known when it was last
    looked at, in millionths of one currency.
    """

    __tablename__ = "unused_span"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        _open("uq_unused_span_open", "microsoft_tenant_id", "item_key", "reason", unique=True),
        _open("ix_unused_span_name", "is_idle", "name_key", "id"),
        _open("ix_unused_span_since", "is_idle", "first_seen", "id"),
        _open("ix_unused_span_cost", "is_idle", "rank", "id"),
        _open("ix_unused_span_reason", "is_idle", "reason", "rank", "id"),
        _open("ix_unused_span_of", "microsoft_tenant_id", "is_idle", "rank", "id"),
        Index(
            "ix_unused_span_ended",
            *("tenant_id", "is_idle", "ended_at", "id"),
            sqlite_where=_ENDED,
            postgresql_where=_ENDED,
        ),
        Index("ix_unused_span_item", "tenant_id", "microsoft_tenant_id", "item_key"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    item_key: Mapped[str] = mapped_column(String(400))
    resource_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Its row in the explorer; None for what is no resource of its own, such as a resource group."""
    reason: Mapped[str] = mapped_column(String(64))
    is_idle: Mapped[bool]
    """Used by something, but doing nothing; else an orphan, which nothing uses."""
    name: Mapped[str] = mapped_column(String(260))
    name_key: Mapped[str] = mapped_column(String(260))
    resource_type: Mapped[str] = mapped_column(String(200))
    resource_group: Mapped[str] = mapped_column(String(256))
    group_key: Mapped[str] = mapped_column(String(400))
    subscription_key: Mapped[str] = mapped_column(String(64))
    location: Mapped[str] = mapped_column(String(64))
    sku: Mapped[str | None] = mapped_column(String(128))
    first_seen: Mapped[datetime] = mapped_column(UtcDateTime)
    counts_from: Mapped[datetime] = mapped_column(UtcDateTime)
    """From when on it is listed: some reasons have to hold for a while."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ending: Mapped[SpanEnd | None] = mapped_column(checked(SpanEnd))
    currency: Mapped[str | None] = mapped_column(String(8))
    monthly_micros: Mapped[int | None] = mapped_column(BigInteger)
    """What it cost in the thirty days up to `cost_until`, or would by a list price; None is not known."""
    accrued_micros: Mapped[int | None] = mapped_column(BigInteger)
    """What it has cost since it was first seen."""
    is_estimated: Mapped[bool]
    """By list prices, for want of costs."""
    cost_from: Mapped[date | None] = mapped_column(Date)
    cost_until: Mapped[date | None] = mapped_column(Date)
    """The days that `accrued_micros` is of."""
    rank: Mapped[int] = mapped_column(BigInteger)
    """`monthly_micros`, or -1 where that is not known: what a list of the dearest is sorted by."""

    @property
    def is_cost_known(self) -> bool:
        return self.monthly_micros is not None


class UnusedSum(TenantOwned, Base):
    """How much of one kind is unused in one Microsoft tenant, and for how much: what pages add up."""

    __tablename__ = "unused_sum"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index(
            "uq_unused_sum",
            *("tenant_id", "microsoft_tenant_id", "is_idle", "reason", "currency", "is_estimated"),
            unique=True,
        ),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    is_idle: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(64))
    currency: Mapped[str] = mapped_column(String(8))
    """Empty for those whose cost is not known, or is nothing."""
    is_estimated: Mapped[bool]
    resources: Mapped[int]
    known: Mapped[int]
    """Those of them whose cost is known or estimated."""
    monthly_micros: Mapped[int] = mapped_column(BigInteger)
    accrued_micros: Mapped[int] = mapped_column(BigInteger)
