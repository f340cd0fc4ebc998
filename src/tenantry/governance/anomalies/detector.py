"""Which day's cost is out of line: a pure judgement of many series at once.

A series is the cost of a subscription, a resource group, a service or a resource, one amount a day. Expected is the
level of the last two weeks with the weekday's own share; how far a day may be from it is what the series does by
itself. Three guards take back what people would call a false alarm: an amount as was seen before, a charge that comes
every month, and a series that is only on now and then. `make bench` measures what all of it is worth.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tenantry.governance.costs.shape import LEVEL, NOTHING, WEEK, Amounts, shape_of, without_weekdays

Flags = NDArray[np.bool_]

WINDOW: Final = 56
"""Days of history that are looked at: eight whole weeks."""
LEARNING: Final = 28
"""With less history than this a series is learning, and nothing is said about it."""
_MONTH_AGO: Final = slice(-31, -27)
"""The days 28 to 31 days before, whatever the length of the month."""
_LEAST_SCALE: Final = 0.03
"""Noise below 3 % of what is expected means nothing."""
_DEVIATION: Final = 1.4826
"""What a median absolute deviation is multiplied with to estimate a standard deviation."""
_SPREAD: Final = 2.56
"""The standard deviations between the 10th and the 90th percentile."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a day is out of line. All three have to be passed."""

    deviations: float = 4.5
    amount: float = 5.0
    """In the currency of the series: about five US dollars."""
    share: float = 0.20
    """Of what was expected."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Of one day, an element per series."""

    is_out_of_line: Flags
    expected: Amounts
    deviations: Amounts


def judge_day(history: Amounts, today: Amounts, limits: Limits | None = None) -> Judgement:
    """`history` is (series, days), the oldest first: 4 to 8 whole weeks before `today`, which is (series,).

    Raises ValueError for another length.
    """
    if history.shape[1] % WEEK or not LEARNING <= history.shape[1] <= WINDOW:
        message = f"{LEARNING} to {WINDOW} days in whole weeks are needed, not {history.shape[1]}"
        raise ValueError(message)
    limits, middle = limits or Limits(), np.median(history, axis=1)
    shape = shape_of(history)
    flat, expected = without_weekdays(history, shape.weekdays), shape.ahead(1)[:, 0]
    least = 0.05 * np.maximum(middle, 0.01) + 0.01  # keeps ratios finite near zero
    gap = today - expected
    deviations = gap / np.maximum(expected, least) / _scale(flat, least)
    far = np.abs(deviations) > limits.deviations
    dear = (np.abs(gap) >= limits.amount) & (np.abs(gap) >= limits.share * np.maximum(expected, 1e-9))
    excused = _seen_before(history, today, gap) | _monthly(history, today, expected) | _now_and_then(history, today)
    return Judgement(far & dear & ~excused, expected, deviations)


def _scale(flat: Amounts, least: Amounts) -> Amounts:
    """How far days are from the level around them, as a share of it: by their middle, and by their spread."""
    level = np.median(sliding_window_view(flat, LEVEL, axis=1)[:, :-1], axis=2)
    apart = (flat[:, LEVEL:] - level) / np.maximum(level, least[:, None])
    low, high = np.percentile(apart, [10, 90], axis=1)
    scale = np.maximum(_DEVIATION * np.median(np.abs(apart), axis=1), (high - low) / _SPREAD)
    return np.asarray(np.maximum(scale, _LEAST_SCALE))


def _seen_before(history: Amounts, today: Amounts, gap: Amounts) -> Flags:
    """Amounts as high, or as low, as on three of the days before."""
    ordered = np.sort(history, axis=1)
    return np.asarray(((gap > 0) & (today <= 1.1 * ordered[:, -3])) | ((gap < 0) & (today >= 0.9 * ordered[:, 2])))


def _monthly(history: Amounts, today: Amounts, expected: Amounts) -> Flags:
    """Charges that were as high about a month ago, when they were just as unusual."""
    if history.shape[1] < -_MONTH_AGO.start:
        return np.zeros(len(history), dtype=np.bool_)
    month_ago = history[:, _MONTH_AGO].max(axis=1)
    return np.asarray((today > expected) & (today <= 1.25 * month_ago) & (month_ago > 1.2 * expected))


def _now_and_then(history: Amounts, today: Amounts) -> Flags:
    """Series that are off on many days, as long as today is no record."""
    highest, days = history.max(axis=1), history.shape[1]
    off = (history <= NOTHING * highest[:, None]).sum(axis=1)
    return np.asarray((off >= days // 5) & (off < days - 1) & (today <= 1.5 * highest))
