"""Moments as Graph writes them, made from whole seconds since the epoch because formatting is the cost of a page."""

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

DAY: Final = 86_400
HOUR: Final = 3_600
_EPOCH: Final = date(1970, 1, 1).toordinal()
_SECONDS: Final = tuple(f"{second:02}" for second in range(60))
_MINUTES: Final = tuple(f"{hour:02}:{minute:02}" for hour in range(24) for minute in range(60))


@lru_cache(maxsize=16_384)
def _date(day: int) -> str:
    return date.fromordinal(_EPOCH + day).isoformat()


def stamp(epoch: float) -> str:
    """`2026-11-24T16:05:00Z`."""
    day, seconds = divmod(int(epoch), DAY)
    return f"{_date(day)}T{_MINUTES[seconds // 60]}:{_SECONDS[seconds % 60]}Z"


def epoch_of(text: str) -> float | None:
    """Seconds since the epoch of an ISO 8601 date or moment (UTC where it names no zone); None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
