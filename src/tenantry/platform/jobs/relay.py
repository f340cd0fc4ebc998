"""From rows to the engine: queued jobs are handed over, due schedules become jobs, lost attempts are found.

The queries start from the tenants and go through indexes led by them, so that a long history of jobs costs nothing.
"""

import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update

from tenantry.kit.logging import get_logger
from tenantry.platform.access import Actor, ActorKind
from tenantry.platform.jobs.attempts import KILLS_ITS_WORKER, Attempts
from tenantry.platform.jobs.models import OPEN_STATES, Job, JobState, Schedule
from tenantry.platform.jobs.registry import all_kinds
from tenantry.platform.jobs.service import JobAlreadyRunning, Jobs
from tenantry.platform.tenancy.models import Tenant
from tenantry.platform.work import Platform

_log = get_logger("tenantry.jobs")
_POLL_SECONDS: Final = 0.5
_BATCH: Final = 200
_MOST_FAILURES: Final = 5
_PUT_OFF: Final = timedelta(minutes=5)
_IN_ENGINE: Final = frozenset({"ENQUEUED", "DELAYED", "PENDING"})
_DEAD_LETTER: Final = "MAX_RECOVERY_ATTEMPTS_EXCEEDED"


@dataclass(slots=True)
class Relay:
    """Looks for work when somebody in this process committed some, and twice a second for what others committed."""

    platform: Platform
    hand_over: Callable[[Job], None]
    """Gives an attempt to the engine. Giving it twice is harmless."""
    statuses: Callable[[list[str]], dict[str, str]]
    """What the engine says of attempts, by their ids; one it does not know is missing."""
    _checked_up_to: UUID | None = field(default=None)

    def run(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            self.platform.wake_jobs.wait(_POLL_SECONDS)
            self.platform.wake_jobs.clear()
            try:
                self.start_due_schedules()
                self.relay_queued()
            except Exception:  # noqa: BLE001 - the next round tries again; jobs wait in their table meanwhile
                _log.exception("relay failed")

    def relay_queued(self) -> int:
        """Hands over every job whose time has come. Returns how many."""
        return self._each(self._queued(), self._relay, "job not handed over")

    def start_due_schedules(self) -> int:
        """Enqueues what is due. A schedule whose job is still running is simply late; it is not doubled."""
        now = self.platform.clock.now()
        return self._each(self._due(now), lambda row: self._start(row, now), "schedule not started")

    def recover_lost(self) -> int:
        """Looks through some of the open attempts and tries those again that the engine no longer has.

        That happens when the end of one could not be written, or when the engine's database was lost or restored.
        """
        rows = self._handed_over()
        self._checked_up_to = rows[-1].id if len(rows) == _BATCH else None
        said = self.statuses([row.engine_id for row in rows]) if rows else {}
        lost = [row for row in rows if said.get(row.engine_id) not in _IN_ENGINE]
        return self._each(lost, lambda row: self._lost(row, said.get(row.engine_id)), "lost job not recovered")

    def _each(self, rows: Iterable[Any], act: Callable[[Any], bool], complaint: str) -> int:
        """One row that cannot be handled must not hold up the others. Many mean that a database is away."""
        done = failed = 0
        for row in rows:
            try:
                done += act(row)
            except Exception:
                _log.exception(complaint, row=str(row))
                if (failed := failed + 1) == _MOST_FAILURES:
                    raise
        return done

    def _queued(self) -> list[tuple[UUID, UUID]]:
        query = (
            select(Job.tenant_id, Job.id)
            .join(Tenant, Tenant.id == Job.tenant_id)
            .where(Job.state == JobState.QUEUED, Job.not_before <= self.platform.clock.now(), ~Job.relayed)
            .order_by(Job.id)
            .limit(_BATCH)
        )
        with self.platform.databases.across_tenants(reason="relay queued jobs", read_only=True) as session:
            return [(tenant_id, job_id) for tenant_id, job_id in session.execute(query)]

    def _relay(self, key: tuple[UUID, UUID]) -> bool:
        """The lock keeps the attempt from beginning before it is marked as handed over."""
        tenant_id, job_id = key
        with self.platform.databases.tenant(tenant_id) as session:
            row = Job.locked(session, job_id)
            if row is None or row.state is not JobState.QUEUED or row.relayed:
                return False
            self.hand_over(row)
            row.relayed = True
        return True

    def _due(self, now: datetime) -> list[Schedule]:
        """Of kinds this version knows: in a rolling upgrade the others are left to newer nodes."""
        query = (
            select(Schedule)
            .join(Tenant, Tenant.id == Schedule.tenant_id)
            .where(Schedule.next_due_at <= now, Schedule.is_enabled, Schedule.kind.in_([k.name for k in all_kinds()]))
            .order_by(Schedule.next_due_at)
            .limit(_BATCH)
        )
        with self.platform.databases.across_tenants(reason="find due schedules", read_only=True) as session:
            return list(session.scalars(query))

    def _start(self, row: Schedule, now: datetime) -> bool:
        """Takes the turn by moving `next_due_at` from the value that was read: only one node can."""
        actor = Actor(kind=ActorKind.SYSTEM, label="schedule", tenant_id=row.tenant_id, permissions=None)
        turn = update(Schedule).where(Schedule.id == row.id, Schedule.next_due_at == row.next_due_at)
        with self.platform.work(actor) as work:
            moved = work.session.execute(turn.values(next_due_at=_next_turn(row, now)))
            if not moved.rowcount:  # type: ignore[attr-defined]  # a cursor result
                return False
            try:
                Jobs(work).enqueue(row.kind, row.arguments, subject_id=row.subject_id)
            except JobAlreadyRunning:
                # Another schedule of this kind and subject may be what runs: a turn put off is kept, not lost.
                soon = min(_next_turn(row, now), now + _PUT_OFF)
                work.session.execute(update(Schedule).where(Schedule.id == row.id).values(next_due_at=soon))
                return False
        return True

    def _handed_over(self) -> list[Job]:
        query = (
            select(Job)
            .join(Tenant, Tenant.id == Job.tenant_id)
            .where(Job.state.in_(OPEN_STATES), Job.relayed)
            .order_by(Job.id)
            .limit(_BATCH)
        )
        if self._checked_up_to is not None:
            query = query.where(Job.id > self._checked_up_to)
        with self.platform.databases.across_tenants(reason="find lost jobs", read_only=True) as session:
            return list(session.scalars(query))

    def _lost(self, row: Job, status: str | None) -> bool:
        """`Attempts` looks again under a lock: an attempt may have ended properly since the row was read."""
        attempts = Attempts(self.platform)
        if status == _DEAD_LETTER:
            attempts.give_up(row, KILLS_ITS_WORKER)
        else:
            attempts.lose(row)
        return True


def _next_turn(row: Schedule, now: datetime) -> datetime:
    """One period later. After a standstill of more than a period everything is late, so turns are spread anew."""
    period = timedelta(seconds=row.every_seconds)
    if (later := row.next_due_at + period) > now:
        return later
    return now + period * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
