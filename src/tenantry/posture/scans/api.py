"""`/msp/cspm`: scans, as document 003 prints them; comparison, schedules and re-evaluation in the same style."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Header, Query
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from tenantry.estate.models import MicrosoftTenant
from tenantry.kit.errors import AppError, Conflict, InvalidInput, NotFound
from tenantry.kit.filtering import NO_NUL
from tenantry.kit.pagination import PageQueryParameter, SortKey, paginate
from tenantry.platform.doors import Api
from tenantry.platform.doors.authentication import Visitor
from tenantry.platform.doors.endpoint import doorway_of
from tenantry.platform.doors.streams import EventStream, TooManyStreams
from tenantry.platform.jobs.models import Schedule
from tenantry.platform.work import Work
from tenantry.posture.controls.catalogue import DEFAULT_BENCHMARK, benchmarks, controls_of
from tenantry.posture.scans.models import Scan, ScanResult
from tenantry.posture.scans.permissions import READ, SCAN
from tenantry.posture.scans.schedules import ScanSchedules
from tenantry.posture.scans.schemas import (
    ReevaluateIn,
    RefusedOut,
    ResultOut,
    ResultPageOut,
    ScanOut,
    ScanPageOut,
    ScheduleIn,
    ScheduleOut,
    StartedOut,
    StartIn,
    StartOut,
    scan_of,
)
from tenantry.posture.scans.service import ScanAlreadyRunning, ScanOptions, Scans, ScanStatus, latest_scans
from tenantry.posture.scans.stream import events, has_been_told
from tenantry.posture.scans.verdict_store import details_of
from tenantry.posture.verdicts import Status

api = Api("/msp/cspm", "CIS posture")

ERRORS: list[type[AppError]] = [NotFound, InvalidInput, Conflict, ScanAlreadyRunning]


@api.post("/scans/start", needs=SCAN, status_code=202, response_model=StartOut, errors=ERRORS)
def start(work: Work, wanted: StartIn) -> StartOut:
    """Starts a scan of one Microsoft tenant, or of many; of many, those that cannot be scanned are named."""
    if wanted.m365_tenant_id is not None:
        scan = Scans(work).start(_ours(work, wanted.m365_tenant_id), wanted.options)
        return StartOut(scan_id=scan.id, status=ScanStatus.PENDING, scans=[scan_of(scan)], refused=[])
    started, refused = list[StartedOut](), list[RefusedOut]()
    for key in dict.fromkeys(wanted.wanted):
        try:
            with work.session.begin_nested():
                started.append(scan_of(Scans(work).start(_ours(work, key), wanted.options)))
        except (NotFound, Conflict) as error:
            refused.append(RefusedOut(m365_tenant_id=key, code=error.code, why=error.detail))
    return StartOut(scan_id=None, status=None, scans=started, refused=refused)


@api.get("/scans", needs=READ, response_model=ScanPageOut)
def scans(
    work: Work, page: PageQueryParameter, status: ScanStatus | None = None, m365_tenant_id: UUID | None = None
) -> ScanPageOut:
    """Scans, the newest first."""
    service = Scans(work)
    query = service.recent(microsoft_tenant_id=m365_tenant_id, status=status)
    order = [SortKey(Scan.created_at, descending=True, never_null=True), SortKey(Scan.id)]
    found = paginate(work.session, query, page, order, count=True)
    items = [ScanOut.of(seen) for seen in service.seen(found.items)]
    return ScanPageOut(items=items, next_cursor=found.next_cursor, total=found.total or 0)


@api.get("/scans/{scan_id}/status", needs=READ, response_model=ScanOut, errors=[NotFound])
def status(work: Work, scan_id: UUID) -> ScanOut:
    """How far a scan is, for those who poll."""
    return ScanOut.of(Scans(work).get(scan_id))


@api.get("/scans/{scan_id}/results", needs=READ, response_model=ResultPageOut, errors=[NotFound])
def results(
    work: Work,
    scan_id: UUID,
    page: PageQueryParameter,
    status: Status | None = None,
    category: Annotated[str | None, Query(pattern="^L[12]$")] = None,
    check_id: Annotated[str | None, Query(max_length=100, pattern=NO_NUL)] = None,
) -> ResultPageOut:
    """The verdicts of a scan in the order of their numbers; `check_id` is a number or a control key."""
    scan = Scans(work).get(scan_id).scan
    query = select(ScanResult).where(ScanResult.scan_id == scan.id)
    if status is not None:
        query = query.where(ScanResult.status == status)
    if category is not None:
        query = query.where(ScanResult.level == category)
    if check_id is not None:
        query = query.where((ScanResult.number == check_id) | (ScanResult.control == check_id))
    order = [SortKey(ScanResult.position, never_null=True), SortKey(ScanResult.id)]
    found = paginate(work.session, query, page, order, count=True)
    details = details_of(work.session, scan, found.items)
    items = [ResultOut.of(row, told) for row, told in zip(found.items, details, strict=True)]
    return ResultPageOut(scan_id=scan.id, items=items, next_cursor=found.next_cursor, total=found.total or 0)


@api.delete("/scans/{scan_id}/cancel", needs=SCAN, response_model=ScanOut, errors=[NotFound, Conflict])
def cancel(work: Work, scan_id: UUID) -> ScanOut:
    """Ends a scan that is pending, and stops one that is running."""
    return ScanOut.of(Scans(work).cancel(scan_id))


@api.get("/stream/{scan_id}", needs=READ, errors=[NotFound, TooManyStreams], response_class=Response)
def progress_stream(
    work: Work,
    visitor: Visitor,
    request: Request,
    scan_id: UUID,
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
) -> Response:
    """Progress as Server-Sent Events (`progress`, `complete`), each with the state that `status` would answer."""
    first = ScanOut.of(Scans(work).get(scan_id))
    if has_been_told(first, last_event_id):
        return Response(status_code=204)
    doorway, actor = doorway_of(request), visitor.actor

    def read() -> ScanOut:
        with doorway.platform.work(actor, read_only=True) as own:
            return ScanOut.of(Scans(own).get(scan_id))

    told = events(read, first, last_event_id)
    return EventStream(told, doorway.streams, actor.user_id, doorway.settings.streams_per_user)


@api.post("/reevaluate", needs=SCAN, status_code=202, response_model=StartOut, errors=ERRORS)
def reevaluate(work: Work, wanted: ReevaluateIn) -> StartOut:
    """Judges stored evidence again, by another benchmark version or after a rule changed. Microsoft is not asked."""
    service = Scans(work)
    ids = wanted.scan_ids or [scan.id for scan in latest_scans(work)]
    started, refused = list[StartedOut](), list[RefusedOut]()
    for key in dict.fromkeys(ids):
        try:
            with work.session.begin_nested():
                started.append(scan_of(service.reevaluate(key, wanted.benchmark)))
        except (NotFound, Conflict) as error:
            refused.append(RefusedOut(scan_id=key, code=error.code, why=error.detail))
    return StartOut(scan_id=None, status=None, scans=started, refused=refused)


@api.get("/controls", needs=READ, errors=[InvalidInput])
def controls(benchmark: Annotated[str, Query(max_length=40)] = DEFAULT_BENCHMARK) -> dict[str, Any]:
    """The controls of a benchmark version."""
    if benchmark not in benchmarks():
        raise InvalidInput(why=f"known benchmarks are {', '.join(benchmarks())}")
    return {"benchmark": benchmark, "controls": [control.as_json(benchmark) for control in controls_of(benchmark)]}


@api.get("/schedules", needs=READ, response_model=list[ScheduleOut])
def schedules(work: Work) -> list[ScheduleOut]:
    """The scans that come again."""
    return [_scheduled(row) for row in ScanSchedules(work).every()]


@api.put(
    "/schedules/{m365_tenant_id}", needs=SCAN, response_model=ScheduleOut, errors=[NotFound, InvalidInput, Conflict]
)
def put_schedule(work: Work, m365_tenant_id: UUID, wanted: ScheduleIn) -> ScheduleOut:
    """Makes a Microsoft tenant be scanned again and again."""
    options = ScanOptions.model_validate(wanted.model_dump(exclude={"every_hours"}))
    return _scheduled(ScanSchedules(work).set(m365_tenant_id, wanted.every_hours, options))


@api.delete("/schedules/{m365_tenant_id}", needs=SCAN, status_code=204, errors=[NotFound, Conflict])
def delete_schedule(work: Work, m365_tenant_id: UUID) -> None:
    ScanSchedules(work).end(m365_tenant_id)


def _scheduled(row: Schedule) -> ScheduleOut:
    return ScheduleOut(
        m365_tenant_id=UUID(row.arguments["microsoft_tenant_id"]),
        every_hours=row.every_seconds // 3600,
        options=row.arguments["options"],
        next_at=row.next_due_at,
    )


def _ours(work: Work, key: UUID) -> UUID:
    """Our id of a Microsoft tenant that is named by it, or by its Entra tenant id."""
    query = select(MicrosoftTenant.id).where(MicrosoftTenant.entra_tenant_id == key)
    return work.session.scalar(query) or key
