"""Days as numbers since 1 January 1970, as everything here counts them."""

from datetime import UTC, date, datetime
from functools import lru_cache

_FIRST = date(1970, 1, 1).toordinal()


def day_number(moment: date) -> int:
    return moment.toordinal() - _FIRST


def date_of(day: int) -> date:
    return date.fromordinal(day + _FIRST)


def day_at(seconds: float) -> int:
    """The day (UTC) of a moment."""
    return day_number(datetime.fromtimestamp(seconds, UTC).date())


def is_weekend(day: int) -> bool:
    return (day + 3) % 7 >= 5


@lru_cache(maxsize=4096)
def day_of_month(day: int) -> int:
    return date_of(day).day


@lru_cache(maxsize=4096)
def days_of_month(day: int) -> int:
    return month_end(day) - month_start(day) + 1


@lru_cache(maxsize=4096)
def month_start(day: int) -> int:
    return day - date_of(day).day + 1


@lru_cache(maxsize=4096)
def month_end(day: int) -> int:
    """The last day of the day's month."""
    found = date_of(day)
    following = date(found.year + found.month // 12, found.month % 12 + 1, 1)
    return day_number(following) - 1
