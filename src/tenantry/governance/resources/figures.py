"""The numbers above the lists, and how much of the fleet they speak of: sums over a row per Microsoft tenant."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from tenantry.estate.models import MicrosoftTenant
from tenantry.governance.resources.models import AzureSummary
from tenantry.governance.resources.queries import visible
from tenantry.kit.pagination import AnySelect, Page, PageQuery, SortKey, paginate
from tenantry.observe.models import Outcome
from tenantry.platform.work import Work

NEVER = "never"


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over what is known. `states` says how many Microsoft tenants are in which state."""

    sums: Any
    states: dict[str, int]

    @property
    def tenants(self) -> int:
        return sum(self.states.values())

    @property
    def missing(self) -> dict[str, int]:
        """The states of the Microsoft tenants these numbers do not speak of, or not of today."""
        return {state: count for state, count in self.states.items() if state != Outcome.COMPLETE}


def figures(work: Work, microsoft_tenant_id: UUID | None) -> Figures:
    columns = (
        *(AzureSummary.subscriptions, AzureSummary.subscriptions_not_enabled, AzureSummary.resource_groups),
        *(AzureSummary.empty_groups, AzureSummary.resources, AzureSummary.orphans, AzureSummary.orphans_billed),
        *(AzureSummary.lost_subscriptions, AzureSummary.lost_resources),
    )
    sums = [func.sum(column).label(column.key) for column in columns]
    known = [func.count(column).label(f"{column.key}_known") for column in columns]
    oldest = func.min(AzureSummary.collected_at).label("oldest")
    row = work.session.execute(_fleet(work, microsoft_tenant_id, *sums, *known, oldest)).one()
    state = func.coalesce(AzureSummary.state, NEVER)
    counted = work.session.execute(
        _fleet(work, microsoft_tenant_id, state.label("state"), func.count().label("tenants")).group_by(state)
    )
    return Figures(row, {row.state: row.tenants for row in counted})


def coverage(work: Work, page: PageQuery, state: str | None, microsoft_tenant_id: UUID | None) -> Page[Any]:
    """Rows of (Microsoft tenant, summary or None) by name: what is known of whom, and why not."""
    statement: AnySelect = _fleet(work, microsoft_tenant_id, MicrosoftTenant, AzureSummary)
    if state:
        statement = statement.where(func.coalesce(AzureSummary.state, NEVER) == state)
    by = [SortKey(MicrosoftTenant.name_key, never_null=True), SortKey(MicrosoftTenant.id, never_null=True)]
    return paginate(work.session, statement, page, by, count=True)


def _fleet(work: Work, microsoft_tenant_id: UUID | None, *columns: Any) -> "Select[Any]":
    statement = (
        select(*columns)
        .select_from(MicrosoftTenant)
        .outerjoin(AzureSummary, AzureSummary.microsoft_tenant_id == MicrosoftTenant.id)
        .where(*visible(work.actor, MicrosoftTenant))
    )
    return statement if microsoft_tenant_id is None else statement.where(MicrosoftTenant.id == microsoft_tenant_id)
