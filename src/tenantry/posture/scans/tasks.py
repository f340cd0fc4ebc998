"""The scan job: evidence is collected, then every control is judged, then all verdicts are stored at once."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import update

from tenantry.estate.gateway import Gateway, Reach, reach_of
from tenantry.kit.errors import Conflict
from tenantry.observe.catalogue.identity import SUBSCRIBED_SKUS
from tenantry.observe.datasets import Dataset
from tenantry.observe.running import CollectionRun
from tenantry.platform.jobs import JobContext, RetryPolicy, job
from tenantry.platform.work import Work
from tenantry.posture.controls.catalogue import Control
from tenantry.posture.decisions.settings import settings_of
from tenantry.posture.evaluation import Judging
from tenantry.posture.scans.events import tell_scanned
from tenantry.posture.scans.models import Engine, Scan
from tenantry.posture.scans.service import SCAN_JOB, ScanOptions, chosen_controls
from tenantry.posture.scans.stored_evidence import SourceState, StoredEvidence, sources_now
from tenantry.posture.scans.verdict_store import Judged, keep_sources, keep_verdicts, sources_of

_COLLECTING: Final = 85
"""Percent of a scan that collecting takes: nearly all of its time is waiting for Microsoft."""
_REPORT_EVERY: Final = 0.3


class NothingCollected(Conflict):
    """Microsoft let us read nothing of this Microsoft tenant: {why} Test its connection."""


@job(SCAN_JOB, "CIS scan", retry=RetryPolicy(attempts=2, first_wait=30))
async def scan(context: JobContext, scan_id: str) -> None:
    """Idempotent: a killed scan goes on with the datasets that are not collected, and judges anew."""
    key = UUID(scan_id)
    plan = await context.in_work(_begin, key)
    if plan.reevaluates is None:
        await _collect(context, plan)
    judgement = await context.in_work(_judge, plan)
    await context.in_work(_finish, plan, judgement)
    await context.in_work(tell_scanned, key)
    _refuse_nothing(judgement)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a scan is going to do."""

    scan_id: UUID
    microsoft_tenant_id: UUID
    benchmark: str
    controls: Sequence[Control]
    reevaluates: UUID | None

    @property
    def datasets(self) -> list[Dataset]:
        """Everything the controls read, once each."""
        needed: dict[str, Dataset] = {SUBSCRIBED_SKUS.name: SUBSCRIBED_SKUS}
        for control in self.controls:
            if (check := control.check) is not None:
                needed.update({dataset.name: dataset for dataset in check.datasets})
        return [needed[name] for name in sorted(needed)]


@dataclass(frozen=True, slots=True)
class _Judgement:
    sources: Sequence[SourceState]
    verdicts: Sequence[Judged]


def _begin(work: Work, scan_id: UUID) -> _Plan:
    row = work.session.one(Scan, scan_id)
    if row.engine is not Engine.NATIVE:
        raise Conflict(why=f"the engine {row.engine.value} is not installed here")
    row.started_at = row.started_at or work.clock.now()
    options = ScanOptions.model_validate(row.options)
    return _Plan(
        row.id, row.microsoft_tenant_id, row.benchmark, chosen_controls(row.benchmark, options), row.reevaluates
    )


async def _collect(context: JobContext, plan: _Plan) -> None:
    gateway: Gateway = context.services
    reach: Reach = await context.in_work(reach_of, plan.microsoft_tenant_id, read_only=True)
    datasets, reported = plan.datasets, 0.0

    async def report(ended: Sequence[str], items: int) -> None:
        nonlocal reported
        if time.monotonic() - reported < _REPORT_EVERY and len(ended) < len(datasets):
            return
        reported = time.monotonic()
        titles = {dataset.name: dataset.title for dataset in datasets}
        now = titles.get(ended[-1], "") if ended else datasets[0].title
        done = _COLLECTING * len(ended) // len(datasets)
        await context.in_work(_note, plan.scan_id, done, f"Collecting: {now}")
        await context.progress(done, 100, f"{items:,} items".replace(",", "\u202f"))

    await CollectionRun(context, gateway, reach, datasets, report).all()


def _note(work: Work, scan_id: UUID, progress: int, current: str) -> None:
    work.session.execute(update(Scan).where(Scan.id == scan_id).values(progress=progress, current=current[:200]))


def _judge(work: Work, plan: _Plan) -> _Judgement:
    names = [dataset.name for dataset in plan.datasets]
    sources = (
        sources_now(work.session, plan.microsoft_tenant_id, names)
        if plan.reevaluates is None
        else sources_of(work.session, plan.reevaluates)
    )
    evidence = StoredEvidence(work.session, plan.microsoft_tenant_id, sources)
    judging = Judging.of(evidence, settings_of(work.session, plan.microsoft_tenant_id).parameters)
    return _Judgement(sources, [_timed(judging, control, plan.benchmark) for control in plan.controls])


def _timed(judging: Judging, control: Control, benchmark: str) -> Judged:
    started = time.perf_counter()
    verdict = judging.verdict(control)
    return Judged(control, control.benchmarks[benchmark], verdict, (time.perf_counter() - started) * 1000)


def _finish(work: Work, plan: _Plan, judgement: _Judgement) -> None:
    row = work.session.one(Scan, plan.scan_id)
    keep_sources(work.session, row.id, judgement.sources)
    keep_verdicts(work.session, row, judgement.verdicts, work.clock.now())
    work.audit.record("scan.completed", row, passed=row.passed, failed=row.failed, errors=row.errors)


def _refuse_nothing(judgement: _Judgement) -> None:
    """Raises NothingCollected: verdicts that are all errors are kept, but nobody should take that for a scan."""
    if judgement.sources and not any(source.is_complete for source in judgement.sources):
        why = next((source.problem for source in judgement.sources if source.problem), "nothing was collected.")
        raise NothingCollected(why=why)
