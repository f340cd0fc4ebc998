"""How the queue, the workers and the schedules are."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from prometheus_client import Metric
from prometheus_client.metrics_core import GaugeMetricFamily
from sqlalchemy import func, select

from tenantry.platform.health.registry import Look, Part, Status, gauge_of, health_gauges, health_part
from tenantry.platform.jobs.models import OPEN_STATES, Job, JobState, Schedule, Worker
from tenantry.platform.jobs.registry import all_kinds
from tenantry.platform.jobs.workers import DEAD_AFTER
from tenantry.platform.tenancy.models import Tenant

_LATE: Final = timedelta(minutes=5)
_MUCH_TOO_LATE: Final = timedelta(minutes=30)
_MOST_WORKERS: Final = 50


@health_part("jobs")
def jobs(look: Look) -> Part:
    """What waits, for how long, and whether anybody is there to do it."""
    depth, running, oldest = _queue(look)
    workers = _workers(look)
    alive = sum(_is_alive(look, worker) for worker in workers)
    waiting = _seconds_since(look, oldest)
    facts = {
        "queued": depth,
        "running": running,
        "oldest_waiting_seconds": waiting,
        "workers_alive": alive,
        "workers": [_worker(look, worker) for worker in workers],
    }
    if not alive:
        return Part(Status.FAILING, "No worker is running, so no job is. Start `tenantry worker`.", facts)
    if waiting is not None and waiting > _LATE.total_seconds():
        return Part(Status.DEGRADED, "Jobs wait for minutes. More workers, or more jobs at a time, would help.", facts)
    return Part(Status.OK, "Jobs are taken as they come.", facts)


@health_part("scheduler")
def scheduler(look: Look) -> Part:
    """Whether what comes again is started when its time has come."""
    due, since = _due(look)
    lag = _seconds_since(look, since)
    facts = {"due_and_not_started": due, "lag_seconds": lag or 0.0}
    if lag is None or lag < _LATE.total_seconds():
        return Part(Status.OK, "What was due has been started.", facts)
    status = Status.FAILING if lag > _MUCH_TOO_LATE.total_seconds() else Status.DEGRADED
    return Part(status, "Work that was due has not been started. Look whether workers are alive.", facts)


@health_gauges
def gauges(look: Look) -> Iterable[Metric]:
    depth, _, oldest = _queue(look)
    due, since = _due(look)
    yield _open_jobs(look)
    yield from gauge_of("tenantry_jobs_waiting", "Jobs whose time has come and that nobody has taken yet.", depth)
    waiting = _seconds_since(look, oldest) or 0.0
    yield from gauge_of("tenantry_jobs_oldest_waiting_seconds", "How long the oldest of them has waited.", waiting)
    alive = sum(_is_alive(look, worker) for worker in _workers(look))
    yield from gauge_of("tenantry_workers_alive", "Workers that showed life in the last half minute.", alive)
    yield from gauge_of("tenantry_schedules_due", "Schedules whose time has come and that were not started.", due)
    lag = _seconds_since(look, since) or 0.0
    yield from gauge_of("tenantry_scheduler_lag_seconds", "How late the oldest of them is.", lag)


def _open_jobs(look: Look) -> Metric:
    family = GaugeMetricFamily(
        "tenantry_jobs", "Open jobs, those that rest until a retry included.", labels=["kind", "state"]
    )
    known = {kind.name for kind in all_kinds()}
    counts = dict.fromkeys(((kind, state) for kind in sorted(known) for state in OPEN_STATES), 0)
    query = select(Job.kind, Job.state, func.count()).join(Tenant, Tenant.id == Job.tenant_id)
    for kind, state, count in look.session.execute(
        query.where(Job.state.in_(OPEN_STATES)).group_by(Job.kind, Job.state)
    ):
        counts[kind, state] = count
    for (kind, state), count in counts.items():
        family.add_metric([kind, state.value], count)
    return family


def _queue(look: Look) -> tuple[int, int, datetime | None]:
    """Jobs whose time has come, jobs that run, and since when the oldest of the former waits."""
    open_jobs = select(func.count(), func.min(Job.not_before)).join(Tenant, Tenant.id == Job.tenant_id)
    due = open_jobs.where(Job.state == JobState.QUEUED, Job.not_before <= look.now)
    depth, oldest = look.session.execute(look.within(due, Job.subject_id)).one()
    running, _ = look.session.execute(look.within(open_jobs.where(Job.state == JobState.RUNNING), Job.subject_id)).one()
    return depth, running, oldest


def _due(look: Look) -> tuple[int, datetime | None]:
    """Of kinds this version knows, as those who start them look at it."""
    query = (
        select(func.count(), func.min(Schedule.next_due_at))
        .join(Tenant, Tenant.id == Schedule.tenant_id)
        .where(Schedule.next_due_at <= look.now, Schedule.is_enabled)
        .where(Schedule.kind.in_([kind.name for kind in all_kinds()]))
    )
    due, since = look.session.execute(look.within(query, Schedule.subject_id)).one()
    return due, since


def _workers(look: Look) -> Sequence[Worker]:
    """The last to be seen first. One that is not seen for a day is forgotten."""
    return look.session.scalars(select(Worker).order_by(Worker.seen_at.desc()).limit(_MOST_WORKERS)).all()


def _is_alive(look: Look, worker: Worker) -> bool:
    return worker.seen_at >= look.now - DEAD_AFTER


def _worker(look: Look, worker: Worker) -> dict[str, Any]:
    alive = _is_alive(look, worker)
    return {"name": worker.name, "is_alive": alive, "seen_at": worker.seen_at, "started_at": worker.started_at}


def _seconds_since(look: Look, moment: datetime | None) -> float | None:
    return None if moment is None else round((look.now - moment).total_seconds(), 1)
