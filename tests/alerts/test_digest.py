"""Once a week, people are told what nothing uses and what of that is known to cost money."""

from datetime import UTC, datetime, timedelta

from tests.alerts.watch import Watch
from tests.governance.azure import disk, group, subscription
from tests.support.observed import Observed

from tenantry.alerts.digest import send_digest
from tenantry.alerts.evaluation import evaluator
from tenantry.governance.costs.models import CostDay, CostEntry

IDLE = ["alert.idle_resources"]
MONDAY = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)


def test_the_week_s_idle_resources_are_told_once(watch: Watch) -> None:
    watch.add_channel("Engineers", events=IDLE)
    watch.add_channel("Fabrikam's own", events=IDLE, microsoft_tenant_ids=[str(watch.fabrikam)])
    watch.add_channel("Problems", events=IDLE, only_problems=True)
    _orphans(watch)
    for moment in (MONDAY - timedelta(minutes=1), MONDAY, MONDAY + timedelta(hours=3), MONDAY + timedelta(days=6)):
        _at(watch, moment)
    (message,) = watch.messages("Engineers")
    assert message.subject == "Idle resources of the week: 2 in 1 Microsoft tenant"
    assert message.sections[0].lines == ["Contoso: 2 idle, 2 of kinds that cost money; 60.00 USD in 30 days"]
    assert message.data["microsoft_tenants"][0]["known_costs"] == {"USD": 60.0}
    assert watch.told("Fabrikam's own") == watch.told("Problems") == []
    _at(watch, MONDAY + timedelta(days=7))
    assert len(watch.told("Engineers")) == 2


def test_nothing_idle_is_no_digest(watch: Watch) -> None:
    watch.add_channel("Engineers", events=IDLE)
    _at(watch, MONDAY)
    assert watch.told("Engineers") == []


def _orphans(watch: Watch) -> None:
    Observed(watch.platform, watch.alice, watch.contoso).collect(
        azure_subscriptions=[subscription()],
        azure_resource_groups=[group("rg-old")],
        azure_resources=[disk("a", within="rg-old"), disk("b", within="rg-old")],
    )
    facts = {"microsoft_tenant_id": watch.contoso, "day": MONDAY.date() - timedelta(days=3), "currency": "USD"}
    with watch.platform.work(watch.alice) as work:
        place = {"subscription_key": subscription()["subscriptionId"], "group_key": "rg-old", "service": "Storage"}
        work.session.add(CostEntry(**facts, **place, micros=60_000_000))
        work.session.add(CostDay(**facts, micros=60_000_000))


def _at(watch: Watch, moment: datetime) -> None:
    watch.clock.at = moment
    with watch.platform.work(evaluator(watch.alice.tenant_id)) as work:
        send_digest(work)
