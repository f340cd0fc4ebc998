"""Alerts, their history, and how often a reading has held in a row. Machine-made; what people do is audited by name."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.alerts.rules.models import Severity
from tenantry.kit.db import Base, TenantOwned, UtcDateTime, checked, tenant_foreign_key


class AlertState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class EventKind(StrEnum):
    """A transition of an alert."""

    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    SNOOZE_ENDED = "snooze_ended"
    ESCALATED = "escalated"
    RESOLVED = "resolved"


_LIVE = text("state <> 'resolved'")
_TO_TELL = text("due_at IS NOT NULL AND told_at IS NULL")


class Alert(TenantOwned, Base):
    """Something a rule found. Its fingerprint is of rule, Microsoft tenant and subject, never of a number."""

    __tablename__ = "alert"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("uq_alert_live", "tenant_id", "fingerprint", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("ix_alert_fingerprint", "tenant_id", "fingerprint", "opened_at"),
        Index("ix_alert_state", "tenant_id", "state", "opened_at", "id"),
        Index("ix_alert_recent", "tenant_id", "opened_at", "id"),
        Index("ix_alert_microsoft_tenant", "tenant_id", "microsoft_tenant_id", "state", "opened_at"),
    )
    __audit__ = False

    fingerprint: Mapped[str] = mapped_column(String(64))
    rule_id: Mapped[UUID] = mapped_column(Uuid)
    """The alert outlives its rule, so that what happened stays known."""
    rule_name: Mapped[str] = mapped_column(String(100))
    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    subject: Mapped[str] = mapped_column(String(200))
    metric: Mapped[str] = mapped_column(String(64))
    severity: Mapped[Severity] = mapped_column(checked(Severity))
    state: Mapped[AlertState] = mapped_column(checked(AlertState))
    condition: Mapped[str] = mapped_column(String(200))
    """What the rule asks for, in words."""
    value: Mapped[float]
    """The last one that is known."""
    previous: Mapped[float | None]
    currency: Mapped[str] = mapped_column(String(8))
    as_of: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reading_state: Mapped[str] = mapped_column(String(32))
    """`complete`, or why nothing newer than the value is known."""
    reading_note: Mapped[str] = mapped_column(String(300))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When people were told that it has opened; None while that is held back."""
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by: Mapped[str | None] = mapped_column(String(254))
    snoozed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    escalated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_by: Mapped[str | None] = mapped_column(String(254))
    """Who resolved it; None when the condition ended by itself."""

    @property
    def audit_label(self) -> str:
        return self.rule_name

    @property
    def is_live(self) -> bool:
        return self.state is not AlertState.RESOLVED


class AlertEvent(TenantOwned, Base):
    """One transition of an alert. One that people are told of has a time from when on, and is told at most once."""

    __tablename__ = "alert_event"
    __table_args__ = (
        tenant_foreign_key("alert_id", "alert"),
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("ix_alert_event_history", "tenant_id", "alert_id", "at"),
        Index("ix_alert_event_due", "tenant_id", "due_at", sqlite_where=_TO_TELL, postgresql_where=_TO_TELL),
    )
    __audit__ = False

    alert_id: Mapped[UUID] = mapped_column(Uuid)
    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    kind: Mapped[EventKind] = mapped_column(checked(EventKind))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str | None] = mapped_column(String(254))
    reason: Mapped[str | None] = mapped_column(String(2000))
    value: Mapped[float | None]
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Of a snooze."""
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """From when on it may be told; None for what nobody is told of, or not any more."""
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    channels: Mapped[int] = mapped_column(default=0)
    """Over how many channels it was told: with none subscribed or named, nobody learnt of it."""


class AlertStreak(TenantOwned, Base):
    """How many readings in a row have held of what is no alert yet."""

    __tablename__ = "alert_streak"
    __table_args__ = (
        tenant_foreign_key("microsoft_tenant_id", "microsoft_tenant"),
        Index("uq_alert_streak", "tenant_id", "fingerprint", unique=True),
    )
    __audit__ = False

    fingerprint: Mapped[str] = mapped_column(String(64))
    rule_id: Mapped[UUID] = mapped_column(Uuid)
    microsoft_tenant_id: Mapped[UUID] = mapped_column(Uuid)
    held: Mapped[int]
    as_of: Mapped[datetime | None] = mapped_column(UtcDateTime)
