"""Budgets that customers keep in Azure: what may be spent, what was, and when it will be too much."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select

from tenantry.governance.costs.ledger import MICRO
from tenantry.governance.costs.models import CostBudget, CostDay, CostForecast, CostSource
from tenantry.governance.costs.queries import seen
from tenantry.kit.db import TenantSession
from tenantry.kit.pagination import Page, PageQuery, SortKey, paginate
from tenantry.microsoft.cost import CostBudget as Told
from tenantry.microsoft.cost import CostState
from tenantry.observe.datasets import bounded_key
from tenantry.platform.work import Work

_MONTHLY: Final = ("monthly", "billingmonth")


class BudgetState(StrEnum):
    """Whether the money will do."""

    EXCEEDED = "exceeded"
    TIGHT = "tight"
    """More will be spent than may be, if it goes on like this."""
    WITHIN = "within"
    UNTOLD = "untold"
    """Azure does not say what was spent."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """A month of one currency in millionths: until now, still to come, and the whole month before.

    `to_come` is None while no subscription has four weeks of history; `without` counts those that have less.
    """

    currency: str
    spent: int
    to_come: int | None
    before: int
    without: int


def keep_budgets(session: TenantSession, source: CostSource, budgets: Sequence[Told], now: datetime) -> None:
    """Replaces those of a subscription."""
    session.execute(
        delete(CostBudget).where(
            CostBudget.microsoft_tenant_id == source.microsoft_tenant_id,
            CostBudget.subscription_key == source.subscription_key,
        )
    )
    for one in budgets:
        row = CostBudget(
            microsoft_tenant_id=source.microsoft_tenant_id,
            subscription_key=source.subscription_key,
            budget_key=bounded_key(one.id),
            name=one.name[:256],
            name_key=one.name.casefold()[:256],
            grain=one.grain[:32],
            currency=one.currency[:8] if one.currency else None,
            amount=_micros(one.amount),
            spent=None if one.spent is None else _micros(one.spent),
            forecast=None if one.forecast is None else _micros(one.forecast),
            starts=one.starts,
            ends=one.ends,
            fetched_at=now,
        )
        session.add(row)


def budgets_page(work: Work, microsoft_tenant_id: UUID | None, page: PageQuery) -> Page[CostBudget]:
    """By name."""
    query = select(CostBudget).where(*seen(work, CostBudget, microsoft_tenant_id))
    order = [SortKey(CostBudget.name_key, never_null=True), SortKey(CostBudget.id, never_null=True)]
    return paginate(work.session, query, page, order, count=True)


def state_of(row: CostBudget) -> BudgetState:
    if row.spent is None:
        return BudgetState.UNTOLD
    if row.spent > row.amount:
        return BudgetState.EXCEEDED
    return BudgetState.TIGHT if row.forecast is not None and row.forecast > row.amount else BudgetState.WITHIN


def used_up_on(row: CostBudget) -> date | None:
    """The day on which a monthly budget is used up at the pace of this month until now; None if it lasts.

    Also None for what is exceeded already, for other periods, and on the first day, which has no pace yet.
    """
    today = row.fetched_at.date()
    elapsed = today.day - 1
    if row.grain.lower() not in _MONTHLY or not row.spent or not elapsed or row.spent > row.amount:
        return None
    day = today + timedelta(days=(row.amount - row.spent) * elapsed // row.spent)
    return day if (day.year, day.month) == (today.year, today.month) else None


def outlooks(work: Work, microsoft_tenant_id: UUID | None) -> list[Outlook]:
    """This month, the largest currency first."""
    today = work.clock.now().date()
    month = today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    spent = _sums(work, CostDay, microsoft_tenant_id, CostDay.day.between(month, today))
    earlier = _sums(work, CostDay, microsoft_tenant_id, CostDay.day.between(before, month - timedelta(days=1)))
    to_come = _sums(work, CostForecast, microsoft_tenant_id, CostForecast.month == month)
    without = _without_forecast(work, microsoft_tenant_id, month)
    found = [
        Outlook(currency, spent.get(currency, 0), to_come.get(currency), earlier.get(currency, 0), without)
        for currency in spent.keys() | earlier.keys() | to_come.keys()
    ]
    return sorted(found, key=lambda one: (-one.spent, one.currency))


def _sums(work: Work, model: Any, microsoft_tenant_id: UUID | None, condition: ColumnElement[bool]) -> dict[str, int]:
    query = select(model.currency, func.sum(model.micros)).where(condition, *seen(work, model, microsoft_tenant_id))
    return {currency: int(micros) for currency, micros in work.session.execute(query.group_by(model.currency))}


def _without_forecast(work: Work, microsoft_tenant_id: UUID | None, month: date) -> int:
    """Subscriptions that cost something, and whose history is too short to foresee anything."""
    foreseen = select(CostForecast.id).where(
        CostForecast.microsoft_tenant_id == CostSource.microsoft_tenant_id,
        CostForecast.subscription_key == CostSource.subscription_key,
        CostForecast.month == month,
    )
    used = CostSource.state == CostState.AVAILABLE
    query = select(func.count()).select_from(CostSource).where(used, ~foreseen.exists())
    return work.session.execute(query.where(*seen(work, CostSource, microsoft_tenant_id))).scalar_one()


def _micros(amount: Decimal) -> int:
    return round(amount * MICRO)
