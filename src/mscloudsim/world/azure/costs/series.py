"""One meter's cost over time: its level, its rhythm, its noise, and how a day becomes known over three days."""

from dataclasses import dataclass
from enum import StrEnum
from math import pi, sin, sqrt
from typing import Final

from mscloudsim.world.azure.costs.days import day_of_month, days_of_month, is_weekend

MICRO: Final = 1_000_000
"""Of a currency's unit."""
DAY: Final = 86_400
HOUR: Final = 3_600
REFRESH_HOURS: Final = 4
LAG_HOURS: Final = 8
"""Usage is booked so long after it happened, and shown at the next refresh."""
SETTLED_HOURS: Final = 24 + 72
"""After the beginning of a day: from then on its amount stays as it is."""
_MASK: Final = 2**64 - 1
_LATE: Final = 0x9E6C63D0676A9A99
_RUN: Final = 0xD6E8FEB86659FD93
_LATE_OF_A_HUNDRED: Final = 15
_EPOCH: Final = 20_454
"""1 January 2026, from which growth counts."""


class Shape(StrEnum):
    """How a meter's amount comes about."""

    DAILY = "daily"
    RUNS = "runs"
    """On for some days, off for some, about half of each."""
    MONTHLY = "monthly"
    """All of a month on its first day."""
    SPREAD = "spread"
    """A month's charge in equal parts over its days: what a purchase is amortized to."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The numbers of a series. `base` is a usual working day's amount, of monthly charges the month's."""

    seed: int
    base: int
    shape: Shape = Shape.DAILY
    weekend: float = 1.0
    noise: float = 0.0
    growth: float = 0.0
    """Of a year."""
    wander: float = 0.0
    """How far the level drifts away and back over some months."""

    def amount(self, day: int) -> int:
        """The final amount of a day."""
        match self.shape:
            case Shape.MONTHLY:
                return self.base if day_of_month(day) == 1 else 0
            case Shape.SPREAD:
                length, reached = days_of_month(day), day_of_month(day)
                return self.base * reached // length - self.base * (reached - 1) // length
            case Shape.RUNS if _mixed(self.seed ^ _RUN, (day + self.seed % 5) // (3 + self.seed % 6)) & 1:
                return 0
        return round(self.base * self._factor(day))

    def told(self, day: int, final: int, asked: float) -> int:
        """What is known of a day's final amount at a moment: it arrives in steps and is corrected for three days."""
        hours = (asked - day * DAY) // (REFRESH_HOURS * HOUR) * REFRESH_HOURS
        if hours >= SETTLED_HOURS or not final:
            return final
        booked = min(24.0, hours - LAG_HOURS)
        if booked <= 0:
            return 0
        accrues = self.shape in (Shape.DAILY, Shape.RUNS)
        so_far = final * int(booked) // 24 if accrues else final
        return so_far - so_far * self._outstanding(day, hours) // 1000

    def _outstanding(self, day: int, hours: float) -> int:
        """Thousandths of the amount that are still missing, or too much when negative."""
        roll = _mixed(self.seed ^ _LATE, day)
        if roll % 100 >= _LATE_OF_A_HUNDRED:
            return 0
        arrives = 36 + (roll >> 8) % 15 * REFRESH_HOURS
        share = 10 + (roll >> 16) % 190
        return 0 if hours >= arrives else share if (roll >> 32) % 4 else -share

    def _factor(self, day: int) -> float:
        roll = _mixed(self.seed, day)
        four = (roll & 0xFFFF) + (roll >> 16 & 0xFFFF) + (roll >> 32 & 0xFFFF) + (roll >> 48)
        noise = max(0.05, 1 + self.noise * (four / 65_536 - 2) * sqrt(3))
        level: float = (1 + self.growth) ** ((day - _EPOCH) / 365)
        if self.wander:
            level *= 1 + self.wander * sin(2 * pi * (day + self.seed % 211) / 211)
        return noise * level * (self.weekend if is_weekend(day) else 1.0)


def _mixed(seed: int, number: int) -> int:
    """64 bits that belong to the pair (splitmix64)."""
    value = (seed + (number + 1) * 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)
