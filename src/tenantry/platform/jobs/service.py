"""Asking for jobs, inside the caller's transaction: no commit, no job; no job, no commit."""

import json
import random
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from inspect import signature
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tenantry.kit.errors import Conflict, InvalidInput, NotFound
from tenantry.kit.logging import get_logger
from tenantry.kit.pagination import AnySelect
from tenantry.platform.jobs.changes import tell_changed
from tenantry.platform.jobs.models import OPEN_STATES, Job, JobState, Schedule
from tenantry.platform.jobs.permissions import CANCEL, READ
from tenantry.platform.jobs.registry import kind_named
from tenantry.platform.work import Work

_log = get_logger("tenantry.jobs")
_MAX_ARGUMENTS: Final = 4000


class JobAlreadyRunning(Conflict):
    """The same job is already under way ({job_id}). Wait for it, or cancel it first."""


@dataclass(frozen=True, slots=True)
class Jobs:
    """The jobs of the actor's tenant."""

    work: Work

    def enqueue(self, kind: str, arguments: dict[str, Any], *, subject_id: UUID | None = None) -> Job:
        """Adds a job. Raises JobAlreadyRunning when one of this kind is open for the subject, and InvalidInput."""
        row = self._row(kind, _checked(kind, arguments), subject_id)
        if subject_id is not None and (running := self.open_job(kind, subject_id)) is not None:
            raise JobAlreadyRunning(job_id=running.id, why="")
        try:
            with self.work.session.begin_nested():
                self.work.session.add(row)
        except IntegrityError as error:  # somebody was faster between the look and the insert
            running = None if subject_id is None else self.open_job(kind, subject_id)
            if running is None:
                raise
            raise JobAlreadyRunning(job_id=running.id, why="") from error
        self.work.session.after_commit(partial(self._enqueued, row))
        return row

    def _enqueued(self, row: Job) -> None:
        """Once it is certain: the line that ties the job to whoever asked for it."""
        facts = {"job_id": row.id, "job_kind": row.kind, "microsoft_tenant_id": row.subject_id}
        _log.info("job enqueued", tenant_id=row.tenant_id, correlation_id=row.request_id, **facts)
        self.work.platform.wake_jobs.set()

    def open_job(self, kind: str, subject_id: UUID) -> Job | None:
        query = select(Job).where(Job.kind == kind, Job.subject_id == subject_id, Job.state.in_(OPEN_STATES))
        return self.work.session.scalars(query).one_or_none()

    def get(self, job_id: UUID) -> Job:
        self.work.actor.require(READ)
        return self.work.one(Job, job_id, about="subject_id")

    def recent(self, *, subject_id: UUID | None = None, state: JobState | None = None) -> AnySelect:
        """A statement over jobs, for paging."""
        self.work.actor.require(READ)
        query = select(Job)
        if self.work.actor.scope is not None:
            query = query.where(Job.subject_id.in_(self.work.actor.scope))
        if subject_id is not None:
            query = query.where(Job.subject_id == subject_id)
        return query.where(Job.state == state) if state is not None else query

    def cancel(self, job_id: UUID) -> Job:
        """Ends a queued job at once and asks a running one to stop; a finished one is left as it is."""
        self.work.actor.require(CANCEL)
        self.work.one(Job, job_id, about="subject_id")
        row = Job.locked(self.work.session, job_id)  # a worker may be beginning or ending it at this moment
        if row is None:
            raise NotFound(what="job")
        if row.state not in OPEN_STATES:
            raise Conflict(why=f"the job has {row.state.value} already")
        self._cancel(row)
        return row

    def _cancel(self, row: Job) -> None:
        row.cancel_requested_at = self.work.clock.now()
        if row.state is JobState.QUEUED:
            row.state, row.finished_at = JobState.CANCELLED, self.work.clock.now()
            tell_changed(self.work, row)
        self.work.audit.record("job.cancelled", row)
        self.work.session.after_commit(self.work.platform.wake_jobs.set)

    def retry(self, job_id: UUID) -> Job:
        """Asks for failed or cancelled work on a Microsoft tenant once more, as a new job. Raises Conflict otherwise.

        An operation is not asked for again here: that takes the permission to change what it changes.
        """
        self.work.actor.require(CANCEL)
        row = self.get(job_id)
        if row.state not in (JobState.FAILED, JobState.CANCELLED) or row.subject_id is None:
            raise Conflict(why="only work on a Microsoft tenant that failed or was cancelled is run again from here")
        again = self.enqueue(row.kind, row.arguments, subject_id=row.subject_id)
        self.work.audit.record("job.retried", row, job_id=str(again.id))
        return again

    def schedule(
        self, kind: str, name: str, arguments: dict[str, Any], *, subject_id: UUID | None, every: timedelta
    ) -> Schedule:
        """Makes a job come again. Its first run, and the first after a rest, is spread over the period by chance:
        a thousand tenants do not start at once.
        """
        query = select(Schedule).where(Schedule.kind == kind, Schedule.name == name, Schedule.subject_id == subject_id)
        row = self.work.session.scalars(query).one_or_none()
        spread = timedelta(seconds=random.uniform(0, every.total_seconds()))  # noqa: S311 - no secret
        if row is None:
            row = Schedule(kind=kind, name=name, subject_id=subject_id, next_due_at=self.work.clock.now() + spread)
            self.work.session.add(row)
        elif not row.is_enabled:
            row.next_due_at = self.work.clock.now() + spread
        row.arguments, row.every_seconds, row.is_enabled = _checked(kind, arguments), int(every.total_seconds()), True
        return row

    def stop(self, subject_id: UUID) -> None:
        """Ends everything that is open for a subject. Whoever calls this has asked for the permission to end it."""
        query = select(Job.id).where(Job.subject_id == subject_id, Job.state.in_(OPEN_STATES))
        for job_id in self.work.session.scalars(query).all():
            self.stop_one(job_id)

    def stop_one(self, job_id: UUID) -> bool:
        """Ends one job; False for one that is not open. Whoever calls this has asked for the permission to end it."""
        row = Job.locked(self.work.session, job_id)
        if row is None or row.state not in OPEN_STATES:
            return False
        self._cancel(row)
        return True

    def unschedule(self, subject_id: UUID) -> None:
        """Stops everything that comes again for a subject."""
        for row in self.work.session.scalars(select(Schedule).where(Schedule.subject_id == subject_id)).all():
            row.is_enabled = False

    def _row(self, kind: str, arguments: dict[str, Any], subject_id: UUID | None) -> Job:
        now = self.work.clock.now()
        return Job(
            kind=kind,
            subject_id=subject_id,
            arguments=arguments,
            state=JobState.QUEUED,
            requested_by=self.work.actor.label[:254],
            request_id=self.work.actor.request_id,
            not_before=now,
            created_at=now,
        )


def _checked(kind: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Plain JSON that the body takes, told to the caller who asks instead of to a log when the job runs."""
    known = kind_named(kind)
    if known is None:
        raise InvalidInput(why=f"there is no job called {kind[:64]}")
    try:
        text = json.dumps(arguments, ensure_ascii=False, allow_nan=False)
        size = len(text.encode())
        signature(known.body).bind(None, **arguments)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(why=f"the arguments do not fit the job {kind}") from error
    if size > _MAX_ARGUMENTS or "\\u0000" in text:
        raise InvalidInput(why=f"job arguments are ids and options: at most {_MAX_ARGUMENTS} bytes, without NUL")
    return arguments
