"""What slices say of their health: parts for people, gauges for Prometheus. Both are read through one `Look`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar
from uuid import UUID

from prometheus_client import Metric
from prometheus_client.metrics_core import GaugeMetricFamily

from tenantry.kit.db import SystemSession, TenantSession
from tenantry.platform.work import Platform

Statement = TypeVar("Statement", bound=Any)


class Status(StrEnum):
    """How a part is. What nobody could tell is unknown, which is not ok."""

    OK = "ok"
    UNKNOWN = "unknown"
    DEGRADED = "degraded"
    """Works, later or with less than it should."""
    FAILING = "failing"


_BY_WEIGHT: Final = (Status.OK, Status.UNKNOWN, Status.DEGRADED, Status.FAILING)


def worst(found: Iterable[Status]) -> Status:
    """What is known decides; unknown only where nothing else is said."""
    statuses = set(found)
    known = statuses - {Status.UNKNOWN}
    return max(known or {Status.UNKNOWN}, key=_BY_WEIGHT.index)


@dataclass(frozen=True, slots=True)
class Look:
    """Through what a part is read: one tenant's eyes within a scope, or the operator's, who see all tenants."""

    platform: Platform
    session: TenantSession | SystemSession
    now: datetime
    scope: frozenset[UUID] | None = None

    def within(self, statement: Statement, column: Any) -> Statement:
        """The statement, limited to the Microsoft tenants that may be seen."""
        limited: Statement = statement if self.scope is None else statement.where(column.in_(self.scope))
        return limited


@dataclass(frozen=True, slots=True)
class Part:
    """What a part says: a status, a sentence, and the facts it was made of."""

    status: Status
    says: str
    facts: dict[str, Any] = field(default_factory=dict)


PartReading = Callable[[Look], Part]
GaugeReading = Callable[[Look], Iterable[Metric]]
_parts: dict[str, PartReading] = {}
_gauges: list[GaugeReading] = []


def health_part(name: str) -> Callable[[PartReading], PartReading]:
    """Registers what says how a part is. It costs the same at 10 and at 1,000 Microsoft tenants."""

    def register(reading: PartReading) -> PartReading:
        if _parts.setdefault(name, reading) is not reading:
            message = f"health part {name} is registered twice"
            raise ValueError(message)
        return reading

    return register


def health_gauges(reading: GaugeReading) -> GaugeReading:
    """Registers what is read from the database for every scrape, whichever process is scraped."""
    _gauges.append(reading)
    return reading


def all_parts() -> dict[str, PartReading]:
    return dict(sorted(_parts.items()))


def all_gauges() -> list[GaugeReading]:
    return list(_gauges)


def gauge_of(name: str, says: str, value: float | None) -> Iterable[Metric]:
    """A gauge without labels; none while its value is not known."""
    if value is not None:
        yield GaugeMetricFamily(name, says, value=value)
