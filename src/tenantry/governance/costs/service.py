"""When costs are fetched: on demand, and regularly once something of Azure is known."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.flows import ask
from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.estate.permissions import MANAGE
from tenantry.kit.errors import Conflict
from tenantry.observe.models import DatasetSchedule
from tenantry.platform.jobs import Jobs
from tenantry.platform.jobs.models import Job
from tenantry.platform.work import Work

COSTS_JOB: Final = "governance.costs"
EVERY: Final = timedelta(hours=24)
COSTS: Final = "azure.costs"
"""Under this name it is written down how often costs come, although they are no dataset."""
_SCHEDULE: Final = "regularly"


def fetch_now(work: Work, microsoft_tenant_id: UUID) -> Job:
    """Raises NotFound, JobAlreadyRunning, and Conflict for a Microsoft tenant that cannot be asked."""
    return ask(work, COSTS_JOB, microsoft_tenant_id)


def fetch_regularly(work: Work, microsoft_tenant_id: UUID) -> None:
    """Every day, or as often as was chosen. A pause ends it until the Microsoft tenant is collected again."""
    row = _chosen(work, microsoft_tenant_id)
    Jobs(work).schedule(
        COSTS_JOB,
        _SCHEDULE,
        {"microsoft_tenant_id": str(microsoft_tenant_id)},
        subject_id=microsoft_tenant_id,
        every=timedelta(hours=row.hours) if row else EVERY,
    )


def fetch_every(work: Work, tenant: MicrosoftTenant, hours: int | None) -> None:
    """None takes the default again. Raises Conflict for a Microsoft tenant that is offboarded."""
    work.actor.require(MANAGE, on=tenant.id)
    if tenant.lifecycle is Lifecycle.OFFBOARDED:
        raise Conflict(why="it is offboarded")
    row = _chosen(work, tenant.id)
    if hours is None and row is not None:
        work.session.delete(row)
    elif hours is not None and row is not None:
        row.hours = hours
    elif hours is not None:
        work.session.add(DatasetSchedule(microsoft_tenant_id=tenant.id, dataset=COSTS, hours=hours))
    work.session.flush()
    if tenant.lifecycle is Lifecycle.ACTIVE:
        fetch_regularly(work, tenant.id)


def _chosen(work: Work, microsoft_tenant_id: UUID) -> DatasetSchedule | None:
    query = select(DatasetSchedule).where(
        DatasetSchedule.microsoft_tenant_id == microsoft_tenant_id, DatasetSchedule.dataset == COSTS
    )
    return work.session.scalars(query).one_or_none()
