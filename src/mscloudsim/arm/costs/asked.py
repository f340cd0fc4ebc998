"""What a query or a forecast asks for, checked the way the service checks it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from mscloudsim.arm.call import Call, Item
from mscloudsim.arm.costs.dimensions import DIMENSIONS, Read, Test, filter_of, tag_of
from mscloudsim.arm.costs.refusals import bad_query
from mscloudsim.world.azure.costs.days import date_of, day_at, day_number, month_end, month_start

AMOUNTS: Final = ("Cost", "PreTaxCost", "CostUSD", "PreTaxCostUSD")
_TYPES: Final = ("Usage", "ActualCost", "AmortizedCost")
_MOST_DAYS: Final = 31
_MOST_MONTHS: Final = 12
_REFUSED_MONTHS: Final = 37
_YEARS: Final = range(2000, 2100)


class Granularity(StrEnum):
    """Of time."""

    DAILY = "Daily"
    MONTHLY = "Monthly"
    NONE = "None"


@dataclass(frozen=True, slots=True)
class Grouping:
    """One grouping: the columns it makes, and what it reads from a bill."""

    columns: tuple[str, ...]
    reads: tuple[Read, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A definition, with its days as they are answered: cut off where the service silently cuts."""

    kind: str
    granularity: Granularity
    first: int
    last: int
    amounts: tuple[str, ...]
    groupings: tuple[Grouping, ...]
    test: Test
    sorting: tuple[tuple[str, bool], ...]

    @property
    def units(self) -> int:
        """One for every month of data, begun ones included."""
        return min(_MOST_MONTHS, max(1, -(-(self.last - self.first + 1) // _MOST_DAYS)))


def asked_for(call: Call, most_groupings: int, *, cut: bool = True) -> Asked:
    """The body of a query or, with none of its days cut off, of a forecast.

    Raises ArmRefusal 400 for what the service refuses.
    """
    body = _object(call, call.request.json(), "the body is missing")
    kind = _one_of(call, body.get("type"), _TYPES, "type")
    dataset = _object(call, body.get("dataset") or {}, "dataset has to be an object")
    granularity = Granularity(_one_of(call, dataset.get("granularity") or "None", tuple(Granularity), "granularity"))
    first, last = _days(call, body)
    if last - first > _REFUSED_MONTHS * _MOST_DAYS:
        raise bad_query("the time period cannot be longer than 37 months.", call.request)
    most = _MOST_DAYS if granularity is Granularity.DAILY else _MOST_MONTHS * _MOST_DAYS
    groupings = _groupings(call, dataset.get("grouping") or [], most_groupings)
    return Asked(
        kind,
        granularity,
        first,
        min(last, first + most - 1) if cut else last,
        _amounts(call, dataset.get("aggregation")),
        groupings,
        filter_of(dataset.get("filter"), lambda message: bad_query(message, call.request)),
        _sorting(call, dataset.get("sorting") or []),
    )


def period(call: Call, body: Item) -> tuple[int, int]:
    """The days of a custom period; swapped when they are the wrong way round."""
    given = _object(call, body.get("timePeriod"), "timePeriod is required with a custom timeframe")
    ends = [_day(call, given.get(name)) for name in ("from", "to")]
    return min(ends), max(ends)


def _days(call: Call, body: Item) -> tuple[int, int]:
    today = day_at(call.world.clock.now())
    before = month_start(today) - 1
    frames: dict[str, Callable[[], tuple[int, int]]] = {
        "Custom": lambda: period(call, body),
        "MonthToDate": lambda: (month_start(today), today),
        "BillingMonthToDate": lambda: (month_start(today), today),
        "TheLastMonth": lambda: (month_start(before), month_end(before)),
        "TheLastBillingMonth": lambda: (month_start(before), month_end(before)),
        "WeekToDate": lambda: (today - (date_of(today).weekday() + 1) % 7, today),
    }
    return frames[_one_of(call, body.get("timeframe"), tuple(frames), "timeframe")]()


def _amounts(call: Call, given: Any) -> tuple[str, ...]:
    if given is None:
        return ("PreTaxCost",)
    asked = list(_object(call, given, "aggregation has to be an object").values())
    if not 1 <= len(asked) <= 2:  # noqa: PLR2004 - as the service says
        raise bad_query("at most 2 aggregations are allowed.", call.request)
    for each in asked:
        if not isinstance(each, dict) or each.get("function") != "Sum":
            raise bad_query("the aggregation function has to be Sum.", call.request)
    return tuple(_one_of(call, each.get("name"), AMOUNTS, "aggregation name") for each in asked)


def _groupings(call: Call, given: Any, most: int) -> tuple[Grouping, ...]:
    if not isinstance(given, list) or len(given) > most:
        raise bad_query(f"dataset.grouping must have at most {most} items.", call.request)
    return tuple(_grouping(call, each) for each in given)


def _grouping(call: Call, given: Any) -> Grouping:
    match given:
        case {"type": "Dimension", "name": str(name)} if name.lower() in DIMENSIONS:
            return Grouping((name,), (DIMENSIONS[name.lower()],))
        case {"type": "TagKey", "name": str(name)}:
            return Grouping(("TagKey", "TagValue"), (lambda _bill: name, tag_of(name)))
    raise bad_query(f"the grouping {str(given)[:100]} is not valid.", call.request)


def _sorting(call: Call, given: Any) -> tuple[tuple[str, bool], ...]:
    """Columns, each with whether it descends."""
    if not isinstance(given, list):
        raise bad_query("dataset.sorting has to be a list.", call.request)
    found = []
    for each in given:
        match each:
            case {"name": str(name)}:
                found.append((name, str(each.get("direction", "ascending")).lower() == "descending"))
            case _:
                raise bad_query("each sorting needs a name.", call.request)
    return tuple(found)


def _day(call: Call, text: Any) -> int:
    try:
        moment = datetime.fromisoformat(str(text))
        day = (moment.astimezone(UTC) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError) as error:
        raise bad_query(f"'{str(text)[:40]}' is no date.", call.request) from error
    if day.year not in _YEARS:
        raise bad_query(f"the year of '{str(text)[:40]}' is not valid.", call.request)
    return day_number(day)


def _object(call: Call, value: Any, complaint: str) -> Item:
    if not isinstance(value, dict):
        raise bad_query(complaint, call.request)
    return value


def _one_of(call: Call, value: Any, names: Sequence[str], what: str) -> str:
    found = next((name for name in names if str(value).lower() == name.lower()), None)
    if found is None:
        raise bad_query(f"the {what} '{str(value)[:60]}' is not valid; there are {', '.join(names)}.", call.request)
    return found
