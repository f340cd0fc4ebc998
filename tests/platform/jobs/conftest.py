"""A workshop on each database, with a runner in this process where no worker has to die."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.platform.jobs import kinds
from tests.platform.jobs.workshop import Workshop
from tests.support import postgres
from tests.support.cast import Cast, assemble

from tenantry.kit.clock import SystemClock
from tenantry.kit.crypto import Keyring
from tenantry.kit.db import Databases, DatabaseUrls
from tenantry.platform.jobs.registry import kind_named
from tenantry.platform.jobs.runner import JobRunner
from tenantry.platform.work import Platform

assert kind_named("test.steps") is not None, kinds  # importing them has registered them


@pytest.fixture
def platform(databases: Databases, keyring: Keyring) -> Platform:
    """Jobs live by the real clock: processes beside this one look at it too."""
    return Platform(databases, keyring, SystemClock())


@pytest.fixture
def cast(platform: Platform) -> Cast:
    return assemble(platform)


@pytest.fixture
def jobs_url(platform: Platform, tmp_path: Path, postgres_port: int) -> Iterator[str]:
    """An empty database for the engine."""
    if platform.databases.is_sqlite:
        yield f"sqlite:///{tmp_path / 'jobs.sqlite'}"
        return
    name = postgres.create_database(postgres_port)
    yield postgres.urls(postgres_port, name).owner
    postgres.drop_database(postgres_port, name)


@pytest.fixture
def workshop(
    platform: Platform, cast: Cast, database_urls: DatabaseUrls, jobs_url: str, tmp_path: Path
) -> Iterator[Workshop]:
    shop = Workshop(platform, database_urls, jobs_url, tmp_path / "steps.log")
    yield shop
    shop.close()


@pytest.fixture
def runner(platform: Platform, cast: Cast, jobs_url: str) -> Iterator[JobRunner]:
    """A running one, in this process."""
    runner = JobRunner(platform, jobs_url, concurrency=8)
    runner.start()
    yield runner
    runner.stop()
