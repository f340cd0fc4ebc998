"""What a list leaves out, and why: datasets that were not collected, per Microsoft tenant, and what that means."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from tenantry.estate.models import Access, Lifecycle, MicrosoftTenant
from tenantry.kit.db import TenantSession
from tenantry.observe.models import DatasetState, Outcome

_SHOWN: Final = 5
_READ: Final = 1000
"""Exceptions are few; beyond this the count says "at least"."""

MEANINGS: Final = {
    "entra.users": "their people are missing here",
    "entra.sign_in_activity": "the last sign-in is not known there, and nobody there counts as stale",
    "entra.registration_details": "MFA is not known there, which is not the same as none",
    "entra.role_assignments": "who holds a role there is not known",
    "entra.role_definitions": "which roles are privileged there is not known",
    "entra.role_eligibility": "roles people may activate there are missing here",
    "entra.role_group_members": "people who hold a role there through a group are missing here",
    "entra.groups": "their groups are missing here",
    "entra.applications": "their applications are missing here",
    "entra.service_principals": "their enterprise applications are missing here",
    "entra.app_role_assignments": "which permissions their applications were granted is not known",
    "entra.subscribed_skus": "their licences are missing here",
    "entra.conditional_access_policies": "their policies are missing here",
    "entra.role_assignment_instances": "until when roles are held there is not known",
    "entra.group_members": "what people hold there through groups is missing here",
    "entra.app_users": "which applications people may use there is not known",
    "entra.guest_sponsors": "who answers for guests there is not known",
    "entra.application_owners": "who owns applications there is not known",
    "azure.role_assignments": "who holds a role in Azure there is not known",
}
PEOPLE: Final = ("entra.users", "entra.registration_details", "entra.sign_in_activity")
ROLES: Final = (
    "entra.role_assignments",
    "entra.role_definitions",
    "entra.role_eligibility",
    "entra.role_group_members",
)


@dataclass(frozen=True, slots=True)
class Gap:
    """One dataset in one state: in how many Microsoft tenants, a few of them, and what it means for the list."""

    state: str
    meaning: str
    tenants: Sequence[tuple[UUID, str]]
    count: int
    permissions: Sequence[str]
    is_kept: bool
    """Whether what was known before is still shown."""


def gaps(
    session: TenantSession,
    datasets: Sequence[str],
    microsoft_tenant_id: UUID | None,
    scope: frozenset[UUID] | None,
) -> list[Gap]:
    """The gaps of these datasets, most of them by design of the customer: no permission, no licence, Azure only."""
    reached = _reached(microsoft_tenant_id, scope)
    found = _unfinished(session, datasets, reached) + _never(session, datasets, reached)
    return sorted(found, key=lambda gap: (-gap.count, gap.meaning))


def _reached(microsoft_tenant_id: UUID | None, scope: frozenset[UUID] | None) -> list[Any]:
    reached: list[Any] = [
        MicrosoftTenant.lifecycle != Lifecycle.OFFBOARDED,
        MicrosoftTenant.access == Access.APP_REGISTRATION,
    ]
    if microsoft_tenant_id is not None:
        reached.append(MicrosoftTenant.id == microsoft_tenant_id)
    if scope is not None:
        reached.append(MicrosoftTenant.id.in_(scope))
    return reached


def _unfinished(session: TenantSession, datasets: Sequence[str], reached: Sequence[Any]) -> list[Gap]:
    state = DatasetState
    query = (
        select(MicrosoftTenant.id, MicrosoftTenant.name, state)
        .join(MicrosoftTenant, MicrosoftTenant.id == state.microsoft_tenant_id)
        .where(state.dataset.in_(datasets), state.outcome.not_in((Outcome.COMPLETE, Outcome.RUNNING)), *reached)
        .order_by(MicrosoftTenant.name_key, MicrosoftTenant.id)
        .limit(_READ)
    )
    grouped: dict[tuple[str, str, bool], list[Any]] = {}
    for row in session.execute(query):
        row_state = row[2]
        key = (row_state.dataset, row_state.outcome.value, row_state.complete_at is not None)
        grouped.setdefault(key, []).append(row)
    return [
        Gap(
            state=outcome,
            meaning="what was known before is shown" if is_kept else MEANINGS[dataset],
            tenants=[(row[0], row[1]) for row in rows[:_SHOWN]],
            count=len(rows),
            permissions=sorted({row[2].missing_permission for row in rows if row[2].missing_permission}),
            is_kept=is_kept,
        )
        for (dataset, outcome, is_kept), rows in grouped.items()
    ]


def _never(session: TenantSession, datasets: Sequence[str], reached: Sequence[Any]) -> list[Gap]:
    """Microsoft tenants of which some dataset was never even attempted: just onboarded, or not to be connected to."""
    state = DatasetState
    query = (
        select(MicrosoftTenant.id, MicrosoftTenant.name)
        .outerjoin(state, (state.microsoft_tenant_id == MicrosoftTenant.id) & state.dataset.in_(datasets))
        .where(*reached)
        .group_by(MicrosoftTenant.id, MicrosoftTenant.name, MicrosoftTenant.name_key)
        .having(func.count(state.id) < len(datasets))
        .order_by(MicrosoftTenant.name_key)
        .limit(_READ)
    )
    rows = [(row[0], row[1]) for row in session.execute(query)]
    if not rows:
        return []
    return [Gap("never", "nothing of theirs is counted as zero", rows[:_SHOWN], len(rows), (), is_kept=False)]
