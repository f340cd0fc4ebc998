"""What Kusto's values do when they are compared, ordered, added or shown as text.

A dynamic value compared with a string is compared as text, and an absent one is the empty text: that is why
`properties.subnets == "[]"` and `properties.ipConfiguration == ""` both work in Resource Graph.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

SECONDS_PER_DAY = 86_400
TRUTHS: dict[str, bool] = {"true": True, "false": False}


def text(value: Any) -> str:
    """`tostring()`: null is empty, lists and objects are compact JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
    if isinstance(value, timedelta):
        return _timespan_text(value)
    return orjson.dumps(value, default=text).decode()


def _timespan_text(value: timedelta) -> str:
    hours, rest = divmod(value.seconds, 3600)
    clock = f"{hours:02}:{rest // 60:02}:{rest % 60:02}"
    return f"{value.days}.{clock}" if value.days else clock


def to_datetime(value: Any) -> datetime | None:
    """`todatetime()`: null for what is no ISO 8601 moment; a moment without a zone is UTC."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def to_number(value: Any) -> int | float | None:
    """`toint()`, `tolong()` and `todouble()` before rounding."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str):
        return None
    try:
        return float(value) if "." in value or "e" in value.lower() else int(value)
    except ValueError:
        return None


def to_bool(value: Any) -> bool | None:
    if isinstance(value, bool | int | float):
        return bool(value)
    return TRUTHS.get(text(value).lower())


def equals(left: Any, right: Any) -> bool:
    """`==`, case-sensitive for text; null equals no plain value, but the empty text."""
    if isinstance(left, str) or isinstance(right, str):
        return _as_text(left, right) == _as_text(right, left)
    if left is None or right is None:
        return False
    same: bool = left == right
    return same


def _as_text(value: Any, other: Any) -> str:
    moment = to_datetime(value) if isinstance(other, datetime) else None
    return text(moment) if moment else text(value)


def less(left: Any, right: Any) -> bool:
    """`<` between values of one family: numbers, texts, moments (also written as text), spans; else false."""
    if isinstance(left, datetime) or isinstance(right, datetime):
        left, right = to_datetime(left), to_datetime(right)
    elif isinstance(left, int | float) or isinstance(right, int | float):
        left, right = to_number(left), to_number(right)
    if left is None or right is None or isinstance(left, str) is not isinstance(right, str):
        return False
    try:
        return bool(left < right)
    except TypeError:
        return False


def arithmetic(operator: str, left: Any, right: Any) -> Any:
    """`+ - * / %` over numbers, moments and spans; null where Kusto has no answer."""
    if not isinstance(left, datetime | timedelta) and not isinstance(right, datetime | timedelta):
        left, right = to_number(left), to_number(right)
    try:
        return ARITHMETIC[operator](left, right)
    except (TypeError, ArithmeticError):
        return None


def _divide(left: Any, right: Any) -> Any:
    return left // right if isinstance(left, int) and isinstance(right, int) else left / right


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divide,
    "%": lambda left, right: left % right,
}


def key_of(value: Any) -> Any:
    """A hashable stand-in under which equal values meet."""
    return text(value) if isinstance(value, list | dict) else value


def sort_key(value: Any) -> tuple[int, Any]:
    """Orders mixed columns without raising: numbers and moments first, then text."""
    if isinstance(value, bool | int | float):
        return 0, float(value)
    if isinstance(value, datetime):
        return 0, value.timestamp()
    if isinstance(value, timedelta):
        return 0, value.total_seconds() / SECONDS_PER_DAY
    return 1, text(value)
