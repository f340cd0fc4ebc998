"""The verdicts of one scan: filtered, counted, and compared with what was before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, select

from tenantry.kit.pagination import Page, PageQuery, SortKey, paginate
from tenantry.platform.work import Work
from tenantry.posture.controls.catalogue import all_controls, controls_of
from tenantry.posture.decisions.models import Disposition, Kind
from tenantry.posture.presentation import STATUSES, fitting
from tenantry.posture.scans.models import Change, Scan, ScanResult
from tenantry.posture.scans.permissions import READ
from tenantry.posture.verdicts import Status

_WORST_FIRST: Final[Any] = case(
    *((ScanResult.status == status, place) for place, (status, _) in enumerate(STATUSES)), else_=len(STATUSES)
)
_MOVED: Final = (Change.REGRESSED, Change.FIXED, Change.CHANGED)


@dataclass(frozen=True, slots=True)
class ResultFilter:
    """Which verdicts; what is empty filters nothing."""

    status: Status | None = None
    level: str = ""
    service: str = ""
    text: str = ""
    is_open: bool = False
    """Failures nobody has decided about."""
    is_moved: bool = False
    """Those that are not as they were at the scan before."""


def results_page(work: Work, scan: Scan, wanted: ResultFilter, page: PageQuery) -> Page[ScanResult]:
    """The worst first, then in the order of their numbers."""
    query = _of(work, scan).where(*_conditions(wanted, scan, work.clock.now()))
    keys = [SortKey(_WORST_FIRST, never_null=True), SortKey(ScanResult.position, never_null=True)]
    return paginate(work.session, query, page, [*keys, SortKey(ScanResult.id, never_null=True)], count=True)


def moved(work: Work, scan: Scan) -> list[ScanResult]:
    """What is not as it was at the scan before, regressions first."""
    query = _of(work, scan).where(ScanResult.change.in_(_MOVED)).order_by(ScanResult.position)
    return sorted(work.session.scalars(query), key=lambda row: _MOVED.index(row.change))


def is_first(work: Work, scan: Scan) -> bool:
    """Whether there was nothing to compare with."""
    compared = _of(work, scan).where(ScanResult.change != Change.NEW).limit(1)
    return work.session.scalars(compared).first() is None


def open_failures(work: Work, scan: Scan) -> int:
    query = _of(work, scan).where(*_conditions(ResultFilter(is_open=True), scan, work.clock.now()))
    return work.session.execute(select(func.count()).select_from(query.subquery())).scalar_one()


def decisions_about(work: Work, microsoft_tenant_id: UUID) -> dict[str, Disposition]:
    """Those about whole controls that hold now, by control."""
    query = select(Disposition).where(_holds(work.clock.now()), Disposition.microsoft_tenant_id == microsoft_tenant_id)
    return {one.control: one for one in work.session.scalars(query)}


def result_of(work: Work, scan_id: UUID, control: str) -> ScanResult | None:
    query = select(ScanResult).where(ScanResult.scan_id == scan_id, ScanResult.control == control)
    return work.session.scalars(query).one_or_none()


def history_of(work: Work, microsoft_tenant_id: UUID, control: str, limit: int = 30) -> list[tuple[ScanResult, Scan]]:
    """The verdicts on a control, the newest first."""
    work.actor.require(READ, on=microsoft_tenant_id)
    query = select(ScanResult, Scan).join(Scan, Scan.id == ScanResult.scan_id)
    query = query.where(ScanResult.microsoft_tenant_id == microsoft_tenant_id, ScanResult.control == control)
    rows = work.session.execute(query.order_by(Scan.created_at.desc(), Scan.id).limit(limit))
    return [(row, scan) for row, scan in rows]


def before(work: Work, scan: Scan) -> Scan | None:
    """The scan of the same Microsoft tenant and benchmark before this one that has verdicts."""
    query = select(Scan).where(
        Scan.microsoft_tenant_id == scan.microsoft_tenant_id,
        Scan.benchmark == scan.benchmark,
        Scan.completed_at.is_not(None),
        Scan.created_at < scan.created_at,
    )
    return work.session.scalars(query.order_by(Scan.created_at.desc(), Scan.id).limit(1)).one_or_none()


def _of(work: Work, scan: Scan) -> Any:
    work.actor.require(READ, on=scan.microsoft_tenant_id)
    return select(ScanResult).where(ScanResult.scan_id == scan.id)


def _conditions(wanted: ResultFilter, scan: Scan, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.status is not None:
        found.append(ScanResult.status == wanted.status)
    if wanted.level:
        found.append(ScanResult.level == wanted.level)
    if wanted.service or wanted.text:
        fit = fitting(controls_of(scan.benchmark) or all_controls().values(), wanted.text)
        keys = [one.key for one in fit if wanted.service in ("", one.service)]
        found.append(ScanResult.control.in_(keys))
    if wanted.is_open:
        found += [ScanResult.status == Status.FAIL, ~_decided(now)]
    if wanted.is_moved:
        found.append(ScanResult.change.in_(_MOVED))
    return found


def _holds(now: datetime) -> ColumnElement[bool]:
    return and_(Disposition.object_id.is_(None), Disposition.ended_at.is_(None), Disposition.expires_at > now)


def _decided(now: datetime) -> ColumnElement[bool]:
    """A planned remediation is still open."""
    decided = select(Disposition.id).where(
        Disposition.microsoft_tenant_id == ScanResult.microsoft_tenant_id,
        Disposition.control == ScanResult.control,
        Disposition.kind != Kind.REMEDIATION_PLANNED,
        _holds(now),
    )
    return decided.exists()
