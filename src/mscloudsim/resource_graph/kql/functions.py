"""The scalar functions of the subset, each with the type of column it gives."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from mscloudsim.resource_graph.kql.values import less, text, to_bool, to_datetime, to_number

Function = Callable[..., Any]


def _tolower(value: Any) -> str:
    return text(value).lower()


def _toupper(value: Any) -> str:
    return text(value).upper()


def _toint(value: Any) -> int | None:
    number = to_number(value)
    return None if number is None else int(number)


def _todouble(value: Any) -> float | None:
    number = to_number(value)
    return None if number is None else float(number)


def _parse_json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def _is_empty(value: Any) -> bool:
    return text(value) == ""


def _array_length(value: Any) -> int | None:
    return len(value) if isinstance(value, list) else None


def _split(value: Any, separator: Any, position: Any = None) -> list[str]:
    parts = text(value).split(text(separator))
    return parts if position is None else parts[position : position + 1]


def _array_slice(value: Any, first: int, last: int) -> list[Any] | None:
    """Kusto's end index is part of the slice and may count from the end."""
    if not isinstance(value, list):
        return None
    stop = last + 1 if last >= 0 else len(value) + last + 1
    return value[first:stop]


def _array_concat(*lists: Any) -> list[Any]:
    return [item for value in lists if isinstance(value, list) for item in value]


def _strcat_array(value: Any, separator: Any) -> str | None:
    return text(separator).join(map(text, value)) if isinstance(value, list) else None


def _extract(pattern: Any, group: Any, value: Any) -> str | None:
    match = re.search(text(pattern), text(value))
    return match[int(group)] if match else None


def _substring(value: Any, start: int, length: int | None = None) -> str:
    return text(value)[start : None if length is None else start + length]


def _iff(condition: Any, then: Any, otherwise: Any) -> Any:
    return then if condition else otherwise


def _case(*arguments: Any) -> Any:
    pairs = zip(arguments[0:-1:2], arguments[1:-1:2], strict=True)
    return next((value for condition, value in pairs if condition), arguments[-1])


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if text(value) != ""), None)


def _pack(*pairs: Any) -> dict[str, Any]:
    return {text(key): value for key, value in zip(pairs[::2], pairs[1::2], strict=True)}


def _bin(value: Any, size: Any) -> Any:
    """Rounds down to a multiple of the size; moments are counted from the year 1, as Kusto does."""
    if isinstance(size, timedelta):
        moment, origin = to_datetime(value), datetime(1, 1, 1, tzinfo=UTC)
        return None if moment is None else origin + (moment - origin) // size * size
    number = to_number(value)
    return None if number is None or not size else number // size * size


def _start_of(days: Callable[[datetime], int]) -> Function:
    def start(value: Any) -> datetime | None:
        moment = to_datetime(value)
        if moment is None:
            return None
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - timedelta(days=days(moment))

    return start


UNIT_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}


def _datetime_diff(unit: Any, later: Any, earlier: Any) -> int | None:
    after, before = to_datetime(later), to_datetime(earlier)
    if after is None or before is None:
        return None
    return int((after - before).total_seconds() // UNIT_SECONDS[text(unit).lower()])


def _bag_keys(value: Any) -> list[str] | None:
    return list(value) if isinstance(value, dict) else None


def _round(value: Any, digits: int = 0) -> float | None:
    number = to_number(value)
    return None if number is None else round(float(number), digits)


def _smallest(*values: Any) -> Any:
    best = values[0]
    for value in values[1:]:
        best = value if less(value, best) else best
    return best


def _largest(*values: Any) -> Any:
    best = values[0]
    for value in values[1:]:
        best = value if less(best, value) else best
    return best


def _replace(value: Any, old: Any, new: Any) -> str:
    return text(value).replace(text(old), text(new))


#: Conversions keep the name of the column they convert: `by tostring(properties.tier)` fills `properties_tier`.
CONVERSIONS: dict[str, tuple[Function, str]] = {
    "tostring": (text, "string"),
    "toint": (_toint, "integer"),
    "tolong": (_toint, "integer"),
    "todouble": (_todouble, "number"),
    "toreal": (_todouble, "number"),
    "tobool": (to_bool, "boolean"),
    "toboolean": (to_bool, "boolean"),
    "todatetime": (to_datetime, "datetime"),
    "todynamic": (_parse_json, "object"),
    "parse_json": (_parse_json, "object"),
    "bin": (_bin, "first"),
    "floor": (_bin, "first"),
}

#: The type `first` and `last` mean: that of the first or the last argument.
FUNCTIONS: dict[str, tuple[Function, str]] = CONVERSIONS | {
    "tolower": (_tolower, "string"),
    "toupper": (_toupper, "string"),
    "trim": (lambda pattern, value: re.sub(f"^(?:{pattern})|(?:{pattern})$", "", text(value)), "string"),
    "not": (lambda value: None if value is None else not value, "boolean"),
    "isnull": (lambda value: value is None, "boolean"),
    "isnotnull": (lambda value: value is not None, "boolean"),
    "notnull": (lambda value: value is not None, "boolean"),
    "isempty": (_is_empty, "boolean"),
    "isnotempty": (lambda value: not _is_empty(value), "boolean"),
    "notempty": (lambda value: not _is_empty(value), "boolean"),
    "array_length": (_array_length, "integer"),
    "array_slice": (_array_slice, "object"),
    "array_concat": (_array_concat, "object"),
    "strcat_array": (_strcat_array, "string"),
    "strcat": (lambda *values: "".join(map(text, values)), "string"),
    "strlen": (lambda value: len(text(value)), "integer"),
    "split": (_split, "object"),
    "extract": (_extract, "string"),
    "substring": (_substring, "string"),
    "indexof": (lambda value, part: text(value).find(text(part)), "integer"),
    "replace_string": (_replace, "string"),
    "iff": (_iff, "last"),
    "iif": (_iff, "last"),
    "case": (_case, "last"),
    "coalesce": (_coalesce, "first"),
    "pack": (_pack, "object"),
    "bag_pack": (_pack, "object"),
    "pack_dictionary": (_pack, "object"),
    "pack_array": (lambda *values: list(values), "object"),
    "bag_keys": (_bag_keys, "object"),
    "round": (_round, "number"),
    "abs": (lambda value: None if (number := to_number(value)) is None else abs(number), "first"),
    "min_of": (_smallest, "first"),
    "max_of": (_largest, "first"),
    "datetime_diff": (_datetime_diff, "integer"),
    "startofday": (_start_of(lambda _: 0), "datetime"),
    "startofweek": (_start_of(lambda moment: moment.isoweekday() % 7), "datetime"),
    "startofmonth": (_start_of(lambda moment: moment.day - 1), "datetime"),
}
