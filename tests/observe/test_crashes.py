"""A collection whose worker is killed again and again, at moments chosen by a seed, ends as if nothing had happened."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.mscloudsim.cloud import Cloud
from tests.support import postgres
from tests.support.cast import Cast, Person, assemble

from tenantry.estate.schemas import MicrosoftTenantIn
from tenantry.estate.service import MicrosoftTenants
from tenantry.kit.clock import SystemClock
from tenantry.kit.crypto import Keyring, MasterKey
from tenantry.kit.db import Databases, DatabaseUrls
from tenantry.observe.datasets import all_datasets
from tenantry.observe.models import Collection, DatasetState, Observation, Outcome, StagedItem
from tenantry.platform.jobs import Jobs
from tenantry.platform.jobs.models import OPEN_STATES, Job, JobState
from tenantry.platform.work import Platform

KILLS = 4
KEY = MasterKey.generate_text()


@pytest.fixture
def platform(databases: Databases) -> Platform:
    return Platform(databases, Keyring([MasterKey.from_text(KEY, "test")]), SystemClock())


@pytest.fixture
def cast(platform: Platform) -> Cast:
    return assemble(platform)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """Slow enough that a kill finds requests under way."""
    command = [sys.executable, "-m", "mscloudsim", "serve", "--json", "--port", "0", "--latency", "20-60"]
    command += ["--users", "1200", "--tenants", "4"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = Cloud(json.loads(process.stdout.readline())["url"], "", "")
        found.tenants = found.order("tenants", method="GET")
        yield found
        process.terminate()


@pytest.fixture
def start_worker(
    platform: Platform, database_urls: DatabaseUrls, cloud: Cloud, tmp_path: Path, postgres_port: int
) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    engine = f"sqlite:///{tmp_path / 'jobs.sqlite'}"
    if not platform.databases.is_sqlite:
        engine = postgres.urls(postgres_port, postgres.create_database(postgres_port)).owner
    databases = f"{database_urls.app},{database_urls.system},{database_urls.owner}"
    started: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "tests.support.worker", databases, engine, KEY, cloud.url]
        started.append(subprocess.Popen(command))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
    if not platform.databases.is_sqlite:
        postgres.drop_database(postgres_port, engine.rpartition("/")[2])


def ask(platform: Platform, person: Person, tenant: dict[str, Any]) -> tuple[UUID, UUID]:
    """Onboards the Microsoft tenant for this person's organisation; returns its id and the collection job's."""
    credential = {"kind": "client_secret", "client_id": tenant["client_id"], "value": tenant["client_secret"]}
    wanted = {"entra_tenant_id": tenant["id"], "name": tenant["name"], "credential": credential}
    with platform.work(person.actor) as work:
        row = MicrosoftTenants(work).add(MicrosoftTenantIn.model_validate(wanted), "simulator")
        job = Jobs(work).enqueue("observe.collect", {"microsoft_tenant_id": str(row.id)}, subject_id=row.id)
    return row.id, job.id


def read(platform: Platform, person: Person, query: Any) -> Any:
    with platform.work(person.actor, read_only=True) as work:
        return work.session.scalars(query).all()


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def asked_for(cloud: Cloud, requests: int) -> bool:
    total: int = cloud.order("stats", method="GET")["total"]
    return total >= requests


def finished(platform: Platform, person: Person, job_id: UUID) -> Job:
    def job() -> Job:
        (row,) = read(platform, person, select(Job).where(Job.id == job_id))
        found: Job = row
        return found

    until(lambda: job().state not in OPEN_STATES, "the job did not end")
    return job()


def current(platform: Platform, person: Person) -> dict[str, list[str]]:
    """What is known, by dataset. A current item is unique by an index; here it must be complete, too."""
    found: dict[str, list[str]] = {}
    for row in read(platform, person, select(Observation).where(Observation.seen_to.is_(None))):
        found.setdefault(row.dataset, []).append(row.item_key)
    return {dataset: sorted(keys) for dataset, keys in found.items()}


def test_killed_at_any_moment_a_collection_loses_and_doubles_nothing(
    platform: Platform, cast: Cast, cloud: Cloud, start_worker: Callable[[], "subprocess.Popen[bytes]"]
) -> None:
    tenant = cloud.customer(name="Contoso Health")
    _, first = ask(platform, cast.alice, tenant)
    worker = start_worker()
    assert finished(platform, cast.alice, first).state is JobState.SUCCEEDED
    requests = cloud.order("stats", method="GET")["total"]
    cloud.order("stats", method="DELETE")

    chance, made = random.Random(7), 0
    _, job_id = ask(platform, cast.charlie, tenant)
    for _ in range(KILLS):
        made += chance.randint(3, max(4, requests // (KILLS + 1)))
        until(partial(asked_for, cloud, made), "nothing is asked any more")
        time.sleep(chance.uniform(0, 0.05))
        worker.kill()
        worker.wait()
        worker = start_worker()
    ended = finished(platform, cast.charlie, job_id)

    assert (ended.state, ended.attempt, ended.error_code) == (JobState.SUCCEEDED, 1, None)
    assert current(platform, cast.charlie) == current(platform, cast.alice)
    states = {row.dataset: row.outcome for row in read(platform, cast.charlie, select(DatasetState))}
    assert states == {row.dataset: row.outcome for row in read(platform, cast.alice, select(DatasetState))}
    assert len(states) == len(all_datasets())
    assert Outcome.COMPLETE in states.values()
    assert read(platform, cast.charlie, select(StagedItem)) == []
    of_users = [row for row in read(platform, cast.charlie, select(Collection)) if row.dataset == "entra.users"]
    assert [(row.outcome, row.items) for row in of_users] == [
        (Outcome.COMPLETE, len(current(platform, cast.charlie)["entra.users"]))
    ]
    assert Outcome.RUNNING not in {row.outcome for row in read(platform, cast.charlie, select(Collection))}
