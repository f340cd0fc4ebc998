"""`POST {scope}/providers/Microsoft.CostManagement/forecast`: what was, and what a plain projection expects."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

from mscloudsim.arm.call import Call, Item
from mscloudsim.arm.costs.asked import Asked, Granularity, asked_for
from mscloudsim.arm.costs.dimensions import Test
from mscloudsim.arm.costs.limits import charge_query
from mscloudsim.arm.costs.places import books_of, entity_of
from mscloudsim.arm.costs.queries import columns_of, result
from mscloudsim.arm.costs.refusals import bad_query, cost_refusal
from mscloudsim.http import Reply
from mscloudsim.world.azure.costs.bills import Bill
from mscloudsim.world.azure.costs.days import date_of, day_at
from mscloudsim.world.azure.costs.ledger import Books
from mscloudsim.world.azure.costs.offers import Offer, in_dollars
from mscloudsim.world.azure.costs.series import MICRO, Shape

_HISTORY: Final = 28
"""Days without which there is no forecast."""
_LONGEST: Final = 3660


def forecast(call: Call) -> Reply:
    body = call.request.json()
    asked = asked_for(call, 0, cut=False)
    today = day_at(call.world.clock.now())
    _require_future(call, asked, today, body if isinstance(body, dict) else {})
    headers = charge_query(call, entity_of(call), asked.units)
    books, offer = books_of(call, amortized=asked.kind == "AmortizedCost")
    rows = (
        [] if offer is Offer.NO_USAGE else _rows(asked, books, today, with_actual=bool(body.get("includeActualCost")))
    )
    columns = columns_of(asked)
    columns.insert(len(columns) - 1, {"name": "CostStatus", "type": "String"})
    return Reply.json(result(call, "query", columns, rows), 200, headers)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected: each day of the week as in the last four weeks, and monthly charges when they are due."""

    weekdays: dict[str, list[int]]
    charges: list[Bill]

    def on(self, day: int) -> dict[str, int]:
        """By currency; nothing with less than four weeks of history."""
        found = {currency: week[day % 7] for currency, week in self.weekdays.items()}
        for bill in self.charges if found else ():
            if due := bill.amount(day):
                found[bill.currency] = found.get(bill.currency, 0) + due
        return found


def outlook_of(books: Books, today: int, asked: float, test: Test = lambda _bill: True) -> Outlook:
    amounts, sums, charges = books.amounts(asked), defaultdict[str, list[int]](lambda: [0] * 7), list[Bill]()
    days, known = range(today - _HISTORY - 1, today - 1), today
    for bill in filter(test, books.bills()):
        if bill.rhythm.shape is Shape.MONTHLY:
            charges.append(bill)
            continue
        amount = amounts(bill)
        for day in days:
            if micro := amount(day):
                known = min(known, day)
                sums[bill.currency][day % 7] += micro
    if known > days[0]:
        return Outlook({}, [])
    return Outlook({currency: [total * 7 // _HISTORY for total in week] for currency, week in sums.items()}, charges)


def _rows(asked: Asked, books: Books, today: int, *, with_actual: bool) -> list[list[Any]]:
    now = books.world.clock.now()
    outlook = outlook_of(books, today, now, asked.test)
    found: list[list[Any]] = []
    if with_actual and asked.first < today:
        amounts, sums = books.amounts(now), defaultdict[tuple[int, str], int](int)
        for bill in books.bills():
            if asked.test(bill):
                amount = amounts(bill)
                for day in range(asked.first, today):
                    sums[day, bill.currency] += amount(day)
        found = [_row(asked, micro, day, "Actual", currency) for (day, currency), micro in sorted(sums.items())]
    for day in range(max(asked.first, today), asked.last + 1):
        expected = sorted(outlook.on(day).items())
        found += [_row(asked, micro, day, "Forecast", currency) for currency, micro in expected]
    return found


def _row(asked: Asked, micro: int, day: int, status: str, currency: str) -> list[Any]:
    shown = [in_dollars(micro, currency) if name.endswith("USD") else micro for name in asked.amounts]
    return [*(each / MICRO for each in shown), int(date_of(day).strftime("%Y%m%d")), status, currency]


def _require_future(call: Call, asked: Asked, today: int, body: Item) -> None:
    """Raises ArmRefusal 400 for a forecast of what is over, or in other steps than days."""
    if asked.last < today:
        text = "Can't forecast on the past. The end of the time period has to lie in the future."
        raise cost_refusal(400, "CantForecastOnThePast", text, call.request)
    if body.get("includeFreshPartialCost") and not body.get("includeActualCost"):
        code = "DontContainIncludeActualCostWhileIncludeFreshPartialCost"
        raise cost_refusal(400, code, "includeFreshPartialCost needs includeActualCost.", call.request)
    if asked.granularity is not Granularity.DAILY or asked.last - today > _LONGEST:
        raise bad_query("the simulation forecasts days, ten years of them at most.", call.request)
