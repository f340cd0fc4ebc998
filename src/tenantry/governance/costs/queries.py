"""What Azure cost, added up: never over two currencies, and with how much of it is known."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from tenantry.estate.models import MicrosoftTenant
from tenantry.governance.costs.ledger import Period
from tenantry.governance.costs.models import CostDay, CostEntry, CostSource
from tenantry.governance.costs.permissions import READ
from tenantry.microsoft.cost import CostState
from tenantry.platform.work import Work


@dataclass(frozen=True, slots=True)
class CostFilter:
    """Which costs: of a period, of one Microsoft tenant or of all that the actor may see."""

    period: Period
    microsoft_tenant_id: UUID | None = None

    @property
    def before(self) -> Period:
        """As many days, right before."""
        last = self.period.first - timedelta(days=1)
        return Period(last - (self.period.last - self.period.first), last)


@dataclass(frozen=True, slots=True)
class Amount:
    """Millionths of a currency in the period, and in as many days before it; None where those are not known."""

    currency: str
    micros: int
    before: int | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many subscriptions stand how, and since when the oldest of what is shown is known."""

    states: Mapping[CostState, int]
    fetched_at: datetime | None
    known_from: date | None


@dataclass(frozen=True, slots=True)
class TenantAmount:
    microsoft_tenant_id: UUID
    name: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class DayAmount:
    day: date
    currency: str
    micros: int


def this_month(today: date) -> Period:
    """Up to yesterday; on the first of a month, the month before."""
    yesterday = today - timedelta(days=1)
    return Period(yesterday.replace(day=1), yesterday)


def amounts(work: Work, wanted: CostFilter) -> list[Amount]:
    """A sum per currency, the largest first."""
    now, before = _by_currency(work, wanted, wanted.period), _by_currency(work, wanted, wanted.before)
    is_known = _is_known(work, wanted)
    found = [
        Amount(currency, now.get(currency, 0), before.get(currency, 0) if is_known else None)
        for currency in now.keys() | before.keys()
    ]
    return sorted(found, key=lambda one: (-one.micros, one.currency))


def by_tenant(work: Work, wanted: CostFilter) -> list[TenantAmount]:
    """The dearest Microsoft tenants first, each with one row per currency."""
    now, before = _per_tenant(work, wanted, wanted.period), _per_tenant(work, wanted, wanted.before)
    names = dict(work.session.execute(select(MicrosoftTenant.id, MicrosoftTenant.name)).all())
    since, found = _known_since(work), []
    for key, currency in now.keys() | before.keys():
        is_known = key in since and since[key] <= wanted.before.first
        known = before.get((key, currency), 0) if is_known else None
        found.append(TenantAmount(key, names[key], Amount(currency, now.get((key, currency), 0), known)))
    return sorted(found, key=lambda one: (-one.amount.micros, one.name, one.amount.currency))


def by_service(work: Work, wanted: CostFilter) -> list[tuple[str, Amount]]:
    """The dearest services first."""
    return _by_entry(work, wanted, CostEntry.service)


def by_group(work: Work, wanted: CostFilter) -> list[tuple[str, Amount]]:
    """The dearest resource groups first, by name: several may be called the same."""
    return _by_entry(work, wanted, CostEntry.group_key)


def trend(work: Work, wanted: CostFilter) -> list[DayAmount]:
    """Every day that has an amount, the oldest first."""
    query = select(CostDay.day, CostDay.currency, func.sum(CostDay.micros)).where(*_of(work, wanted, CostDay))
    query = query.where(CostDay.day.between(wanted.period.first, wanted.period.last))
    rows = work.session.execute(query.group_by(CostDay.day, CostDay.currency).order_by(CostDay.day, CostDay.currency))
    return [DayAmount(day, currency, int(micros)) for day, currency, micros in rows]


def coverage(work: Work, wanted: CostFilter) -> Coverage:
    columns = CostSource.state, CostSource.fetched_at, CostSource.first_day
    rows = work.session.execute(select(*columns).where(*_of(work, wanted, CostSource))).all()
    known = [(at, first) for _, at, first in rows if at is not None]
    return Coverage(
        Counter(state for state, _, _ in rows),
        min((at for at, _ in known), default=None),
        max((first for _, first in known if first is not None), default=None),
    )


def sources(work: Work, wanted: CostFilter) -> Sequence[CostSource]:
    """The subscriptions, those without costs first."""
    query = select(CostSource).where(*_of(work, wanted, CostSource))
    rows = work.session.scalars(query.order_by(CostSource.subscription_key)).all()
    return sorted(rows, key=lambda row: row.state is CostState.AVAILABLE)


def _of(work: Work, wanted: CostFilter, model: Any) -> list[ColumnElement[bool]]:
    work.actor.require(READ, on=wanted.microsoft_tenant_id)
    if wanted.microsoft_tenant_id is not None:
        return [model.microsoft_tenant_id == wanted.microsoft_tenant_id]
    return [] if work.actor.scope is None else [model.microsoft_tenant_id.in_(work.actor.scope)]


def _summed(work: Work, wanted: CostFilter, period: Period, model: Any, *by: Any) -> Select[Any]:
    query = select(*by, func.sum(model.micros)).where(*_of(work, wanted, model))
    return query.where(model.day.between(period.first, period.last)).group_by(*by)


def _by_currency(work: Work, wanted: CostFilter, period: Period) -> dict[str, int]:
    rows = work.session.execute(_summed(work, wanted, period, CostDay, CostDay.currency))
    return {currency: int(micros) for currency, micros in rows}


def _per_tenant(work: Work, wanted: CostFilter, period: Period) -> dict[tuple[UUID, str], int]:
    rows = work.session.execute(_summed(work, wanted, period, CostDay, CostDay.microsoft_tenant_id, CostDay.currency))
    return {(key, currency): int(micros) for key, currency, micros in rows}


def _by_entry(work: Work, wanted: CostFilter, column: Any) -> list[tuple[str, Amount]]:
    now, before = (
        {
            (name, currency): int(micros)
            for name, currency, micros in work.session.execute(
                _summed(work, wanted, period, CostEntry, column, CostEntry.currency)
            )
        }
        for period in (wanted.period, wanted.before)
    )
    is_known = _is_known(work, wanted)
    found = [
        (name, Amount(currency, now.get((name, currency), 0), before.get((name, currency), 0) if is_known else None))
        for name, currency in now.keys() | before.keys()
    ]
    return sorted(found, key=lambda one: (-one[1].micros, one[0], one[1].currency))


def _is_known(work: Work, wanted: CostFilter) -> bool:
    """Whether the days before were fetched of every subscription: else a comparison would be with less than all."""
    known_from = coverage(work, wanted).known_from
    return known_from is not None and known_from <= wanted.before.first


def _known_since(work: Work) -> dict[UUID, date]:
    query = select(CostSource.microsoft_tenant_id, func.max(CostSource.first_day))
    rows = work.session.execute(query.group_by(CostSource.microsoft_tenant_id))
    return {key: first for key, first in rows if first is not None}
