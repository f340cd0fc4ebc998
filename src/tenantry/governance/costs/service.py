"""When costs are fetched: on demand, and every day once something of Azure is known."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from tenantry.estate.flows import ask
from tenantry.platform.jobs import Jobs
from tenantry.platform.jobs.models import Job
from tenantry.platform.work import Work

COSTS_JOB: Final = "governance.costs"
EVERY: Final = timedelta(hours=24)
_SCHEDULE: Final = "every day"


def fetch_now(work: Work, microsoft_tenant_id: UUID) -> Job:
    """Raises NotFound, JobAlreadyRunning, and Conflict for a Microsoft tenant that cannot be asked."""
    return ask(work, COSTS_JOB, microsoft_tenant_id)


def fetch_daily(work: Work, microsoft_tenant_id: UUID) -> None:
    """Once begun it goes on; a pause ends it until the Microsoft tenant is collected again."""
    Jobs(work).schedule(
        COSTS_JOB,
        _SCHEDULE,
        {"microsoft_tenant_id": str(microsoft_tenant_id)},
        subject_id=microsoft_tenant_id,
        every=EVERY,
    )
