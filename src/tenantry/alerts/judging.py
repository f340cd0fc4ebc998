"""Whether a reading is an alert. Pure: a condition and a reading in, a judgement out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from tenantry.alerts.rules.models import Comparison
from tenantry.estate.metering import Reading

ANY_CURRENCY: Final = "*"


class Judgement(StrEnum):
    HOLDS = "holds"
    """It is an alert."""
    CLEARS = "clears"
    """It is none, clearly enough that one would be resolved."""
    UNDECIDED = "undecided"
    """Not known, or between the threshold and where an alert is resolved: everything stays as it is."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a rule asks of a reading."""

    comparison: Comparison
    threshold: float
    margin: float = 0.0
    floors: Mapping[str, float] = field(default_factory=dict)
    min_previous: float | None = None

    def judge(self, reading: Reading) -> Judgement:
        """What is not known never opens an alert and never resolves one."""
        if reading.value is None or not math.isfinite(reading.value):
            return Judgement.UNDECIDED
        if not self._is_beyond(reading.value):
            return self._within(reading)
        return self._passing_guards(reading)

    def _is_beyond(self, value: float) -> bool:
        return value > self.threshold if self.comparison is Comparison.ABOVE else value < self.threshold

    def _within(self, reading: Reading) -> Judgement:
        value = reading.value or 0.0
        if reading.at_least and self.comparison is Comparison.ABOVE:
            return Judgement.UNDECIDED
        back = self.threshold - value if self.comparison is Comparison.ABOVE else value - self.threshold
        return Judgement.CLEARS if back >= self.margin else Judgement.UNDECIDED

    def _passing_guards(self, reading: Reading) -> Judgement:
        """A lower bound below the threshold says nothing; one above it is enough."""
        if reading.at_least and self.comparison is Comparison.BELOW:
            return Judgement.UNDECIDED
        guards = ((self._floor_for(reading.currency), reading.size), (self.min_previous, reading.previous))
        asked = [(least, value) for least, value in guards if least is not None]
        if any(value is None for _, value in asked):
            return Judgement.UNDECIDED
        return Judgement.HOLDS if all(abs(value or 0.0) >= least for least, value in asked) else Judgement.CLEARS

    def _floor_for(self, currency: str) -> float | None:
        return self.floors.get(currency, self.floors.get(ANY_CURRENCY))
