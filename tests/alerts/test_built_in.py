"""The five built-in rules, and the other metrics, over what collections, scans and bills have left behind."""

from datetime import date, timedelta
from typing import Any

import pytest
from tests.alerts.watch import GAUGE, Watch
from tests.governance.azure import disk, group, resource, subscription
from tests.support.cast import Cast
from tests.support.costs import explained, out_of_line
from tests.support.observed import Observed
from tests.support.posture import judged

from tenantry.alerts.evaluation import evaluator
from tenantry.alerts.models import Alert, AlertState
from tenantry.alerts.rules.service import Rules
from tenantry.alerts.service import AlertFilter, Alerts
from tenantry.estate.metering import Reading, metric_named
from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.governance.compliance.models import ComplianceDay, ScoreKind
from tenantry.governance.costs.models import CostDay, CostEntry, CostSource
from tenantry.kit.clock import SettableClock
from tenantry.kit.pagination import PageQuery
from tenantry.microsoft.cost import CostState
from tenantry.observe.models import Collection, Outcome
from tenantry.platform.work import Platform
from tenantry.posture.controls.catalogue import DEFAULT_BENCHMARK, controls_of
from tenantry.posture.evaluation import Verdict
from tenantry.posture.verdicts import Status

DAY = timedelta(days=1)


class Estate(Watch):
    """What happened in Contoso."""

    def bill(self, *days: tuple[str, float], currency: str = "EUR", state: CostState = CostState.AVAILABLE) -> None:
        """What each day cost; the ledger is known up to the last of them."""
        dated = [(date.fromisoformat(day), round(amount * 1_000_000)) for day, amount in days]
        with self.platform.work(self.alice) as work:
            for day, micros in dated:
                owner = {"microsoft_tenant_id": self.contoso, "day": day, "currency": currency}
                work.session.add(CostDay(**owner, micros=micros))
            work.session.add(
                CostSource(
                    microsoft_tenant_id=self.contoso,
                    subscription_key=f"sub-{currency}",
                    state=state,
                    first_day=dated[0][0],
                    last_day=dated[-1][0],
                    fetched_at=self.clock.now(),
                    attempted_at=self.clock.now(),
                )
            )

    def read(self, name: str) -> dict[str, Reading]:
        """The readings of Contoso by subject."""
        metric = metric_named(name)
        assert metric is not None
        with self.platform.work(evaluator(self.alice.tenant_id), read_only=True) as work:
            return {one.subject: one for one in metric.read(work, frozenset({self.contoso}))}

    def found(self, built_in: str) -> list[Alert]:
        """The alerts of a built-in rule after an evaluation, the newest first."""
        self.evaluate()
        with self.platform.work(self.alice, read_only=True) as work:
            rule = next(row for row in Rules(work).all() if row.built_in == built_in)
            rows = Alerts(work).page(AlertFilter(rule_id=rule.id, microsoft_tenant_id=self.contoso), PageQuery()).items
            return list(rows)

    def scan(self, failing: int) -> None:
        controls = [one.key for one in controls_of(DEFAULT_BENCHMARK)][:failing]
        judged(self.platform, self.alice, self.contoso, *(Verdict(key, Status.FAIL, "Open.") for key in controls))
        self.clock.advance(timedelta(hours=1))

    def attempt(self, outcome: Outcome, times: int) -> None:
        now = self.clock.now()
        with self.platform.work(self.alice) as work:
            for number in range(times):
                row: dict[str, Any] = {"dataset": f"test.{number}", "outcome": outcome, "is_delta": False}
                moments = {"started_at": now, "finished_at": now}
                work.session.add(Collection(microsoft_tenant_id=self.contoso, **row, **moments))


@pytest.fixture
def estate(platform: Platform, clock: SettableClock, cast: Cast) -> Estate:
    return Estate(platform, clock, cast)


def test_a_cost_spike_needs_a_share_and_an_amount(estate: Estate) -> None:
    estate.bill(("2026-11-22", 100), ("2026-11-23", 121))
    (alert,) = estate.found("cost-spike")
    assert (alert.subject, alert.value, alert.previous) == ("EUR", 21.0, 100.0)
    assert alert.as_of is not None
    assert alert.as_of.date() == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("days", "currency"),
    [
        ([("2026-11-22", 40.0), ("2026-11-23", 49.0)], "EUR"),
        ([("2026-11-22", 1000.0), ("2026-11-23", 2000.0)], "JPY"),
        ([("2026-11-22", 100.0), ("2026-11-23", 120.0)], "EUR"),
        ([("2026-11-22", 100.0), ("2026-11-23", 20.0)], "EUR"),
        ([("2026-11-22", 0.0), ("2026-11-23", 900.0)], "EUR"),
        ([("2026-11-23", 900.0)], "EUR"),
    ],
    ids=["less than the floor", "little yen", "20 percent", "a drop", "from nothing", "one day is no change"],
)
def test_what_is_no_cost_spike(estate: Estate, days: list[tuple[str, float]], currency: str) -> None:
    estate.bill(*days, currency=currency)
    assert estate.found("cost-spike") == []


def test_costs_of_subscriptions_known_to_different_days_are_not_compared(estate: Estate) -> None:
    estate.bill(("2026-11-22", 100), ("2026-11-23", 200))
    estate.bill(("2026-11-19", 5), ("2026-11-20", 5), currency="USD")
    (reading,) = estate.read("cost.daily_change_percent").values()
    assert (reading.value, reading.state) == (None, "not_known")
    assert estate.found("cost-spike") == []


def test_a_drop_of_the_posture_score_is_of_two_scans_of_the_same(estate: Estate) -> None:
    assert estate.read("compliance.score_drop")["CIS posture"].value is None
    estate.scan(failing=2)
    assert estate.found("compliance-drop") == []
    estate.scan(failing=20)
    total = len(controls_of(DEFAULT_BENCHMARK))
    (alert,) = estate.found("compliance-drop")
    assert (alert.subject, alert.value) == ("CIS posture", round(100 * 18 / total, 2))
    estate.scan(failing=20)
    (alert,) = estate.found("compliance-drop")
    assert alert.state is AlertState.RESOLVED
    assert estate.read("posture.open_failures")[""].value == 20


def complies(estate: Estate, day: date, score: int | None, noncompliant: int) -> None:
    with estate.platform.work(estate.alice) as work:
        row = ComplianceDay(microsoft_tenant_id=estate.contoso, day=day, kind=ScoreKind.MICROSOFT_TENANT, scope_key="")
        row.score, row.noncompliant, row.collected_at = score, noncompliant, estate.clock.now()
        work.session.add(row)


def test_a_drop_of_what_azure_policy_says_is_of_two_days_that_are_known(estate: Estate) -> None:
    today = estate.clock.now().date()
    assert estate.read("compliance.score_drop")["Azure Policy"].state == "not_known"
    complies(estate, today - 6 * DAY, 9000, 10)
    assert estate.found("compliance-drop") == []
    complies(estate, today - 5 * DAY, None, 0)  # nothing was judged, which is no score of zero
    complies(estate, today - 3 * DAY, 8300, 17)
    reading = estate.read("compliance.score_drop")["Azure Policy"]
    assert (reading.value, reading.previous, reading.size) == (7.0, 90.0, 7.0)
    (alert,) = estate.found("compliance-drop")
    assert (alert.subject, alert.value) == ("Azure Policy", 7.0)
    complies(estate, today, 8400, 16)
    (alert,) = estate.found("compliance-drop")
    assert alert.state is AlertState.RESOLVED


def test_anomalies_count_until_somebody_explains_them(estate: Estate) -> None:
    assert estate.read("cost.unexplained_anomalies") == {}
    estate.bill(("2026-11-22", 100.0))
    assert estate.read("cost.unexplained_anomalies")[""].value == 0
    key = out_of_line(estate.platform, estate.alice, estate.contoso)
    out_of_line(estate.platform, estate.alice, estate.contoso, estate.clock.now().date() - 40 * DAY)
    assert estate.read("cost.unexplained_anomalies")[""].value == 1
    explained(estate.platform, estate.alice, key, "A migration.")
    assert estate.read("cost.unexplained_anomalies")[""].value == 0


def test_a_microsoft_tenant_that_is_not_collected_is_stale(estate: Estate) -> None:
    seen = Observed(estate.platform, estate.alice, estate.contoso)
    estate.clock.advance(20 * timedelta(hours=1))
    seen.collect(entra_organization=[{"id": "x"}])
    estate.clock.advance(DAY)
    assert estate.found("stale-sync") == []
    estate.clock.advance(timedelta(hours=1))
    seen.refuse("entra.organization")
    (alert,) = estate.found("stale-sync")
    assert (alert.value, alert.is_live) == (25.0, True)
    seen.collect(entra_organization=[{"id": "x"}])
    assert [row.state for row in estate.found("stale-sync")] == [AlertState.RESOLVED], "evaluated with the collection"


def test_a_paused_microsoft_tenant_is_left_alone_and_an_offboarded_one_is_done_with(estate: Estate) -> None:
    estate.clock.advance(2 * DAY)
    assert estate.found("stale-sync")[0].is_live
    for lifecycle, is_live in ((Lifecycle.PAUSED, True), (Lifecycle.OFFBOARDED, False)):
        with estate.platform.work(estate.alice) as work:
            work.session.one(MicrosoftTenant, estate.contoso).lifecycle = lifecycle
        assert estate.found("stale-sync")[0].is_live == is_live


def test_more_than_ten_errors_in_an_hour(estate: Estate) -> None:
    assert estate.read("api.errors_per_hour")[""].value is None, "nothing was asked, so nothing is known"
    estate.attempt(Outcome.NO_ACCESS, 30)
    estate.attempt(Outcome.FAILED, 6)
    estate.attempt(Outcome.THROTTLED, 4)
    assert estate.read("api.errors_per_hour")[""].value == 10
    assert estate.found("api-errors") == []
    estate.attempt(Outcome.PARTIAL, 1)
    assert estate.found("api-errors")[0].value == 11
    estate.clock.advance(timedelta(hours=2))
    assert estate.found("api-errors")[0].is_live, "that nobody asks any more mends nothing"
    estate.attempt(Outcome.COMPLETE, 1)
    assert not estate.found("api-errors")[0].is_live


def test_idle_resources_cost_at_least_what_their_groups_cost(estate: Estate) -> None:
    seen = Observed(estate.platform, estate.alice, estate.contoso)
    items = [disk("left", within="rg-old"), disk("beside", within="rg-shop"), resource("vm-1", within="rg-shop")]
    seen.collect(
        azure_subscriptions=[subscription()],
        azure_resource_groups=[group("rg-old"), group("rg-shop")],
        azure_resources=items,
    )
    assert estate.read("resources.idle_monthly_cost")[""].state == "not_known", "no cost is known"
    key = str(subscription()["subscriptionId"])
    with estate.platform.work(estate.alice) as work:
        for back, place, amount in ((3, "rg-old", 60), (4, "rg-old", 45), (3, "rg-shop", 900), (40, "rg-old", 900)):
            day = estate.clock.now().date() - back * DAY
            facts = {"microsoft_tenant_id": estate.contoso, "day": day, "currency": "USD", "micros": amount * 10**6}
            work.session.add(CostEntry(**facts, subscription_key=key, group_key=place, service="Storage"))
            if place == "rg-shop":
                work.session.add(CostDay(**facts))
    reading = estate.read("resources.idle_monthly_cost")["USD"]
    assert (reading.value, reading.at_least) == (105.0, True)
    (alert,) = estate.found("idle-resources")
    assert (alert.value, alert.currency, alert.severity.value) == (105.0, "USD", "info")
    assert estate.told() == [], "that is for the weekly digest"
    assert estate.read("resources.orphans")[""].value == 2


def test_figures_whose_newest_collection_failed_are_not_known(estate: Estate) -> None:
    people = [{"id": f"u{number}", "accountEnabled": True, "userType": "Member"} for number in range(4)]
    details = [{"id": f"u{number}", "isMfaCapable": number > 0} for number in range(4)]
    seen = Observed(estate.platform, estate.alice, estate.contoso)
    assert estate.read("identity.mfa_share")[""].state == "never"
    seen.collect(entra_users=people, entra_registration_details=details)
    assert estate.read("identity.mfa_share")[""].value == 75
    seen.refuse("entra.registration_details")
    reading = estate.read("identity.mfa_share")[""]
    assert (reading.value, reading.state) == (None, "no_access")


def test_one_metric_that_cannot_be_read_does_not_keep_the_others(estate: Estate) -> None:
    with GAUGE.connected():
        estate.add_rule()
        estate.evaluated(12)
        GAUGE.is_broken = True
        estate.clock.advance(2 * DAY)
        assert len(estate.found("stale-sync")) == 1
        assert estate.alert().is_live
