"""`/audit.json` and `/api/v1/audit`: the trail for programs and SIEMs."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from starlette.responses import StreamingResponse

from tenantry.kit.filtering import NO_NUL
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.audit.models import Outcome
from tenantry.platform.audit.service import record_now
from tenantry.platform.audit_trail.permissions import READ
from tenantry.platform.audit_trail.queries import AuditFilter, every_event, page_of_events
from tenantry.platform.audit_trail.schemas import AuditPageOut
from tenantry.platform.doors import Api
from tenantry.platform.work import Work

api = Api("", "audit")

Text = Annotated[str | None, Query(max_length=254, pattern=NO_NUL)]
Moment = Annotated[datetime | None, Query(description="ISO 8601 with a zone.")]


def audit_filter(
    action: Text = None,
    actor: Text = None,
    target_id: Text = None,
    outcome: Outcome | None = None,
    microsoft_tenant_id: UUID | None = None,
    since: Moment = None,
    until: Moment = None,
) -> AuditFilter:
    """The filters of every audit door."""
    return AuditFilter(action, actor, target_id, outcome, microsoft_tenant_id, since, until)


Filter = Annotated[AuditFilter, Depends(audit_filter)]


@api.get("/audit.json", needs=READ, response_model=AuditPageOut)
@api.get("/api/v1/audit", needs=READ, response_model=AuditPageOut)
def events(work: Work, wanted: Filter, page: PageQueryParameter) -> AuditPageOut:
    """A page of audit events, newest first."""
    found = page_of_events(work, wanted, page)
    return AuditPageOut(items=list(found.items), next_cursor=found.next_cursor, total=found.total or 0)


@api.get("/api/v1/audit/export", needs=READ, response_class=StreamingResponse)
def export(work: Work, wanted: Filter) -> StreamingResponse:
    """Every matching event as JSON lines, with seal and previous seal, so that gaps show."""
    record_now(work.platform.databases, work.actor, work.clock, "audit.exported")
    found = every_event(work, wanted)
    lines = (event.model_dump_json().encode() + b"\n" for event in found)
    disposition = {"Content-Disposition": 'attachment; filename="audit.jsonl"'}
    return StreamingResponse(lines, media_type="application/jsonl", headers=disposition)
