"""The rows of scores and policies of one Microsoft tenant, made of its sums and of what things are called."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select

from tenantry.governance.compliance.counts import STATES, WHOLE, Counts
from tenantry.governance.compliance.history import counted, dates
from tenantry.governance.compliance.models import (
    ComplianceScore,
    PolicyAssignment,
    PolicyDefinition,
    PolicyStatus,
    ScoreKind,
)
from tenantry.governance.compliance.sums import PolicyKey, Sum, Sums
from tenantry.governance.resources.models import Subscription
from tenantry.kit.db import Base, TenantSession
from tenantry.kit.db.bulk import bulk_upsert
from tenantry.observe.azure_ids import subscription_of
from tenantry.observe.bodies import derived_id

NO_DATA: Final = -1
_SCORES: Final = Base.metadata.tables[ComplianceScore.__tablename__]
_POLICIES: Final = Base.metadata.tables[PolicyStatus.__tablename__]
_COUNTED: Final = (*STATES, "score", "evaluated_from", "evaluated_to")
_UNKNOWN: Final = Sum()


@dataclass(frozen=True, slots=True)
class Called:
    """What is known by name: assignments and definitions by their keys, subscriptions by theirs."""

    assignments: Mapping[str, PolicyAssignment]
    definitions: Mapping[str, PolicyDefinition]
    subscriptions: Mapping[str, str]

    def assignment(self, key: str) -> str:
        found = self.assignments.get(key)
        return found.title if found else last_part(key)

    def definition(self, key: str) -> str:
        found = self.definitions.get(key)
        return found.title if found else last_part(key)


def policy_id(microsoft_tenant_id: UUID, assignment: str, definition: str, reference: str) -> UUID:
    """It stays as long as the policy does, so that links to it do."""
    return derived_id(str(microsoft_tenant_id), "policy", assignment, definition, reference)


def last_part(key: str) -> str:
    return key.rpartition("/")[2][:256]


def called(session: TenantSession, microsoft_tenant_id: UUID) -> Called:
    assignments = select(PolicyAssignment).where(PolicyAssignment.microsoft_tenant_id == microsoft_tenant_id)
    definitions = select(PolicyDefinition).where(PolicyDefinition.microsoft_tenant_id == microsoft_tenant_id)
    named = select(Subscription.subscription_key, Subscription.display_name).where(
        Subscription.microsoft_tenant_id == microsoft_tenant_id
    )
    return Called(
        {row.item_key: row for row in session.scalars(assignments)},
        {row.item_key: row for row in session.scalars(definitions)},
        dict(session.execute(named).all()),
    )


def replace_scores(session: TenantSession, microsoft_tenant_id: UUID, sums: Sums, names: Called) -> None:
    """All of them anew. A subscription of which nothing was collected has a row too, without numbers."""
    session.execute(delete(ComplianceScore).where(ComplianceScore.microsoft_tenant_id == microsoft_tenant_id))
    columns = ["id", "microsoft_tenant_id", "kind", "scope_key", "subscription_key", "initiative_key", "title"]
    rows = (
        (
            derived_id(str(microsoft_tenant_id), "compliance", kind, key),
            *(microsoft_tenant_id, kind.value, key, key if kind is ScoreKind.SUBSCRIPTION else "", initiative, title),
            *counted(counts),
            *dates(found),
            WHOLE + 1 if counts is None or counts.score is None else counts.score,
        )
        for kind, key, initiative, title, found, counts in _scores(sums, names)
    )
    bulk_upsert(session, _SCORES, [*columns, *_COUNTED, "rank"], rows)


def replace_policies(session: TenantSession, microsoft_tenant_id: UUID, sums: Sums, names: Called) -> None:
    """All of them anew. An assignment that Azure says nothing about has a row too, without numbers."""
    session.execute(delete(PolicyStatus).where(PolicyStatus.microsoft_tenant_id == microsoft_tenant_id))
    columns = [
        *("id", "microsoft_tenant_id", "assignment_key", "definition_key", "reference", "initiative_key"),
        *("title", "assignment_title", "initiative_title", "category", "effect", "scope_key"),
        *("is_enforced", "is_deprecated"),
    ]
    rows = (
        (
            policy_id(microsoft_tenant_id, *policy),
            microsoft_tenant_id,
            *_policy(policy, sums, names),
            *counted(counts),
            *dates(found),
            NO_DATA if counts is None else counts.noncompliant,
        )
        for policy, found, counts in _policies(sums, names)
    )
    bulk_upsert(session, _POLICIES, [*columns, *_COUNTED, "worst"], rows)


def silent_assignments(sums: Sums, names: Called) -> list[str]:
    """Those that Azure has no verdict by, in any subscription that can be seen."""
    seen = (key for key, row in names.assignments.items() if subscription_of(row.scope_key) not in sums.lost)
    return sorted(key for key in seen if key not in sums.assignments)


def _scores(sums: Sums, names: Called) -> Iterator[tuple[ScoreKind, str, str, str, Sum, Counts | None]]:
    for key in sorted(names.subscriptions.keys() | sums.subscriptions.keys()):
        found = sums.subscriptions.get(key)
        title = names.subscriptions.get(key, key)
        yield ScoreKind.SUBSCRIPTION, key, "", title, found or _UNKNOWN, found.counts if found else None
    for key, found in sums.initiatives.items():
        yield ScoreKind.INITIATIVE, key, key, names.definition(key), found, found.counts
    for key, found in sums.assignments.items():
        initiative = sums.initiative_of.get(key, "")
        yield ScoreKind.ASSIGNMENT, key, initiative, names.assignment(key), found, found.counts


def _policies(sums: Sums, names: Called) -> Iterator[tuple[PolicyKey, Sum, Counts | None]]:
    yield from ((policy, found, found.counts) for policy, found in sums.policies.items())
    for key in silent_assignments(sums, names):
        yield (key, names.assignments[key].definition_key, ""), _UNKNOWN, None


def _policy(policy: PolicyKey, sums: Sums, names: Called) -> tuple[Any, ...]:
    key, definition_key, _ = policy
    definition, assignment = names.definitions.get(definition_key), names.assignments.get(key)
    initiative = sums.initiative_of.get(key, "")
    if definition is not None and definition.is_initiative:
        initiative = definition_key
    return (
        *policy,
        initiative,
        names.definition(definition_key),
        names.assignment(key),
        names.definition(initiative) if initiative else "",
        definition.category if definition else "",
        sums.effects.get(policy, ""),
        assignment.scope_key if assignment else "",
        assignment.is_enforced if assignment else None,
        definition.is_deprecated if definition else False,
    )
