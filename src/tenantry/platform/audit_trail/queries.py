"""Reading the audit trail."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, true
from sqlalchemy.orm import aliased

from tenantry.kit.db import TenantSession
from tenantry.kit.errors import NotFound
from tenantry.kit.filtering import begins_with
from tenantry.kit.pagination import COUNT_TO, AnySelect, Page, PageQuery, SortKey, paginate
from tenantry.platform.access import Actor
from tenantry.platform.audit.models import AuditEvent, AuditSeal, Outcome
from tenantry.platform.audit_trail.schemas import AuditEventOut
from tenantry.platform.every_row import every_row
from tenantry.platform.work import Work


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which events; None means any. `action` ending in `.` or `*` matches a prefix."""

    action: str | None = None
    actor: str | None = None
    target_id: str | None = None
    outcome: Outcome | None = None
    microsoft_tenant_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    def apply(self, statement: AnySelect) -> AnySelect:
        exact = {
            AuditEvent.actor_label: self.actor,
            AuditEvent.target_id: self.target_id,
            AuditEvent.outcome: self.outcome,
            AuditEvent.microsoft_tenant_id: self.microsoft_tenant_id,
        }
        for column, value in exact.items():
            if value is not None:
                statement = statement.where(column == value)
        if self.since is not None:
            statement = statement.where(AuditEvent.at >= self.since)
        if self.until is not None:
            statement = statement.where(AuditEvent.at < self.until)
        return self._by_action(statement)

    def _by_action(self, statement: AnySelect) -> AnySelect:
        if not self.action:
            return statement
        prefix = self.action.rstrip("*")
        if prefix == self.action and not prefix.endswith("."):
            return statement.where(AuditEvent.action == prefix)
        return statement.where(begins_with(AuditEvent.action, prefix))


@dataclass(frozen=True, slots=True)
class Chain:
    """How far the trail is sealed: the newest seal, when it was made, and how many events wait for theirs."""

    seal_no: int
    sealed_at: datetime | None
    waiting: int


def page_of_events(
    work: Work, wanted: AuditFilter, page: PageQuery, *, count: bool = True, count_to: int | None = None
) -> Page[AuditEventOut]:
    """The events the actor may see, newest first, with their seals."""
    newest_first = [
        SortKey(AuditEvent.__table__.c.at, descending=True),
        SortKey(AuditEvent.__table__.c.id, descending=True),
    ]
    rows = paginate(work.session, wanted.apply(_events(work.actor)), page, newest_first, count=count, count_to=count_to)
    return rows.map(lambda row: _out(row[0], row[1], row[2]))


def every_event(work: Work, wanted: AuditFilter) -> Iterator[AuditEventOut]:
    """All of them, for a file."""
    return every_row(work, lambda own, page: page_of_events(own, wanted, page, count=False))


def one_event(work: Work, event_id: UUID) -> AuditEventOut:
    """Raises NotFound."""
    row = work.session.execute(_events(work.actor).where(AuditEvent.id == event_id)).one_or_none()
    if row is None:
        raise NotFound(what="audit event")
    return _out(row[0], row[1], row[2])


def chain_of(session: TenantSession) -> Chain:
    newest = session.scalars(select(AuditSeal).order_by(AuditSeal.seal_no.desc()).limit(1)).one_or_none()
    unsealed = (
        select(AuditEvent.id)
        .outerjoin(AuditSeal, AuditSeal.event_id == AuditEvent.id)
        .where(AuditSeal.id.is_(None))
        .limit(COUNT_TO)
    )
    waiting = session.execute(select(func.count()).select_from(unsealed.subquery())).scalar_one()
    return Chain(newest.seal_no if newest else 0, newest.sealed_at if newest else None, waiting)


def _events(actor: Actor) -> AnySelect:
    """Limited to some Microsoft tenants, an actor sees what happened to those, and nothing else of the organisation."""
    previous = aliased(AuditSeal)
    seen = true() if actor.scope is None else AuditEvent.microsoft_tenant_id.in_(actor.scope)
    statement: AnySelect = (
        select(AuditEvent, AuditSeal, previous.hash.label("previous_hash"))
        .outerjoin(AuditSeal, AuditSeal.event_id == AuditEvent.id)
        .outerjoin(previous, previous.seal_no == AuditSeal.seal_no - 1)
        .where(seen)
    )
    return statement


def _out(event: AuditEvent, seal: AuditSeal | None, previous: bytes | None) -> AuditEventOut:
    values = {column.key: getattr(event, column.key) for column in AuditEvent.__mapper__.column_attrs}
    return AuditEventOut(
        **values,
        seal_no=seal.seal_no if seal else None,
        seal=seal.hash.hex() if seal else None,
        previous_seal=previous.hex() if previous else None,
    )
