"""Where Microsoft tenants, subscriptions, initiatives and assignments stand, each with its honest state."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tenantry.estate.models import MicrosoftTenant
from tenantry.governance.compliance import queries
from tenantry.governance.compliance.catalogue import POLICY_COMPLIANCE
from tenantry.governance.compliance.counts import Counts
from tenantry.governance.compliance.details import Of
from tenantry.governance.compliance.figures import NEVER, states_of
from tenantry.governance.compliance.models import ComplianceScore, ComplianceSummary, ScoreKind
from tenantry.governance.compliance.queries import ScoreFilter
from tenantry.governance.resources.queries import Names, names_of
from tenantry.kit.pagination import Page, PageQuery
from tenantry.observe.losses import ACCESS_LOST
from tenantry.observe.models import DatasetState, LostSubscription, Outcome
from tenantry.platform.work import Work

NO_DATA: Final = "no_data"
_EMPTY: Final[Page[Any]] = Page([], None, 0)


@dataclass(frozen=True, slots=True)
class Standing:
    """One score. `counts` are those last known, whatever became of the newest attempt."""

    kind: ScoreKind
    microsoft_tenant_id: UUID
    microsoft_tenant: str
    key: str
    name: str
    counts: Counts | None
    state: str
    missing_permission: str | None
    collected_at: datetime | None
    evaluated_from: datetime | None
    evaluated_to: datetime | None
    summary: ComplianceSummary | None = None
    """Of a Microsoft tenant."""

    @property
    def of(self) -> Of:
        return self.microsoft_tenant_id, self.key


def standings(
    work: Work, wanted: ScoreFilter, page: PageQuery, sort: tuple[str, bool] = ("score", False), *, count: bool = True
) -> Page[Standing]:
    """A page of them, the worst first; `sort` is for Microsoft tenants."""
    if wanted.kind is not ScoreKind.MICROSOFT_TENANT:
        scores = queries.scores(work, wanted, page, count=count)
        states = states_of(work, POLICY_COMPLIANCE, [row.microsoft_tenant_id for row in scores.items])
        names = names_of(work, scores.items)
        return scores.map(lambda row: _of_score(row, states.get(row.microsoft_tenant_id), names))
    if wanted.key:
        return _EMPTY
    rows = queries.tenants(work, wanted.microsoft_tenant_id, page, sort)
    known = states_of(work, POLICY_COMPLIANCE, [tenant.id for tenant, _ in rows.items])
    return rows.map(lambda row: _of_tenant(row[0], row[1], known.get(row[0].id)))


def _of_tenant(tenant: MicrosoftTenant, summary: ComplianceSummary | None, state: DatasetState | None) -> Standing:
    counts = summary.counts if summary else None
    return Standing(
        ScoreKind.MICROSOFT_TENANT,
        tenant.id,
        tenant.name,
        "",
        tenant.name,
        counts,
        _state(state, counts, None),
        state.missing_permission if state else None,
        summary.collected_at if summary else None,
        summary.evaluated_from if summary else None,
        summary.evaluated_to if summary else None,
        summary,
    )


def _of_score(row: ComplianceScore, state: DatasetState | None, names: Names) -> Standing:
    lost = names.lost(row) if row.subscription_key else None
    collected_at = state.complete_at if state and row.counts is not None else None
    return Standing(
        row.kind,
        row.microsoft_tenant_id,
        names.tenants[row.microsoft_tenant_id],
        row.scope_key,
        row.title,
        row.counts,
        _state(state, row.counts, lost),
        state.missing_permission if state else None,
        lost.seen_at if lost else collected_at,
        row.evaluated_from,
        row.evaluated_to,
    )


def _state(state: DatasetState | None, counts: Counts | None, lost: LostSubscription | None) -> str:
    """What befell the newest attempt; of a complete one, whether Azure had anything to say."""
    if lost is not None:
        return ACCESS_LOST
    if state is None:
        return NEVER
    if state.outcome is Outcome.COMPLETE and (counts is None or not counts.judged):
        return NO_DATA
    return state.outcome.value
