"""How Microsoft answers, over all Microsoft tenants."""

from collections.abc import Iterable

from prometheus_client import Metric
from prometheus_client.metrics_core import GaugeMetricFamily
from sqlalchemy import func, select

from tenantry.estate.microsoft_apis.queries import counts, unasked
from tenantry.estate.models import Connection, Lifecycle, MicrosoftTenant
from tenantry.platform.health.registry import Look, Part, Status, health_gauges, health_part
from tenantry.platform.tenancy.models import Tenant


@health_part("microsoft")
def microsoft(look: Look) -> Part:
    """Counts only: which Microsoft tenant it is stands in `/health/detailed/microsoft`."""
    services, never = counts(look), unasked(look)
    total = {status: sum(some.get(status.value, 0) for some in services.values()) for status in Status}
    facts = {"services": services, "microsoft_tenants_never_asked": never}
    if not services:
        return Part(Status.UNKNOWN, "Nothing has been asked of Microsoft yet.", facts)
    if total[Status.FAILING] and not total[Status.OK]:
        return Part(Status.FAILING, "No service of Microsoft answers.", facts)
    if total[Status.FAILING] or total[Status.DEGRADED]:
        return Part(Status.DEGRADED, "Some services do not answer for some Microsoft tenants.", facts)
    return Part(Status.OK, "Microsoft answers.", facts)


@health_gauges
def gauges(look: Look) -> Iterable[Metric]:
    says = "Microsoft tenants by how a service answers for them."
    answering = GaugeMetricFamily("tenantry_microsoft_apis", says, labels=["service", "status"])
    for service, some in counts(look).items():
        for status in Status:
            answering.add_metric([service, status.value], some.get(status.value, 0))
    yield answering
    yield _microsoft_tenants(look)


def _microsoft_tenants(look: Look) -> Metric:
    says = "Microsoft tenants by lifecycle and by the result of the last sign-in."
    family = GaugeMetricFamily("tenantry_microsoft_tenants", says, labels=["lifecycle", "connection"])
    by = (MicrosoftTenant.lifecycle, MicrosoftTenant.connection)
    query = select(*by, func.count()).join(Tenant, Tenant.id == MicrosoftTenant.tenant_id).group_by(*by)
    found = {(lifecycle, connection): count for lifecycle, connection, count in look.session.execute(query)}
    for lifecycle in Lifecycle:
        for connection in Connection:
            family.add_metric([lifecycle.value, connection.value], found.get((lifecycle, connection), 0))
    return family
