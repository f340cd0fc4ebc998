"""`POST {scope}/providers/Microsoft.CostManagement/query`: sums by day, by grouping and by currency, page by page."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, time
from functools import partial
from hashlib import sha256
from itertools import islice
from operator import itemgetter
from typing import Any, Final

from mscloudsim.arm.call import Call, Item, bad_token
from mscloudsim.arm.costs.asked import Asked, Granularity, asked_for
from mscloudsim.arm.costs.limits import charge_query
from mscloudsim.arm.costs.places import books_of, entity_of
from mscloudsim.arm.costs.refusals import bad_query
from mscloudsim.errors import ArmRefusal
from mscloudsim.faults import FaultKind
from mscloudsim.http import Reply
from mscloudsim.world.azure.blocks import Block, Place, rows_from
from mscloudsim.world.azure.costs.bills import Bill
from mscloudsim.world.azure.costs.days import date_of, month_start
from mscloudsim.world.azure.costs.ledger import Amounts, Books
from mscloudsim.world.azure.costs.offers import Offer, in_dollars, settings_of
from mscloudsim.world.azure.costs.series import MICRO
from mscloudsim.world.azure.dice import guid, number

_USUAL_PAGE, _LARGEST_PAGE = 1000, 5000
_TIMES: Final = {
    Granularity.DAILY: [{"name": "UsageDate", "type": "Number"}],
    Granularity.MONTHLY: [{"name": "BillingMonth", "type": "Datetime"}],
    Granularity.NONE: [],
}


def query(call: Call) -> Reply:
    asked = asked_for(call, settings_of(call.world, call.caller.tenant).most_groupings)
    headers = charge_query(call, entity_of(call), asked.units)
    books, offer = books_of(call, amortized=asked.kind == "AmortizedCost")
    if offer is Offer.NO_USAGE and number(books.subscription.id, "empty", below=2):
        return Reply.empty(204, headers)
    rows = [] if offer is Offer.NO_USAGE else _blocks(asked, books, call)
    return _page(call, asked, rows, headers)


def result(call: Call, what: str, columns: list[Item], rows: list[list[Any]], link: str | None = None) -> Item:
    """A table as Cost Management answers it."""
    scope = call.request.path.lower().partition("/providers/microsoft.costmanagement")[0].lstrip("/")
    name = guid(call.request.request_id)
    return {
        "id": f"{scope}/providers/Microsoft.CostManagement/{what}/{name}",
        "name": name,
        "type": f"Microsoft.CostManagement/{what}",
        "location": None,
        "sku": None,
        "eTag": None,
        "properties": {"nextLink": link, "columns": columns, "rows": rows},
    }


def columns_of(asked: Asked) -> list[Item]:
    """Amounts, then time, then groupings, then the currency."""
    names = [name for grouping in asked.groupings for name in grouping.columns]
    return [
        *({"name": name, "type": "Number"} for name in asked.amounts),
        *_TIMES[asked.granularity],
        *({"name": name, "type": "String"} for name in (*names, "Currency")),
    ]


def rows_of(asked: Asked, bills: Iterable[Bill], amounts: Amounts) -> Iterator[list[Any]]:
    """The sums of these bills as rows, in the order of what they are grouped by."""
    sums = defaultdict[tuple[Any, ...], int](int)
    days = range(asked.first, asked.last + 1)
    times = [(day, _time(asked.granularity, day)) for day in days]
    reads = [read for grouping in asked.groupings for read in grouping.reads]
    for bill in bills:
        if asked.test(bill) and (asked.kind != "Usage" or bill.charge == "Usage"):
            key = (*(read(bill) for read in reads), bill.currency)
            amount = amounts(bill)
            for day, time_ in times:
                if micro := amount(day):
                    sums[time_, *key] += micro
    for (time_, *rest), micro in sorted(sums.items()):
        shown = [] if asked.granularity is Granularity.NONE else [time_]
        yield [*(_shown(name, micro, rest[-1]) for name in asked.amounts), *shown, *rest]


def _blocks(asked: Asked, books: Books, call: Call) -> list[Block[list[Any]]]:
    """Rows that belong to one resource come group by group, all others are added up first."""
    amounts = books.amounts(_asked_at(call))
    ids = any(name.lower() == "resourceid" for grouping in asked.groupings for name in grouping.columns)
    if ids and not asked.sorting:
        return [(key, partial(_of_block, asked, make, amounts)) for key, make in books.blocks()]
    return [("", partial(_sorted, asked, books, amounts, call))]


def _of_block(asked: Asked, make: Callable[[], Iterable[Bill]], amounts: Amounts) -> Iterable[list[Any]]:
    return rows_of(asked, make(), amounts)


def _sorted(asked: Asked, books: Books, amounts: Amounts, call: Call) -> Iterable[list[Any]]:
    names = [column["name"].lower() for column in columns_of(asked)]
    rows = list(rows_of(asked, books.bills(), amounts))
    for name, descends in reversed(asked.sorting):
        if name.lower() not in names:
            raise bad_query(f"the sorting column '{name[:60]}' is not in the result.", call.request)
        rows.sort(key=itemgetter(names.index(name.lower())), reverse=descends)
    return rows


def _page(call: Call, asked: Asked, blocks: list[Block[list[Any]]], headers: dict[str, str]) -> Reply:
    """A page from where the link of the last one says; the link belongs to the body it was made for."""
    size, start, columns = _size(call), _start(call), columns_of(asked)
    if start != Place() and call.fault(FaultKind.EMPTY_PAGE):
        body = result(call, "query", columns, [], call.link(_carried(call, start)))
        return Reply.json(body, 200, headers)
    taken = list(islice(rows_from(blocks, start), size + 1))
    link = call.link(_carried(call, taken[size - 1][0])) if len(taken) > size else None
    if link is not None and call.fault(FaultKind.REPEATED_LINK):
        link = call.request.url
    return Reply.json(result(call, "query", columns, [row for _, row in taken[:size]], link), 200, headers)


def _carried(call: Call, place: Place) -> list[Any]:
    return [_fingerprint(call), _asked_at(call), *place.written()]


def _start(call: Call) -> Place:
    match call.state():
        case None:
            return Place()
        case [str(mark), _, *place] if mark == _fingerprint(call):
            try:
                return Place.of(place)
            except ValueError as error:
                raise bad_token() from error
    raise bad_token()


def _asked_at(call: Call) -> float:
    """When the first page was asked for: all pages tell what was known then."""
    match call.state():
        case [_, int() | float() as moment, *_]:
            return float(moment)
    return call.world.clock.now()


def _fingerprint(call: Call) -> str:
    return sha256(call.request.body).hexdigest()[:16]


def _size(call: Call) -> int:
    text = call.option.get("$top", str(_USUAL_PAGE))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= _LARGEST_PAGE):
        raise ArmRefusal(400, "BadRequest", f"The value of $top has to be between 1 and {_LARGEST_PAGE}.")
    return int(text)


def _time(granularity: Granularity, day: int) -> int | str:
    if granularity is Granularity.DAILY:
        return int(date_of(day).strftime("%Y%m%d"))
    if granularity is Granularity.MONTHLY:
        return datetime.combine(date_of(month_start(day)), time(), UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return ""


def _shown(name: str, micro: int, currency: str) -> float:
    return (in_dollars(micro, currency) if name.endswith("USD") else micro) / MICRO
