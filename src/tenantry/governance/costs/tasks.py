"""Fetching costs: subscription by subscription, the days that may have changed since the last time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.gateway import Gateway, reach_of
from tenantry.estate.models import Lifecycle
from tenantry.governance.costs.budgets import keep_budgets
from tenantry.governance.costs.events import tell_kept
from tenantry.governance.costs.forecasts import foresee
from tenantry.governance.costs.ledger import PLACES, RESOURCE, Sums, keep
from tenantry.governance.costs.models import CostSource
from tenantry.governance.costs.period import Period
from tenantry.governance.costs.service import COSTS_JOB
from tenantry.governance.resources.models import Subscription
from tenantry.kit.logging import get_logger
from tenantry.microsoft import Kind, UpstreamError
from tenantry.microsoft.cost import CostBudget, CostClient, CostQuery, CostRow, CostState, cost_state_of
from tenantry.observe.losses import is_lost
from tenantry.platform.jobs import JobContext, RetryPolicy, job
from tenantry.platform.work import Work

HISTORY: Final = timedelta(days=92)
"""How far back the first time goes: a month of days costs one unit of a quota of 60 a minute."""
CORRECTED: Final = timedelta(days=7)
"""Amounts change for about 72 hours, and some for longer."""
_CLOSING: Final = 5
"""Until this day of a month, the month before may still be corrected."""
_TOGETHER: Final = CostQuery((*PLACES, RESOURCE))
_APART: Final = CostQuery(PLACES), CostQuery((RESOURCE,))
"""For when three groupings are refused: documentation allows two, and everybody was seen to be given more."""
_log = get_logger("tenantry.costs")


@dataclass(frozen=True, slots=True)
class Due:
    """A subscription and the days to ask for."""

    subscription_key: str
    period: Period


@job(COSTS_JOB, "Costs", retry=RetryPolicy(attempts=2, first_wait=60))
async def fetch_costs(context: JobContext, microsoft_tenant_id: str) -> None:
    """Each subscription is kept by itself. After its worker died it begins with those that have waited longest."""
    key = UUID(microsoft_tenant_id)
    gateway: Gateway = context.services
    reach = await context.in_work(reach_of, key, read_only=True)
    if reach.lifecycle in (Lifecycle.PAUSED, Lifecycle.OFFBOARDED):
        return
    due: Sequence[Due] = await context.in_work(_due, key, read_only=True)
    connection = await gateway.connect(reach)
    for done, one in enumerate(due):
        await context.progress(done, len(due), f"Subscription {done + 1} of {len(due)}")
        try:
            sums = await _asked(connection.cost, one)
        except UpstreamError as error:
            _log.warning("costs not fetched", subscription=one.subscription_key, kind=error.kind.value)
            await context.in_work(_refused, key, one, error)
        else:
            await context.in_work(_keep, key, one, sums)
            await context.in_work(_keep_budgets, key, one, await _budgets(connection.cost, one))
    await context.progress(len(due), len(due), f"{len(due)} subscriptions", force=True)


async def _asked(client: CostClient, due: Due) -> Sums:
    """Raises UpstreamError."""
    try:
        rows = await _rows(client, _TOGETHER, due)
    except UpstreamError as error:
        if error.kind is not Kind.BAD_REQUEST:
            raise
        by_place, by_resource = [await _rows(client, query, due) for query in _APART]
        return Sums.of(by_place, by_resource)
    return Sums.of(rows, rows)


async def _budgets(client: CostClient, due: Due) -> list[CostBudget] | None:
    """None when they cannot be had: those that are known stay, with their age."""
    try:
        return [one async for one in client.budgets(f"/subscriptions/{due.subscription_key}")]
    except UpstreamError as error:
        _log.warning("budgets not fetched", subscription=due.subscription_key, kind=error.kind.value)
        return None


async def _rows(client: CostClient, query: CostQuery, due: Due) -> list[CostRow]:
    scope, period = f"/subscriptions/{due.subscription_key}", due.period
    return [row async for row in client.rows(scope, query, period.first, period.last)]


def period_due(source: CostSource | None, today: date) -> Period:
    """The days to ask for, up to yesterday: today is not over anywhere."""
    last = today - timedelta(days=1)
    if source is None or source.last_day is None:
        return Period((last - HISTORY).replace(day=1), last)
    first = min(source.last_day, last) - CORRECTED + timedelta(days=1)
    if today.day <= _CLOSING:
        first = min(first, (today.replace(day=1) - timedelta(days=1)).replace(day=1))
    return Period(first, last)


def _due(work: Work, microsoft_tenant_id: UUID) -> list[Due]:
    """Those that are in sight, the longest waiting first."""
    query = select(Subscription.subscription_key).where(
        Subscription.microsoft_tenant_id == microsoft_tenant_id, ~is_lost(Subscription)
    )
    sources = _sources(work, microsoft_tenant_id)
    keys = sorted(set(work.session.scalars(query)), key=lambda key: (_age(sources.get(key)), key))
    today = work.clock.now().date()
    return [Due(key, period_due(sources.get(key), today)) for key in keys]


def _age(source: CostSource | None) -> float:
    return source.attempted_at.timestamp() if source else 0.0


def _sources(work: Work, microsoft_tenant_id: UUID) -> dict[str, CostSource]:
    query = select(CostSource).where(CostSource.microsoft_tenant_id == microsoft_tenant_id)
    return {source.subscription_key: source for source in work.session.scalars(query)}


def _source(work: Work, microsoft_tenant_id: UUID, due: Due) -> CostSource:
    now = work.clock.now()
    source = _sources(work, microsoft_tenant_id).get(due.subscription_key)
    if source is None:
        source = CostSource(
            microsoft_tenant_id=microsoft_tenant_id, subscription_key=due.subscription_key, state=CostState.STALE
        )
        work.session.add(source)
    source.attempted_at = now
    return source


def _keep(work: Work, microsoft_tenant_id: UUID, due: Due, sums: Sums) -> None:
    source = _source(work, microsoft_tenant_id, due)
    keep(work.session, source, due.period, sums, work.clock.now())
    foresee(work.session, source, work.clock.now())
    tell_kept(work, source, due.period)


def _keep_budgets(work: Work, microsoft_tenant_id: UUID, due: Due, budgets: Sequence[CostBudget] | None) -> None:
    if budgets is not None:
        keep_budgets(work.session, _source(work, microsoft_tenant_id, due), budgets, work.clock.now())


def _refused(work: Work, microsoft_tenant_id: UUID, due: Due, error: UpstreamError) -> None:
    """What was known before stays, with its age. A refusal is a state, and never zero."""
    source = _source(work, microsoft_tenant_id, due)
    source.state = cost_state_of(error) or CostState.STALE
    source.missing_permission = error.missing_permission
    source.problem = f"{error.advice} {error.message}".strip()[:2000]
