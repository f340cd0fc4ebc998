"""Progress that the scripts report: only whoever knows the scan's secret moves it, and only forward."""

from typing import Final
from uuid import UUID

from sqlalchemy import select

from tenantry.kit.errors import Conflict
from tenantry.kit.text import without_invisible
from tenantry.platform.jobs.models import Job, JobState
from tenantry.platform.work import Platform
from tenantry.posture.powershell.schemas import ProgressIn
from tenantry.posture.scans.models import Scan
from tenantry.posture.scans.service import require_webhook_secret

_ALMOST: Final = 99
"""Percent: the rest is done when the verdicts are stored."""
_COUNTS: Final = ("passed", "failed", "errors")


def move_progress(platform: Platform, scan_id: UUID, secret: str | None, told: ProgressIn) -> None:
    """Raises NotFound for an unknown scan and a wrong secret alike, Conflict for a scan that does not run."""
    tenant_id = _tenant_of(platform, scan_id, secret)
    with platform.databases.tenant(tenant_id) as session:
        query = select(Scan).where(Scan.id == scan_id).with_for_update()
        scan = require_webhook_secret(session.scalars(query).one_or_none(), secret)
        running = select(Job.id).where(Job.id == scan.job_id, Job.state == JobState.RUNNING)
        if scan.completed_at is not None or session.scalar(running) is None:
            raise Conflict(why="the scan is not running")
        _move(scan, told)


def _tenant_of(platform: Platform, scan_id: UUID, secret: str | None) -> UUID:
    """Who asks is not known until the secret is checked, so this one row is looked for in all tenants."""
    with platform.databases.across_tenants(reason="find the scan of a progress report", read_only=True) as session:
        found = session.scalars(select(Scan).where(Scan.id == scan_id)).one_or_none()
        return require_webhook_secret(found, secret).tenant_id


def _move(scan: Scan, told: ProgressIn) -> None:
    """The total stays ours: it is the number of controls that will have a verdict."""
    scan.progress = min(_ALMOST, max(scan.progress, int(told.progress_percentage or 0)))
    for name in _COUNTS:
        setattr(scan, name, min(scan.total, max(getattr(scan, name), getattr(told, name) or 0)))
    if told.current_check:
        scan.current = without_invisible(told.current_check)[:200]
