"""Asking for a sync of many Microsoft tenants, choosing how often it comes, and seeing how it stands."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from tenantry.estate.flows import COLLECT
from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.estate.permissions import MANAGE, READ
from tenantry.governance.costs.models import CostSource
from tenantry.governance.costs.service import COSTS_JOB, fetch_every
from tenantry.governance.resources.models import Subscription
from tenantry.governance.sync.kinds import SyncType, datasets_of, type_of
from tenantry.kit.errors import InvalidInput, NotFound
from tenantry.kit.pagination import AnySelect
from tenantry.observe.models import DatasetState
from tenantry.observe.schedules import LONGEST, SHORTEST, applying, choose
from tenantry.platform.jobs import JobAlreadyRunning, Jobs
from tenantry.platform.jobs.models import Job
from tenantry.platform.work import Work


class Began(StrEnum):
    """What became of the wish to sync one Microsoft tenant."""

    STARTED = "started"
    RUNNING = "already_running"
    NOTHING = "nothing_to_sync"


@dataclass(frozen=True, slots=True)
class Order:
    """One Microsoft tenant, and the job that fetches it; the one that runs already, if there is one."""

    microsoft_tenant_id: UUID
    began: Began
    job_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a kind of sync stands over the Microsoft tenants that the actor may see."""

    kind: SyncType
    states: Mapping[str, int]
    """How the last collections of its datasets, or of the costs of subscriptions, ended; what never began is none."""
    oldest: datetime | None
    """When the oldest of what is known was collected."""
    never: int
    """Datasets, or subscriptions, of which nothing was ever completely known."""


def sync(work: Work, kind: SyncType, wanted: Collection[UUID] | None) -> list[Order]:
    """Begins with these Microsoft tenants, or with all that are active. Raises NotFound for one that is not there."""
    work.actor.require(MANAGE)
    tenants = _tenants(work, wanted)
    with_subscriptions = _with_subscriptions(work) if kind is SyncType.COSTS else frozenset[UUID]()
    return [_begin(work, kind, tenant, with_subscriptions) for tenant in tenants]


def choose_interval(work: Work, kind: SyncType, microsoft_tenant_id: UUID, hours: int | None) -> None:
    """Every 1 to 24 hours, or as each dataset does by default. Raises NotFound, InvalidInput and Conflict."""
    work.actor.require(MANAGE, on=microsoft_tenant_id)
    tenant = work.one(MicrosoftTenant, microsoft_tenant_id, "Microsoft tenant", about="id")
    if hours is not None and not SHORTEST <= hours <= LONGEST:
        raise InvalidInput(why=f"a sync comes every {SHORTEST} to {LONGEST} hours")
    if kind is SyncType.COSTS:
        fetch_every(work, tenant, hours)
        return
    names = {dataset.name for dataset in datasets_of(kind)} & {dataset.name for dataset in applying(tenant.access)}
    if not names:
        raise InvalidInput(why="this Microsoft tenant is reached in a way that gives none of it")
    choose(work, tenant.id, dict.fromkeys(names, hours))


def standings(work: Work, microsoft_tenant_id: UUID | None = None) -> list[Standing]:
    """One of each kind, over one Microsoft tenant or all."""
    work.actor.require(READ, on=microsoft_tenant_id)
    found: dict[SyncType, list[_Count]] = defaultdict(list)
    for count in _collected(work, microsoft_tenant_id):
        found[type_of(count.of)].append(count)
    found[SyncType.COSTS] = _costs(work, microsoft_tenant_id)
    return [_standing(kind, found[kind]) for kind in SyncType]


def jobs_of(work: Work, kind: SyncType | None, microsoft_tenant_id: UUID | None) -> AnySelect:
    """A statement over the jobs that sync, for paging. Collections of all kinds are one kind of job."""
    kinds = {SyncType.COSTS: [COSTS_JOB], None: [COLLECT, COSTS_JOB]}
    return Jobs(work).recent(subject_id=microsoft_tenant_id).where(Job.kind.in_(kinds.get(kind, [COLLECT])))


def _tenants(work: Work, wanted: Collection[UUID] | None) -> Sequence[MicrosoftTenant]:
    query = select(MicrosoftTenant)
    if work.actor.scope is not None:
        query = query.where(MicrosoftTenant.id.in_(work.actor.scope))
    if wanted is None:
        return work.session.scalars(query.where(MicrosoftTenant.lifecycle == Lifecycle.ACTIVE)).all()
    found = work.session.scalars(query.where(MicrosoftTenant.id.in_(set(wanted)))).all()
    if len(found) < len(set(wanted)):
        raise NotFound(what="Microsoft tenant")
    return found


def _with_subscriptions(work: Work) -> set[UUID]:
    return set(work.session.scalars(select(Subscription.microsoft_tenant_id).distinct()))


def _begin(work: Work, kind: SyncType, tenant: MicrosoftTenant, with_subscriptions: Collection[UUID]) -> Order:
    arguments: dict[str, Any] = {"microsoft_tenant_id": str(tenant.id)}
    if kind is not SyncType.COSTS:
        applied = {dataset.name for dataset in applying(tenant.access)}
        arguments["datasets"] = [dataset.name for dataset in datasets_of(kind) if dataset.name in applied]
    is_nothing = tenant.id not in with_subscriptions if kind is SyncType.COSTS else not arguments["datasets"]
    if is_nothing or tenant.lifecycle is not Lifecycle.ACTIVE:
        return Order(tenant.id, Began.NOTHING)
    try:
        job = Jobs(work).enqueue(COSTS_JOB if kind is SyncType.COSTS else COLLECT, arguments, subject_id=tenant.id)
    except JobAlreadyRunning as running:
        return Order(tenant.id, Began.RUNNING, running.facts["job_id"])
    return Order(tenant.id, Began.STARTED, job.id)


@dataclass(frozen=True, slots=True)
class _Count:
    """So many things of a dataset stand alike; `oldest` is the age of what is known of them."""

    of: str
    state: str
    count: int
    known: int
    oldest: datetime | None


def _collected(work: Work, microsoft_tenant_id: UUID | None) -> list[_Count]:
    at = DatasetState.complete_at
    query = select(DatasetState.dataset, DatasetState.outcome, func.count(), func.count(at), func.min(at)).group_by(
        DatasetState.dataset, DatasetState.outcome
    )
    rows = work.session.execute(query.where(*_seen(work, DatasetState, microsoft_tenant_id)))
    return [_Count(name, outcome.value, count, known, oldest) for name, outcome, count, known, oldest in rows]


def _costs(work: Work, microsoft_tenant_id: UUID | None) -> list[_Count]:
    at = CostSource.fetched_at
    query = select(CostSource.state, func.count(), func.count(at), func.min(at)).group_by(CostSource.state)
    rows = work.session.execute(query.where(*_seen(work, CostSource, microsoft_tenant_id)))
    return [_Count(SyncType.COSTS, state.value, count, known, oldest) for state, count, known, oldest in rows]


def _seen(work: Work, model: Any, microsoft_tenant_id: UUID | None) -> list[ColumnElement[bool]]:
    if microsoft_tenant_id is not None:
        return [model.microsoft_tenant_id == microsoft_tenant_id]
    return [] if work.actor.scope is None else [model.microsoft_tenant_id.in_(work.actor.scope)]


def _standing(kind: SyncType, counts: Sequence[_Count]) -> Standing:
    states: Counter[str] = Counter()
    for one in counts:
        states[one.state] += one.count
    ages = [one.oldest for one in counts if one.oldest is not None]
    return Standing(kind, states, min(ages, default=None), sum(one.count - one.known for one in counts))
