"""Reading what was collected, and how that went."""

from sqlalchemy import select

from tenantry.estate.models import MicrosoftTenant
from tenantry.observe.models import Collection, DatasetState
from tenantry.observe.schedules import Planned, plan_of
from tenantry.platform.work import Work


def datasets_of(work: Work, tenant: MicrosoftTenant) -> list[tuple[Planned, DatasetState | None]]:
    """Every dataset that applies, collected or not: what is missing is shown, not left out."""
    query = select(DatasetState).where(DatasetState.microsoft_tenant_id == tenant.id)
    states = {state.dataset: state for state in work.session.scalars(query)}
    return [(planned, states.get(planned.dataset.name)) for planned in plan_of(work, tenant)]


def recent_collections(work: Work, tenant: MicrosoftTenant, limit: int) -> list[Collection]:
    query = select(Collection).where(Collection.microsoft_tenant_id == tenant.id)
    return list(work.session.scalars(query.order_by(Collection.started_at.desc(), Collection.id).limit(limit)))
