"""From rows to the engine: queued jobs are handed over, due schedules become jobs."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, update

from tenantry.kit.logging import get_logger
from tenantry.platform.access import Actor, ActorKind
from tenantry.platform.jobs.models import Job, JobState, Schedule
from tenantry.platform.jobs.service import JobAlreadyRunning, Jobs
from tenantry.platform.work import Platform

_log = get_logger("tenantry.jobs")
_POLL_SECONDS: Final = 0.5
_BATCH: Final = 200


@dataclass(slots=True)
class Relay:
    """Looks for work when somebody in this process committed some, and twice a second for what others committed."""

    platform: Platform
    hand_over: Callable[[Job], None]

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
        for tenant_id, job_id in (queued := self._queued()):
            with self.platform.databases.tenant(tenant_id) as session:
                row = session.one(Job, job_id)
                if row.state is JobState.QUEUED and not row.relayed:
                    self.hand_over(row)
                    row.relayed = True
        return len(queued)

    def start_due_schedules(self) -> int:
        """Enqueues what is due. A schedule whose job is still running is simply late; it is not doubled."""
        now = self.platform.clock.now()
        due = select(Schedule).where(Schedule.is_enabled, Schedule.next_due_at <= now).limit(_BATCH)
        with self.platform.databases.across_tenants(reason="find due schedules", read_only=True) as session:
            rows = session.scalars(due).all()
        return sum(self._start(row, now) for row in rows)

    def _queued(self) -> list[tuple[UUID, UUID]]:
        query = (
            select(Job.tenant_id, Job.id)
            .where(Job.state == JobState.QUEUED, ~Job.relayed, Job.not_before <= self.platform.clock.now())
            .order_by(Job.id)
            .limit(_BATCH)
        )
        with self.platform.databases.across_tenants(reason="relay queued jobs", read_only=True) as session:
            return [(tenant_id, job_id) for tenant_id, job_id in session.execute(query)]

    def _start(self, row: Schedule, now: datetime) -> bool:
        """Takes the turn by moving `next_due_at` from the value that was read: only one node can."""
        actor = Actor(kind=ActorKind.SYSTEM, label="schedule", tenant_id=row.tenant_id, permissions=None)
        later = max(row.next_due_at + timedelta(seconds=row.every_seconds), now)
        with self.platform.work(actor) as work:
            turn = update(Schedule).where(Schedule.id == row.id, Schedule.next_due_at == row.next_due_at)
            if not work.session.execute(turn.values(next_due_at=later)).rowcount:  # type: ignore[attr-defined]  # a cursor result
                return False
            try:
                Jobs(work).enqueue(row.kind, row.arguments, subject_id=row.subject_id)
            except JobAlreadyRunning:
                return False
        return True
