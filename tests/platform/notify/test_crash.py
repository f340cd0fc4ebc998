"""The worker dies, really killed, while it delivers and after it has delivered."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.platform.notify.office import Office, until
from tests.support.cast import Cast
from tests.support.sink import Answer, Sink

from tenantry.kit.clock import SystemClock
from tenantry.kit.crypto import Keyring, MasterKey
from tenantry.kit.db import Databases, DatabaseUrls
from tenantry.kit.secret import Secret
from tenantry.platform.notify.models import NotificationState
from tenantry.platform.notify.targets import TargetRules
from tenantry.platform.work import Platform
from tenantry.settings import Settings

KEY = MasterKey.generate_text()


@pytest.fixture
def database_urls(sqlite_urls: DatabaseUrls) -> DatabaseUrls:
    """That jobs survive on both is shown where jobs are tested."""
    return sqlite_urls


@pytest.fixture
def platform(databases: Databases) -> Platform:
    return Platform(databases, Keyring([MasterKey.from_text(KEY, "test")]), SystemClock())


@pytest.fixture
def start(
    database_urls: DatabaseUrls, jobs_url: str, settings: Settings
) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        urls = f"{database_urls.app},{database_urls.system},{database_urls.owner}"
        command = [sys.executable, "-m", "tests.support.worker", urls, jobs_url, KEY, settings.simulator_url]
        started.append(subprocess.Popen(command, cwd=Path(__file__).parents[3]))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_a_message_is_delivered_once_although_the_worker_dies(
    platform: Platform, cast: Cast, plain_sink: Sink, start: "Callable[[], subprocess.Popen[bytes]]", settings: Settings
) -> None:
    office = Office(platform, None, cast.alice, TargetRules.of(settings))  # type: ignore[arg-type]  # real time passes
    office.add(kind="teams", address=Secret(f"{plain_sink.url}/flow"))
    process = start()
    (delivered,) = office.tell(subject="delivered")
    until(lambda: office.row(delivered).state is NotificationState.DELIVERED, 90)
    plain_sink.plan = [Answer(after=30)]
    (interrupted,) = office.tell(subject="interrupted")
    until(lambda: len(plain_sink.posted) == 2)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert office.row(interrupted).state is NotificationState.WAITING, "nobody knows whether it arrived"
    start()
    until(lambda: office.row(interrupted).state is NotificationState.DELIVERED, 90)
    told = [b'"delivered"' in posted.body for posted in plain_sink.posted]
    assert told == [True, False, False], "only what was under way when the worker died comes again"
