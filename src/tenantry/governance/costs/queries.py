"""What Azure cost, added up: never over two currencies, and with how much of it is known."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.governance.costs.models import CostDay, CostEntry, CostSource, CostTag
from tenantry.governance.costs.months import resource_months
from tenantry.governance.costs.period import Period
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
    """How many subscriptions stand how, how old the oldest of what is shown is, and which days are known of all."""

    states: Mapping[CostState, int]
    fetched_at: datetime | None
    known_from: date | None
    known_until: date | None
    never_fetched: int
    """Subscriptions of which nothing is known. The others keep what was, whatever is answered now."""

    def covers(self, first: date, last: date) -> bool:
        """Whether these days were fetched of every subscription that anything is known of."""
        return bool(self.known_from and self.known_until and self.known_from <= first and last <= self.known_until)


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


def seen(work: Work, model: Any, microsoft_tenant_id: UUID | None) -> list[ColumnElement[bool]]:
    """The rows of one Microsoft tenant, or of all that the actor may see. Raises NotFound."""
    work.actor.require(READ, on=microsoft_tenant_id)
    if microsoft_tenant_id is not None:
        return [model.microsoft_tenant_id == microsoft_tenant_id]
    return [] if work.actor.scope is None else [model.microsoft_tenant_id.in_(work.actor.scope)]


def tenants(work: Work) -> list[MicrosoftTenant]:
    """Those the actor may see, by name."""
    query = select(MicrosoftTenant).where(MicrosoftTenant.lifecycle != Lifecycle.OFFBOARDED)
    if work.actor.scope is not None:
        query = query.where(MicrosoftTenant.id.in_(work.actor.scope))
    return list(work.session.scalars(query.order_by(MicrosoftTenant.name_key)))


def by_tenant(work: Work, wanted: CostFilter) -> list[TenantAmount]:
    """The dearest Microsoft tenants first, each with one row per currency."""
    now, before = _per_tenant(work, wanted, wanted.period), _per_tenant(work, wanted, wanted.before)
    names = dict(work.session.execute(select(MicrosoftTenant.id, MicrosoftTenant.name)).all())
    compared, found = _compared(work, wanted), []
    for key, currency in now.keys() | before.keys():
        known = before.get((key, currency), 0) if key in compared else None
        found.append(TenantAmount(key, names[key], Amount(currency, now.get((key, currency), 0), known)))
    return sorted(found, key=lambda one: (-one.amount.micros, one.name, one.amount.currency))


def by_service(work: Work, wanted: CostFilter) -> list[tuple[str, Amount]]:
    """The dearest services first."""
    return _by_entry(work, wanted, CostEntry.service)


def by_group(work: Work, wanted: CostFilter) -> list[tuple[str, Amount]]:
    """The dearest resource groups first, by name: several may be called the same."""
    return _by_entry(work, wanted, CostEntry.group_key)


def by_resource(work: Work, wanted: CostFilter) -> list[tuple[str, str, int]]:
    """Key, currency and millionths of each resource of one Microsoft tenant, the dearest first.

    Raises NotFound, and ValueError without a Microsoft tenant.
    """
    if wanted.microsoft_tenant_id is None:
        raise ValueError("resources are added up of one Microsoft tenant")
    work.actor.require(READ, on=wanted.microsoft_tenant_id)
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for month in resource_months(work.session, wanted.microsoft_tenant_id, wanted.period):
        sums[month.resource_key, month.currency] += sum(micros for _, micros in month.within(wanted.period))
    found = [(key, currency, micros) for (key, currency), micros in sums.items() if micros]
    return sorted(found, key=lambda one: (-one[2], one[0], one[1]))


def tag_names(work: Work, wanted: CostFilter) -> list[str]:
    """The tags that costs of the period are added up by, the dearest first."""
    query = select(CostTag.tag_key, func.sum(CostTag.micros)).where(*_of(work, wanted, CostTag))
    query = query.where(CostTag.day.between(wanted.period.first, wanted.period.last)).group_by(CostTag.tag_key)
    found = work.session.execute(query).all()
    return [name for name, _ in sorted(found, key=lambda row: (-int(row[1]), row[0]))]


def by_tag(work: Work, wanted: CostFilter, name: str) -> list[tuple[str | None, Amount]]:
    """The dearest values of a tag first. None stands for the rest: without the tag, or of no resource."""
    tag = CostTag.tag_key == name.lower()
    found = [(value, amount) for value, amount in _by_entry(work, wanted, CostTag.value, tag)]
    rest = [(None, _rest(total, [one for _, one in found])) for total in amounts(work, wanted)]
    both = [*found, *((name, one) for name, one in rest if one.micros or one.before)]
    return sorted(both, key=lambda one: (-one[1].micros, one[0] or "", one[1].currency))


def _rest(total: Amount, parts: Sequence[Amount]) -> Amount:
    same = [one for one in parts if one.currency == total.currency]
    before = None if total.before is None else total.before - sum(one.before or 0 for one in same)
    return Amount(total.currency, total.micros - sum(one.micros for one in same), before)


def trend(work: Work, wanted: CostFilter) -> list[DayAmount]:
    """Every day that has an amount, the oldest first. One that has none is nothing only if `coverage` covers it."""
    query = select(CostDay.day, CostDay.currency, func.sum(CostDay.micros)).where(*_of(work, wanted, CostDay))
    query = query.where(CostDay.day.between(wanted.period.first, wanted.period.last))
    rows = work.session.execute(query.group_by(CostDay.day, CostDay.currency).order_by(CostDay.day, CostDay.currency))
    return [DayAmount(day, currency, int(micros)) for day, currency, micros in rows]


def coverage(work: Work, wanted: CostFilter) -> Coverage:
    rows = work.session.scalars(select(CostSource).where(*_of(work, wanted, CostSource))).all()
    return Coverage(
        Counter(row.state for row in rows),
        min((row.fetched_at for row in rows if row.fetched_at is not None), default=None),
        max((row.first_day for row in rows if row.first_day is not None), default=None),
        min((row.last_day for row in rows if row.last_day is not None), default=None),
        sum(row.fetched_at is None for row in rows),
    )


def sources(work: Work, wanted: CostFilter) -> Sequence[CostSource]:
    """The subscriptions, those without costs first."""
    query = select(CostSource).where(*_of(work, wanted, CostSource))
    rows = work.session.scalars(query.order_by(CostSource.subscription_key)).all()
    return sorted(rows, key=lambda row: row.state is CostState.AVAILABLE)


def _of(work: Work, wanted: CostFilter, model: Any) -> list[ColumnElement[bool]]:
    return seen(work, model, wanted.microsoft_tenant_id)


def _summed(work: Work, wanted: CostFilter, period: Period, model: Any, *by: Any) -> Select[Any]:
    query = select(*by, func.sum(model.micros)).where(*_of(work, wanted, model))
    return query.where(model.day.between(period.first, period.last)).group_by(*by)


def _by_currency(work: Work, wanted: CostFilter, period: Period) -> dict[str, int]:
    rows = work.session.execute(_summed(work, wanted, period, CostDay, CostDay.currency))
    return {currency: int(micros) for currency, micros in rows}


def _per_tenant(work: Work, wanted: CostFilter, period: Period) -> dict[tuple[UUID, str], int]:
    rows = work.session.execute(_summed(work, wanted, period, CostDay, CostDay.microsoft_tenant_id, CostDay.currency))
    return {(key, currency): int(micros) for key, currency, micros in rows}


def _by_entry(work: Work, wanted: CostFilter, column: Any, *conditions: Any) -> list[tuple[str, Amount]]:
    model = column.class_
    now, before = (
        {
            (name, currency): int(micros)
            for name, currency, micros in work.session.execute(
                _summed(work, wanted, period, model, column, model.currency).where(*conditions)
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
    """Whether all of it was fetched of every subscription: else a part would be compared with a whole."""
    return coverage(work, wanted).covers(wanted.before.first, wanted.period.last)


def _compared(work: Work, wanted: CostFilter) -> set[UUID]:
    """The Microsoft tenants of which both periods are wholly known."""
    query = select(CostSource.microsoft_tenant_id).where(*_of(work, wanted, CostSource))
    query = query.group_by(CostSource.microsoft_tenant_id).having(
        func.max(CostSource.first_day) <= wanted.before.first, func.min(CostSource.last_day) >= wanted.period.last
    )
    return set(work.session.scalars(query))
