"""Audit events as programs read them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from tenantry.platform.access import ActorKind
from tenantry.platform.audit.models import Outcome


class AuditEventOut(BaseModel):
    """One event. `changes` holds [old, new] per field; `seal_no` and `seal` tie it to the chain once it is sealed."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    at: datetime
    action: str
    outcome: Outcome
    actor_kind: ActorKind
    actor_id: UUID | None
    actor_label: str
    impersonator_id: UUID | None
    target_type: str | None
    target_id: str | None
    target_label: str | None
    microsoft_tenant_id: UUID | None
    changes: dict[str, Any] | None
    details: dict[str, Any] | None
    reason: str | None
    request_id: str
    ip: str | None
    user_agent: str | None
    seal_no: int | None
    seal: str | None
    previous_seal: str | None


class AuditPageOut(BaseModel):
    """A page of events, newest first."""

    items: list[AuditEventOut]
    next_cursor: str | None
    total: int
