"""Several who evaluate at the same moment: one alert, one history, one message."""

import threading
from collections.abc import Callable

from sqlalchemy import select
from tests.alerts.watch import Watch

from tenantry.alerts.models import AlertEvent


def test_two_evaluations_at_once_are_one_alert(watch: Watch) -> None:
    watch.add_rule(escalate_after=5)
    for number in range(10):
        watch.reads(20 + number, subject=f"thing {number}")
    _at_once(watch.evaluate, 4)
    assert len(watch.alerts()) == 10
    assert watch.told() == ["Too many things, 10 alerts"]
    with watch.platform.work(watch.alice, read_only=True) as work:
        assert len(work.session.scalars(select(AlertEvent)).all()) == 10


def test_evaluating_while_somebody_acknowledges_loses_neither(watch: Watch) -> None:
    watch.add_rule()
    watch.evaluated(12)
    key = watch.alert().id
    watch.reads(40)
    _at_once([watch.evaluate, lambda: watch.acts("acknowledge", "I have it"), watch.evaluate], 1)
    alert = watch.alert()
    assert (alert.id, alert.state.value, alert.value) == (key, "acknowledged", 40)
    assert watch.kinds() == ["opened", "acknowledged"]


def _at_once(acts: Callable[[], object] | list[Callable[[], object]], times: int) -> None:
    begin, failures = threading.Barrier(len(acts) if isinstance(acts, list) else times), list[BaseException]()

    def run(act: Callable[[], object]) -> None:
        begin.wait()
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - told by the test's own thread
            failures.append(error)

    wanted = acts if isinstance(acts, list) else [acts] * times
    threads = [threading.Thread(target=run, args=(act,)) for act in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
