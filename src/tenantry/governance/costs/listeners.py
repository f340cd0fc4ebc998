"""Costs are fetched regularly, once it is known that there are subscriptions."""

from uuid import UUID

from sqlalchemy import select

from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.governance.costs.service import fetch_regularly
from tenantry.governance.resources.models import Subscription
from tenantry.observe.events import on_collected
from tenantry.platform.work import Work


@on_collected
def schedule_costs(work: Work, microsoft_tenant_id: UUID) -> None:
    tenant = work.session.one(MicrosoftTenant, microsoft_tenant_id)
    query = select(Subscription.id).where(Subscription.microsoft_tenant_id == microsoft_tenant_id).limit(1)
    if tenant.lifecycle is Lifecycle.ACTIVE and work.session.scalars(query).first() is not None:
        fetch_regularly(work, microsoft_tenant_id)
