"""What was fetched of costs is judged at once."""

from tenantry.governance.anomalies.watch import watch
from tenantry.governance.costs.events import on_kept
from tenantry.governance.costs.models import CostSource
from tenantry.governance.costs.period import Period
from tenantry.platform.work import Work


@on_kept
def judge(work: Work, source: CostSource, fetched: Period) -> None:
    watch(work.session, source, fetched, work.clock.now())
