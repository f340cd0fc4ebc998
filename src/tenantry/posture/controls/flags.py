"""Judging settings that simply have to have a value: the form most controls have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tenantry.observe.datasets import Dataset
from tenantry.posture.controls.registry import check
from tenantry.posture.evidence import Evidence, one
from tenantry.posture.facts import Facts
from tenantry.posture.licences import Feature
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Affected, Finding, Unexpected, failed, passed


@dataclass(frozen=True, slots=True)
class Wanted:
    """A flag that has to have a value, with the sentences that say that it has and that it has not."""

    path: str
    value: bool
    good: str
    bad: str


def judge_flag(facts: Facts, wanted: Wanted, review: Sequence[str] = ()) -> Finding:
    """Raises Unexpected when the flag is absent."""
    observed = facts.shown(wanted.path)
    if facts.flag(wanted.path) is wanted.value:
        return passed(wanted.good, observed, review)
    return failed(wanted.bad, observed, (), review)


def flag_control(key: str, dataset: Dataset, wanted: Wanted, feature: Feature | None = None) -> None:
    """Registers the judge of a control that is one flag of the only object of a dataset."""

    @check(key, dataset, feature=feature)
    def judge(evidence: Evidence, _parameters: Parameters) -> Finding:
        return judge_flag(one(evidence, dataset), wanted)


def wrong_flags(facts: Facts, wanted: Mapping[str, bool]) -> list[str]:
    """The names of the flags that have the other value. Raises Unexpected for one that is absent."""
    return [path for path, value in wanted.items() if facts.flag(path) is not value]


def the_named(rows: Sequence[Facts], *names: str, mark: str = "IsDefault") -> Facts:
    """The policy with one of these names, otherwise the one that is marked. Raises Unexpected for none."""
    wanted = {name.lower() for name in names}
    for row in rows:
        if any(str(row.get(key) or "").lower() in wanted for key in ("Name", "Identity")):
            return row
    return the_default(rows, mark)


def the_default(rows: Sequence[Facts], mark: str = "IsDefault") -> Facts:
    """The policy that is marked as the default. Raises Unexpected when there is none."""
    for row in rows:
        if row.flag(mark, default=False):
            return row
    raise Unexpected(f"{rows[0].where}.{mark}" if rows else mark, None)


def affected(facts: Facts, why: str) -> Affected:
    return Affected(facts.id or facts.name, facts.name, why)


def listed(names: Sequence[str]) -> str:
    """Names as people write them in a sentence; of many only the first."""
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown  # noqa: PLR2004 - a line's worth
