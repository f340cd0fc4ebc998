"""Costs as tests want them: known, and out of line."""

from datetime import date, timedelta
from uuid import UUID

from tenantry.governance.anomalies.incidents import Level
from tenantry.governance.anomalies.models import CostAnomaly
from tenantry.governance.anomalies.service import Anomalies
from tenantry.governance.costs.models import CostEntry, CostSource
from tenantry.microsoft.cost import CostState
from tenantry.platform.access import Actor
from tenantry.platform.work import Platform

SUBSCRIPTION = "0f4c0d2e-1111-4222-8333-444455556666"
_DAY = timedelta(days=1)


def out_of_line(
    platform: Platform, actor: Actor, microsoft_tenant_id: UUID, day: date | None = None, name: str = "rg-shop"
) -> UUID:
    """A resource group that cost five more than expected on a day, five days ago unless told otherwise."""
    with platform.work(actor) as work:
        at = day or work.clock.now().date() - 5 * _DAY
        owner = {"microsoft_tenant_id": microsoft_tenant_id, "subscription_key": SUBSCRIPTION}
        row = CostAnomaly(**owner, level=Level.GROUP, name=name[:400], currency="EUR", is_increase=True)
        row.first_day = row.last_day = at
        row.days, row.expected, row.actual = {at.isoformat(): [1_000_000, 6_000_000]}, 1_000_000, 6_000_000
        row.movers = [{"level": Level.SERVICE.value, "name": name, "micros": 5_000_000}]
        row.found_at = work.clock.now()
        work.session.add(row)
        work.session.flush()
        return row.id


def billed(platform: Platform, actor: Actor, microsoft_tenant_id: UUID, name: str = "rg-shop") -> None:
    """Sixty days of one service in one resource group, both called so, known until yesterday."""
    with platform.work(actor) as work:
        now = work.clock.now()
        owner = {"microsoft_tenant_id": microsoft_tenant_id, "subscription_key": SUBSCRIPTION}
        source = CostSource(**owner, state=CostState.AVAILABLE, attempted_at=now, fetched_at=now)
        source.first_day, source.last_day = now.date() - 60 * _DAY, now.date() - _DAY
        work.session.add(source)
        for number in range(60):
            row = CostEntry(**owner, day=source.first_day + number * _DAY, group_key=name[:256], service=name[:200])
            row.currency, row.micros = "EUR", 1_000_000
            work.session.add(row)


def explained(platform: Platform, actor: Actor, anomaly_id: UUID, reason: str) -> None:
    with platform.work(actor) as work:
        Anomalies(work).explain(anomaly_id, reason)
