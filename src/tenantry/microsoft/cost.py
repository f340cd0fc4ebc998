"""Azure Cost Management: what a subscription cost, will cost, and may cost.

Amounts are Decimals, each with its currency. A day's amount keeps changing for about 72 hours and until the month is
closed: ask again. What is refused is a state of the subscription, and never zero.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import msgspec
import orjson

from tenantry.microsoft.calls import Access, Call, Reply, quoted
from tenantry.microsoft.clouds import Cloud
from tenantry.microsoft.cost_dialect import CostDialect, CostsRefused, CostState, CostWaits, cost_state_of
from tenantry.microsoft.errors import Kind, UpstreamError
from tenantry.microsoft.limits import Charge
from tenantry.microsoft.paging import Page, pages, read_page
from tenantry.microsoft.rates import CONSUMPTION, cost_charges
from tenantry.microsoft.transport import Transport

__all__ = [
    "CostBudget",
    "CostClient",
    "CostDialect",
    "CostKind",
    "CostPage",
    "CostQuery",
    "CostRow",
    "CostState",
    "CostWaits",
    "CostsRefused",
    "Granularity",
    "cost_state_of",
]

CLIENT_TYPE: Final = "Tenantry"
"""Without it every caller shares a bucket that is often empty: github.com/electrolux-oss/azure-cost-exporter/pull/8."""
_HEADERS: Final = {"Content-Type": "application/json", "ClientType": CLIENT_TYPE}
_VERSION: Final = "2025-03-01"
_BUDGETS_VERSION: Final = "2024-08-01"
_TOP: Final = 5000
_LONGEST: Final = timedelta(days=12 * 31)
_AMOUNTS: Final = ("Cost", "PreTaxCost")


class CostKind(StrEnum):
    """What is billed on the day it is billed, or spread over the days it is for."""

    ACTUAL = "ActualCost"
    AMORTIZED = "AmortizedCost"


class Granularity(StrEnum):
    """A row per day, or one for the whole range."""

    DAILY = "Daily"
    NONE = "None"


@dataclass(frozen=True, slots=True)
class CostQuery:
    """What to add up by. Dimensions by name (`ServiceName`), tags as `tag:environment`.

    Documentation allows two groupings, more were seen to work; where they are refused, ask twice.
    """

    grouping: tuple[str, ...] = ()
    kind: CostKind = CostKind.AMORTIZED
    granularity: Granularity = Granularity.DAILY
    filter: dict[str, Any] | None = None

    def body(self, first: date, last: date) -> dict[str, Any]:
        dataset: dict[str, Any] = {
            "granularity": self.granularity.value,
            "aggregation": {"totalCost": {"name": "Cost", "function": "Sum"}},
            "grouping": [_grouping(name) for name in self.grouping],
        }
        if self.filter is not None:
            dataset["filter"] = self.filter
        period = {"from": f"{first.isoformat()}T00:00:00Z", "to": f"{last.isoformat()}T23:59:59Z"}
        return {"type": self.kind.value, "timeframe": "Custom", "timePeriod": period, "dataset": dataset}

    def windows(self, first: date, last: date) -> Iterator[tuple[date, date]]:
        """Calendar months: longer ranges of days are silently cut off. Raises ValueError for a sum of over a year."""
        if self.granularity is Granularity.NONE:
            if last - first >= _LONGEST:
                raise ValueError("a sum covers twelve months at most; ask for days, or for shorter ranges")
            yield first, last
            return
        while first <= last:
            following = (first.replace(day=1) + timedelta(days=31)).replace(day=1)
            yield first, min(last, following - timedelta(days=1))
            first = following


@dataclass(frozen=True, slots=True)
class CostRow:
    """One sum. `values` holds what it was grouped by, under the names of the columns; ids are in lower case."""

    amount: Decimal
    currency: str
    day: date | None = None
    values: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, column: str) -> str:
        return self.values[column]


@dataclass(frozen=True, slots=True)
class CostPage:
    """Some rows, and where to go on from; None after the last."""

    rows: list[CostRow]
    after: str | None


@dataclass(frozen=True, slots=True)
class CostBudget:
    """What somebody decided may be spent over a scope, what was and what will be."""

    id: str
    name: str
    amount: Decimal
    grain: str
    currency: str | None
    spent: Decimal | None
    forecast: Decimal | None
    starts: date | None
    ends: date | None
    thresholds: tuple[tuple[str, Decimal], ...] = ()
    """Percentages that somebody is told of, each with `Actual` or `Forecasted`."""


@dataclass(slots=True)
class CostClient:
    """Costs of the subscriptions that one Microsoft tenant's principal sees, delegated ones included."""

    cloud: Cloud
    transport: Transport
    access: Access
    dialect: CostDialect = field(default_factory=CostDialect)

    async def pages(
        self, scope: str, query: CostQuery, first: date, last: date, resume: str | None = None
    ) -> AsyncIterator[CostPage]:
        """The rows of a scope (`/subscriptions/…`, or a group's id) from a day to a day, month by month.

        A page's `after` is where to resume. No row at all means no usage. Raises CostsRefused with the state of the
        subscription where its costs cannot be had, and UpstreamError.
        """
        since, _, link = (resume or "|").partition("|")
        windows = list(query.windows(date.fromisoformat(since) if since else first, last))
        for number, (begin, end) in enumerate(windows):
            body, units = orjson.dumps(query.body(begin, end)), -(-((end - begin).days + 1) // 31)
            start = self._link(link) if link and number == 0 else self._url(scope, f"query?$top={_TOP}")
            following = f"{windows[number + 1][0].isoformat()}|" if number + 1 < len(windows) else None
            async for page in self._table(scope, start, body, units):
                after = f"{begin.isoformat()}|{page.next_link}" if page.next_link else following
                yield CostPage(_rows(page), after)

    async def rows(self, scope: str, query: CostQuery, first: date, last: date) -> AsyncIterator[CostRow]:
        """The same, row by row."""
        async for page in self.pages(scope, query, first, last):
            for row in page.rows:
                yield row

    async def forecast(
        self, scope: str, first: date, last: date, kind: CostKind = CostKind.ACTUAL
    ) -> AsyncIterator[CostRow]:
        """Microsoft's forecast by day, `CostStatus` being `Actual` or `Forecast`.

        Empty with less than about 28 days of history. Raises UpstreamError(BAD_REQUEST) for a range in the past.
        """
        asked = CostQuery((), kind).body(first, last)
        del asked["dataset"]["grouping"]
        body = orjson.dumps({**asked, "includeActualCost": True, "includeFreshPartialCost": False})
        async for page in self._table(scope, self._url(scope, "forecast?"), body, 1):
            for row in _rows(page):
                yield row

    async def budgets(self, scope: str) -> AsyncIterator[CostBudget]:
        """The budgets of a scope with what was spent of them."""
        url = quoted(f"{self.cloud.arm}{scope}/providers/Microsoft.Consumption/budgets?api-version={_BUDGETS_VERSION}")
        charge = Charge(f"cost|consumption|{self.access.entra_tenant_id}", CONSUMPTION)

        async def fetch(link: str) -> Page:
            call = Call("cost", "GET", link, self.cloud.arm_audience, (charge,), True, None, _HEADERS)
            return read_page("cost", (await self.transport.send(self.access, call, self.dialect)).body)

        async for page in pages("cost", url, fetch):
            for row in page.rows:
                yield _budget(row)

    def _table(self, scope: str, start: str, body: bytes, units: int) -> AsyncIterator["_TablePage"]:
        """Follows next links by posting the same body to each."""

        async def fetch(link: str) -> _TablePage:
            charges = cost_charges(scope, units, self.access.entra_tenant_id, CLIENT_TYPE)
            call = Call("cost", "POST", link, self.cloud.arm_audience, charges, True, body, _HEADERS)
            return _page(await self.transport.send(self.access, call, self.dialect))

        return pages("cost", start, fetch)

    def _url(self, scope: str, action: str) -> str:
        path = f"{self.cloud.arm}{scope}/providers/Microsoft.CostManagement/{action}"
        return quoted(f"{path}{'' if path.endswith('?') else '&'}api-version={_VERSION}")

    def _link(self, link: str) -> str:
        if not link.startswith(f"{self.cloud.arm}/"):
            raise UpstreamError(Kind.BAD_REQUEST, "cost", "a saved link must lead to this cloud's ARM")
        return link


@dataclass(frozen=True, slots=True)
class _TablePage(Page):
    columns: tuple[str, ...] = ()


class _Column(msgspec.Struct):
    name: str


class _Table(msgspec.Struct):
    columns: list[_Column]
    rows: list[msgspec.Raw]
    next: str | None = msgspec.field(default=None, name="nextLink")


class _Answer(msgspec.Struct):
    properties: _Table


_decode: Final = msgspec.json.Decoder(_Answer).decode
_decode_row: Final = msgspec.json.Decoder(list[Any], float_hook=Decimal).decode


def _page(reply: Reply) -> _TablePage:
    """A table. Nothing at all (204) is one without rows. Raises UpstreamError(MALFORMED)."""
    if not reply.body:
        return _TablePage([], None)
    try:
        table = _decode(reply.body).properties
    except msgspec.DecodeError as error:
        raise UpstreamError(Kind.MALFORMED, "cost", "the answer is not the table that was expected") from error
    return _TablePage(table.rows, table.next, columns=tuple(column.name for column in table.columns))


def _rows(page: _TablePage) -> list[CostRow]:
    """Rows by the names of their columns, whose order differs. Raises UpstreamError(MALFORMED)."""
    try:
        return [_row(dict(zip(page.columns, _decode_row(row), strict=True))) for row in page.rows]
    except (KeyError, ValueError, TypeError, ArithmeticError) as error:
        raise UpstreamError(Kind.MALFORMED, "cost", "a row does not fit its columns") from error


def _row(values: dict[str, Any]) -> CostRow:
    name = next(name for name in (*_AMOUNTS, *values) if name in values)
    amount, currency = Decimal(values.pop(name)), str(values.pop("Currency"))
    if name not in _AMOUNTS or not amount.is_finite():
        raise ValueError(name)
    day = values.pop("UsageDate", None)
    shown = {column: "" if value is None else str(value) for column, value in values.items()}
    return CostRow(amount, currency, None if day is None else date.fromisoformat(str(day)), shown)


class _Money(msgspec.Struct):
    amount: Decimal
    unit: str | None = None


class _Period(msgspec.Struct):
    starts: str = msgspec.field(default="", name="startDate")
    ends: str = msgspec.field(default="", name="endDate")


class _Notification(msgspec.Struct):
    threshold: Decimal
    enabled: bool = True
    kind: str = msgspec.field(default="Actual", name="thresholdType")


class _BudgetProperties(msgspec.Struct):
    amount: Decimal
    grain: str = msgspec.field(default="", name="timeGrain")
    period: _Period = msgspec.field(default_factory=_Period, name="timePeriod")
    current: _Money | None = msgspec.field(default=None, name="currentSpend")
    forecast: _Money | None = msgspec.field(default=None, name="forecastSpend")
    notifications: dict[str, _Notification] | None = None


class _BudgetBody(msgspec.Struct):
    id: str
    name: str
    properties: _BudgetProperties


_decode_budget: Final = msgspec.json.Decoder(_BudgetBody, strict=False).decode


def _budget(row: msgspec.Raw) -> CostBudget:
    try:
        body = _decode_budget(row)
        told = body.properties
        return CostBudget(
            f"/{body.id.lstrip('/').lower()}",
            body.name,
            told.amount,
            told.grain,
            told.current.unit if told.current else None,
            told.current.amount if told.current else None,
            told.forecast.amount if told.forecast else None,
            _date(told.period.starts),
            _date(told.period.ends),
            tuple((each.kind, each.threshold) for each in (told.notifications or {}).values() if each.enabled),
        )
    except (msgspec.DecodeError, ValueError) as error:
        raise UpstreamError(Kind.MALFORMED, "cost", "a budget has not the form that was expected") from error


def _date(text: str) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def _grouping(name: str) -> dict[str, str]:
    if name.startswith("tag:"):
        return {"type": "TagKey", "name": name.removeprefix("tag:")}
    return {"type": "Dimension", "name": name}
