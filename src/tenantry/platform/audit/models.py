"""Events and their seals. Both are append-only: triggers and missing grants refuse UPDATE and DELETE."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from tenantry.kit.db import Base, Json, TenantOwned, UtcDateTime, checked
from tenantry.platform.access.actor import ActorKind


class Outcome(StrEnum):
    SUCCEEDED = "succeeded"
    DENIED = "denied"
    FAILED = "failed"


class AuditEvent(TenantOwned, Base):
    """One thing somebody did, or was refused. Labels are copies, so the event outlives its subject."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index(None, "tenant_id", "at", "id"),
        Index(None, "tenant_id", "action", "at"),
        Index(None, "tenant_id", "target_id", "at"),
    )
    __audit__ = False

    at: Mapped[datetime] = mapped_column(UtcDateTime)
    action: Mapped[str] = mapped_column(String(100))
    outcome: Mapped[Outcome] = mapped_column(checked(Outcome))
    actor_kind: Mapped[ActorKind] = mapped_column(checked(ActorKind))
    actor_id: Mapped[UUID | None] = mapped_column(Uuid)
    actor_label: Mapped[str] = mapped_column(String(254))
    impersonator_id: Mapped[UUID | None] = mapped_column(Uuid)
    target_type: Mapped[str | None] = mapped_column(String(64))
    target_id: Mapped[str | None] = mapped_column(String(100))
    target_label: Mapped[str | None] = mapped_column(String(300))
    microsoft_tenant_id: Mapped[UUID | None] = mapped_column(Uuid)
    changes: Mapped[dict[str, list[object]] | None] = mapped_column(Json)
    """Per field [old, new]; secrets are masked before they come here."""
    details: Mapped[dict[str, object] | None] = mapped_column(Json)
    reason: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str] = mapped_column(String(64))
    ip: Mapped[str | None] = mapped_column(String(45))
    user_agent: Mapped[str | None] = mapped_column(String(300))


class AuditSeal(TenantOwned, Base):
    """A link of the chain: hash = HMAC(audit key, previous hash ‖ seal number ‖ canonical event)."""

    __tablename__ = "audit_seal"
    __table_args__ = (UniqueConstraint("tenant_id", "seal_no"), UniqueConstraint("tenant_id", "event_id"))
    __audit__ = False

    seal_no: Mapped[int]
    event_id: Mapped[UUID] = mapped_column(Uuid)
    data_key_id: Mapped[UUID] = mapped_column(Uuid)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)
