"""The job that comes again: it starts a scan as a person would, with the Microsoft tenant's own settings."""

from uuid import UUID

from tenantry.platform.jobs import JobContext, job
from tenantry.platform.work import Work
from tenantry.posture.scans.service import ScanAlreadyRunning, ScanOptions, Scans
from tenantry.posture.schedules.service import SCHEDULED_JOB


@job(SCHEDULED_JOB, "Scheduled CIS scan")
async def scheduled_scan(context: JobContext, microsoft_tenant_id: str) -> None:
    """One that runs already is enough. Anything else that is in the way fails, so that it is seen."""
    await context.in_work(start, UUID(microsoft_tenant_id))


def start(work: Work, microsoft_tenant_id: UUID) -> None:
    try:
        with work.session.begin_nested():
            Scans(work).start(microsoft_tenant_id, ScanOptions.model_validate({}))
    except ScanAlreadyRunning:
        return
