"""What is watched of posture: the score of whole scans, and what fails and nobody has decided about."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import and_, func, select

from tenantry.estate.metering import Among, Reading, among_of, metric
from tenantry.estate.models import Access, Lifecycle, MicrosoftTenant
from tenantry.governance.compliance.metrics import SCORE_DROP
from tenantry.platform.work import Work
from tenantry.posture.decisions.models import Disposition, Kind
from tenantry.posture.scans.models import PostureState, Scan
from tenantry.posture.scans.permissions import READ
from tenantry.posture.verdicts import Status

OPEN_FAILURES = metric(
    "posture.open_failures",
    "Failing controls nobody has decided about",
    "controls",
    READ,
    "Of the newest scan, without exceptions and false positives. Not known before the first scan.",
    path="/posture/{id}",
)
_SUBJECT: Final = "CIS posture"
_KEPT: Final = 8
"""Scans looked at per Microsoft tenant: among those of a few controls there are two of all."""
_REMEMBERED: Final = timedelta(days=60)
"""Scans further apart are not compared: nobody would call that a drop."""


@SCORE_DROP.reader
def score_drop(work: Work, among: Among) -> Iterator[Reading]:
    """The newest two scans of the same controls by the same engine: anything else cannot be compared."""
    scans = _newest_scans(work, among)
    for key in _scannable(work, among):
        newest = scans.get(key, [])
        before = next((one for one in newest[1:] if _is_like(one, newest[0])), None)
        if before is None:
            note = "There are no two scans of the same controls yet."
            yield Reading(key, None, _SUBJECT, state="not_known", note=note)
        else:
            now, then = _score(newest[0]), _score(before)
            worse = float(max(newest[0].failed - before.failed, 0))
            yield Reading(
                key, round(then - now, 2), _SUBJECT, previous=round(then, 2), size=worse, as_of=newest[0].completed_at
            )


@OPEN_FAILURES.reader
def open_failures(work: Work, among: Among) -> Iterator[Reading]:
    now = work.clock.now()
    decided = select(Disposition.id).where(
        Disposition.microsoft_tenant_id == PostureState.microsoft_tenant_id,
        Disposition.control == PostureState.control,
        Disposition.object_id.is_(None),
        Disposition.kind != Kind.REMEDIATION_PLANNED,
        Disposition.ended_at.is_(None),
        Disposition.expires_at > now,
    )
    failing = func.count().filter(and_(PostureState.status == Status.FAIL, ~decided.exists()))
    query = select(PostureState.microsoft_tenant_id, failing, func.max(PostureState.scanned_at))
    query = query.where(*among_of(PostureState.microsoft_tenant_id, among)).group_by(PostureState.microsoft_tenant_id)
    known = {key: (count, at) for key, count, at in work.session.execute(query)}
    for key in _scannable(work, among):
        if key in known:
            yield Reading(key, float(known[key][0]), as_of=known[key][1])
        else:
            yield Reading(key, None, state="not_run", note="It was never scanned.")


def _scannable(work: Work, among: Among) -> Sequence[UUID]:
    query = select(MicrosoftTenant.id).where(
        MicrosoftTenant.lifecycle == Lifecycle.ACTIVE, MicrosoftTenant.access == Access.APP_REGISTRATION
    )
    return work.session.scalars(query.where(*among_of(MicrosoftTenant.id, among))).all()


def _newest_scans(work: Work, among: Among) -> dict[UUID, list[Scan]]:
    """A few per Microsoft tenant, the newest first: one of some controls may lie between two whole ones."""
    place = func.row_number().over(partition_by=Scan.microsoft_tenant_id, order_by=Scan.completed_at.desc())
    ranked = (
        select(Scan.id, place.label("place"))
        .where(Scan.completed_at.is_not(None), Scan.reevaluates.is_(None), Scan.passed + Scan.failed > 0)
        .where(Scan.created_at > work.clock.now() - _REMEMBERED, *among_of(Scan.microsoft_tenant_id, among))
        .subquery()
    )
    query = select(Scan).join(ranked, ranked.c.id == Scan.id).where(ranked.c.place <= _KEPT)
    found = defaultdict[UUID, list[Scan]](list)
    for scan in work.session.scalars(query.order_by(Scan.completed_at.desc())):
        found[scan.microsoft_tenant_id].append(scan)
    return {key: _from_the_first_whole(scans) for key, scans in found.items()}


def _from_the_first_whole(scans: list[Scan]) -> list[Scan]:
    """A scan of a few controls says nothing about the score of all: the widest of those kept is the measure."""
    widest = max(scan.total for scan in scans)
    first = next(place for place, scan in enumerate(scans) if scan.total == widest)
    return scans[first:]


def _is_like(one: Scan, other: Scan) -> bool:
    return (one.benchmark, one.engine, one.total) == (other.benchmark, other.engine, other.total)


def _score(scan: Scan) -> float:
    return 100 * scan.passed / (scan.passed + scan.failed)
