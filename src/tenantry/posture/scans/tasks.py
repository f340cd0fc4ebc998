"""The scan job: an engine judges every control, then all verdicts are stored at once."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from tenantry.estate.models import MicrosoftTenant
from tenantry.platform.jobs import JobContext, RetryPolicy, job
from tenantry.platform.work import Work
from tenantry.posture.scans.engines import Judgement, Plan, ScanEngine, engine_of, register
from tenantry.posture.scans.events import tell_scanned
from tenantry.posture.scans.models import Engine, Scan
from tenantry.posture.scans.native import NativeEngine
from tenantry.posture.scans.service import SCAN_JOB, ScanOptions, Scans, chosen_controls, require_scannable
from tenantry.posture.scans.verdict_store import keep_verdicts, packed_details

register(Engine.NATIVE, NativeEngine())


@job(SCAN_JOB, "CIS scan", retry=RetryPolicy(attempts=2, first_wait=30))
async def scan(context: JobContext, scan_id: str) -> None:
    """Idempotent: what a killed scan of the native engine collected is not collected again; judging begins anew."""
    engine, plan = await context.in_work(_begin, UUID(scan_id), context.job_id)
    judgement = await engine.run(context, plan)
    packed = await asyncio.to_thread(
        packed_details, judgement.verdicts
    )  # so as not to do it while others wait to write
    await context.in_work(_finish, plan, judgement, packed)
    if plan.reevaluates is None:
        await context.in_work(tell_scanned, plan.scan_id)
    if judgement.failure is not None:
        raise judgement.failure


def _begin(work: Work, scan_id: UUID, job_id: UUID) -> tuple[ScanEngine, Plan]:
    row = Scans(work).of_job(scan_id, job_id)
    if row.reevaluates is None and row.completed_at is None:  # it may have been paused since somebody asked
        require_scannable(work.session.one(MicrosoftTenant, row.microsoft_tenant_id))
    row.started_at = row.started_at or work.clock.now()
    options = ScanOptions.model_validate(row.options)
    controls = chosen_controls(row.benchmark, options)
    plan = Plan(
        row.id,
        row.microsoft_tenant_id,
        row.benchmark,
        controls,
        options.l1_only,
        row.reevaluates,
        options.auth_method,
    )
    return engine_of(row.engine), plan


def _finish(work: Work, plan: Plan, judgement: Judgement, packed: Sequence[bytes]) -> None:
    row = work.session.one(Scan, plan.scan_id)
    if row.completed_at is not None:  # by a worker that died before it could say so: its verdicts stay
        row.progress, row.current = 100, None
        return
    keep_verdicts(work.session, row, judgement.verdicts, packed, work.clock.now())
    row.problem = judgement.problem
    work.audit.record("scan.completed", row, passed=row.passed, failed=row.failed, errors=row.errors)
