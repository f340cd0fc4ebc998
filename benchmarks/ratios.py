"""What is printed, and whether it is good enough. Only ratios of one run count; absolute figures are for the reader."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ratio:
    """One promise: `value` has to be at least, or at most, `limit`."""

    name: str
    value: float
    limit: float
    at_least: bool = True

    @property
    def kept(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        bound = "at least" if self.at_least else "at most"
        return f"{'ok  ' if self.kept else 'MISS'}  {self.name}: {self.value:.2f} x ({bound} {self.limit:g} x)"


def report(ratios: list[Ratio]) -> int:
    """Prints the ratios; returns the exit status, 1 when a promise is not kept."""
    for ratio in ratios:
        print(ratio, flush=True)
    return 0 if all(ratio.kept for ratio in ratios) else 1
