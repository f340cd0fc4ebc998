"""Workers die, and nothing is lost: real processes, really killed."""

import os
import signal

import pytest
from tests.platform.jobs.workshop import Workshop
from tests.support.cast import Cast

from tenantry.kit.db import DatabaseUrls
from tenantry.platform.jobs.models import JobState
from tenantry.platform.jobs.runner import JobRunner

STEPS = 6


def steps_of(workshop: Workshop, name: str) -> list[str]:
    return [line for line in workshop.lines() if line.startswith(f"{name} ") and not line.endswith("done")]


def test_a_killed_worker_loses_nothing(workshop: Workshop, cast: Cast) -> None:
    process = workshop.start_worker()
    jobs = [workshop.enqueue(cast.alice, name=f"job{n}", count=STEPS, seconds=0.3) for n in range(3)]
    for kill_at in ("job0 1", "job1 3"):
        workshop.logged(kill_at)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        steps = len(workshop.lines())
        process = workshop.start_worker()
        resumed = workshop.until(lambda seen=steps: len(workshop.lines()) > seen + 2, 30)  # type: ignore[misc]
        assert resumed < 2 + 2, "goes on within two seconds (and two for a busy machine)"
    for n, job_id in enumerate(jobs):
        ended = workshop.finished(cast.alice, job_id)
        assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, 1)
        ran = steps_of(workshop, f"job{n}")
        assert {line.split()[1] for line in ran} == {str(number) for number in range(STEPS)}
        assert len(ran) <= STEPS + 2, "only the step a kill interrupted may run again"


def test_a_stopped_worker_goes_on_at_its_next_start(workshop: Workshop, cast: Cast, jobs_url: str) -> None:
    process = workshop.start_worker()
    job_id = workshop.enqueue(cast.alice, name="long", count=STEPS, seconds=0.3)
    workshop.logged("long 1")
    process.terminate()
    _, complaints = process.communicate(timeout=30)
    assert (process.returncode, complaints.decode()) == (0, "")
    assert "worker local stopped" in workshop.lines()
    assert workshop.job(cast.alice, job_id).state is JobState.RUNNING
    runner = JobRunner(workshop.platform, jobs_url)
    runner.start()
    assert workshop.finished(cast.alice, job_id).state is JobState.SUCCEEDED
    runner.stop()
    assert len(steps_of(workshop, "long")) <= STEPS + 1


def test_a_job_cancelled_while_its_worker_is_dead_does_not_go_on(workshop: Workshop, cast: Cast, jobs_url: str) -> None:
    process = workshop.start_worker()
    job_id = workshop.enqueue(cast.alice, name="long", count=STEPS, seconds=0.5)
    workshop.logged("long 0")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    workshop.cancel(cast.alice, job_id)
    runner = JobRunner(workshop.platform, jobs_url)
    runner.start()
    assert workshop.finished(cast.alice, job_id).state is JobState.CANCELLED
    runner.stop()
    assert len(steps_of(workshop, "long")) < STEPS


class TestSeveralWorkers:
    """On PostgreSQL. SQLite has one worker, which recovers its own jobs when it restarts."""

    @pytest.fixture
    def database_urls(self, postgres_urls: DatabaseUrls) -> DatabaseUrls:
        return postgres_urls

    def test_another_takes_over_from_a_dead_one(self, workshop: Workshop, cast: Cast) -> None:
        first = workshop.start_worker("first")
        workshop.start_worker("second")
        jobs = [workshop.enqueue(cast.alice, name=f"moved{n}", count=STEPS, seconds=0.3) for n in range(6)]
        for n in range(6):
            workshop.logged(f"moved{n} 1")
        os.kill(first.pid, signal.SIGKILL)
        for job_id in jobs:
            ended = workshop.finished(cast.alice, job_id)
            assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, 1)
        for n in range(6):
            assert len(steps_of(workshop, f"moved{n}")) <= STEPS + 1

    def test_each_job_runs_once_however_many_look(self, workshop: Workshop, cast: Cast) -> None:
        for name in ("first", "second"):
            workshop.spawn_worker(name)
        jobs = [workshop.enqueue(cast.alice, name=f"once{n}", count=1, seconds=0.05) for n in range(20)]
        for job_id in jobs:
            workshop.finished(cast.alice, job_id, within=90)
        ran = [line for line in workshop.lines() if line.startswith("once") and not line.endswith("done")]
        assert sorted(ran) == sorted(f"once{n} 0" for n in range(20))
