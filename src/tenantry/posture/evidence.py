"""What controls read: the complete datasets of one Microsoft tenant at one moment, and how the others stand."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from tenantry.observe.datasets import Dataset
from tenantry.posture.facts import Facts
from tenantry.posture.verdicts import Collected, NotCollected, Unexpected

Item = Mapping[str, Any]
COMPLETE: Final = "complete"


class Evidence(Protocol):
    """Pure reading: no clock, no network. Long datasets are streamed, so that memory does not follow the tenant."""

    def each(self, dataset: Dataset) -> Iterator[Facts]:
        """Every object of a dataset. Raises NotCollected before the first when the dataset is not complete."""
        ...

    def find(self, dataset: Dataset, keys: Collection[str]) -> dict[str, Facts]:
        """The objects with these keys, of those that exist, by their key in lower case. Raises NotCollected."""
        ...

    def collected(self, dataset: Dataset) -> Collected:
        """How it stands. Raises nothing."""
        ...


def every(evidence: Evidence, dataset: Dataset) -> list[Facts]:
    """All objects of a short dataset. Raises NotCollected."""
    return list(evidence.each(dataset))


def one(evidence: Evidence, dataset: Dataset) -> Facts:
    """The only object of a dataset. Raises NotCollected, and Unexpected when there are none or several."""
    found = every(evidence, dataset)
    if len(found) != 1:
        raise Unexpected(dataset.name, found or None)
    return found[0]


def first_complete(evidence: Evidence, *datasets: Dataset) -> Dataset:
    """The first dataset that is complete, of several that hold the same facts. Raises NotCollected for the first."""
    for dataset in datasets:
        if evidence.collected(dataset).outcome == COMPLETE:
            return dataset
    raise NotCollected(evidence.collected(datasets[0]))


def every_licensed(evidence: Evidence, dataset: Dataset) -> list[Facts]:
    """All objects, and none when Microsoft says that the feature is not licensed. Raises NotCollected otherwise."""
    if evidence.collected(dataset).outcome == "not_licensed":
        return []
    return every(evidence, dataset)


@dataclass(frozen=True, slots=True)
class HeldEvidence:
    """Evidence in memory: of tests, and of what was just collected. Datasets that are not in `items` are missing."""

    items: Mapping[str, Sequence[Item]]
    missing: Mapping[str, Collected]
    """How the datasets stand that are not complete, by name; one that is in neither was never collected."""
    collected_at: str | None = None
    """When all of it was collected, as ISO text with its offset."""

    def each(self, dataset: Dataset) -> Iterator[Facts]:
        if dataset.name not in self.items:
            raise NotCollected(self.collected(dataset))
        return iter([Facts(dataset.name, item) for item in self.items[dataset.name]])

    def find(self, dataset: Dataset, keys: Collection[str]) -> dict[str, Facts]:
        wanted = {key.lower() for key in keys}
        known = ((dataset.key_of(dict(facts.values)), facts) for facts in self.each(dataset))
        return {key: facts for key, facts in known if key in wanted}

    def collected(self, dataset: Dataset) -> Collected:
        if dataset.name in self.items:
            return Collected(dataset, COMPLETE, self.collected_at)
        return self.missing.get(dataset.name) or Collected(dataset, "never")
