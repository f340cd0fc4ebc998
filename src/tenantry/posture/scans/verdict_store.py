"""Keeping verdicts: one row each, compared with what the control was before, and where every control stands now."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import bindparam, select

from tenantry.kit.db import Base, TenantSession
from tenantry.kit.db.bulk import bulk_rows, bulk_upsert
from tenantry.kit.ids import new_id
from tenantry.kit.text import without_nul
from tenantry.observe.bodies import pack, unpack
from tenantry.observe.datasets import dataset_named
from tenantry.posture.controls.catalogue import Control, Numbered
from tenantry.posture.evaluation import Verdict
from tenantry.posture.scans.models import Change, PostureState, Scan, ScanResult, ScanSource
from tenantry.posture.scans.stored_evidence import NEVER, SourceState
from tenantry.posture.verdicts import Status

_SCANS: Final = Base.metadata.tables[Scan.__tablename__]
_RESULTS: Final = Base.metadata.tables[ScanResult.__tablename__]
_STATES: Final = Base.metadata.tables[PostureState.__tablename__]
_SOURCES: Final = Base.metadata.tables[ScanSource.__tablename__]
_SOURCES_OF: Final = (
    select(*(_SOURCES.c[field.name] for field in fields(SourceState)))
    .where(_SOURCES.c.scan_id == bindparam("scan_id"))
    .order_by(_SOURCES.c.dataset)
)
_STATES_OF: Final = select(
    _STATES.c.control, _STATES.c.status, _STATES.c.since, _STATES.c.judged, _STATES.c.judged_since
).where(_STATES.c.microsoft_tenant_id == bindparam("microsoft_tenant_id"))
_NEWEST: Final = (
    select(_SCANS.c.id)
    .where(_SCANS.c.microsoft_tenant_id == bindparam("microsoft_tenant_id"))
    .where(_SCANS.c.reevaluates.is_(None), _SCANS.c.completed_at.is_not(None))
    .order_by(_SCANS.c.created_at.desc(), _SCANS.c.id)
    .limit(1)
)
_JUDGED: Final = frozenset({Status.PASS, Status.FAIL})
_SUMMARY: Final = 1000


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with its place in the benchmark and the time it took."""

    control: Control
    numbered: Numbered
    verdict: Verdict
    milliseconds: float


class _Before(NamedTuple):
    """Where a control stood."""

    status: Status
    since: datetime
    judged: str | None
    judged_since: datetime | None


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where a control stands after a verdict."""

    change: Change
    since: datetime
    judged: Status | None
    judged_since: datetime | None


def keep_sources(session: TenantSession, scan_id: UUID, sources: Sequence[SourceState]) -> None:
    """What a worker kept that died before it judged is overwritten."""
    columns = [
        "id", "scan_id", "dataset", "outcome", "collected_at", "items", "digest", "missing_permission", "problem",
        "request",
    ]  # fmt: skip
    rows = (
        (
            new_id(),
            scan_id,
            one.dataset,
            one.outcome,
            one.collected_at,
            one.items,
            one.digest,
            one.missing_permission,
            one.problem,
            one.request,
        )
        for one in sources
    )
    bulk_upsert(session, _SOURCES, columns, rows, key=["scan_id", "dataset"], update=columns[3:])


def sources_of(session: TenantSession, scan_id: UUID) -> list[SourceState]:
    return [SourceState(*row) for row in bulk_rows(session, _SOURCES_OF, scan_id=scan_id)]


def packed_details(judged: Sequence[Judged]) -> list[bytes]:
    """What each verdict rests on, as it is stored: of its sources the names, since the scan keeps how they stood."""
    return [pack(_details(one.verdict)) for one in judged]


def keep_verdicts(
    session: TenantSession, scan: Scan, judged: Sequence[Judged], packed: Sequence[bytes], now: datetime
) -> None:
    """Stores the verdicts and moves the scan's counts. A scan of older evidence leaves the present as it is.

    `packed` are the details of each, as `packed_details` gives them.
    """
    before = _before(session, scan.microsoft_tenant_id)
    standings = {one.control.key: _standing(before.get(one.control.key), one.verdict.status, now) for one in judged}
    _insert_results(session, scan, judged, packed, standings)
    if scan.reevaluates is None or _is_newest(session, scan):
        _move_states(session, scan, judged, standings, now)
    _count(scan, judged)
    scan.completed_at, scan.progress, scan.current = now, 100, None


def details_of(session: TenantSession, scan: Scan, rows: Sequence[ScanResult]) -> list[dict[str, Any]]:
    """Observed values, affected objects, notes for review, sources, inputs: what each of its verdicts rests on."""
    kept = {one.dataset: _shown(one) for one in sources_of(session, scan.reevaluates or scan.id)}
    return [_with_sources(unpack(row.details), kept) for row in rows]


def _with_sources(details: dict[str, Any], kept: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    sources = [kept.get(name) or _shown(SourceState(name, NEVER)) for name in details["sources"]]
    return {**details, "sources": sources}


def _shown(source: SourceState) -> dict[str, Any]:
    known = dataset_named(source.dataset)
    return {
        "dataset": source.dataset,
        "title": known.title if known is not None else source.dataset,
        "request": source.request,
        "outcome": source.outcome,
        "collected_at": source.collected_at.isoformat() if source.collected_at else None,
        "digest": source.digest,
        "missing_permission": source.missing_permission,
        "problem": source.problem,
    }


def _standing(before: _Before | None, status: Status, now: datetime) -> _Standing:
    judged = Status(before.judged) if before is not None and before.judged else None
    same = before is not None and before.status is status
    since = before.since if before is not None and same else now
    if status not in _JUDGED:
        change = Change.NEW if before is None else Change.UNCHANGED if same else Change.CHANGED
        return _Standing(change, since, judged, before.judged_since if before else None)
    if judged is None:
        return _Standing(Change.NEW, since, status, now)
    if judged is status:
        return _Standing(Change.UNCHANGED, since, status, before.judged_since if before else now)
    return _Standing(Change.FIXED if status is Status.PASS else Change.REGRESSED, since, status, now)


def _insert_results(
    session: TenantSession,
    scan: Scan,
    judged: Sequence[Judged],
    packed: Sequence[bytes],
    standings: Mapping[str, _Standing],
) -> None:
    columns = [
        "id", "scan_id", "microsoft_tenant_id", "control", "number", "position", "level", "status", "cause", "change",
        "since", "summary", "affected", "missing_permission", "milliseconds", "details",
    ]  # fmt: skip
    rows = (
        (
            new_id(),
            scan.id,
            scan.microsoft_tenant_id,
            one.control.key,
            one.numbered.number,
            place,
            one.numbered.level,
            one.verdict.status.value,
            one.verdict.cause.value if one.verdict.cause else None,
            standings[one.control.key].change.value,
            standings[one.control.key].since,
            without_nul(one.verdict.summary)[:_SUMMARY],
            one.verdict.affected_count,
            one.verdict.missing_permission,
            one.milliseconds,
            details,
        )
        for place, (one, details) in enumerate(zip(judged, packed, strict=True))
    )
    bulk_upsert(session, _RESULTS, columns, rows, key=["scan_id", "control"])


def _details(verdict: Verdict) -> bytes:
    told = {
        "observed": verdict.observed,
        "affected": verdict.affected,
        "review": verdict.review,
        "fact": verdict.fact,
        "sources": [one.dataset.name for one in verdict.sources],
        "inputs": verdict.inputs,
    }
    return orjson.dumps(told, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS, default=list)


def _before(session: TenantSession, microsoft_tenant_id: UUID) -> dict[str, _Before]:
    rows = bulk_rows(session, _STATES_OF, microsoft_tenant_id=microsoft_tenant_id)
    return {control: _Before(*state) for control, *state in rows}


def _is_newest(session: TenantSession, scan: Scan) -> bool:
    """Whether the scan that is judged again is the last of its Microsoft tenant that collected evidence."""
    newest = bulk_rows(session, _NEWEST, microsoft_tenant_id=scan.microsoft_tenant_id)
    return [row.id for row in newest] == [scan.reevaluates]


def _move_states(
    session: TenantSession, scan: Scan, judged: Sequence[Judged], standings: Mapping[str, _Standing], now: datetime
) -> None:
    columns = [
        "id", "microsoft_tenant_id", "control", "status", "since", "judged", "judged_since", "scan_id", "scanned_at",
        "summary",
    ]  # fmt: skip
    rows = (
        (
            new_id(),
            scan.microsoft_tenant_id,
            one.control.key,
            one.verdict.status.value,
            standing.since,
            standing.judged.value if standing.judged else None,
            standing.judged_since,
            scan.id,
            now,
            without_nul(one.verdict.summary)[:_SUMMARY],
        )
        for one in judged
        for standing in (standings[one.control.key],)
    )
    bulk_upsert(session, _STATES, columns, rows, key=["microsoft_tenant_id", "control"], update=columns[3:])


def _count(scan: Scan, judged: Sequence[Judged]) -> None:
    counts = Counter(one.verdict.status for one in judged)
    scan.total = len(judged)
    scan.passed, scan.failed, scan.errors = counts[Status.PASS], counts[Status.FAIL], counts[Status.ERROR]
    scan.manual, scan.not_applicable = counts[Status.MANUAL], counts[Status.NOT_APPLICABLE]
