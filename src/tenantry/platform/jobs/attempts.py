"""What becomes of a job's row while it is run.

Every change locks the row first and looks whether it is still this attempt's: a cancel, an ending and a worker that
was believed dead may all come at the same moment.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from tenantry.kit.logging import get_logger
from tenantry.platform.jobs.failures import Failure
from tenantry.platform.jobs.models import OPEN_STATES, Job, JobState
from tenantry.platform.jobs.registry import JobKind, kind_named
from tenantry.platform.work import Platform

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
        with self._open(tenant_id, job_id, attempt) as row:
            if row is None:
                return None
            if row.cancel_requested_at is not None:
                self._end(row, JobState.CANCELLED)
                return None
            row.state = JobState.RUNNING
            row.started_at = row.started_at or self.platform.clock.now()
            return row

    def succeed(self, job: Job) -> None:
        with self._open(job.tenant_id, job.id, job.attempt) as row:
            if row is not None:
                self._end(row, JobState.SUCCEEDED)

    def cancel(self, job: Job) -> None:
        with self._open(job.tenant_id, job.id, job.attempt) as row:
            if row is not None:
                self._end(row, JobState.CANCELLED)

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
        with self._open(job.tenant_id, job.id, job.attempt) as row:
            if row is None:
                return
            if row.cancel_requested_at is not None:
                self._end(row, JobState.CANCELLED)
            elif wait is None:
                self._end(row, JobState.FAILED, failure)
            else:
                row.state, row.attempt, row.relayed = JobState.QUEUED, row.attempt + 1, False
                row.not_before = self.platform.clock.now() + timedelta(seconds=wait)
                _tell(row, failure)

    @contextmanager
    def _open(self, tenant_id: UUID, job_id: UUID, attempt: int) -> Iterator[Job | None]:
        with self.platform.databases.tenant(tenant_id) as session:
            row = Job.locked(session, job_id)
            if row is not None and (row.attempt != attempt or row.state not in OPEN_STATES):
                facts = {"job_id": job_id, "correlation_id": row.request_id, "attempt": attempt, "state": row.state}
                _log.info("attempt is over already", **facts)
                row = None
            yield row

    def _end(self, row: Job, state: JobState, failure: Failure | None = None) -> None:
        row.state, row.finished_at = state, self.platform.clock.now()
        _tell(row, failure)


def _tell(row: Job, failure: Failure | None) -> None:
    """PostgreSQL's text holds no NUL: an upstream message with one must not keep the end from being recorded."""
    row.error_code = failure.code[:64] if failure else None
    row.error_message = failure.message.replace("\0", "")[:2000] if failure else None
