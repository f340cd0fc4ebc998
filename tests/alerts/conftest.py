"""A tenant whose alerts are watched: a metric that says what a test wants, and a clock that stands still."""

from collections.abc import Iterator

import pytest
from tests.alerts.watch import GAUGE, Watch
from tests.support.cast import Cast

from tenantry.kit.clock import SettableClock
from tenantry.platform.work import Platform


@pytest.fixture
def watch(platform: Platform, clock: SettableClock, cast: Cast) -> Iterator[Watch]:
    with GAUGE.connected():
        yield Watch(platform, clock, cast)
