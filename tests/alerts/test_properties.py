"""Whatever numbers come and whatever people do: one alert per fingerprint, and no message without a transition."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from tests.alerts.watch import TESTED, Watch

from tenantry.alerts.models import Alert, AlertEvent, AlertState, EventKind
from tenantry.alerts.service import Alerts
from tenantry.kit.db import DatabaseUrls
from tenantry.kit.errors import Conflict
from tenantry.platform.notify.models import Notification

TOLD = {EventKind.OPENED, EventKind.SNOOZE_ENDED, EventKind.ESCALATED, EventKind.RESOLVED}
RULE = "Rule of"
STEPS = st.one_of(
    st.tuples(st.just("reads"), st.one_of(st.none(), st.integers(0, 20))),
    st.tuples(st.sampled_from(["evaluate", "acknowledge", "snooze", "wake", "resolve"]), st.integers(0, 15)),
)


@pytest.fixture
def database_urls(sqlite_urls: DatabaseUrls) -> DatabaseUrls:
    """The decisions are the same on both databases; here it is their sequence that is looked for."""
    return sqlite_urls


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=14), margin=st.integers(0, 4), readings=st.integers(1, 3), quiet=st.booleans())
def test_one_alert_and_one_message_per_transition(
    watch: Watch, steps: list[tuple[str, Any]], margin: int, readings: int, quiet: bool
) -> None:
    night = {"begin": "09:30", "end": "15:00", "time_zone": "UTC"} if quiet else None
    watch.add_rule(name=f"{RULE} {watch.clock.now()}", margin=margin, readings=readings, quiet=night, escalate_after=45)
    for verb, value in steps:
        watch.clock.advance(timedelta(minutes=7))
        if verb == "reads":
            watch.reads(value)
        elif verb == "evaluate":
            watch.evaluate(timedelta(minutes=10 * value))
        else:
            _act(watch, verb, value)
        _holds(watch)
    watch.evaluate(timedelta(days=1))
    _holds(watch)
    _forget(watch)


def _act(watch: Watch, verb: str, hours: int) -> None:
    live = [row for row in watch.alerts() if row.state is not AlertState.RESOLVED]
    arguments: tuple[Any, ...] = {
        "acknowledge": ("It is seen to",),
        "snooze": (watch.clock.now() + timedelta(hours=hours + 1), "Later"),
        "resolve": ("It is over",),
        "wake": (),
    }[verb]
    for row in live:
        try:
            with watch.platform.work(watch.alice) as work:
                getattr(Alerts(work), verb)(row.id, *arguments)
        except Conflict:
            continue


def _holds(watch: Watch) -> None:
    with watch.platform.work(watch.alice, read_only=True) as work:
        alerts = work.session.scalars(select(Alert).where(Alert.metric == TESTED.name)).all()
        of_these = AlertEvent.alert_id.in_([row.id for row in alerts])
        events = work.session.scalars(select(AlertEvent).where(of_these)).all()
        messages = work.session.scalars(select(Notification).where(Notification.subject.contains(RULE))).all()
    live = Counter(row.fingerprint for row in alerts if row.state is not AlertState.RESOLVED)
    assert not live or max(live.values()) == 1
    told = [event for event in events if event.told_at is not None]
    assert len(messages) == sum(event.channels for event in told) == len(told), (
        "one channel, one message per transition"
    )
    assert {event.kind for event in told} <= TOLD
    for alert in alerts:
        kinds = Counter(event.kind for event in events if event.alert_id == alert.id)
        assert kinds[EventKind.OPENED] == 1
        assert kinds[EventKind.ESCALATED] <= 1
        assert kinds[EventKind.RESOLVED] == (alert.state is AlertState.RESOLVED)
        assert kinds[EventKind.ACKNOWLEDGED] == (alert.acknowledged_at is not None)


def _forget(watch: Watch) -> None:
    """The next example begins without what this one left."""
    watch.reads(None)
    with watch.platform.work(watch.alice) as work:
        for model in (Notification, AlertEvent, Alert):
            work.session.execute(delete(model))
    watch.change_rule(is_enabled=False)
    watch.evaluate()
    with watch.platform.work(watch.alice) as work:
        work.session.execute(delete(Notification))
