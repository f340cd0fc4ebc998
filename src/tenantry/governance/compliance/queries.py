"""Lists of what Azure says, across all Microsoft tenants somebody may see.

Every list walks an index in the order it is shown in, the worst first; names, resources and titles are looked up for
the rows of the page alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, select

from tenantry.estate.models import MicrosoftTenant
from tenantry.governance.compliance.counts import WHOLE
from tenantry.governance.compliance.models import (
    ComplianceScore,
    ComplianceSummary,
    PolicyExemption,
    PolicyStatus,
    PolicyViolation,
    Recommendation,
    RegulatoryControl,
    ScoreKind,
    SecureScore,
)
from tenantry.governance.compliance.permissions import READ
from tenantry.governance.compliance.projections import scope_key
from tenantry.governance.resources.queries import visible
from tenantry.kit.filtering import begins_with
from tenantry.kit.pagination import COUNT_TO, AnySelect, Page, PageQuery, SortKey, paginate
from tenantry.platform.work import Work

SOON: Final = timedelta(days=30)
"""An exemption that ends within it is told to end soon."""
TENANT_SORTS: Final[dict[str, Any]] = {
    "score": ComplianceSummary.score,
    "noncompliant": ComplianceSummary.noncompliant,
    "name": MicrosoftTenant.name_key,
}


class PolicyState(StrEnum):
    """How a policy stands."""

    VIOLATED = "violated"
    COMPLIANT = "compliant"
    NO_DATA = "no_data"


class ExemptionState(StrEnum):
    """Where an exemption stands between its beginning and its end."""

    EXPIRED = "expired"
    EXPIRING = "expiring"
    IN_FORCE = "in_force"


@dataclass(frozen=True, slots=True)
class ScoreFilter:
    """Which scores; None means any. `key` is the id of the subscription, the initiative or the assignment."""

    kind: ScoreKind = ScoreKind.MICROSOFT_TENANT
    microsoft_tenant_id: UUID | None = None
    key: str | None = None

    @property
    def is_narrow(self) -> bool:
        return self.microsoft_tenant_id is not None or self.key is not None


@dataclass(frozen=True, slots=True)
class PolicyFilter:
    """Which policies; None means any. `policy`, `initiative` and `assignment` are ids of Azure."""

    microsoft_tenant_id: UUID | None = None
    policy: str | None = None
    initiative: str | None = None
    assignment: str | None = None
    state: PolicyState | None = None


@dataclass(frozen=True, slots=True)
class ViolationFilter:
    """Which violations; None means any. `text` is the beginning of a resource's name."""

    microsoft_tenant_id: UUID | None = None
    subscription: str | None = None
    policy: str | None = None
    assignment: str | None = None
    reference: str | None = None
    type: str | None = None
    resource: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class ExemptionFilter:
    """Which exemptions; None means any."""

    microsoft_tenant_id: UUID | None = None
    subscription: str | None = None
    assignment: str | None = None
    state: ExemptionState | None = None


@dataclass(frozen=True, slots=True)
class AdviceFilter:
    """Which advice; None means any. What was put aside is left out unless it is asked for."""

    microsoft_tenant_id: UUID | None = None
    subscription: str | None = None
    category: str | None = None
    impact: str | None = None
    resource: str | None = None
    is_put_aside: bool = False


@dataclass(frozen=True, slots=True)
class SecureFilter:
    """Which secure scores or standards: those of subscriptions, or those of their controls."""

    microsoft_tenant_id: UUID | None = None
    subscription: str | None = None
    controls: bool = False


def tenants(
    work: Work, microsoft_tenant_id: UUID | None, page: PageQuery, sort: tuple[str, bool] = ("score", False)
) -> Page[Any]:
    """A page of (Microsoft tenant, summary or None); those of which nothing is known come last."""
    statement: AnySelect = (
        select(MicrosoftTenant, ComplianceSummary)
        .select_from(MicrosoftTenant)
        .outerjoin(ComplianceSummary, ComplianceSummary.microsoft_tenant_id == MicrosoftTenant.id)
        .where(*_allowed(work, MicrosoftTenant))
    )
    if microsoft_tenant_id is not None:
        statement = statement.where(MicrosoftTenant.id == microsoft_tenant_id)
    by_name = [SortKey(MicrosoftTenant.name_key, never_null=True), SortKey(MicrosoftTenant.id, never_null=True)]
    first = [] if sort == ("name", False) else [SortKey(TENANT_SORTS[sort[0]], descending=sort[1])]
    return paginate(work.session, statement, page, [*first, *by_name], count=True)


def scores(work: Work, wanted: ScoreFilter, page: PageQuery, *, count: bool = True) -> Page[ComplianceScore]:
    """The worst first, those without anything judged last."""
    conditions = [ComplianceScore.kind == wanted.kind, *_of(ComplianceScore, wanted.microsoft_tenant_id)]
    if wanted.key:
        conditions.append(ComplianceScore.scope_key == scope_key(wanted.key))
    return _page(work, ComplianceScore, conditions, page, [ComplianceScore.rank], count=count)


def policies(work: Work, wanted: PolicyFilter, page: PageQuery, *, count: bool = True) -> Page[PolicyStatus]:
    """Those that most resources violate first, those without data last."""
    conditions = [*_of(PolicyStatus, wanted.microsoft_tenant_id), *_states(wanted.state)]
    conditions += _keys(
        {
            PolicyStatus.definition_key: wanted.policy,
            PolicyStatus.initiative_key: wanted.initiative,
            PolicyStatus.assignment_key: wanted.assignment,
        }
    )
    return _page(work, PolicyStatus, conditions, page, [PolicyStatus.worst], descending=True, count=count)


def violations(work: Work, wanted: ViolationFilter, page: PageQuery, *, count: bool = True) -> Page[PolicyViolation]:
    """By the name of the resource."""
    conditions = [*_of(PolicyViolation, wanted.microsoft_tenant_id), *_within(PolicyViolation, wanted.subscription)]
    conditions += _keys(
        {
            PolicyViolation.definition_key: wanted.policy,
            PolicyViolation.assignment_key: wanted.assignment,
            PolicyViolation.resource_key: wanted.resource,
            PolicyViolation.resource_type: wanted.type,
        }
    )
    if wanted.reference is not None:
        conditions.append(PolicyViolation.reference == wanted.reference)
    if wanted.text:
        conditions.append(begins_with(PolicyViolation.name_key, wanted.text.casefold()))
    return _page(work, PolicyViolation, conditions, page, [PolicyViolation.name_key], count=count)


def exemptions(work: Work, wanted: ExemptionFilter, page: PageQuery, *, count: bool = True) -> Page[PolicyExemption]:
    """Those that have ended first, then by when they end."""
    now = work.clock.now()
    conditions = [*_of(PolicyExemption, wanted.microsoft_tenant_id), *_within(PolicyExemption, wanted.subscription)]
    conditions += _keys({PolicyExemption.assignment_key: wanted.assignment})
    if wanted.state is not None:
        conditions.append(_ENDS[wanted.state](PolicyExemption.ends_at, now))
    return _page(work, PolicyExemption, conditions, page, [PolicyExemption.ends_at], count=count)


def advice(work: Work, wanted: AdviceFilter, page: PageQuery, *, count: bool = True) -> Page[Recommendation]:
    """That of high impact first, and within an impact what saves most."""
    conditions = [*_of(Recommendation, wanted.microsoft_tenant_id), *_within(Recommendation, wanted.subscription)]
    conditions += _keys(
        {
            Recommendation.category: wanted.category,
            Recommendation.impact: wanted.impact,
            Recommendation.resource_key: wanted.resource,
        }
    )
    conditions.append(Recommendation.is_put_aside.is_(wanted.is_put_aside))
    return _page(work, Recommendation, conditions, page, [Recommendation.rank], count=count)


def secure_scores(work: Work, wanted: SecureFilter, page: PageQuery, *, count: bool = True) -> Page[SecureScore]:
    """The worst first, those without points last."""
    conditions = [*_of(SecureScore, wanted.microsoft_tenant_id), *_within(SecureScore, wanted.subscription)]
    conditions.append(SecureScore.is_control.is_(wanted.controls))
    return _page(work, SecureScore, conditions, page, [SecureScore.rank], count=count)


def standards(work: Work, wanted: SecureFilter, page: PageQuery, *, count: bool = True) -> Page[RegulatoryControl]:
    """By name."""
    conditions = [*_of(RegulatoryControl, wanted.microsoft_tenant_id), *_within(RegulatoryControl, wanted.subscription)]
    conditions.append(RegulatoryControl.is_control.is_(wanted.controls))
    return _page(work, RegulatoryControl, conditions, page, [RegulatoryControl.name_key], count=count)


def controls_of(work: Work, rows: Sequence[SecureScore]) -> dict[tuple[UUID, str], list[SecureScore]]:
    """The controls that the scores of a page are the sums of."""
    query = select(SecureScore).where(
        *_allowed(work, SecureScore),
        SecureScore.is_control.is_(True),
        SecureScore.subscription_key.in_({row.subscription_key for row in rows}),
        SecureScore.microsoft_tenant_id.in_({row.microsoft_tenant_id for row in rows}),
    )
    found: dict[tuple[UUID, str], list[SecureScore]] = {}
    for row in work.session.scalars(query.order_by(SecureScore.rank, SecureScore.title)):
        found.setdefault((row.microsoft_tenant_id, row.subscription_key), []).append(row)
    return found


def exemption_state(row: PolicyExemption, now: datetime) -> ExemptionState:
    if row.ends_at <= now:
        return ExemptionState.EXPIRED
    return ExemptionState.EXPIRING if row.ends_at <= now + SOON else ExemptionState.IN_FORCE


def policy_state(row: PolicyStatus) -> PolicyState:
    if row.worst > 0:
        return PolicyState.VIOLATED
    return PolicyState.COMPLIANT if row.score == WHOLE else PolicyState.NO_DATA


_ENDS: Final[dict[ExemptionState, Any]] = {
    ExemptionState.EXPIRED: lambda ends, now: ends <= now,
    ExemptionState.EXPIRING: lambda ends, now: (ends > now) & (ends <= now + SOON),
    ExemptionState.IN_FORCE: lambda ends, now: ends > now,
}


def _allowed(work: Work, model: Any) -> list[ColumnElement[bool]]:
    work.actor.require(READ)
    return visible(work.actor, model)


def _of(model: Any, microsoft_tenant_id: UUID | None) -> list[ColumnElement[bool]]:
    return [] if microsoft_tenant_id is None else [model.microsoft_tenant_id == microsoft_tenant_id]


def _within(model: Any, subscription: str | None) -> list[ColumnElement[bool]]:
    return [model.subscription_key == subscription.lower()] if subscription else []


def _keys(wanted: dict[Any, str | None]) -> list[ColumnElement[bool]]:
    return [column == scope_key(value) for column, value in wanted.items() if value]


def _states(state: PolicyState | None) -> list[ColumnElement[bool]]:
    if state is PolicyState.VIOLATED:
        return [PolicyStatus.worst > 0]
    if state is PolicyState.COMPLIANT:
        return [PolicyStatus.worst == 0, PolicyStatus.score == WHOLE]
    return [] if state is None else [PolicyStatus.worst <= 0, PolicyStatus.score.is_(None)]


def _page(
    work: Work,
    model: Any,
    conditions: Sequence[ColumnElement[bool]],
    page: PageQuery,
    order: Sequence[Any],
    *,
    descending: bool = False,
    count: bool,
) -> Page[Any]:
    by = [SortKey(column, descending=descending, never_null=True) for column in (*order, model.id)]
    statement: AnySelect = select(model).where(*conditions, *_allowed(work, model))
    return paginate(work.session, statement, page, by, count_to=COUNT_TO if count else None)
