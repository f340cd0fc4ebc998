"""What costs hear of, and tell: they are fetched regularly, and other slices learn what their resources cost."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.governance.costs.events import on_kept
from tenantry.governance.costs.models import CostSource
from tenantry.governance.costs.of_resources import of_resources
from tenantry.governance.costs.period import Period
from tenantry.governance.costs.service import fetch_regularly
from tenantry.governance.resources.models import Subscription
from tenantry.governance.resources.unused.ledger import keep_as_collected
from tenantry.governance.resources.unused.money import Spent, cost_source
from tenantry.observe.events import on_collected
from tenantry.platform.work import Work


@on_collected
def schedule_costs(work: Work, microsoft_tenant_id: UUID) -> None:
    """Once it is known that there are subscriptions."""
    tenant = work.session.one(MicrosoftTenant, microsoft_tenant_id)
    query = select(Subscription.id).where(Subscription.microsoft_tenant_id == microsoft_tenant_id).limit(1)
    if tenant.lifecycle is Lifecycle.ACTIVE and work.session.scalars(query).first() is not None:
        fetch_regularly(work, microsoft_tenant_id)


@cost_source
def billed(work: Work, microsoft_tenant_id: UUID, since: Mapping[str, date], until: date) -> Mapping[str, Spent]:
    return of_resources(work.session, microsoft_tenant_id, since, until)


@on_kept
def value_unused(work: Work, source: CostSource, _period: Period) -> None:
    """What is unused costs what is known now."""
    keep_as_collected(work, source.microsoft_tenant_id)
