"""Every control with its words and numbers. The words are data, one file per area; the judges are found by key.

Short titles and numbers are those of the CIS Microsoft 365 Foundations Benchmark; everything else is our own wording.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from tenantry.posture import controls
from tenantry.posture.controls.registry import Check, check_of

DEFAULT_BENCHMARK: Final = "cis-m365-7.0.0"


class Assessment(StrEnum):
    """Who answers: a machine, a person, or a person shown what a machine found."""

    AUTOMATIC = "automatic"
    ATTESTATION = "attestation"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class Numbered:
    """A control in one benchmark version."""

    number: str
    level: str
    licence: str

    @property
    def order(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.number.split("."))


@dataclass(frozen=True, slots=True)
class Control:
    """What is judged. The key is ours and stays; numbers belong to benchmark versions and are used again by others."""

    key: str
    title: str
    assessment: Assessment
    benchmarks: Mapping[str, Numbered]
    expected: str
    """What has to hold, in a sentence."""
    steps: tuple[str, ...]
    """How to get there, in our words."""
    portal: str
    """Where: an address in Microsoft's portals."""

    @property
    def service(self) -> str:
        return self.key.partition(".")[0]

    def as_json(self, benchmark: str) -> dict[str, Any]:
        """What programs are told of it; `id` is its number in the benchmark."""
        numbered = self.benchmarks[benchmark]
        return {
            "key": self.key,
            "id": numbered.number,
            "title": self.title,
            "level": numbered.level,
            "licence": numbered.licence,
            "assessment": self.assessment.value,
            "service": self.service,
            "expected": self.expected,
        }

    @property
    def check(self) -> Check | None:
        return check_of(self.key)


@cache
def all_controls() -> Mapping[str, Control]:
    """By key. Raises ValueError for a key that is there twice, and KeyError for an entry that lacks a field."""
    _load_judges()
    found: dict[str, Control] = {}
    for path in sorted(files(controls).joinpath("data").iterdir(), key=lambda entry: entry.name):
        for row in yaml.safe_load(path.read_text(encoding="utf-8")):
            control = _control(row)
            if found.setdefault(control.key, control) is not control:
                message = f"control {control.key} is there twice"
                raise ValueError(message)
    return found


@cache
def controls_of(benchmark: str) -> tuple[Control, ...]:
    """The controls of a benchmark version, in the order of their numbers; none for one that is not known."""
    fitting = [control for control in all_controls().values() if benchmark in control.benchmarks]
    return tuple(sorted(fitting, key=lambda control: control.benchmarks[benchmark].order))


@cache
def benchmarks() -> tuple[str, ...]:
    """Every known benchmark version, the newest first."""
    known = {name for control in all_controls().values() for name in control.benchmarks}
    return tuple(sorted(known, reverse=True))


def _control(row: Mapping[str, Any]) -> Control:
    return Control(
        key=row["key"],
        title=row["title"],
        assessment=Assessment(row["assessment"]),
        benchmarks={name: Numbered(**numbered) for name, numbered in row["benchmarks"].items()},
        expected=row["expected"],
        steps=tuple(row["steps"]),
        portal=row["portal"],
    )


def _load_judges() -> None:
    for module in pkgutil.iter_modules(controls.__path__, f"{controls.__name__}."):
        importlib.import_module(module.name)
