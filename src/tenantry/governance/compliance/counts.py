"""Counting resources by what policies say of them, and the score that comes of it. Pure, and the only definition.

A score is what complies out of what was judged. Exempt resources and those that Azure has not judged are counted
beside it and in neither number, so that nobody's score rises because somebody looked away. Azure's portal counts both
as if they complied; its percentage is told next to ours, and where nothing was judged there is none of either.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from tenantry.observe.reading import count_of

STATES: Final = ("compliant", "noncompliant", "conflicting", "exempt", "unknown")
_NAMES: Final = {
    "compliant": "compliant",
    "noncompliant": "noncompliant",
    "conflict": "conflicting",
    "error": "conflicting",
    "exempt": "exempt",
}
"""Azure's states. What it may say besides them is no verdict."""
WHOLE: Final = 10_000
"""All of it, in hundredths of a percent."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Resources, each once, by the heaviest state it is in. An evaluation that failed counts as conflicting."""

    compliant: int = 0
    noncompliant: int = 0
    conflicting: int = 0
    exempt: int = 0
    unknown: int = 0

    @classmethod
    def of(cls, by_state: Mapping[str, Any]) -> Self:
        """From Azure's own sums. A number that is none counts nothing."""
        found = dict.fromkeys(STATES, 0)
        for state, count in by_state.items():
            found[_NAMES.get(str(state).lower(), "unknown")] += count_of(count) or 0
        return cls(**found)

    @classmethod
    def sum(cls, many: Iterable["Counts"]) -> Self:
        """Of resources that are not the same: subscriptions share none."""
        return cls(*(sum(numbers) for numbers in zip(*(one.values for one in many), strict=True)))

    @property
    def values(self) -> tuple[int, ...]:
        return self.compliant, self.noncompliant, self.conflicting, self.exempt, self.unknown

    @property
    def judged(self) -> int:
        """The denominator."""
        return self.compliant + self.noncompliant + self.conflicting

    @property
    def total(self) -> int:
        return sum(self.values)

    @property
    def score(self) -> int | None:
        """Hundredths of a percent; None where nothing was judged. Only what is all is all."""
        return WHOLE * self.compliant // self.judged if self.judged else None

    @property
    def portal(self) -> int | None:
        """As Azure's portal shows it: with what is exempt or unknown among what complies."""
        fine = self.compliant + self.exempt + self.unknown
        return WHOLE * fine // self.total if self.judged else None
