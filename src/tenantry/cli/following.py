"""Watching jobs in a terminal until none is open."""

import os
import time
from collections.abc import Collection, Sequence
from contextlib import nullcontext
from typing import Any, Final
from uuid import UUID

from rich.live import Live
from rich.table import Table
from rich.text import Text
from sqlalchemy import select

from tenantry.cli.context import messages, plain
from tenantry.estate.models import MicrosoftTenant
from tenantry.kit.errors import Unavailable
from tenantry.platform.jobs.models import OPEN_STATES, Job, JobState
from tenantry.platform.setup import operator
from tenantry.platform.work import Platform
from tenantry.settings import Settings

_PATIENCE: Final = 3600.0
_COLOURS: Final = {"queued": "dim", "running": "cyan", "succeeded": "green", "failed": "red", "cancelled": "yellow"}


def run_jobs(
    platform: Platform,
    settings: Settings,
    tenant_id: UUID,
    subjects: Collection[UUID],
    *,
    show: bool,
    kind: str | None = None,
) -> int:
    """Runs what is open, here or in a worker beside this one, until the jobs of these Microsoft tenants have ended.

    With a `kind` only jobs of that kind are waited for.
    """
    from tenantry.cli.running import running_jobs  # the engine takes long to import

    with running_jobs(platform, settings, f"cli-{os.getpid()}"):
        return follow(platform, tenant_id, subjects, show=show, kind=kind)


def follow(
    platform: Platform,
    tenant_id: UUID,
    subjects: Collection[UUID] | None = None,
    *,
    show: bool,
    kind: str | None = None,
) -> int:
    """Returns how many of the newest job per Microsoft tenant failed. Raises Unavailable after an hour."""
    until = time.monotonic() + _PATIENCE
    with Live(console=messages, refresh_per_second=4, transient=True) if show else nullcontext() as live:
        while time.monotonic() < until:
            jobs = _jobs(platform, tenant_id, subjects, kind)
            if live is not None:
                live.update(progress_table(jobs))
            if not any(job.state in OPEN_STATES for job, _ in jobs):
                return sum(job.state is JobState.FAILED for job in _newest(jobs).values())
            time.sleep(0.25)
    raise Unavailable(what="The end of the jobs")


def progress_table(jobs: Sequence[tuple[Job, str]]) -> Table:
    """The newest job of each Microsoft tenant."""
    table = Table("Microsoft tenant", "Job", "State", "Progress", expand=False, box=None)
    for name, job in sorted(_newest(jobs).items()):
        told = f"{job.done}/{job.total or '?'}  {job.note or job.error_message or ''}"
        state = Text(job.state.value, style=_COLOURS[job.state.value])
        table.add_row(Text(plain(name)), job.kind, state, Text(plain(told[:70])))
    return table


def _newest(jobs: Sequence[tuple[Job, str]]) -> dict[str, Job]:
    return {name: job for job, name in jobs}


def _jobs(
    platform: Platform, tenant_id: UUID, subjects: Collection[UUID] | None, kind: str | None
) -> list[tuple[Job, str]]:
    query: Any = select(Job, MicrosoftTenant.name).join(MicrosoftTenant, MicrosoftTenant.id == Job.subject_id)
    if subjects is not None:
        query = query.where(Job.subject_id.in_(subjects))
    if kind is not None:
        query = query.where(Job.kind == kind)
    with platform.work(operator(tenant_id), read_only=True) as work:
        return [(job, name) for job, name in work.session.execute(query.order_by(Job.id))]
