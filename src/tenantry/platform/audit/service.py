"""Recording what people intend, beside what the flush listener captures by itself."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from tenantry.kit.clock import Clock
from tenantry.kit.db import Base, Databases
from tenantry.kit.ids import new_id
from tenantry.kit.logging import get_logger
from tenantry.platform.access import Actor
from tenantry.platform.audit.models import AuditEvent, Outcome

_log = get_logger("tenantry.audit")
_LABELS = ("audit_label", "display_name", "name", "label", "email", "kind")


@dataclass(slots=True)
class Audit:
    """The audit trail of one unit of work."""

    session: Session
    actor: Actor
    clock: Clock

    def record(
        self,
        action: str,
        target: Base | None = None,
        *,
        outcome: Outcome = Outcome.SUCCEEDED,
        changes: dict[str, list[object]] | None = None,
        reason: str | None = None,
        microsoft_tenant_id: UUID | None = None,
        **details: object,
    ) -> AuditEvent:
        """Adds an event to this transaction: it is kept if, and only if, the work it speaks of is kept."""
        event = AuditEvent(
            id=new_id(),
            tenant_id=self.session.info["tenant_id"] or self.actor.tenant_id,
            at=self.clock.now(),
            action=action,
            outcome=outcome,
            actor_kind=self.actor.kind,
            actor_id=self.actor.user_id,
            actor_label=self.actor.label[:254],
            impersonator_id=self.actor.impersonator_id,
            microsoft_tenant_id=microsoft_tenant_id or _microsoft_tenant_of(target),
            changes=changes,
            details=details or None,
            reason=reason,
            request_id=self.actor.request_id,
            ip=self.actor.ip,
            user_agent=(self.actor.user_agent or "")[:300] or None,
            **describe(target),
        )
        self.session.add(event)
        return event


def record_now(databases: Databases, actor: Actor, clock: Clock, action: str, **facts: Any) -> None:
    """Records in a transaction of its own: what must survive the request that is being refused."""
    with databases.tenant(actor.tenant_id) as session:
        Audit(session, actor, clock).record(action, **facts)
    log_event(action, actor, facts.get("outcome", Outcome.SUCCEEDED))


def log_event(action: str, actor: Actor, outcome: Outcome) -> None:
    """Mirrors an event to the log stream, from where a SIEM takes it."""
    _log.info("audit", action=action, outcome=outcome.value, actor=actor.label, tenant_id=str(actor.tenant_id))


def describe(target: Base | None) -> dict[str, str | None]:
    """Type, id and label of a row, as an event keeps them."""
    if target is None:
        return {"target_type": None, "target_id": None, "target_label": None}
    identity = inspect(target).mapper.columns
    target_id = str(getattr(target, "id")) if "id" in identity else None  # noqa: B009 - not every table has one
    label = next((str(getattr(target, name)) for name in _LABELS if getattr(target, name, None)), None)
    return {"target_type": target.__tablename__, "target_id": target_id, "target_label": label and label[:300]}


def _microsoft_tenant_of(target: Base | None) -> UUID | None:
    if target is not None and target.__tablename__ == "microsoft_tenant":
        row_id: UUID = getattr(target, "id")  # noqa: B009 - as above
        return row_id
    return getattr(target, "microsoft_tenant_id", None)
