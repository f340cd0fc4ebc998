"""Jobs as people meet them: they run, report, end, fail, come again, and can be cancelled."""

import time
from uuid import UUID, uuid4

import pytest
from tests.platform.jobs.workshop import Workshop
from tests.support.cast import Cast

from tenantry.kit.errors import Conflict, InvalidInput, NotFound
from tenantry.kit.ids import new_id
from tenantry.platform.jobs import JobAlreadyRunning, Jobs
from tenantry.platform.jobs.models import JobState
from tenantry.platform.jobs.runner import JobRunner


def test_a_job_runs_reports_and_ends(workshop: Workshop, cast: Cast, runner: JobRunner) -> None:
    ended = workshop.finished(cast.alice, workshop.enqueue(cast.alice, name="a", count=3, seconds=0.05))
    assert (ended.state, ended.done, ended.total, ended.note) == (JobState.SUCCEEDED, 3, 3, "step 2")
    assert ended.requested_by == cast.alice.email
    assert ended.started_at is not None
    assert ended.finished_at is not None
    assert ended.created_at <= ended.started_at <= ended.finished_at


def test_a_rolled_back_request_leaves_no_job(workshop: Workshop, cast: Cast, runner: JobRunner) -> None:
    def enqueue_and_fail() -> None:
        with workshop.platform.work(cast.alice.actor) as work:
            arguments = {"log": str(workshop.log), "name": "never", "count": 1, "seconds": 0}
            Jobs(work).enqueue("test.steps", arguments)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        enqueue_and_fail()
    workshop.finished(cast.alice, workshop.enqueue(cast.alice, name="after", count=1, seconds=0))
    assert not any(line.startswith("never") for line in workshop.lines())


def test_one_job_per_kind_and_subject(workshop: Workshop, cast: Cast) -> None:
    subject = new_id()
    first = workshop.enqueue(cast.alice, subject=subject, name="x", count=1, seconds=0)
    with pytest.raises(JobAlreadyRunning, match=str(first)):
        workshop.enqueue(cast.alice, subject=subject, name="x", count=1, seconds=0)
    workshop.enqueue(cast.charlie, subject=subject, name="y", count=1, seconds=0)
    workshop.enqueue(cast.alice, "test.fails", subject=subject, name="z", until=1)
    workshop.cancel(cast.alice, first)
    workshop.enqueue(cast.alice, subject=subject, name="x", count=1, seconds=0)


def test_cancelling_takes_effect_within_two_seconds(workshop: Workshop, cast: Cast, runner: JobRunner) -> None:
    job_id = workshop.enqueue(cast.alice, name="long", count=1, seconds=60)
    workshop.running(cast.alice, job_id)
    started = time.monotonic()
    workshop.cancel(cast.alice, job_id)
    assert workshop.finished(cast.alice, job_id, within=10).state is JobState.CANCELLED
    assert time.monotonic() - started < 2 + 2  # the second two are a busy machine's
    with pytest.raises(Conflict):
        workshop.cancel(cast.alice, job_id)
    assert "long 0" not in workshop.lines()


def test_a_queued_job_is_cancelled_at_once(workshop: Workshop, cast: Cast, jobs_url: str) -> None:
    job_id = workshop.enqueue(cast.alice, name="never", count=1, seconds=0)
    workshop.cancel(cast.alice, job_id)
    assert workshop.job(cast.alice, job_id).state is JobState.CANCELLED
    runner = JobRunner(workshop.platform, jobs_url)
    runner.start()
    workshop.finished(cast.alice, workshop.enqueue(cast.alice, name="after", count=1, seconds=0))
    runner.stop()
    assert not any(line.startswith("never") for line in workshop.lines())


def test_a_job_that_rests_before_its_next_attempt_can_be_cancelled(
    workshop: Workshop, cast: Cast, runner: JobRunner
) -> None:
    job_id = workshop.enqueue(cast.alice, "test.fails", name="rests", until=9)
    workshop.until(lambda: workshop.job(cast.alice, job_id).attempt > 1, 20)
    workshop.cancel(cast.alice, job_id)
    assert workshop.finished(cast.alice, job_id).state is JobState.CANCELLED


def test_nobody_cancels_the_job_of_another_tenant(workshop: Workshop, cast: Cast) -> None:
    job_id = workshop.enqueue(cast.alice, name="hers", count=1, seconds=0)
    for unknown in (job_id, uuid4()):
        with pytest.raises(NotFound):
            workshop.cancel(cast.charlie, unknown)
    assert workshop.job(cast.alice, job_id).state is JobState.QUEUED


def test_what_passes_is_tried_again_with_growing_rests(workshop: Workshop, cast: Cast, runner: JobRunner) -> None:
    recovers = workshop.enqueue(cast.alice, "test.fails", name="recovers", until=3)
    hopeless = workshop.enqueue(cast.alice, "test.fails", name="hopeless", until=99)
    ended = workshop.finished(cast.alice, recovers)
    assert (ended.state, ended.attempt, ended.error_code) == (JobState.SUCCEEDED, 3, None)
    assert ended.started_at is not None
    assert ended.finished_at is not None
    assert (ended.finished_at - ended.started_at).total_seconds() > 0.8 * (0.2 + 0.4)
    ended = workshop.finished(cast.alice, hopeless)
    assert (ended.state, ended.attempt, ended.error_code) == (JobState.FAILED, 3, "throttled")
    assert ended.error_message is not None
    assert "slowdown" in ended.error_message, "a NUL in Microsoft's text must not keep the end from being written"


@pytest.mark.parametrize(
    ("how", "attempts", "code", "told"),
    [("refused", 1, "conflict", "it is closed"), ("unforeseen", 3, "internal_error", "log")],
)
def test_failures_are_told_in_words_to_act_on(
    workshop: Workshop, cast: Cast, runner: JobRunner, how: str, attempts: int, code: str, told: str
) -> None:
    ended = workshop.finished(cast.alice, workshop.enqueue(cast.alice, "test.fails", name="f", until=9, how=how))
    assert (ended.state, ended.attempt, ended.error_code) == (JobState.FAILED, attempts, code)
    assert ended.error_message is not None
    assert told in ended.error_message
    assert "secrets" not in ended.error_message


def test_a_cancellation_nobody_asked_for_is_a_failure(workshop: Workshop, cast: Cast, runner: JobRunner) -> None:
    job_id = workshop.enqueue(cast.alice, "test.fails", name="i", until=9, how="interrupted")
    assert workshop.finished(cast.alice, job_id).state is JobState.FAILED


@pytest.mark.parametrize("size", [0, 20_000])
def test_checkpoints_hold_small_facts_only(workshop: Workshop, cast: Cast, runner: JobRunner, size: int) -> None:
    job_id = workshop.enqueue(cast.alice, "test.checkpoints_data", size=size)
    assert workshop.finished(cast.alice, job_id).state is JobState.FAILED


def test_a_flooding_tenant_does_not_delay_its_neighbour(workshop: Workshop, cast: Cast, runner: JobRunner) -> None:
    def one_of(person: UUID) -> float:
        charlie = cast.charlie
        started = time.monotonic()
        workshop.finished(charlie, workshop.enqueue(charlie, subject=person, name="neighbour", count=1, seconds=0))
        return time.monotonic() - started

    alone = min(one_of(new_id()) for _ in range(3))
    for n in range(60):
        workshop.enqueue(cast.alice, name=f"flood{n}", count=1, seconds=0.5)
    workshop.until(lambda: any(line.startswith("flood") for line in workshop.lines()), 20)
    beside_a_flood = min(one_of(new_id()) for _ in range(3))
    done = sum(line.endswith("done") and line.startswith("flood") for line in workshop.lines())
    assert done < 50, "the flood was still there"
    assert beside_a_flood - alone < 0.5


def test_arguments_that_are_not_small_json_or_do_not_fit_are_refused(workshop: Workshop, cast: Cast) -> None:
    endless: list[object] = []
    endless.append(endless)
    hostile: list[object] = [object(), b"bytes", uuid4(), float("nan"), "x" * 10_000, "nul\0", "\ud800", endless]
    for value in hostile:
        with pytest.raises(InvalidInput):
            workshop.enqueue(cast.alice, name=value, count=1, seconds=0)
    with pytest.raises(InvalidInput):
        workshop.enqueue(cast.alice, name="no count")
    with pytest.raises(InvalidInput):
        workshop.enqueue(cast.alice, "no.such_job")


async def test_the_engine_leaves_a_running_event_loop_alone(workshop: Workshop, cast: Cast, jobs_url: str) -> None:
    """As in a web server: starting and stopping from inside its loop works, and bodies run in another one."""
    runner = JobRunner(workshop.platform, jobs_url)
    runner.start()
    job_id = workshop.enqueue(cast.alice, name="beside", count=1, seconds=0)
    ended = workshop.finished(cast.alice, job_id)  # blocks this loop: the body could not run in it
    runner.stop()
    assert ended.state is JobState.SUCCEEDED
