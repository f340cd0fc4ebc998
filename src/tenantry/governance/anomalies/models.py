"""Incidents of costs, and what people say was the reason."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Date, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.governance.anomalies.incidents import Level
from tenantry.kit.db import Base, Json, TenantOwned, UtcDateTime, checked, tenant_foreign_key


class CostAnomaly(TenantOwned, Base):
    """Days on which something cost what nobody would have expected, at most a week apart: one incident."""

    __tablename__ = "cost_anomaly"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_cost_anomaly_of", "tenant_id", "microsoft_tenant_id", "subscription_key", "last_day"),
        Index("ix_cost_anomaly_last_day", "tenant_id", "last_day", "id"),
    )
    __audit__ = False

    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    subscription_key: Mapped[str] = mapped_column(String(64))
    level: Mapped[Level] = mapped_column(checked(Level))
    name: Mapped[str] = mapped_column(String(400))
    """The key of the resource group or resource, or the service; empty for the subscription."""
    currency: Mapped[str] = mapped_column(String(8))
    is_increase: Mapped[bool]
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    days: Mapped[dict[str, list[int]]] = mapped_column(Json)
    """Millionths that were expected and that it was, by day."""
    expected: Mapped[int] = mapped_column(BigInteger)
    actual: Mapped[int] = mapped_column(BigInteger)
    """Millionths of all of its days."""
    movers: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    """What moved most on the day that was furthest out of line: level, name, millionths."""
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_withdrawn: Mapped[bool] = mapped_column(default=False)
    """Whether Microsoft's corrections have taken it back since somebody explained it."""
    explained_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    explained_by: Mapped[str | None] = mapped_column(String(254))
    reason: Mapped[str | None] = mapped_column(String(1000))
