"""The rules of a tenant, the built-in ones among them. Their changes are audited like all that people decide."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, Json, TenantOwned, UtcDateTime, checked


class Comparison(StrEnum):
    ABOVE = "above"
    BELOW = "below"


class Severity(StrEnum):
    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class AlertRule(TenantOwned, Base):
    """When a reading of a metric is an alert, and who is told. A built-in rule is one that came with the product."""

    __tablename__ = "alert_rule"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name_key"),
        Index("uq_alert_rule_built_in", "tenant_id", "built_in", unique=True),
    )

    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(100), info={"audit": False})
    built_in: Mapped[str | None] = mapped_column(String(40))
    """Its key among the built-in ones; None for a rule of the tenant's own."""
    metric: Mapped[str] = mapped_column(String(64))
    comparison: Mapped[Comparison] = mapped_column(checked(Comparison))
    threshold: Mapped[float]
    margin: Mapped[float]
    """How far back beyond the threshold a reading has to be until the alert is resolved."""
    floors: Mapped[dict[str, float]] = mapped_column(Json)
    """The least size by currency, `*` for any other: what is smaller is no alert. Empty for no floor."""
    min_previous: Mapped[float | None]
    """The least previous value: a share of next to nothing says nothing."""
    readings: Mapped[int]
    """How many readings in a row have to hold; the same fact read again is not another one."""
    severity: Mapped[Severity] = mapped_column(checked(Severity))
    microsoft_tenant_ids: Mapped[list[str] | None] = mapped_column(Json)
    """Their ids; None means all of them, those added later too."""
    channel_ids: Mapped[list[str] | None] = mapped_column(Json)
    """Ids of channels; None means every channel that is subscribed to alerts, an empty list nobody."""
    is_grouped: Mapped[bool]
    """Whether what one evaluation finds is told in one message."""
    quiet: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """Hours in which nothing is told, as `QuietHours` reads them."""
    escalate_after: Mapped[int | None]
    """Minutes after which an alert that nobody has acknowledged is escalated; None for never."""
    escalate_to: Mapped[list[str] | None] = mapped_column(Json)
    """Ids of channels; None means every channel that is subscribed to escalations."""
    is_enabled: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
