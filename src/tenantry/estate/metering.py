"""Numbers about Microsoft tenants that somebody may watch. The slice that owns the data declares and reads them.

MFA = metric("identity.mfa_share", "Members with a second factor", "%", READ)

@MFA.reader
def mfa_share(work, among): yield Reading(microsoft_tenant_id, 87.3, as_of=…)

A reader tells of many Microsoft tenants with a few statements over summary tables. What it cannot tell is a reading
without a value that says why: it is never left out in silence, and never zero.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement

from tenantry.platform.access import Permission
from tenantry.platform.work import Work

KNOWN: Final = "complete"
MONEY: Final = "money"
"""The unit of a metric whose readings name their currency."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One number now. `value` None is not known: `state` is a word of web/states.py, and `note` says why."""

    microsoft_tenant_id: UUID
    value: float | None
    subject: str = ""
    """What of the Microsoft tenant it is about; empty for all of it. It never holds a number that changes."""
    previous: float | None = None
    """What the value is compared with, for metrics of a change."""
    size: float | None = None
    """How much it is about, where the value itself is a share."""
    currency: str = ""
    """Of `size`, or of the value, where they are money."""
    as_of: datetime | None = None
    """When the fact is from: the same moment means that nothing new was learnt."""
    state: str = KNOWN
    note: str = ""
    at_least: bool = False
    """Whether the true value may be higher."""


Among = frozenset[UUID] | None
"""The Microsoft tenants asked about; None means all of them."""
Reader = Callable[[Work, Among], Iterable[Reading]]


@dataclass(frozen=True, slots=True)
class Metric:
    """A number under a name that stays. `size` says in words what a floor is compared with, if it has one."""

    name: str
    label: str
    unit: str
    needs: Permission
    hint: str
    size: str = ""
    previous: str = ""
    """What a reading's previous value is, in words; empty for metrics without one."""
    path: str = ""
    """The page that shows what is behind it."""
    readers: list[Reader] = field(default_factory=list, compare=False)

    def reader(self, function: Reader) -> Reader:
        """Registers one source of readings. A metric may have several, which tell of different subjects."""
        self.readers.append(function)
        return function

    def read(self, work: Work, among: Among = None) -> Iterator[Reading]:
        for reader in self.readers:
            yield from reader(work, among)


_metrics: Final[dict[str, Metric]] = {}


def metric(
    name: str,
    label: str,
    unit: str,
    needs: Permission,
    hint: str,
    *,
    size: str = "",
    previous: str = "",
    path: str = "/microsoft-tenants/{id}",
) -> Metric:
    """Declares a metric."""
    declared = Metric(name, label, unit, needs, hint, size, previous, path)
    if _metrics.setdefault(name, declared) != declared:
        message = f"metric {name} is declared twice"
        raise ValueError(message)
    return _metrics[name]


def metric_named(name: str) -> Metric | None:
    return _metrics.get(name)


def all_metrics() -> list[Metric]:
    return sorted(_metrics.values(), key=lambda one: one.name)


def among_of(column: Any, among: Among) -> list[ColumnElement[bool]]:
    """The condition that keeps a statement to the Microsoft tenants asked about."""
    return [] if among is None else [column.in_(among)]
