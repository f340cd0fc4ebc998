"""Costs are fetched once it is known which subscriptions there are, and then every day."""

from uuid import UUID

from sqlalchemy import select

from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.governance.costs.models import CostSource
from tenantry.governance.costs.service import COSTS_JOB, fetch_daily
from tenantry.governance.resources.models import Subscription
from tenantry.observe.events import on_collected
from tenantry.platform.jobs import Jobs
from tenantry.platform.jobs.models import OPEN_STATES, Job
from tenantry.platform.work import Work


@on_collected
def begin_with_costs(work: Work, microsoft_tenant_id: UUID) -> None:
    tenant = work.session.one(MicrosoftTenant, microsoft_tenant_id)
    if tenant.lifecycle is not Lifecycle.ACTIVE or not _any(work, Subscription, microsoft_tenant_id):
        return
    fetch_daily(work, microsoft_tenant_id)
    if not _any(work, CostSource, microsoft_tenant_id) and not _is_open(work, microsoft_tenant_id):
        arguments = {"microsoft_tenant_id": str(microsoft_tenant_id)}
        Jobs(work).enqueue(COSTS_JOB, arguments, subject_id=microsoft_tenant_id)


def _any(work: Work, model: type[Subscription | CostSource], microsoft_tenant_id: UUID) -> bool:
    query = select(model.id).where(model.microsoft_tenant_id == microsoft_tenant_id)
    return work.session.scalars(query.limit(1)).first() is not None


def _is_open(work: Work, microsoft_tenant_id: UUID) -> bool:
    query = select(Job.id).where(
        Job.kind == COSTS_JOB, Job.subject_id == microsoft_tenant_id, Job.state.in_(OPEN_STATES)
    )
    return work.session.scalars(query.limit(1)).first() is not None
