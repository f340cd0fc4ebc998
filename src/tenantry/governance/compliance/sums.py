"""Sums of Policy Insights, added up to what is shown: per Microsoft tenant, subscription, initiative, assignment and
definition. Pure.

Subscriptions share no resource, so that their sums add up. Assignments do share them: the sums of several are added up
for one initiative alone, and count a resource once for each assignment it falls under.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tenantry.governance.compliance.counts import Counts
from tenantry.governance.compliance.projections import scope_key
from tenantry.observe.reading import key_of, list_of, mapping_of, moment_of

Item = Mapping[str, Any]
PolicyKey = tuple[str, str, str]
"""Assignment, definition, reference."""


@dataclass(slots=True)
class Sum:
    """Counts added up, and between which moments Azure made the verdicts; both None where it does not tell."""

    counts: Counts = field(default_factory=Counts)
    evaluated_from: datetime | None = None
    evaluated_to: datetime | None = None

    def add(self, counts: Counts, first: datetime | None, last: datetime | None) -> None:
        self.counts = Counts.sum((self.counts, counts))
        self.evaluated_from = min(filter(None, (self.evaluated_from, first)), default=None)
        self.evaluated_to = max(filter(None, (self.evaluated_to, last)), default=None)


def _sums() -> "defaultdict[Any, Sum]":
    return defaultdict(Sum)


@dataclass(slots=True)
class Sums:
    """All of a Microsoft tenant. What is lost is in `subscriptions` alone."""

    lost: Collection[str] = ()
    whole: Sum = field(default_factory=Sum)
    subscriptions: "defaultdict[str, Sum]" = field(default_factory=_sums)
    initiatives: "defaultdict[str, Sum]" = field(default_factory=_sums)
    assignments: "defaultdict[str, Sum]" = field(default_factory=_sums)
    policies: "defaultdict[PolicyKey, Sum]" = field(default_factory=_sums)
    initiative_of: dict[str, str] = field(default_factory=dict)
    """By assignment."""
    effects: dict[PolicyKey, str] = field(default_factory=dict)


def add_up(items: Iterable[Item], lost: Collection[str]) -> Sums:
    """Of the items of `azure.policy_compliance`; `lost` are the subscriptions that are out of sight."""
    found, dated = Sums(lost), defaultdict[str, Sum](Sum)
    wholes: dict[str, Counts] = {}
    for item in items:
        subscription, counts = key_of(item.get("subscriptionId"), 64), _counts(item)
        first, last = moment_of(item.get("evaluatedFrom")), moment_of(item.get("evaluatedTo"))
        if not item.get("policyAssignmentId"):
            wholes[subscription] = counts
            continue
        dated[subscription].add(Counts(), first, last)
        if subscription not in lost:
            _add_assignment(found, item, lambda one, more: one.add(more, first, last))  # noqa: B023 - called at once
    for subscription, counts in wholes.items():
        dates = dated[subscription]
        found.subscriptions[subscription].add(counts, dates.evaluated_from, dates.evaluated_to)
        if subscription not in lost:
            found.whole.add(counts, dates.evaluated_from, dates.evaluated_to)
    return found


def _add_assignment(found: Sums, item: Item, add: Callable[[Sum, Counts], None]) -> None:
    key, initiative = scope_key(item.get("policyAssignmentId")), scope_key(item.get("policySetDefinitionId"))
    add(found.assignments[key], _counts(item))
    if initiative:
        found.initiative_of[key] = initiative
        add(found.initiatives[initiative], _counts(item))
    for row in map(mapping_of, list_of(item.get("definitions"))):
        reference = key_of(row.get("policyDefinitionReferenceId"))
        policy = key, scope_key(row.get("policyDefinitionId")), reference
        add(found.policies[policy], _counts(row))
        found.effects[policy] = key_of(row.get("effect"), 64)


def _counts(row: Item) -> Counts:
    return Counts.of(mapping_of(row.get("resources")))
