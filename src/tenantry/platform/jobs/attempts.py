"""What becomes of a job's row while it is run.

Every change locks the row first and looks whether it is still this attempt's: a cancel, an ending and a worker that
was believed dead may all come at the same moment.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from tenantry.kit.logging import get_logger
from tenantry.platform.access import Actor, ActorKind
from tenantry.platform.jobs.changes import tell_changed
from tenantry.platform.jobs.failures import Failure
from tenantry.platform.jobs.models import OPEN_STATES, Job, JobState
from tenantry.platform.jobs.registry import JobKind, kind_named
from tenantry.platform.work import Platform, Work

_log = get_logger("tenantry.jobs")
_LOST_BEYOND_RETRIES: Final = 3
UNKNOWN_KIND: Final = Failure(
    "unknown_job", "This version of Tenantry does not know this kind of job. It was removed, or is newer.", True
)
KILLS_ITS_WORKER: Final = Failure(
    "worker_kept_dying", "The worker died again and again while it ran this job, so it is not tried any more.", True
)
LOST: Final = Failure(
    "job_lost", "The job ended several times without its end being recorded, so it is not tried any more.", True
)


@dataclass(frozen=True, slots=True)
class Attempts:
    """Begins attempts and records how they end."""

    platform: Platform

    def begin(self, tenant_id: UUID, job_id: UUID, attempt: int) -> Job | None:
        """Marks the job as running. None when it has ended meanwhile, or another attempt is in force."""
        with self._open(tenant_id, job_id, attempt) as (work, row):
            if row is None:
                return None
            if row.cancel_requested_at is not None:
                self._end(work, row, JobState.CANCELLED)
                return None
            row.state = JobState.RUNNING
            row.started_at = row.started_at or self.platform.clock.now()
            return row

    def succeed(self, job: Job) -> None:
        with self._open(job.tenant_id, job.id, job.attempt) as (work, row):
            if row is not None:
                self._end(work, row, JobState.SUCCEEDED)

    def cancel(self, job: Job) -> None:
        with self._open(job.tenant_id, job.id, job.attempt) as (work, row):
            if row is not None:
                self._end(work, row, JobState.CANCELLED)

    def fail(self, job: Job, kind: JobKind, failure: Failure) -> None:
        """Ends the job, or lets it rest and be tried again."""
        may_try_again = not failure.is_permanent and job.attempt < kind.retry.attempts
        wait = max(kind.retry.wait_after(job.attempt), failure.retry_after)
        self._fail(job, failure, wait if may_try_again else None)

    def give_up(self, job: Job, failure: Failure) -> None:
        self._fail(job, failure, None)

    def lose(self, job: Job) -> None:
        """Tries an attempt again that the engine no longer has: it ended and nobody could write that down."""
        kind = kind_named(job.kind)
        limit = (kind.retry.attempts if kind else 1) + _LOST_BEYOND_RETRIES
        self._fail(job, LOST, 0.0 if job.attempt < limit else None)

    def _fail(self, job: Job, failure: Failure, wait: float | None) -> None:
        with self._open(job.tenant_id, job.id, job.attempt) as (work, row):
            if row is None:
                return
            if row.cancel_requested_at is not None:
                self._end(work, row, JobState.CANCELLED)
            elif wait is None:
                self._end(work, row, JobState.FAILED, failure)
            else:
                row.state, row.attempt, row.relayed = JobState.QUEUED, row.attempt + 1, False
                row.not_before = self.platform.clock.now() + timedelta(seconds=wait)
                _note(row, failure)
                tell_changed(_in_the_name_of(work, row), row)

    @contextmanager
    def _open(self, tenant_id: UUID, job_id: UUID, attempt: int) -> Iterator[tuple[Work, Job | None]]:
        actor = Actor(kind=ActorKind.SYSTEM, label="jobs", tenant_id=tenant_id, permissions=None)
        with self.platform.work(actor) as work:
            row = Job.locked(work.session, job_id)
            if row is not None and (row.attempt != attempt or row.state not in OPEN_STATES):
                facts = {"job_id": job_id, "correlation_id": row.request_id, "attempt": attempt, "state": row.state}
                _log.info("attempt is over already", **facts)
                row = None
            yield work, row

    def _end(self, work: Work, row: Job, state: JobState, failure: Failure | None = None) -> None:
        row.state, row.finished_at = state, self.platform.clock.now()
        _note(row, failure)
        tell_changed(_in_the_name_of(work, row), row)


def _in_the_name_of(work: Work, row: Job) -> Work:
    """What follows from a job's end keeps the request id of whoever asked for the job."""
    return replace(work, actor=replace(work.actor, request_id=row.request_id))


def _note(row: Job, failure: Failure | None) -> None:
    """PostgreSQL's text holds no NUL: an upstream message with one must not keep the end from being recorded."""
    row.error_code = failure.code[:64] if failure else None
    row.error_message = failure.message.replace("\0", "")[:2000] if failure else None
