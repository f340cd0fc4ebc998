"""Controls: what is judged, declared once. Their titles, numbers and steps are data: see `posture.catalogue`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tenantry.observe.datasets import Dataset
from tenantry.posture.evidence import Evidence
from tenantry.posture.licences import Feature
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Finding

Judge = Callable[[Evidence, Parameters], Finding]


@dataclass(frozen=True, slots=True)
class Check:
    """How a control is judged: a pure function over the datasets it reads, all of which it needs to say anything but
    `fail`. Of those in `either`, which hold the same facts, it needs one. Those in `helps` it reads too, and can do
    without: a licensed extra.

    Without the licence `feature` the control does not apply; with `gap_is_failure` it fails instead, and the verdict
    says that a licence is what is missing. `inputs` are the parameters that may change the judgement.
    """

    key: str
    reads: tuple[Dataset, ...]
    judge: Judge
    feature: Feature | None = None
    gap_is_failure: bool = False
    inputs: tuple[str, ...] = ()
    helps: tuple[Dataset, ...] = ()
    either: tuple[Dataset, ...] = ()

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        """Everything it reads."""
        return (*self.reads, *self.either, *self.helps)


_checks: Final[dict[str, Check]] = {}


def check(
    key: str,
    *reads: Dataset,
    feature: Feature | None = None,
    gap_is_failure: bool = False,
    inputs: Sequence[str] = (),
    helps: Sequence[Dataset] = (),
    either: Sequence[Dataset] = (),
) -> Callable[[Judge], Judge]:
    """Registers a function as the judge of the control with this key. Raises ValueError for a second one."""

    def register(judge: Judge) -> Judge:
        if key in _checks:
            message = f"control {key} has two judges"
            raise ValueError(message)
        _checks[key] = Check(key, reads, judge, feature, gap_is_failure, tuple(inputs), tuple(helps), tuple(either))
        return judge

    return register


def check_of(key: str) -> Check | None:
    """None for a control that only people can attest."""
    return _checks.get(key)


def all_checks() -> list[Check]:
    return [_checks[key] for key in sorted(_checks)]
