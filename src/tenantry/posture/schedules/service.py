"""How often a Microsoft tenant is scanned without anybody asking."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.kit.errors import Conflict
from tenantry.platform.jobs import Jobs
from tenantry.platform.jobs.models import Schedule
from tenantry.platform.work import Work
from tenantry.posture.scans.permissions import READ, SCAN

SCHEDULED_JOB: Final = "posture.scheduled_scan"
_NAME: Final = "scan"


class Every(StrEnum):
    """How often."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_PERIODS: Final = {Every.DAY: timedelta(days=1), Every.WEEK: timedelta(days=7), Every.MONTH: timedelta(days=30)}


@dataclass(frozen=True, slots=True)
class Scheduled:
    every: Every
    next_at: datetime


def schedule_of(work: Work, microsoft_tenant_id: UUID) -> Scheduled | None:
    """None for one that is scanned only when somebody asks."""
    work.actor.require(READ, on=microsoft_tenant_id)
    row = _row(work, microsoft_tenant_id)
    if row is None or not row.is_enabled:
        return None
    every = next((one for one, period in _PERIODS.items() if period.total_seconds() == row.every_seconds), Every.DAY)
    return Scheduled(every, row.next_due_at)


def schedule_scans(work: Work, microsoft_tenant_id: UUID, every: Every | None) -> None:
    """From now on, or never again. Raises Conflict for a Microsoft tenant that is paused or offboarded."""
    work.actor.require(SCAN, on=microsoft_tenant_id)
    tenant = work.session.one(MicrosoftTenant, microsoft_tenant_id, "Microsoft tenant")
    if every is None:
        if (row := _row(work, tenant.id)) is not None:
            row.is_enabled = False
    elif tenant.lifecycle in (Lifecycle.PAUSED, Lifecycle.OFFBOARDED):
        raise Conflict(why=f"it is {tenant.lifecycle.value}")
    else:
        arguments = {"microsoft_tenant_id": str(tenant.id)}
        Jobs(work).schedule(SCHEDULED_JOB, _NAME, arguments, subject_id=tenant.id, every=_PERIODS[every])
    work.audit.record("posture.scan_scheduled", tenant, every=every.value if every else "never")


def _row(work: Work, microsoft_tenant_id: UUID) -> Schedule | None:
    query = select(Schedule).where(
        Schedule.subject_id == microsoft_tenant_id, Schedule.kind == SCHEDULED_JOB, Schedule.name == _NAME
    )
    return work.session.scalars(query).one_or_none()
