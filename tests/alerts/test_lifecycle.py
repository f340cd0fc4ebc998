"""An alert opens, is acknowledged, and resolved; people are told of each of these once, and of nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.alerts.watch import Watch

from tenantry.alerts.models import AlertState
from tenantry.kit.errors import Conflict, InvalidInput

HOUR = timedelta(hours=1)
OPENED, RESOLVED = "Too many things, Contoso", "Resolved: Too many things, Contoso"


def test_a_changing_number_is_the_same_alert(watch: Watch) -> None:
    watch.add_rule()
    watch.evaluated(5)
    assert watch.alerts() == []
    for value in (12, 40, 11, 12.5):
        watch.evaluated(value)
        watch.evaluate(HOUR)
    (alert,) = watch.alerts()
    assert (alert.value, alert.state, alert.condition) == (
        12.5,
        AlertState.OPEN,
        "above 10 things".replace(" th", "\u202fth"),
    )
    assert watch.told() == [OPENED]
    watch.evaluated(10)
    watch.evaluate(HOUR)
    assert watch.told() == [OPENED, RESOLVED]
    assert watch.alerts()[0].resolved_by is None
    watch.evaluated(20)
    assert [row.state.value for row in watch.alerts()] == ["resolved", "open"]
    assert watch.told() == [OPENED, RESOLVED, OPENED]


def test_what_is_acknowledged_stays_quiet_until_it_is_resolved(watch: Watch) -> None:
    watch.add_rule(escalate_after=30)
    watch.evaluated(12)
    row = watch.acts("acknowledge", "We are on it")
    assert (row.state, row.acknowledged_by) == (AlertState.ACKNOWLEDGED, watch.cast.alice.email)
    for value in (50, 90, 11):
        watch.evaluated(value)
        watch.evaluate(HOUR)
    assert watch.told() == [OPENED]
    with pytest.raises(Conflict):
        watch.acts("acknowledge", "Me too")
    watch.evaluated(1)
    assert watch.told() == [OPENED, RESOLVED]
    assert watch.kinds() == ["opened", "acknowledged", "resolved"]


def test_what_is_not_known_neither_opens_nor_resolves(watch: Watch) -> None:
    watch.add_rule()
    watch.evaluated(None)
    assert watch.alerts() == []
    watch.evaluated(12)
    watch.evaluated(None, note="A permission is missing.")
    alert = watch.alert()
    assert (alert.value, alert.reading_state, alert.reading_note) == (12, "no_access", "A permission is missing.")
    watch.evaluated(3)
    assert watch.alerts()[0].state is AlertState.RESOLVED


def test_a_snooze_ends_and_says_so(watch: Watch) -> None:
    watch.add_rule()
    watch.evaluated(12)
    watch.acts("snooze", watch.clock.now() + 3 * HOUR, "The change is tonight")
    watch.evaluate(2 * HOUR)
    assert watch.told() == [OPENED]
    watch.evaluate(HOUR)
    watch.evaluate(HOUR)
    assert watch.told() == [OPENED, f"Still open: {OPENED}"]
    watch.acts("snooze", watch.clock.now() + HOUR, "Once more")
    watch.evaluated(2)
    watch.evaluate(2 * HOUR)
    assert watch.told()[2:] == [RESOLVED]
    assert watch.kinds() == ["opened", "snoozed", "snooze_ended", "snoozed", "resolved"]


def test_a_snooze_needs_an_end(watch: Watch) -> None:
    watch.add_rule()
    watch.evaluated(12)
    for until in (watch.clock.now(), watch.clock.now() + timedelta(days=91)):
        with pytest.raises(InvalidInput):
            watch.acts("snooze", until, "For ever")
    with pytest.raises(Conflict):
        watch.acts("wake")


def test_what_people_resolve_comes_back_only_with_something_new(watch: Watch) -> None:
    watch.add_rule()
    watch.evaluated(12)
    watch.acts("resolve", "It was a test")
    watch.evaluate(HOUR)
    assert watch.told() == [OPENED, RESOLVED]
    watch.evaluated(12)
    assert [row.state.value for row in watch.alerts()] == ["resolved", "open"]
    assert watch.told() == [OPENED, RESOLVED, OPENED]


def test_escalated_is_once_and_only_what_nobody_acknowledged(watch: Watch) -> None:
    chief = watch.add_channel("Chief", events=[])
    watch.add_rule(escalate_after=30, escalate_to=[str(chief)])
    watch.evaluated(12)
    watch.evaluate(timedelta(minutes=29))
    assert watch.told("Chief") == []
    watch.evaluate(timedelta(minutes=1))
    watch.evaluate(HOUR)
    assert watch.told("Chief") == [f"Not acknowledged: {OPENED}"]
    assert watch.told("Everybody") == [OPENED]


def test_what_falls_in_quiet_hours_waits_until_they_end(watch: Watch) -> None:
    """Nine in the evening in Berlin is eight in UTC. Both customers have trouble, and one of them recovers."""
    quiet = {"begin": "21:00", "end": "07:00", "time_zone": "Europe/Berlin"}
    watch.add_rule(quiet=quiet, escalate_after=30)
    watch.clock.at = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)
    watch.reads(12, watch.fabrikam)
    watch.evaluated(12)
    watch.evaluate(5 * HOUR)
    watch.evaluated(3)
    watch.clock.at = datetime(2026, 11, 25, 5, 59, tzinfo=UTC)
    watch.evaluate()
    assert watch.told() == []
    watch.evaluate(timedelta(minutes=1))
    assert watch.told() == ["Too many things, Fabrikam"], "nobody is told of what came and went at night"
    watch.evaluate(timedelta(minutes=29))
    assert len(watch.told()) == 1, "the time to acknowledge runs from when people were told"
    watch.evaluate(timedelta(minutes=1))
    assert watch.told()[1:] == ["Not acknowledged: Too many things, Fabrikam"]


def test_many_of_one_rule_are_one_message(watch: Watch) -> None:
    watch.add_rule()
    watch.reads(30, watch.fabrikam, "a")
    watch.reads(20, watch.fabrikam, "b")
    watch.evaluated(12)
    (message,) = watch.messages()
    assert message.subject == "Too many things, 3 alerts"
    assert message.sections[0].lines == [
        "Contoso: 12\u202fthings",
        "Fabrikam, a: 30\u202fthings",
        "Fabrikam, b: 20\u202fthings",
    ]
    assert [one["state"] for one in message.data["alerts"]] == ["open"] * 3


def test_a_rule_may_tell_of_each_by_itself(watch: Watch) -> None:
    watch.add_rule(is_grouped=False)
    watch.reads(30, watch.fabrikam)
    watch.evaluated(12)
    assert sorted(watch.told()) == ["Too many things, Contoso", "Too many things, Fabrikam"]


def test_each_channel_is_told_of_its_own_microsoft_tenants(watch: Watch) -> None:
    watch.add_channel("Team Contoso", microsoft_tenant_ids=[str(watch.contoso)])
    watch.add_rule()
    watch.reads(30, watch.fabrikam)
    watch.evaluated(12)
    assert watch.told("Team Contoso") == ["Too many things, Contoso"]
    assert watch.told("Everybody") == ["Too many things, 2 alerts"]


def test_a_rule_may_name_its_channels_or_none(watch: Watch) -> None:
    team = watch.add_channel("Team", events=[])
    watch.add_rule(channel_ids=[str(team)])
    watch.evaluated(12)
    assert (watch.told("Team"), watch.told("Everybody")) == ([OPENED], [])
    watch.change_rule(channel_ids=[])
    watch.evaluated(2)
    assert watch.told() == [OPENED]


def test_guards_keep_small_things_from_being_alerts(watch: Watch) -> None:
    watch.add_rule(floors={"EUR": 50, "*": 10}, min_previous=5)
    for facts in ({"size": 40}, {"size": None}, {"size": 60, "previous": 4}, {"size": 60, "previous": None}):
        watch.evaluated(99, currency="EUR", **{"previous": 100.0, **facts})
        assert watch.alerts() == [], facts
    watch.evaluated(99, currency="USD", size=11.0, previous=6.0)
    assert watch.alert().value == 99


def test_an_alert_lasts_through_the_margin(watch: Watch) -> None:
    watch.add_rule(margin=3)
    watch.evaluated(12)
    watch.evaluated(8)
    assert watch.alert().value == 8
    watch.evaluated(7)
    assert watch.alerts()[0].state is AlertState.RESOLVED


def test_only_another_fact_counts_as_another_reading(watch: Watch) -> None:
    watch.add_rule(readings=3)
    at = watch.clock.now()
    for _ in range(4):
        watch.evaluated(12, as_of=at)
    assert watch.alerts() == []
    watch.evaluated(12, as_of=at + HOUR)
    watch.evaluated(3, as_of=at + 2 * HOUR)
    for hours in (3, 4):
        watch.evaluated(12, as_of=at + hours * HOUR)
    assert watch.alerts() == []
    watch.evaluated(12, as_of=at + 5 * HOUR)
    assert watch.alert().condition.endswith("3 times in a row")


def test_a_rule_that_is_switched_off_takes_its_alerts_along(watch: Watch) -> None:
    watch.add_rule()
    watch.evaluated(12)
    watch.change_rule(is_enabled=False)
    watch.evaluate()
    assert watch.alerts()[0].state is AlertState.RESOLVED
    assert watch.told() == [OPENED], "whoever has switched it off knows"


def test_a_rule_for_some_leaves_the_others_alone(watch: Watch) -> None:
    watch.add_rule(microsoft_tenant_ids=[str(watch.fabrikam)])
    watch.reads(12, watch.fabrikam)
    watch.evaluated(12)
    assert [row.microsoft_tenant_id for row in watch.alerts()] == [watch.fabrikam]
    watch.change_rule(microsoft_tenant_ids=[str(watch.contoso)])
    watch.evaluate()
    assert watch.alert().microsoft_tenant_id == watch.contoso


def test_a_lower_bound_below_the_threshold_says_nothing(watch: Watch) -> None:
    watch.add_rule()
    watch.evaluated(3, at_least=True)
    assert watch.alerts() == []
    watch.evaluated(12, at_least=True)
    watch.evaluated(3, at_least=True)
    assert watch.alert().value == 3
