"""What a series of costs usually is: a level, and each weekday's share of it. Of many series at once."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Amounts = NDArray[np.float64]

WEEK: Final = 7
LEVEL: Final = 14
"""Days the level is made of: the last two weeks."""
NOTHING: Final = 0.02
"""A share of the usual, or of the highest, that counts as nothing."""


@dataclass(frozen=True, slots=True)
class Shape:
    """`weekdays` is (series, 7), the first one that of the day after the history; `level` is (series,)."""

    weekdays: Amounts
    level: Amounts

    def ahead(self, days: int) -> Amounts:
        """What is expected of so many days after the history, (series, days)."""
        shares = self.weekdays[:, np.arange(days) % WEEK]
        return np.asarray(self.level[:, None] * shares)


def shape_of(history: Amounts) -> Shape:
    """`history` is (series, days) in whole weeks, the oldest first. Raises ValueError for another length."""
    if not history.shape[1] or history.shape[1] % WEEK:
        message = f"whole weeks are needed, not {history.shape[1]} days"
        raise ValueError(message)
    weekdays = _weekdays(history)
    return Shape(weekdays, np.median(without_weekdays(history, weekdays)[:, -LEVEL:], axis=1))


def without_weekdays(history: Amounts, weekdays: Amounts) -> Amounts:
    """The history as if every day were an average one."""
    return np.asarray((_weeks(history) / weekdays[:, None, :]).reshape(history.shape))


def _weeks(history: Amounts) -> Amounts:
    return history.reshape(len(history), -1, WEEK)


def _weekdays(history: Amounts) -> Amounts:
    """Each weekday's share of the usual; 1 where there is hardly any usual."""
    middle = np.median(history, axis=1)
    shares: Amounts = np.median(_weeks(history), axis=1) / np.maximum(middle, 1e-9)[:, None]
    return np.where((shares > NOTHING) & (middle > 0)[:, None], shares, 1.0)
