"""Jobs as people meet them: they run, report, end, can be cancelled, and survive the death of their worker."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from tests.support import postgres, worker
from tests.support.cast import Cast, Person, assemble

from tenantry.kit.clock import SystemClock
from tenantry.kit.crypto import Keyring, MasterKey
from tenantry.kit.db import Databases, DatabaseUrls
from tenantry.kit.errors import Conflict, InvalidInput
from tenantry.kit.ids import new_id
from tenantry.platform.jobs import JobAlreadyRunning, Jobs
from tenantry.platform.jobs.models import Job, JobState
from tenantry.platform.work import Platform

KEY = MasterKey.generate_text()


STEPS = worker.steps.__name__  # importing the worker registers its jobs


@pytest.fixture
def platform(databases: Databases) -> Platform:
    """Jobs live by the real clock: processes beside this one look at it too."""
    return Platform(databases, Keyring([MasterKey.from_text(KEY, "test")]), SystemClock())


@pytest.fixture
def cast(platform: Platform) -> Cast:
    return assemble(platform)


class Workshop:
    """Enqueues jobs, starts and kills workers, reads what they did."""

    def __init__(self, platform: Platform, urls: DatabaseUrls, jobs_url: str, log: Path) -> None:
        self.platform, self.urls, self.jobs_url, self.log = platform, urls, jobs_url, log
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self, name: str = "local") -> subprocess.Popen[bytes]:
        ready = self.lines().count(f"worker {name} ready")
        databases = f"{self.urls.app},{self.urls.system},{self.urls.owner}"
        command = [sys.executable, "-m", "tests.support.worker", databases, self.jobs_url, KEY, name, str(self.log)]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, env={**os.environ, "PYTHONWARNINGS": "default"})
        self.workers.append(process)
        self.until(lambda: self.lines().count(f"worker {name} ready") > ready or process.poll() is not None, 30)
        assert process.poll() is None, process.stderr and process.stderr.read().decode()[-3000:]
        return process

    def enqueue(
        self, person: Person, kind: str = "test.steps", subject: UUID | None = None, **arguments: object
    ) -> UUID:
        with self.platform.work(person.actor) as work:
            return Jobs(work).enqueue(kind, arguments, subject_id=subject).id

    def job(self, person: Person, job_id: UUID) -> Job:
        with self.platform.work(person.actor, read_only=True) as work:
            return work.session.one(Job, job_id)

    def finished(self, person: Person, job_id: UUID, within: float = 20) -> Job:
        ends = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)
        self.until(lambda: self.job(person, job_id).state in ends, within)
        return self.job(person, job_id)

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    @staticmethod
    def until(condition: Callable[[], bool], seconds: float) -> float:
        started = time.monotonic()
        while not condition():
            if time.monotonic() - started > seconds:
                message = f"still waiting after {seconds} s"
                raise AssertionError(message)
            time.sleep(0.02)
        return time.monotonic() - started


@pytest.fixture
def workshop(
    platform: Platform, cast: Cast, database_urls: DatabaseUrls, tmp_path: Path, postgres_port: int
) -> Iterator[Workshop]:
    name = None if platform.databases.is_sqlite else postgres.create_database(postgres_port)
    jobs_url = f"sqlite:///{tmp_path / 'jobs.sqlite'}" if name is None else postgres.urls(postgres_port, name).owner
    shop = Workshop(platform, database_urls, jobs_url, tmp_path / "steps.log")
    yield shop
    for process in shop.workers:
        process.kill()
        process.wait()
        if process.stderr:
            process.stderr.close()
    if name is not None:
        postgres.drop_database(postgres_port, name)


def test_a_job_runs_reports_and_ends(workshop: Workshop, cast: Cast) -> None:
    workshop.start()
    job_id = workshop.enqueue(cast.alice, name="a", count=3, seconds=0.05)
    ended = workshop.finished(cast.alice, job_id)
    assert (ended.state, ended.done, ended.total) == (JobState.SUCCEEDED, 3, 3)
    assert ended.requested_by == cast.alice.email


def test_a_rolled_back_request_leaves_no_job(workshop: Workshop, cast: Cast) -> None:
    def enqueue_and_fail() -> None:
        with workshop.platform.work(cast.alice.actor) as work:
            Jobs(work).enqueue("test.steps", {"name": "never", "count": 1, "seconds": 0})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        enqueue_and_fail()
    workshop.start()
    workshop.finished(cast.alice, workshop.enqueue(cast.alice, name="after", count=1, seconds=0))
    assert not any(line.startswith("never") for line in workshop.lines())


def test_a_killed_worker_loses_nothing(workshop: Workshop, cast: Cast) -> None:
    process = workshop.start()
    jobs = [workshop.enqueue(cast.alice, name=f"job{n}", count=6, seconds=0.15) for n in range(3)]
    for kill_at in ("job0 1", "job1 3"):
        workshop.until(lambda line=kill_at: line in workshop.lines(), 20)  # type: ignore[misc]  # bound per round
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        steps = len(workshop.lines())
        process = workshop.start()
        resumed = workshop.until(lambda seen=steps: len(workshop.lines()) > seen + 1, 10)  # type: ignore[misc]
        assert resumed < 4, "a restarted worker goes on soon"
    for job_id in jobs:
        assert workshop.finished(cast.alice, job_id).state is JobState.SUCCEEDED
    for n in range(3):
        steps_run = [line for line in workshop.lines() if line.startswith(f"job{n} ") and not line.endswith("done")]
        assert {line.split()[1] for line in steps_run} == {str(number) for number in range(6)}
        assert len(steps_run) <= 6 + 2, "only the step a kill interrupted may run again"


def test_one_job_per_kind_and_subject(workshop: Workshop, cast: Cast) -> None:
    subject = new_id()
    first = workshop.enqueue(cast.alice, subject=subject, name="x", count=1, seconds=0)
    with pytest.raises(JobAlreadyRunning):
        workshop.enqueue(cast.alice, subject=subject, name="x", count=1, seconds=0)
    workshop.enqueue(cast.charlie, subject=subject, name="y", count=1, seconds=0)
    workshop.start()
    workshop.finished(cast.alice, first)
    workshop.enqueue(cast.alice, subject=subject, name="x", count=1, seconds=0)


def test_cancelling_takes_effect_within_two_seconds(workshop: Workshop, cast: Cast) -> None:
    workshop.start()
    job_id = workshop.enqueue(cast.alice, name="long", count=1, seconds=60)
    workshop.until(lambda: workshop.job(cast.alice, job_id).state is JobState.RUNNING, 10)
    with workshop.platform.work(cast.alice.actor) as work:
        Jobs(work).cancel(job_id)
    assert workshop.finished(cast.alice, job_id, within=4).state is JobState.CANCELLED
    with workshop.platform.work(cast.alice.actor) as work, pytest.raises(Conflict):
        Jobs(work).cancel(job_id)


def test_a_queued_job_is_cancelled_at_once(workshop: Workshop, cast: Cast) -> None:
    job_id = workshop.enqueue(cast.alice, name="never", count=1, seconds=0)
    with workshop.platform.work(cast.alice.actor) as work:
        Jobs(work).cancel(job_id)
    workshop.start()
    workshop.finished(cast.alice, workshop.enqueue(cast.alice, name="after", count=1, seconds=0))
    assert not any(line.startswith("never") for line in workshop.lines())


def test_failures_are_retried_and_then_told(workshop: Workshop, cast: Cast) -> None:
    workshop.start()
    recovers = workshop.enqueue(cast.alice, "test.fails", name="recovers", until=3)
    hopeless = workshop.enqueue(cast.alice, "test.fails", name="hopeless", until=99)
    assert workshop.finished(cast.alice, recovers).state is JobState.SUCCEEDED
    ended = workshop.finished(cast.alice, hopeless)
    assert (ended.state, ended.attempt, ended.error_message) == (JobState.FAILED, 3, "not yet")


def test_a_flooding_tenant_does_not_delay_its_neighbour(workshop: Workshop, cast: Cast) -> None:
    workshop.start()
    for n in range(30):
        workshop.enqueue(cast.alice, name=f"flood{n}", count=1, seconds=0.5)
    workshop.until(lambda: any(line.startswith("flood") for line in workshop.lines()), 10)
    started = time.monotonic()
    neighbour = workshop.enqueue(cast.charlie, name="neighbour", count=1, seconds=0)
    workshop.finished(cast.charlie, neighbour)
    waited = time.monotonic() - started
    left = 30 - sum(line.endswith("done") and line.startswith("flood") for line in workshop.lines())
    assert left > 10, "the flood was still there"
    assert waited < 2.0


@pytest.mark.parametrize("arguments", [{"when": object()}, {"text": "x" * 10_000}])
def test_arguments_that_are_not_small_json_are_refused(
    workshop: Workshop, cast: Cast, arguments: dict[str, object]
) -> None:
    with pytest.raises(InvalidInput):
        workshop.enqueue(cast.alice, arguments=arguments)


def test_another_worker_takes_over_from_a_dead_one(
    workshop: Workshop, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    if workshop.platform.databases.is_sqlite:
        pytest.skip("SQLite has one worker: it recovers its own jobs when it restarts")
    monkeypatch.setenv("TENANTRY_TEST_DEAD_AFTER", "2")
    first = workshop.start("first")
    job_id = workshop.enqueue(cast.alice, name="moved", count=8, seconds=0.2)
    workshop.until(lambda: "moved 2" in workshop.lines(), 20)
    os.kill(first.pid, signal.SIGKILL)
    workshop.start("second")
    assert workshop.finished(cast.alice, job_id, within=60).state is JobState.SUCCEEDED
