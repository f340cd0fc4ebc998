"""Reading the audit trail."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from tenantry.kit.db import TenantSession
from tenantry.kit.pagination import AnySelect, Page, PageQuery, SortKey, paginate
from tenantry.platform.audit.models import AuditEvent, AuditSeal, Outcome
from tenantry.platform.audit_trail.schemas import AuditEventOut


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
        # A range of leakproof operators can use the index under row-level security; LIKE could not.
        return statement.where(AuditEvent.action >= prefix, AuditEvent.action < prefix + "\U0010ffff")


def page_of_events(
    session: TenantSession, wanted: AuditFilter, page: PageQuery, *, count: bool = True
) -> Page[AuditEventOut]:
    """Events newest first, with their seals."""
    previous = aliased(AuditSeal)
    statement: AnySelect = (
        select(AuditEvent, AuditSeal, previous.hash.label("previous_hash"))
        .outerjoin(AuditSeal, AuditSeal.event_id == AuditEvent.id)
        .outerjoin(previous, previous.seal_no == AuditSeal.seal_no - 1)
    )
    newest_first = [
        SortKey(AuditEvent.__table__.c.at, descending=True),
        SortKey(AuditEvent.__table__.c.id, descending=True),
    ]
    rows = paginate(session, wanted.apply(statement), page, newest_first, count=count)
    return rows.map(lambda row: _out(row[0], row[1], row[2]))


def _out(event: AuditEvent, seal: AuditSeal | None, previous: bytes | None) -> AuditEventOut:
    values = {column.key: getattr(event, column.key) for column in AuditEvent.__mapper__.column_attrs}
    return AuditEventOut(
        **values,
        seal_no=seal.seal_no if seal else None,
        seal=seal.hash.hex() if seal else None,
        previous_seal=previous.hex() if previous else None,
    )
