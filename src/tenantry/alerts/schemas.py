"""Alerts as they go out, and what people do with them as it comes in."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from tenantry.alerts.models import AlertState, EventKind
from tenantry.alerts.rules.models import Severity

Reason = Annotated[str, Field(min_length=3, max_length=2000)]


class ReasonIn(BaseModel):
    """Why somebody acknowledges or resolves."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: Reason


class SnoozeIn(BaseModel):
    """Until when nobody is told anything of it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    until: AwareDatetime
    reason: Reason


class AlertOut(BaseModel):
    """An alert; `reading_state` other than `complete` says why nothing newer than the value is known."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    fingerprint: str
    rule_id: UUID
    rule_name: str
    microsoft_tenant_id: UUID
    subject: str
    metric: str
    severity: Severity
    state: AlertState
    condition: str
    value: float
    previous: float | None
    currency: str
    as_of: datetime | None
    reading_state: str
    reading_note: str
    opened_at: datetime
    told_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    snoozed_until: datetime | None
    escalated_at: datetime | None
    resolved_at: datetime | None
    resolved_by: str | None


class AlertPageOut(BaseModel):
    """A page of alerts, newest first."""

    items: list[AlertOut]
    next_cursor: str | None
    total: int


class EventOut(BaseModel):
    """A transition; `told_at` says when people were told of it, if they were."""

    model_config = ConfigDict(from_attributes=True)

    kind: EventKind
    at: datetime
    by: str | None
    reason: str | None
    value: float | None
    until: datetime | None
    due_at: datetime | None
    told_at: datetime | None
    channels: int
    """Over how many channels people were told."""


class HistoryOut(BaseModel):
    """The transitions of an alert, the oldest first."""

    items: list[EventOut]
