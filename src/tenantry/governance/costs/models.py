"""The ledger of costs, how each subscription stands in it, and what a Microsoft tenant cost a day.

Amounts are whole millionths of a currency: they add up exactly, and no sum of them is of two currencies. All of it is
machine-made. A day is written again as long as Microsoft corrects it.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Date, Index, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, TenantOwned, UtcDateTime, checked, tenant_foreign_key
from tenantry.microsoft.cost import CostState


class CostSource(TenantOwned, Base):
    """How one subscription's costs stand: what is known of which days, and why it is no more."""

    __tablename__ = "cost_source"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("uq_cost_source", "tenant_id", "microsoft_tenant_id", "subscription_key", unique=True),
        Index("ix_cost_source_state", "tenant_id", "state"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    subscription_key: Mapped[str] = mapped_column(String(64))
    state: Mapped[CostState] = mapped_column(checked(CostState))
    first_day: Mapped[date | None] = mapped_column(Date)
    last_day: Mapped[date | None] = mapped_column(Date)
    """The days that were asked for and answered; a day without an amount is one without usage."""
    fetched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The age of what is known."""
    attempted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    missing_permission: Mapped[str | None] = mapped_column(String(200))
    problem: Mapped[str | None] = mapped_column(String(2000))


class CostEntry(TenantOwned, Base):
    """What a service cost on one day in one resource group."""

    __tablename__ = "cost_entry"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index(
            "uq_cost_entry",
            *("tenant_id", "microsoft_tenant_id", "subscription_key", "day", "group_key", "service", "currency"),
            unique=True,
        ),
        Index("ix_cost_entry_day", "tenant_id", "day"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    subscription_key: Mapped[str] = mapped_column(String(64))
    day: Mapped[date] = mapped_column(Date)
    group_key: Mapped[str] = mapped_column(String(256))
    """The resource group in lower case; empty for what is in none, such as a reservation."""
    service: Mapped[str] = mapped_column(String(200))
    currency: Mapped[str] = mapped_column(String(8))
    micros: Mapped[int] = mapped_column(BigInteger)


class CostResource(TenantOwned, Base):
    """What a resource cost in one calendar month, and on each of its days."""

    __tablename__ = "cost_resource"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("uq_cost_resource", "tenant_id", "microsoft_tenant_id", "resource_key", "month", "currency", unique=True),
        Index("ix_cost_resource_month", "tenant_id", "microsoft_tenant_id", "subscription_key", "month"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    subscription_key: Mapped[str] = mapped_column(String(64))
    month: Mapped[date] = mapped_column(Date)
    """Its first day."""
    resource_key: Mapped[str] = mapped_column(String(400))
    """As observations have it. What is of no resource, such as a reservation, is in none of these rows."""
    currency: Mapped[str] = mapped_column(String(8))
    micros: Mapped[int] = mapped_column(BigInteger)
    days: Mapped[bytes] = mapped_column(LargeBinary)
    """Millionths of each day, the first of the month first, as `months.packed` has them."""


class CostTag(TenantOwned, Base):
    """What the resources with one value of a tag cost on one day. Tags are those they had when it was fetched."""

    __tablename__ = "cost_tag"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index(
            "uq_cost_tag",
            *("tenant_id", "microsoft_tenant_id", "tag_key", "day", "value", "currency"),
            unique=True,
        ),
        Index("ix_cost_tag_day", "tenant_id", "tag_key", "day", "value", "currency", "micros"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    tag_key: Mapped[str] = mapped_column(String(128))
    """In lower case, as in `ResourceTag`."""
    day: Mapped[date] = mapped_column(Date)
    value: Mapped[str] = mapped_column(String(256))
    currency: Mapped[str] = mapped_column(String(8))
    micros: Mapped[int] = mapped_column(BigInteger)


class CostForecast(TenantOwned, Base):
    """What a subscription is still expected to cost this month, by what it was until now."""

    __tablename__ = "cost_forecast"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index(
            "uq_cost_forecast", "tenant_id", "microsoft_tenant_id", "subscription_key", "month", "currency", unique=True
        ),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    subscription_key: Mapped[str] = mapped_column(String(64))
    month: Mapped[date] = mapped_column(Date)
    currency: Mapped[str] = mapped_column(String(8))
    first_day: Mapped[date] = mapped_column(Date)
    """The first day that was not known when it was made; it is for that one and the rest of the month."""
    micros: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CostBudget(TenantOwned, Base):
    """What somebody at the customer decided may be spent, as Azure tells it."""

    __tablename__ = "cost_budget"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("uq_cost_budget", "tenant_id", "microsoft_tenant_id", "subscription_key", "budget_key", unique=True),
        Index("ix_cost_budget_name", "tenant_id", "name_key", "id"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    subscription_key: Mapped[str] = mapped_column(String(64))
    budget_key: Mapped[str] = mapped_column(String(400))
    name: Mapped[str] = mapped_column(String(256))
    name_key: Mapped[str] = mapped_column(String(256))
    grain: Mapped[str] = mapped_column(String(32))
    """`Monthly`, `Quarterly`, `Annually`: what the amount is for."""
    currency: Mapped[str | None] = mapped_column(String(8))
    amount: Mapped[int] = mapped_column(BigInteger)
    spent: Mapped[int | None] = mapped_column(BigInteger)
    forecast: Mapped[int | None] = mapped_column(BigInteger)
    """Millionths, like the others. Microsoft's own forecast; None where it makes none."""
    starts: Mapped[date | None] = mapped_column(Date)
    ends: Mapped[date | None] = mapped_column(Date)
    fetched_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CostDay(TenantOwned, Base):
    """What a Microsoft tenant cost on one day: what pages over many of them are made of."""

    __tablename__ = "cost_day"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("uq_cost_day", "tenant_id", "microsoft_tenant_id", "day", "currency", unique=True),
        Index("ix_cost_day_day", "tenant_id", "day", "microsoft_tenant_id"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    day: Mapped[date] = mapped_column(Date)
    currency: Mapped[str] = mapped_column(String(8))
    micros: Mapped[int] = mapped_column(BigInteger)
