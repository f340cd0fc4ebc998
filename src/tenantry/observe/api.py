"""`/api/v1/microsoft-tenants/{id}/datasets`: what is collected of a Microsoft tenant, and how often."""

from uuid import UUID

from tenantry.estate.models import MicrosoftTenant
from tenantry.estate.permissions import MANAGE, READ
from tenantry.estate.service import MicrosoftTenants
from tenantry.kit.errors import Conflict, InvalidInput, NotFound
from tenantry.observe.models import DatasetState
from tenantry.observe.queries import datasets_of
from tenantry.observe.schedules import Planned, choose
from tenantry.observe.schemas import DatasetOut, DatasetsOut, ScheduleIn
from tenantry.platform.doors import Api
from tenantry.platform.work import Work

api = Api("/api/v1/microsoft-tenants/{microsoft_tenant_id}", "Microsoft tenants")


@api.get("/datasets", needs=READ, response_model=DatasetsOut, errors=[NotFound])
def datasets(work: Work, microsoft_tenant_id: UUID) -> DatasetsOut:
    """Every dataset with its newest outcome, its age, its interval and its next turn."""
    return _shown(work, MicrosoftTenants(work).get(microsoft_tenant_id))


@api.put("/schedule", needs=MANAGE, response_model=DatasetsOut, errors=[NotFound, InvalidInput, Conflict])
def schedule(work: Work, microsoft_tenant_id: UUID, wanted: ScheduleIn) -> DatasetsOut:
    """Changes how often datasets are collected: every 1 to 24 hours, spread so that not all start at once."""
    return _shown(work, choose(work, microsoft_tenant_id, wanted.hours))


def _shown(work: Work, tenant: MicrosoftTenant) -> DatasetsOut:
    work.session.flush()
    items = [_dataset(planned, state) for planned, state in datasets_of(work, tenant)]
    return DatasetsOut(microsoft_tenant_id=tenant.id, items=items)


def _dataset(planned: Planned, state: DatasetState | None) -> DatasetOut:
    return DatasetOut(
        name=planned.dataset.name,
        title=planned.dataset.title,
        every_hours=planned.hours,
        is_default=planned.is_default,
        next_at=planned.next_at,
        outcome=state.outcome if state else None,
        complete_at=state.complete_at if state else None,
        items=state.items if state else None,
        missing_permission=state.missing_permission if state else None,
        problem=state.problem_message if state else None,
    )
