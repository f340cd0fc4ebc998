"""What is watched of costs: a Microsoft tenant's day beside the day before, and the day itself. Per currency."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from tenantry.estate.metering import KNOWN, MONEY, Among, Reading, among_of, metric
from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.governance.costs.idle import DAYS, idle_costs
from tenantry.governance.costs.models import CostDay, CostSource
from tenantry.governance.costs.permissions import READ
from tenantry.governance.resources.models import Subscription
from tenantry.observe.losses import is_lost
from tenantry.platform.work import Work

_DAY: Final = timedelta(days=1)
_MICRO: Final = 1_000_000
_NEVER: Final = "The costs of no subscription are known."
_UNEVEN: Final = "The costs of a subscription are not known up to the same day."

DAILY_CHANGE = metric(
    "cost.daily_change_percent",
    "Change of the cost from one day to the next",
    "%",
    READ,
    "The newest day that is known of every subscription, beside the day before it.",
    size="the rise itself, in its currency",
    previous="the cost of the day before",
    path="/costs",
)
DAILY = metric(
    "cost.daily",
    "Cost of a day",
    MONEY,
    READ,
    "The newest day that is known of every subscription.",
    path="/costs",
)
IDLE = metric(
    "resources.idle_monthly_cost",
    "Monthly cost of idle resources",
    MONEY,
    READ,
    f"What resource groups in which nothing is used have cost in {DAYS} days. A lower bound beside other orphans.",
    path="/resources",
)


@dataclass(frozen=True, slots=True)
class NewestDays:
    """The newest day known of every subscription, and what it and the day before cost in each currency."""

    day: date | None
    note: str
    amounts: Mapping[str, tuple[int, int]]

    @property
    def as_of(self) -> datetime | None:
        return datetime.combine(self.day, datetime.min.time(), UTC) if self.day else None


@DAILY_CHANGE.reader
def daily_change(work: Work, among: Among) -> Iterator[Reading]:
    """A day after one that cost nothing has no share: that is not known, and for `cost.daily` to watch."""
    for key, days in _newest_days(work, among).items():
        if days.day is None:
            yield Reading(key, None, state="not_known", note=days.note)
        for currency, (today, before) in sorted(days.amounts.items()):
            rise, base = (today - before) / _MICRO, before / _MICRO
            value = round(100 * (today - before) / before, 1) if before > 0 else None
            note = "" if value is not None else "The day before cost nothing, so there is no share of it."
            state = "complete" if value is not None else "not_known"
            yield Reading(key, value, currency, base, rise, currency, days.as_of, state, note)


@DAILY.reader
def daily(work: Work, among: Among) -> Iterator[Reading]:
    for key, days in _newest_days(work, among).items():
        if days.day is None:
            yield Reading(key, None, state="not_known", note=days.note)
        for currency, (today, _) in sorted(days.amounts.items()):
            yield Reading(key, round(today / _MICRO, 2), currency, currency=currency, as_of=days.as_of)


@IDLE.reader
def idle(work: Work, among: Among) -> Iterator[Reading]:
    for found in idle_costs(work, among):
        key, at = found.summary.microsoft_tenant_id, found.summary.collected_at
        if not found.is_known:
            state = found.summary.state if found.summary.state != KNOWN else "not_known"
            yield Reading(key, None, state=state, note="Not all resources could be read.")
            continue
        if not found.micros:
            yield Reading(key, None, state="not_known", note=_NEVER)
        for currency, micros in sorted(found.micros.items()):
            note = "Orphans beside resources in use have no price of their own." if found.has_unpriced else ""
            value = round(micros / _MICRO, 2)
            yield Reading(key, value, currency, currency=currency, as_of=at, note=note, at_least=found.has_unpriced)


def _newest_days(work: Work, among: Among) -> dict[UUID, NewestDays]:
    """Of every active Microsoft tenant that has subscriptions; those out of sight hold nobody up."""
    query = (
        select(
            CostSource.microsoft_tenant_id,
            *(func.max(CostSource.first_day), func.min(CostSource.last_day), func.max(CostSource.last_day)),
        )
        .join(MicrosoftTenant, MicrosoftTenant.id == CostSource.microsoft_tenant_id)
        .where(MicrosoftTenant.lifecycle == Lifecycle.ACTIVE, ~is_lost(CostSource))
        .where(*among_of(CostSource.microsoft_tenant_id, among))
        .group_by(CostSource.microsoft_tenant_id)
    )
    rows = work.session.execute(query).all()
    found = dict.fromkeys(_with_subscriptions(work, among), NewestDays(None, _NEVER, {}))
    amounts = _amounts(work, {last for _, _, last, _ in rows if last}, among)
    for key, first, last, newest in rows:
        if last is None or first is None or newest is None or first > last - _DAY:
            found[key] = NewestDays(None, _NEVER, {})
        elif last < newest - _DAY:
            found[key] = NewestDays(None, _UNEVEN, {})
        else:
            found[key] = NewestDays(last, "", _two_days(amounts[key], last))
    return found


def _with_subscriptions(work: Work, among: Among) -> Sequence[UUID]:
    query = (
        select(Subscription.microsoft_tenant_id)
        .join(MicrosoftTenant, MicrosoftTenant.id == Subscription.microsoft_tenant_id)
        .where(MicrosoftTenant.lifecycle == Lifecycle.ACTIVE, *among_of(Subscription.microsoft_tenant_id, among))
    )
    return work.session.scalars(query.distinct()).all()


def _amounts(work: Work, lasts: set[date], among: Among) -> Mapping[UUID, Mapping[tuple[date, str], int]]:
    days = {day for last in lasts for day in (last, last - _DAY)}
    query = select(CostDay.microsoft_tenant_id, CostDay.day, CostDay.currency, CostDay.micros)
    query = query.where(CostDay.day.in_(days), *among_of(CostDay.microsoft_tenant_id, among))
    found = defaultdict[UUID, dict[tuple[date, str], int]](dict)
    for key, day, currency, micros in work.session.execute(query):
        found[key][day, currency] = micros
    return found


def _two_days(amounts: Mapping[tuple[date, str], int], last: date) -> dict[str, tuple[int, int]]:
    currencies = {currency for _, currency in amounts}
    return {
        currency: (amounts.get((last, currency), 0), amounts.get((last - _DAY, currency), 0)) for currency in currencies
    }
