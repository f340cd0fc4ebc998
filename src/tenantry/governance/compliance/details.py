"""What the rows of a page are about: how it is called, where it leads, and why a resource violates a policy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.models import MicrosoftTenant
from tenantry.governance.compliance.models import PolicyAssignment, PolicyDefinition, PolicyStatus, PolicyViolation
from tenantry.governance.compliance.permissions import READ
from tenantry.governance.compliance.status import last_part, policy_id
from tenantry.governance.resources.models import Resource
from tenantry.platform.work import Work

Of = tuple[UUID, str]
"""A Microsoft tenant, and a key in it."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a resource violates a policy, as far as Azure tells."""

    policy: str
    initiative: str
    assignment: str
    effect: str
    code: str
    message: str
    """What whoever assigned it says to those who violate it."""
    policy_id: UUID | None
    """Of the policy's status, where there is one."""


@dataclass(frozen=True, slots=True)
class Titles:
    """What the assignments and definitions of some Microsoft tenants are called."""

    assignments: dict[Of, PolicyAssignment]
    definitions: dict[Of, PolicyDefinition]

    def assignment(self, microsoft_tenant_id: UUID, key: str) -> str:
        found = self.assignments.get((microsoft_tenant_id, key))
        return found.title if found else last_part(key)

    def definition(self, microsoft_tenant_id: UUID, key: str) -> str:
        found = self.definitions.get((microsoft_tenant_id, key))
        return found.title if found else last_part(key)


def policy_of(work: Work, policy_status_id: UUID) -> PolicyStatus:
    """Raises NotFound, also outside of the actor's scope."""
    work.actor.require(READ)
    return work.one(PolicyStatus, policy_status_id, "policy")


def tenant_names(work: Work, rows: Sequence[Any]) -> dict[UUID, str]:
    query = select(MicrosoftTenant.id, MicrosoftTenant.name)
    found = work.session.execute(query.where(MicrosoftTenant.id.in_({row.microsoft_tenant_id for row in rows})))
    return {row.id: row.name for row in found}


def titles_of(work: Work, keys: Sequence[Of], definitions: Sequence[Of] = ()) -> Titles:
    """Of assignments by their keys, and of definitions by theirs."""
    return Titles(_rows(work, PolicyAssignment, keys), _rows(work, PolicyDefinition, definitions))


def resources_of(work: Work, keys: Sequence[Of]) -> dict[Of, Resource]:
    """The resources with these ids, where they were collected."""
    return _rows(work, Resource, keys)


def reasons_of(work: Work, rows: Sequence[PolicyViolation]) -> dict[UUID, Reason]:
    """By the id of the violation."""
    assigned = [(row.microsoft_tenant_id, row.assignment_key) for row in rows]
    defined = [(row.microsoft_tenant_id, key) for row in rows for key in (row.definition_key, row.initiative_key)]
    titles = titles_of(work, assigned, defined)
    ids = {
        row.id: policy_id(row.microsoft_tenant_id, row.assignment_key, row.definition_key, row.reference)
        for row in rows
    }
    known = set(work.session.scalars(select(PolicyStatus.id).where(PolicyStatus.id.in_(set(ids.values())))))
    return {row.id: _reason(row, titles, ids[row.id] if ids[row.id] in known else None) for row in rows}


def _reason(row: PolicyViolation, titles: Titles, found: UUID | None) -> Reason:
    key = row.microsoft_tenant_id
    assignment = titles.assignments.get((key, row.assignment_key))
    messages = assignment.messages if assignment else {}
    return Reason(
        titles.definition(key, row.definition_key),
        titles.definition(key, row.initiative_key) if row.initiative_key else "",
        titles.assignment(key, row.assignment_key),
        row.effect,
        row.reason_code,
        messages.get(row.reference) or messages.get("") or "",
        found,
    )


def _rows(work: Work, model: Any, keys: Sequence[Of]) -> dict[Of, Any]:
    if not keys:
        return {}
    query = select(model).where(
        model.microsoft_tenant_id.in_({key for key, _ in keys}), model.item_key.in_({key for _, key in keys})
    )
    return {(row.microsoft_tenant_id, row.item_key): row for row in work.session.scalars(query)}
