"""How often each dataset of a Microsoft tenant is collected: its own default, or what people chose, 1 to 24 hours.

Datasets of one interval share a schedule, so that they are collected together and share one token and one connection.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select

from tenantry.estate.flows import COLLECT
from tenantry.estate.models import Access, Lifecycle, MicrosoftTenant
from tenantry.estate.permissions import MANAGE, READ
from tenantry.kit.errors import Conflict, InvalidInput
from tenantry.observe.datasets import Dataset, Needs, all_datasets
from tenantry.observe.models import DatasetSchedule
from tenantry.platform.jobs import Jobs
from tenantry.platform.jobs.models import Schedule
from tenantry.platform.work import Work

SHORTEST: Final = 1
LONGEST: Final = 24


@dataclass(frozen=True, slots=True)
class Planned:
    """A dataset, how often it comes, and when next; None while nothing is scheduled."""

    dataset: Dataset
    hours: int
    is_default: bool
    next_at: datetime | None


def applying(access: Access) -> list[Dataset]:
    """Lighthouse reaches Azure only; whoever has an app in the tenant reaches both."""
    return [item for item in all_datasets() if access is Access.APP_REGISTRATION or item.needs is Needs.AZURE]


def plan_of(work: Work, tenant: MicrosoftTenant) -> list[Planned]:
    work.actor.require(READ, on=tenant.id)
    chosen, due = _chosen(work, tenant.id), _due(work, tenant.id)
    return [
        Planned(item, _hours(item, chosen), item.name not in chosen, due.get(_name(_hours(item, chosen))))
        for item in applying(tenant.access)
    ]


def choose(work: Work, microsoft_tenant_id: UUID, hours: Mapping[str, int | None]) -> MicrosoftTenant:
    """Changes how often the named datasets come; None takes the default again. Raises InvalidInput, and Conflict."""
    work.actor.require(MANAGE, on=microsoft_tenant_id)
    tenant = work.session.one(MicrosoftTenant, microsoft_tenant_id)
    if tenant.lifecycle is Lifecycle.OFFBOARDED:
        raise Conflict(why="it is offboarded")
    _refuse_impossible(tenant, hours)
    rows = {row.dataset: row for row in work.session.scalars(_rows(microsoft_tenant_id))}
    for name, wanted in hours.items():
        row = rows.get(name)
        if wanted is None and row is not None:
            work.session.delete(row)
        elif wanted is not None and row is not None:
            row.hours = wanted
        elif wanted is not None:
            work.session.add(DatasetSchedule(microsoft_tenant_id=tenant.id, dataset=name, hours=wanted))
    work.session.flush()
    if tenant.lifecycle is Lifecycle.ACTIVE:
        apply_schedules(work, tenant)
    return tenant


def apply_schedules(work: Work, tenant: MicrosoftTenant) -> None:
    """One schedule per interval in use; those of intervals nobody uses any more end."""
    chosen = _chosen(work, tenant.id)
    by_hours: dict[int, list[str]] = {}
    for item in applying(tenant.access):
        by_hours.setdefault(_hours(item, chosen), []).append(item.name)
    for hours, names in by_hours.items():
        arguments = {"microsoft_tenant_id": str(tenant.id), "datasets": names}
        every = timedelta(hours=hours)
        Jobs(work).schedule(COLLECT, _name(hours), arguments, subject_id=tenant.id, every=every)
    for row in work.session.scalars(_schedules(tenant.id)).all():
        row.is_enabled = row.name in {_name(hours) for hours in by_hours}


def _refuse_impossible(tenant: MicrosoftTenant, hours: Mapping[str, int | None]) -> None:
    known = {item.name for item in applying(tenant.access)}
    if unknown := sorted(set(hours) - known):
        raise InvalidInput(why=f"{unknown[0][:64]} is not a dataset collected here")
    if any(wanted is not None and not SHORTEST <= wanted <= LONGEST for wanted in hours.values()):
        raise InvalidInput(why=f"a dataset is collected every {SHORTEST} to {LONGEST} hours")


def _chosen(work: Work, microsoft_tenant_id: UUID) -> dict[str, int]:
    return {row.dataset: row.hours for row in work.session.scalars(_rows(microsoft_tenant_id))}


def _rows(microsoft_tenant_id: UUID) -> Select[DatasetSchedule]:
    return select(DatasetSchedule).where(DatasetSchedule.microsoft_tenant_id == microsoft_tenant_id)


def _schedules(microsoft_tenant_id: UUID) -> Select[Schedule]:
    return select(Schedule).where(Schedule.subject_id == microsoft_tenant_id, Schedule.kind == COLLECT)


def _due(work: Work, microsoft_tenant_id: UUID) -> dict[str, datetime]:
    rows: Sequence[Schedule] = work.session.scalars(_schedules(microsoft_tenant_id).where(Schedule.is_enabled)).all()
    return {row.name: row.next_due_at for row in rows}


def _hours(item: Dataset, chosen: Mapping[str, int]) -> int:
    return chosen.get(item.name, int(item.every.total_seconds() // 3600))


def _name(hours: int) -> str:
    return f"every {hours} h"
