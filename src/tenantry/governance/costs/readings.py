"""How old what is known of costs is."""

from collections.abc import Iterable

from prometheus_client import Metric
from prometheus_client.metrics_core import GaugeMetricFamily
from sqlalchemy import and_, func, select

from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.governance.costs.models import CostSource
from tenantry.observe.readings import age_family
from tenantry.platform.health.registry import Look, health_gauges


@health_gauges
def gauges(look: Look) -> Iterable[Metric]:
    """One query: the subscription of each Microsoft tenant whose costs are the oldest, and how many stand how."""
    here = and_(MicrosoftTenant.tenant_id == CostSource.tenant_id, MicrosoftTenant.id == CostSource.microsoft_tenant_id)
    active = select(CostSource.microsoft_tenant_id, func.min(CostSource.fetched_at)).join(MicrosoftTenant, here)
    active = active.where(MicrosoftTenant.lifecycle == Lifecycle.ACTIVE)
    ages = age_family()
    for key, oldest in look.session.execute(active.group_by(CostSource.microsoft_tenant_id)):
        if oldest is not None:
            ages.add_metric([str(key), "costs"], (look.now - oldest).total_seconds())
    yield ages
    yield _sources(look)


def _sources(look: Look) -> Metric:
    says = "Subscriptions by how their costs stand."
    family = GaugeMetricFamily("tenantry_cost_sources", says, labels=["state"])
    query = select(CostSource.state, func.count()).group_by(CostSource.state)
    for state, count in look.session.execute(query):
        family.add_metric([state.value], count)
    return family
