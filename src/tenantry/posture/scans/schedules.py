"""Scans that come again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.models import MicrosoftTenant
from tenantry.kit.errors import Conflict
from tenantry.platform.jobs import JobContext, Jobs, job
from tenantry.platform.jobs.models import Schedule
from tenantry.platform.work import Work
from tenantry.posture.scans.permissions import READ, SCAN
from tenantry.posture.scans.service import ScanAlreadyRunning, ScanOptions, Scans, chosen_controls, require_scannable

SCHEDULED_JOB: Final = "posture.scheduled_scan"
_NAME: Final = "scan"


@job(SCHEDULED_JOB, "Scheduled CIS scan")
async def scheduled_scan(context: JobContext, microsoft_tenant_id: str, options: dict[str, Any]) -> None:
    """One that runs already is enough. Anything else that is in the way fails, so that it is seen."""
    await context.in_work(start, UUID(microsoft_tenant_id), options)


def start(work: Work, microsoft_tenant_id: UUID, options: dict[str, Any]) -> None:
    try:
        with work.session.begin_nested():
            Scans(work).start(microsoft_tenant_id, ScanOptions.model_validate(options))
    except ScanAlreadyRunning:
        return


@dataclass(frozen=True, slots=True)
class ScanSchedules:
    """At most one per Microsoft tenant."""

    work: Work

    def set(self, microsoft_tenant_id: UUID, every_hours: int, options: ScanOptions) -> Schedule:
        """Raises NotFound, InvalidInput for options that leave nothing to judge, and Conflict."""
        self.work.actor.require(SCAN, on=microsoft_tenant_id)
        tenant = self.work.session.one(MicrosoftTenant, microsoft_tenant_id, "Microsoft tenant")
        require_scannable(tenant)
        if options.benchmark is not None:
            chosen_controls(options.benchmark, options)
        arguments = {"microsoft_tenant_id": str(tenant.id), "options": options.model_dump(mode="json")}
        every = timedelta(hours=every_hours)
        row = Jobs(self.work).schedule(SCHEDULED_JOB, _NAME, arguments, subject_id=tenant.id, every=every)
        self.work.audit.record("scan.scheduled", row, microsoft_tenant_id=tenant.id, every_hours=every_hours)
        self.work.session.flush()
        return row

    def end(self, microsoft_tenant_id: UUID) -> None:
        """Raises NotFound for a Microsoft tenant nobody knows, and Conflict when it has no schedule."""
        self.work.actor.require(SCAN, on=microsoft_tenant_id)
        row = self._of(self.work.session.one(MicrosoftTenant, microsoft_tenant_id, "Microsoft tenant").id)
        if row is None:
            raise Conflict(why="no scan is scheduled for this Microsoft tenant")
        row.is_enabled = False
        self.work.audit.record("scan.unscheduled", row, microsoft_tenant_id=microsoft_tenant_id)

    def of(self, microsoft_tenant_id: UUID) -> Schedule | None:
        """None for one that is scanned only when somebody asks."""
        self.work.actor.require(READ, on=microsoft_tenant_id)
        return self._of(microsoft_tenant_id)

    def every(self) -> Sequence[Schedule]:
        """Those of the actor's Microsoft tenants."""
        self.work.actor.require(READ)
        query = select(Schedule).where(Schedule.kind == SCHEDULED_JOB, Schedule.is_enabled)
        if self.work.actor.scope is not None:
            query = query.where(Schedule.subject_id.in_(self.work.actor.scope))
        return self.work.session.scalars(query.order_by(Schedule.next_due_at, Schedule.id)).all()

    def _of(self, microsoft_tenant_id: UUID) -> Schedule | None:
        query = select(Schedule).where(
            Schedule.kind == SCHEDULED_JOB, Schedule.subject_id == microsoft_tenant_id, Schedule.is_enabled
        )
        return self.work.session.scalars(query).one_or_none()
