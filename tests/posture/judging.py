"""How control tests are written: a table of cases, each with the evidence of one Microsoft tenant and what is judged.

A case module `tests/posture/controls/cases_<area>.py` has a list `CASES`; `test_every_control.py` runs them all, and
takes the first passing case of each control to see what becomes of it when a dataset is missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tenantry.observe.catalogue.identity import SUBSCRIBED_SKUS
from tenantry.observe.datasets import Dataset
from tenantry.posture.controls.catalogue import all_controls
from tenantry.posture.evaluation import Judging, Verdict
from tenantry.posture.evidence import HeldEvidence
from tenantry.posture.licences import PLANS, Feature
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Cause, Collected, Status

Items = Mapping[Dataset, Sequence[Mapping[str, Any]]]
EVERYTHING = frozenset(Feature)
COLLECTED = "2026-11-26T12:00:00+00:00"
"""When all evidence of these tests was collected."""


@dataclass(frozen=True)
class Case:
    """What is judged, on which evidence, and what must come out. `says` is a part of the summary."""

    key: str
    because: str
    status: Status
    items: Items
    says: str = ""
    affected: Sequence[str] | None = None
    """Names of the affected objects, when they matter."""
    review: str = ""
    """A part of one of the review notes."""
    cause: Cause | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    features: frozenset[Feature] | None = EVERYTHING
    """What the Microsoft tenant pays for; None when that is not known."""
    refused: Mapping[Dataset, str] = field(default_factory=dict)
    """Datasets whose collection ended otherwise than complete, and how."""

    @property
    def verdict(self) -> Verdict:
        return judged(self.key, self.items, self.features, self.refused, **self.parameters)


def judged(
    key: str,
    items: Items,
    features: frozenset[Feature] | None = EVERYTHING,
    refused: Mapping[Dataset, str] | None = None,
    **parameters: Any,
) -> Verdict:
    missing = {dataset.name: Collected(dataset, outcome) for dataset, outcome in (refused or {}).items()}
    held = {dataset.name: list(rows) for dataset, rows in items.items()}
    if features is not None and SUBSCRIBED_SKUS not in items:
        held[SUBSCRIBED_SKUS.name] = [licences(features)]
    return Judging.of(HeldEvidence(held, missing, COLLECTED), Parameters(**parameters)).verdict(all_controls()[key])


def licences(features: frozenset[Feature]) -> dict[str, Any]:
    """A subscribed licence that brings these features."""

    def brings(plan: str) -> int:
        return sum(plan in names for names in PLANS.values())

    plans = [{"servicePlanName": min(sorted(PLANS[feature]), key=brings)} for feature in features]
    return {"id": "sku", "skuPartNumber": "SOMETHING", "capabilityStatus": "Enabled", "servicePlans": plans}
