"""Which days of a subscription are out of line, and where the money is: a pure judgement of its series.

Of one day it says as little as explains the money: the subscription as a whole if that is out of line, else those of
its resource groups, services and resources that nothing wider speaks for.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

import numpy as np

from tenantry.governance.anomalies.detector import LEARNING, WINDOW, Judgement, Limits, judge_day
from tenantry.governance.costs.period import Period
from tenantry.governance.costs.shape import Amounts
from tenantry.observe.azure_ids import group_of

MOVERS: Final = 10
"""Parts that are named with a day, at most."""
_SMALL: Final = 0.05
"""A part that moved less than this share of the whole is not named."""
_WEEK: Final = 7
_EXPLAINED: Final = 0.5
"""A service or resource is spoken for by what explains at least this share of its money."""


class Level(StrEnum):
    """What a series is the cost of, the widest first."""

    SUBSCRIPTION = "subscription"
    GROUP = "resource group"
    SERVICE = "service"
    RESOURCE = "resource"


@dataclass(frozen=True, slots=True)
class Series:
    """What something cost, a day after another; `name` is empty for the subscription."""

    level: Level
    name: str

    def contains(self, other: "Series") -> bool:
        """Whether all that the other one costs is in this one too."""
        if self == other or self.level is Level.SUBSCRIPTION:
            return True
        return self.level is Level.GROUP and other.level is Level.RESOURCE and group_of(other.name) == self.name


@dataclass(frozen=True, slots=True)
class Cost:
    """What a service cost on a day in a resource group."""

    day: date
    group: str
    service: str
    amount: float


@dataclass(frozen=True, slots=True)
class ResourceCost:
    day: date
    resource: str
    amount: float


@dataclass(frozen=True, slots=True)
class Mover:
    """A part of what is out of line, and how much more or less than expected it cost."""

    level: Level
    name: str
    gap: float


@dataclass(frozen=True, slots=True)
class Finding:
    """A day on which a series is out of line."""

    day: date
    series: Series
    expected: float
    actual: float
    movers: Sequence[Mover]

    @property
    def gap(self) -> float:
        return self.actual - self.expected


class Book:
    """The series of one subscription and one currency over some days, all of which are known."""

    def __init__(self, known: Period, costs: Iterable[Cost], resources: Iterable[ResourceCost]) -> None:
        self._days = list(known.days())
        self._place = {day: place for place, day in enumerate(self._days)}
        rows: defaultdict[Series, Amounts] = defaultdict(lambda: np.zeros(len(self._days)))
        pairs: defaultdict[tuple[str, str], Amounts] = defaultdict(lambda: np.zeros(len(self._days)))
        for cost in costs:
            place = self._place[cost.day]
            pairs[cost.group, cost.service][place] += cost.amount
        for (group, service), amounts in pairs.items():
            for series in (Series(Level.SUBSCRIPTION, ""), Series(Level.GROUP, group), Series(Level.SERVICE, service)):
                rows[series] = rows[series] + amounts
        for one in resources:
            rows[Series(Level.RESOURCE, one.resource)][self._place[one.day]] += one.amount
        self._rows, self._pairs = dict(rows), dict(pairs)
        self._order = {level: [series for series in rows if series.level is level] for level in Level}

    def findings(self, judged: Period, limits: Limits) -> Iterator[Finding]:
        """What is out of line on the days of a period that have four weeks before them."""
        for day in judged.days():
            if (place := self._place.get(day)) is not None and place >= LEARNING:
                yield from self._on(day, place, limits)

    def figures(self, series: Series, day: date) -> tuple[float, float]:
        """What was expected of a series on a day, and what it was; nothing of one that never cost anything."""
        place = self._place[day]
        if series not in self._rows or place < LEARNING:
            return 0.0, 0.0
        judged = self._judged([self._rows[series]], place, Limits())
        return float(judged.expected[0]), float(self._rows[series][place])

    def _on(self, day: date, place: int, limits: Limits) -> Iterator[Finding]:
        kept: list[Finding] = []
        for level in Level:
            order = self._order[level]
            if not order:
                continue
            judged = self._judged([self._rows[series] for series in order], place, limits)
            for number in np.flatnonzero(judged.is_out_of_line):
                series, expected = order[number], float(judged.expected[number])
                actual = float(self._rows[series][place])
                if not self._is_explained(series, actual - expected, kept):
                    kept.append(Finding(day, series, expected, actual, self._movers(series, actual - expected, place)))
        yield from kept

    def _judged(self, rows: Sequence[Amounts], place: int, limits: Limits) -> Judgement:
        length = min(WINDOW, place // _WEEK * _WEEK)
        matrix = np.vstack(rows)
        return judge_day(matrix[:, place - length : place], matrix[:, place], limits)

    def _is_explained(self, series: Series, gap: float, kept: Sequence[Finding]) -> bool:
        same = [one for one in kept if (one.gap > 0) == (gap > 0)]
        if any(one.series.contains(series) for one in same):
            return True
        names = {series, Series(Level.GROUP, group_of(series.name))} if series.level is Level.RESOURCE else {series}
        named = sum(part.gap for one in same for part in one.movers if Series(part.level, part.name) in names)
        return abs(named) >= _EXPLAINED * abs(gap)

    def _movers(self, of: Series, gap: float, place: int) -> list[Mover]:
        """What moved most in the same direction: groups, services and resources, of each the largest first."""
        parts = self._parts(of)
        if not parts:
            return []
        expected = self._judged([amounts for _, amounts in parts], place, Limits()).expected
        moved = [
            Mover(series.level, series.name, float(amounts[place] - usual))
            for (series, amounts), usual in zip(parts, expected, strict=True)
        ]
        along = [one for one in moved if one.gap * gap > 0 and abs(one.gap) >= _SMALL * abs(gap)]
        most = sorted(along, key=lambda one: (-abs(one.gap), one.name))[:MOVERS]
        return sorted(most, key=lambda one: list(Level).index(one.level))

    def _parts(self, of: Series) -> list[tuple[Series, Amounts]]:
        if of.level is Level.RESOURCE:
            return []
        if of.level is Level.SUBSCRIPTION:
            return [(series, row) for series, row in self._rows.items() if series.level is not Level.SUBSCRIPTION]
        if of.level is Level.SERVICE:
            return [(Series(Level.GROUP, group), row) for (group, name), row in self._pairs.items() if name == of.name]
        services = [
            (Series(Level.SERVICE, name), row) for (group, name), row in self._pairs.items() if group == of.name
        ]
        return [
            *services,
            *((series, row) for series, row in self._rows.items() if of.contains(series) and series != of),
        ]
