"""The words of a judgement: what a control found, and what becomes of it when evidence is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, overload

from tenantry.observe.datasets import Dataset

MOST_AFFECTED: Final = 500
"""Objects kept with a verdict; all of them are counted."""


class Status(StrEnum):
    """The result of one control. Only `pass` and `fail` are judgements; none of the others ever counts as a pass."""

    PASS = "pass"  # noqa: S105 - a status
    FAIL = "fail"
    MANUAL = "manual"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"
    NOT_RUN = "not_run"


class Cause(StrEnum):
    """Why a control could not be judged."""

    PERMISSION_MISSING = "permission_missing"
    NOT_LICENSED = "not_licensed"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    API_CHANGED = "api_changed"
    NOT_COLLECTED = "not_collected"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Affected:
    """One object a verdict is about: its id at Microsoft, the name people know it by, and what is wrong with it."""

    id: str
    name: str
    why: str


class Tally(Sequence[Affected]):
    """Affected objects of a long dataset: all are counted, the first ones are kept."""

    def __init__(self) -> None:
        self._kept: list[Affected] = []
        self._count = 0

    def add(self, affected: Affected) -> None:
        self._count += 1
        if len(self._kept) < MOST_AFFECTED:
            self._kept.append(affected)

    def named(self, names: Mapping[str, str]) -> "Tally":
        """The same with these names, by the objects' ids in lower case."""
        renamed = Tally()
        renamed._kept = [Affected(one.id, names.get(one.id.lower(), one.name), one.why) for one in self._kept]
        renamed._count = self._count
        return renamed

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Affected: ...
    @overload
    def __getitem__(self, place: slice) -> list[Affected]: ...
    def __getitem__(self, place: int | slice) -> Affected | list[Affected]:
        return self._kept[place]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a control found in evidence that was complete.

    `summary` is one sentence for people. `observed` holds the values that decided, under Microsoft's names.
    `affected` are the objects that fail, in any number; `review` names what a person should look at although it does
    not decide: exclusions, defaults that apply, policies that are report-only. `fact` proves a `not_applicable`.
    """

    status: Status
    summary: str
    observed: Mapping[str, Any] = field(default_factory=dict)
    affected: Sequence[Affected] = ()
    review: Sequence[str] = ()
    fact: str | None = None


def passed(summary: str, observed: Mapping[str, Any], review: Sequence[str] = ()) -> Finding:
    return Finding(Status.PASS, summary, observed, (), review)


def failed(
    summary: str, observed: Mapping[str, Any], affected: Sequence[Affected] = (), review: Sequence[str] = ()
) -> Finding:
    return Finding(Status.FAIL, summary, observed, affected, review)


def not_applicable(fact: str, observed: Mapping[str, Any] | None = None) -> Finding:
    """`fact` is the sentence that proves it: a licence that is not there, a topology that is another one."""
    return Finding(Status.NOT_APPLICABLE, fact, observed or {}, fact=fact)


def manual(
    summary: str,
    observed: Mapping[str, Any] | None = None,
    review: Sequence[str] = (),
    affected: Sequence[Affected] = (),
) -> Finding:
    """For a person to attest; `observed` and `affected` are what a machine could find out."""
    return Finding(Status.MANUAL, summary, observed or {}, affected, review)


@dataclass(frozen=True, slots=True)
class Collected:
    """How one dataset stands at the moment it is judged."""

    dataset: Dataset
    outcome: str
    """Of its last collection, in the words of `observe.models.Outcome`; `never` when there was none."""
    collected_at: str | None = None
    digest: str | None = None
    missing_permission: str | None = None
    problem: str | None = None


class NotCollected(Exception):
    """A control asked for a dataset that is not completely known."""

    def __init__(self, collected: Collected) -> None:
        super().__init__(f"{collected.dataset.name}: {collected.outcome}")
        self.collected = collected


class Unexpected(Exception):
    """Microsoft's answer has not the form a control knows: something is absent, or of another type."""

    def __init__(self, where: str, found: Any) -> None:
        super().__init__(f"{where} is {type(found).__name__}" if found is not None else f"{where} is absent")
        self.where = where
