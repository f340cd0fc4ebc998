"""The anomaly detector against labelled series: how much of what it says is true, and how much it says of what is true.

There is no public labelled data of cloud bills, so the series are made: seeded, with the shapes of real bills
(weekdays, monthly charges, series that are on and off, noise of 1 % to 20 %), and in three of ten one event that is
labelled. The last 90 of 180 days are judged, each by the days before it alone. Days that are out of line at most a
week apart are one incident; what follows an event for three weeks is its aftermath, and counts neither way.
"""

import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from benchmarks.ratios import Ratio, report
from tenantry.governance.anomalies.detector import WINDOW, Flags, judge_day
from tenantry.governance.costs.shape import Amounts

SERIES: Final = 4000
SEEDS: Final = (7, 11, 101)
DAYS: Final = 180
JUDGED: Final = 90
_AFTERMATH: Final = 21
_TOGETHER: Final = 7


class Event(StrEnum):
    """What happened, and how many days later it may still be said to be found."""

    SPIKE = "spike"
    SHIFT = "shift"
    NEW = "new cost"
    DROP = "drop"
    RAMP = "ramp"


_CHANCES: Final = {Event.SPIKE: 0.08, Event.SHIFT: 0.08, Event.NEW: 0.04, Event.DROP: 0.04, Event.RAMP: 0.04}
_TOLERANCE: Final = {Event.SPIKE: 0, Event.SHIFT: 2, Event.NEW: 1, Event.DROP: 2, Event.RAMP: 9}


@dataclass(frozen=True, slots=True)
class Label:
    event: Event
    day: int


@dataclass(frozen=True, slots=True)
class Labelled:
    amounts: Amounts
    labels: list[Label | None]


@dataclass(frozen=True, slots=True)
class Score:
    found: int
    events: int
    false: int
    waited: float
    """Days from an event to its first flag, of those that were found."""


def bills(seed: int, count: int = SERIES) -> Labelled:
    """A series of DAYS amounts each, and what happened in it."""
    random = np.random.default_rng(seed)
    made = [_bill(random) for _ in range(count)]
    return Labelled(np.array([amounts for amounts, _ in made]), [label for _, label in made])


def _bill(random: np.random.Generator) -> tuple[Amounts, Label | None]:
    base = float(np.exp(random.normal(3.2, 1.6)))
    days = np.arange(DAYS)
    usual = np.cumprod(1 + random.normal(0, 0.003, DAYS)) * base
    if random.random() < 0.4:
        usual = np.where(days % 7 >= 5, usual * random.uniform(0.2, 0.85), usual)
    if random.random() < 0.1:
        usual = usual * (random.random(DAYS) < 0.5)
    noise = float(random.choice([0.01, 0.03, 0.08, 0.20], p=[0.30, 0.35, 0.25, 0.10]))
    usual = usual * np.maximum(0, 1 + random.normal(0, noise, DAYS))
    if random.random() < 0.15:
        usual = usual + np.where(days % 30 == random.integers(30), base * random.uniform(0.3, 2), 0)
    return _with_event(np.asarray(usual, dtype=np.float64), random)


def _with_event(usual: Amounts, random: np.random.Generator) -> tuple[Amounts, Label | None]:
    drawn, day = random.random(), int(random.integers(DAYS - JUDGED, DAYS - 10))
    for event, chance in _CHANCES.items():
        drawn -= chance
        if drawn < 0:
            return _happened(usual, event, day, random), Label(event, day)
    return usual, None


def _happened(usual: Amounts, event: Event, day: int, random: np.random.Generator) -> Amounts:
    before, after = usual[:day], usual[day:]
    match event:
        case Event.SPIKE:
            return np.concatenate([before, after[:1] * random.uniform(1.4, 6), after[1:]])
        case Event.SHIFT:
            return np.concatenate([before, after * random.uniform(1.3, 4)])
        case Event.NEW:
            return np.concatenate([np.zeros(day), after])
        case Event.DROP:
            return np.concatenate([before, after * random.uniform(0, 0.4)])
        case Event.RAMP:
            return np.concatenate([before, after * np.interp(np.arange(len(after)), [0, 9], [1.1, 3])])


def flags(amounts: Amounts) -> Flags:
    """(series, JUDGED): every day judged by those before it."""
    judged = [
        judge_day(amounts[:, day - WINDOW : day], amounts[:, day]).is_out_of_line for day in range(DAYS - JUDGED, DAYS)
    ]
    return np.array(judged).T


def scored(labelled: Labelled) -> Score:
    found, false, waited = 0, 0, list[int]()
    for flagged, label in zip(flags(labelled.amounts), labelled.labels, strict=True):
        days = [int(day) + DAYS - JUDGED for day in np.flatnonzero(flagged)]
        if label is not None:
            hits = [day for day in days if label.day <= day <= label.day + _TOLERANCE[label.event]]
            found, waited = found + bool(hits), [*waited, *(day - label.day for day in hits[:1])]
            days = [day for day in days if not label.day <= day <= label.day + _AFTERMATH]
        false += _incidents(days)
    events = sum(label is not None for label in labelled.labels)
    return Score(found, events, false, float(np.mean(waited)))


def _incidents(days: list[int]) -> int:
    return sum(not index or day - days[index - 1] > _TOGETHER for index, day in enumerate(days))


def run() -> list[Ratio]:
    scores = [scored(bills(seed)) for seed in SEEDS]
    found, events, false = (sum(getattr(one, name) for one in scores) for name in ("found", "events", "false"))
    waited = np.mean([one.waited for one in scores])
    print(f"      cost anomalies: {found} of {events} events, {waited:.1f} days after they began", flush=True)
    per_day = false / SERIES / len(SEEDS) / JUDGED * 1000
    return [
        Ratio("cost anomalies, precision", found / (found + false), 0.85),
        Ratio("cost anomalies, recall", found / events, 0.78),
        Ratio("cost anomalies, false incidents per 1,000 series and day", per_day, 0.4, at_least=False),
    ]


if __name__ == "__main__":
    sys.exit(report(run()))
