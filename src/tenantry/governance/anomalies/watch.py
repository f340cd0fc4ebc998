"""Watching the ledger: the days of a subscription that were fetched are judged, and what is found becomes incidents.

A day is judged as soon as Microsoft hardly corrects it any more, and again whenever it was fetched again: an incident
follows the corrections, and one that nobody has explained vanishes with its last day.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from tenantry.governance.anomalies.detector import LEARNING, WINDOW, Limits
from tenantry.governance.anomalies.incidents import Book, Cost, Finding, Mover, ResourceCost, Series
from tenantry.governance.anomalies.models import CostAnomaly
from tenantry.governance.costs.ledger import MICRO
from tenantry.governance.costs.models import CostEntry, CostSource
from tenantry.governance.costs.months import resource_months
from tenantry.governance.costs.period import Period
from tenantry.kit.db import TenantSession

TOGETHER: Final = timedelta(days=7)
"""Days that are at most so far apart are one incident."""
SETTLED: Final = timedelta(days=3)
"""Amounts of younger days are incomplete, and would look like savings."""
_LOOK_BACK: Final = timedelta(days=35)
_SMALLEST: Final = {
    "JPY": 750.0,
    "KRW": 7000.0,
    "INR": 420.0,
    "HUF": 1800.0,
    "CZK": 110.0,
    "TWD": 160.0,
    "RUB": 400.0,
} | {
    name: amount
    for names, amount in (("SEK NOK DKK", 50.0), ("ZAR MXN", 90.0), ("BRL PLN", 25.0), ("CNY HKD TRY", 40.0))
    for name in names.split()
}
"""About five US dollars. Other currencies are near enough to the dollar for the amount below which nobody looks."""


def watch(session: TenantSession, source: CostSource, fetched: Period, now: datetime) -> None:
    """Judges the days of a subscription that were fetched, and are settled."""
    judged = days_to_judge(source, fetched, now.date())
    if judged is None:
        return
    known = Period(max(_first(source), judged.first - timedelta(days=WINDOW)), judged.last)
    for currency, book in _books(session, source, known):
        limits = Limits(amount=_SMALLEST.get(currency, Limits().amount))
        _Incidents(session, source, currency, judged, now).remember(book, list(book.findings(judged, limits)))


def days_to_judge(source: CostSource, fetched: Period, today: date) -> Period | None:
    """Those with four weeks before them, the last five weeks of them at most; None when there are none."""
    last = min(fetched.last, today - SETTLED)
    first = max(fetched.first, _first(source) + timedelta(days=LEARNING), last - _LOOK_BACK)
    return Period(first, last) if first <= last else None


def _first(source: CostSource) -> date:
    return source.first_day or date.max - timedelta(days=LEARNING)


def _books(session: TenantSession, source: CostSource, known: Period) -> Iterator[tuple[str, Book]]:
    of = (
        CostEntry.microsoft_tenant_id == source.microsoft_tenant_id,
        CostEntry.subscription_key == source.subscription_key,
    )
    query = select(CostEntry.currency, CostEntry.day, CostEntry.group_key, CostEntry.service, CostEntry.micros)
    rows = session.execute(query.where(*of, CostEntry.day.between(known.first, known.last))).all()
    months = list(resource_months(session, source.microsoft_tenant_id, known, source.subscription_key))
    for currency in sorted({row.currency for row in rows}):
        costs = (
            Cost(day, group, service, _units(micros)) for of, day, group, service, micros in rows if of == currency
        )
        resources = (
            ResourceCost(day, month.resource_key, _units(micros))
            for month in months
            if month.currency == currency
            for day, micros in month.within(known)
        )
        yield currency, Book(known, costs, resources)


def _units(micros: int) -> float:
    return micros / int(MICRO)


def _micros(units: float) -> int:
    return round(units * int(MICRO))


class _Incidents:
    """The incidents of one subscription and currency that the judged days may change."""

    def __init__(
        self, session: TenantSession, source: CostSource, currency: str, judged: Period, now: datetime
    ) -> None:
        self._session, self._source, self._currency, self._now = session, source, currency, now
        query = select(CostAnomaly).where(
            CostAnomaly.microsoft_tenant_id == source.microsoft_tenant_id,
            CostAnomaly.subscription_key == source.subscription_key,
            CostAnomaly.currency == currency,
            CostAnomaly.last_day >= judged.first - TOGETHER,
        )
        self._known = list(session.scalars(query.order_by(CostAnomaly.first_day, CostAnomaly.id)))
        self._days: dict[UUID, dict[str, list[int]]] = {
            one.id: {day: amounts for day, amounts in one.days.items() if not _is_within(day, judged)}
            for one in self._known
        }

    def remember(self, book: Book, findings: Sequence[Finding]) -> None:
        for found in findings:
            self._add(book, found)
        for one in self._known:
            self._settle(one)

    def _add(self, book: Book, found: Finding) -> None:
        row = next((one for one in self._known if self._goes_on(one, found)), None)
        if row is None:
            row = self._begin(found)
        series = Series(row.level, row.name)
        expected, actual = (found.expected, found.actual) if series == found.series else book.figures(series, found.day)
        days = self._days[row.id]
        if not days or abs(actual - expected) > max(abs(was - usual) for usual, was in days.values()) / int(MICRO):
            row.movers = [_told(mover) for mover in found.movers]
        days[found.day.isoformat()] = [_micros(expected), _micros(actual)]

    def _goes_on(self, row: CostAnomaly, found: Finding) -> bool:
        days, series = self._days[row.id], Series(row.level, row.name)
        last = date.fromisoformat(max(days)) if days else row.first_day
        is_near = abs(found.day - last) <= TOGETHER
        is_same = series.contains(found.series) or found.series.contains(series)
        return is_near and is_same and row.is_increase == (found.gap > 0)

    def _begin(self, found: Finding) -> CostAnomaly:
        row = CostAnomaly(
            microsoft_tenant_id=self._source.microsoft_tenant_id,
            subscription_key=self._source.subscription_key,
            level=found.series.level,
            name=found.series.name,
            currency=self._currency,
            is_increase=found.gap > 0,
            first_day=found.day,
            last_day=found.day,
            days={},
            expected=0,
            actual=0,
            movers=[],
            found_at=self._now,
            is_withdrawn=False,
        )
        self._session.add(row)
        self._session.flush()
        self._known.append(row)
        self._days[row.id] = {}
        return row

    def _settle(self, row: CostAnomaly) -> None:
        days = self._days[row.id]
        if days:
            row.days, row.is_withdrawn = days, False
            row.first_day, row.last_day = date.fromisoformat(min(days)), date.fromisoformat(max(days))
            row.expected, row.actual = (sum(amounts[which] for amounts in days.values()) for which in (0, 1))
        elif row.explained_at is None:
            self._session.delete(row)
        else:
            row.is_withdrawn = True


def _is_within(day: str, period: Period) -> bool:
    return period.first <= date.fromisoformat(day) <= period.last


def _told(mover: Mover) -> dict[str, Any]:
    return {"level": mover.level.value, "name": mover.name, "micros": _micros(mover.gap)}
