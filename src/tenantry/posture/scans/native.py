"""The native engine: evidence is collected over REST, then every control is judged over it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import update

from tenantry.estate.gateway import Gateway, Reach, reach_of
from tenantry.kit.errors import Conflict, InvalidInput
from tenantry.observe.catalogue.identity import SUBSCRIBED_SKUS
from tenantry.observe.datasets import Dataset
from tenantry.observe.running import CollectionRun
from tenantry.platform.jobs import JobContext
from tenantry.platform.work import Work
from tenantry.posture.controls.catalogue import Control
from tenantry.posture.decisions.settings import settings_of
from tenantry.posture.evaluation import Judging
from tenantry.posture.scans.engines import Judgement, Plan
from tenantry.posture.scans.models import AuthMethod, Scan
from tenantry.posture.scans.stored_evidence import SourceState, StoredEvidence, sources_now
from tenantry.posture.scans.verdict_store import Judged, keep_sources, sources_of

_COLLECTING: Final = 85
"""Percent of a scan that collecting takes: nearly all of its time is waiting for Microsoft."""
_REPORT_EVERY: Final = 0.3


class NothingCollected(Conflict):
    """Microsoft let us read nothing of this Microsoft tenant: {why} Test its connection."""


@dataclass(frozen=True, slots=True)
class NativeEngine:
    """A scan whose worker died goes on with the datasets that are not collected, and judges anew."""

    benchmark: str | None = None

    def require_ready(self, work: Work, microsoft_tenant_id: UUID, auth_method: AuthMethod | None) -> None:
        """Whatever it lacks, its verdicts say."""
        if auth_method is not None:
            raise InvalidInput(why="auth_method is the PowerShell engine's; the native engine uses the credential")

    async def run(self, context: JobContext, plan: Plan) -> Judgement:
        if plan.reevaluates is None:
            await _collect(context, plan)
            await context.in_work(_keep_sources, plan)
        return await context.in_work(_judge, plan, read_only=True)


def _datasets(plan: Plan) -> list[Dataset]:
    """Everything the controls read, once each."""
    needed: dict[str, Dataset] = {SUBSCRIBED_SKUS.name: SUBSCRIBED_SKUS}
    for control in plan.controls:
        if (check := control.check) is not None:
            needed.update({dataset.name: dataset for dataset in check.datasets})
    return [needed[name] for name in sorted(needed)]


async def _collect(context: JobContext, plan: Plan) -> None:
    gateway: Gateway = context.services
    reach: Reach = await context.in_work(reach_of, plan.microsoft_tenant_id, read_only=True)
    datasets, reported = _datasets(plan), 0.0

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


def _keep_sources(work: Work, plan: Plan) -> None:
    names = [dataset.name for dataset in _datasets(plan)]
    keep_sources(work.session, plan.scan_id, sources_now(work.session, plan.microsoft_tenant_id, names))


def _judge(work: Work, plan: Plan) -> Judgement:
    """On the sources that this scan kept, or the one it judges again."""
    judged = plan.reevaluates or plan.scan_id
    sources = sources_of(work.session, judged)
    evidence = StoredEvidence(work.session, plan.microsoft_tenant_id, judged, sources)
    judging = Judging.of(evidence, settings_of(work.session, plan.microsoft_tenant_id).parameters)
    verdicts = [_timed(judging, control, plan.benchmark) for control in plan.controls]
    return Judgement(verdicts, failure=_nothing_collected(sources))


def _timed(judging: Judging, control: Control, benchmark: str) -> Judged:
    started = time.perf_counter()
    verdict = judging.verdict(control)
    return Judged(control, control.benchmarks[benchmark], verdict, (time.perf_counter() - started) * 1000)


def _nothing_collected(sources: Sequence[SourceState]) -> NothingCollected | None:
    """Verdicts that are all errors are kept, but nobody should take that for a scan."""
    if not sources or any(source.is_complete for source in sources):
        return None
    why = next((source.problem for source in sources if source.problem), "nothing was collected.")
    return NothingCollected(why=why)
