"""What Prometheus would understand of an answer."""

from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families
from tests.support.web import Answer


@dataclass(frozen=True, slots=True)
class Scrape:
    """The samples of one scrape, by name and labels."""

    samples: dict[tuple[str, frozenset[tuple[str, str]]], float]
    kinds: dict[str, str]

    @classmethod
    def of(cls, answer: Answer) -> "Scrape":
        assert answer.status == 200, answer.text
        families = list(text_string_to_metric_families(answer.text))
        names = [family.name for family in families]
        assert len(names) == len(set(names)), "a family stands once"
        samples: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
        for family in families:
            for sample in family.samples:
                key = sample.name, frozenset(sample.labels.items())
                assert key not in samples, f"{key} stands twice"
                samples[key] = sample.value
        return cls(samples, {family.name: family.type for family in families})

    def value(self, name: str, /, **labels: str) -> float | None:
        return self.samples.get((name, frozenset(labels.items())))

    def sum(self, name: str, /, **labels: str) -> float:
        """Of all samples with these labels."""
        wanted = set(labels.items())
        return sum(value for (found, having), value in self.samples.items() if found == name and wanted <= having)

    def names(self) -> set[str]:
        return {name for name, _ in self.samples}
