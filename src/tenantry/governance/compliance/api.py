"""`/api/v1/compliance`."""

from typing import Any
from uuid import UUID

from tenantry.governance.compliance import catalogue, figures, queries
from tenantry.governance.compliance.details import (
    Reason,
    policy_of,
    reasons_of,
    resources_of,
    tenant_names,
    titles_of,
)
from tenantry.governance.compliance.filters import (
    Advices,
    Exemptions,
    First,
    Key,
    Last,
    Policies,
    Scores,
    Secures,
    Text,
    Violations,
    period,
)
from tenantry.governance.compliance.models import (
    PolicyStatus,
    PolicyViolation,
    Recommendation,
    RegulatoryControl,
    ScoreKind,
    SecureScore,
)
from tenantry.governance.compliance.permissions import READ
from tenantry.governance.compliance.schemas import (
    AdviceListOut,
    AdviceOut,
    CategoryOut,
    CoverageOut,
    DayOut,
    ExemptionOut,
    ExemptionsOut,
    FleetOut,
    NonCompliantListOut,
    NonCompliantOut,
    PeriodOut,
    PoliciesOut,
    PolicyOut,
    ReasonOut,
    ScoreOut,
    ScoresOut,
    SecureControlOut,
    SecureDayOut,
    SecureScoreOut,
    SecureScoresOut,
    StandardOut,
    StandardsOut,
    percent,
    saving,
    savings,
    scored,
    thousandths,
)
from tenantry.governance.compliance.standings import Standing, standings
from tenantry.governance.costs.period import Period
from tenantry.governance.resources.models import Resource
from tenantry.governance.resources.queries import Names, names_of
from tenantry.kit.errors import BadRequest, NotFound
from tenantry.kit.pagination import Page, PageQueryParameter
from tenantry.observe.datasets import Dataset
from tenantry.platform.doors import Api
from tenantry.platform.work import Work

api = Api("/api/v1/compliance", "compliance")

_WITH_HISTORY = 50
"""Rows of a page that come with their days."""


@api.get("/scores", needs=READ, response_model=ScoresOut, errors=[BadRequest, NotFound])
def scores(work: Work, wanted: Scores, page: PageQueryParameter, first: First = None, last: Last = None) -> ScoresOut:
    """Scores of Microsoft tenants, subscriptions, initiatives or assignments, the worst first.

    With `from` or `to` each comes with its days, for at most 50 rows at a time.
    """
    asked = _history(work, page.limit, first, last)
    found = standings(work, wanted, page)
    keys = [(one.microsoft_tenant_id, one.key) for one in found.items]
    days = figures.days_of(work, wanted.kind, keys, asked) if asked else {}
    items = [_score(one, [DayOut.of(day) for day in days[one.of]] if asked else None) for one in found.items]
    return ScoresOut(
        **_list(work, found, catalogue.POLICY_COMPLIANCE, wanted.microsoft_tenant_id),
        period=PeriodOut(first=asked.first, last=asked.last) if asked else None,
        fleet=_fleet(work, asked) if wanted.kind is ScoreKind.MICROSOFT_TENANT and not wanted.is_narrow else None,
        items=items,
    )


@api.get("/policies", needs=READ, response_model=PoliciesOut, errors=[BadRequest, NotFound])
def policies(work: Work, wanted: Policies, page: PageQueryParameter) -> PoliciesOut:
    """Policies by how many resources violate them, the most first; those without data last."""
    found = queries.policies(work, wanted, page)
    names = tenant_names(work, found.items)
    items = [_policy(row, names[row.microsoft_tenant_id]) for row in found.items]
    return PoliciesOut(**_list(work, found, catalogue.POLICY_COMPLIANCE, wanted.microsoft_tenant_id), items=items)


@api.get("/policies/{policy_id}", needs=READ, response_model=PolicyOut, errors=[NotFound])
def policy(work: Work, policy_id: UUID) -> PolicyOut:
    """One policy by one assignment."""
    row = policy_of(work, policy_id)
    return _policy(row, tenant_names(work, [row])[row.microsoft_tenant_id])


@api.get("/non-compliant", needs=READ, response_model=NonCompliantListOut, errors=[BadRequest, NotFound])
def non_compliant(work: Work, wanted: Violations, page: PageQueryParameter) -> NonCompliantListOut:
    """Resources that violate a policy, by name, each with the reason; once for each policy it violates."""
    found = queries.violations(work, wanted, page)
    names, reasons = names_of(work, found.items), reasons_of(work, found.items)
    known = resources_of(work, [(row.microsoft_tenant_id, row.resource_key) for row in found.items])
    items = [
        _violation(row, names, reasons[row.id], known.get((row.microsoft_tenant_id, row.resource_key)))
        for row in found.items
    ]
    return NonCompliantListOut(**_list(work, found, catalogue.POLICY_STATES, wanted.microsoft_tenant_id), items=items)


@api.get("/exemptions", needs=READ, response_model=ExemptionsOut, errors=[BadRequest, NotFound])
def exemptions(work: Work, wanted: Exemptions, page: PageQueryParameter) -> ExemptionsOut:
    """Exemptions by when they end, those that have ended first."""
    found = queries.exemptions(work, wanted, page)
    names = names_of(work, found.items)
    titles = titles_of(work, [(row.microsoft_tenant_id, row.assignment_key) for row in found.items])
    now = work.clock.now()
    items = [
        ExemptionOut(
            **_whose(row, names),
            azure_id=row.item_key,
            name=row.title,
            category=row.category,
            scope=row.scope_key,
            subscription_id=row.subscription_key,
            assignment=row.assignment_key,
            assignment_name=titles.assignment(row.microsoft_tenant_id, row.assignment_key),
            limited_to=row.limited_to,
            expires_at=row.expires_at,
            state=queries.exemption_state(row, now),
        )
        for row in found.items
    ]
    return ExemptionsOut(**_list(work, found, catalogue.POLICY_EXEMPTIONS, wanted.microsoft_tenant_id), items=items)


@api.get("/advisor", needs=READ, response_model=AdviceListOut, errors=[BadRequest, NotFound])
def advisor(work: Work, wanted: Advices, page: PageQueryParameter) -> AdviceListOut:
    """Advice of Azure Advisor: of high impact first, and within an impact what saves most."""
    found = queries.advice(work, wanted, page)
    names = names_of(work, found.items)
    known = resources_of(work, [(row.microsoft_tenant_id, row.resource_key) for row in found.items])
    items = [_advice(row, names, known.get((row.microsoft_tenant_id, row.resource_key))) for row in found.items]
    categories = [
        CategoryOut(
            category=one.category,
            recommendations=one.recommendations,
            high_impact=one.high,
            savings=savings(list(one.yearly.items())),
        )
        for one in figures.advised(work, wanted.microsoft_tenant_id)
    ]
    listed = _list(work, found, catalogue.ADVISOR_RECOMMENDATIONS, wanted.microsoft_tenant_id)
    return AdviceListOut(**listed, categories=categories, items=items)


@api.get("/secure-score", needs=READ, response_model=SecureScoresOut, errors=[BadRequest, NotFound])
def secure_score(
    work: Work,
    page: PageQueryParameter,
    tenant: Key = None,
    subscription: Text = "",
    first: First = None,
    last: Last = None,
) -> SecureScoresOut:
    """Defender's score of each subscription that has one, the worst first, with the controls it is the sum of.

    With `from` or `to` each comes with its days, for at most 50 rows at a time.
    """
    asked = _history(work, page.limit, first, last)
    found = queries.secure_scores(work, queries.SecureFilter(tenant, subscription or None), page)
    names, controls = names_of(work, found.items), queries.controls_of(work, found.items)
    keys = [(row.microsoft_tenant_id, row.subscription_key) for row in found.items]
    days = figures.secure_days_of(work, keys, asked) if asked else {}
    items = [
        _secure_score(
            row,
            names,
            controls.get((row.microsoft_tenant_id, row.subscription_key), []),
            [SecureDayOut.of(day) for day in days[row.microsoft_tenant_id, row.subscription_key]] if asked else None,
        )
        for row in found.items
    ]
    whole = figures.totals(work, tenant)
    return SecureScoresOut(
        **_list(work, found, catalogue.SECURE_SCORES, tenant),
        score=percent(whole.secure),
        subscriptions=whole.secure_subscriptions,
        items=items,
    )


@api.get("/standards", needs=READ, response_model=StandardsOut, errors=[BadRequest, NotFound])
def standards(work: Work, wanted: Secures, page: PageQueryParameter) -> StandardsOut:
    """How subscriptions stand against regulatory standards, as Defender sees it; with `controls`, by control."""
    found = queries.standards(work, wanted, page)
    names = names_of(work, found.items)
    items = [_standard(row, names) for row in found.items]
    return StandardsOut(**_list(work, found, catalogue.REGULATORY_COMPLIANCE, wanted.microsoft_tenant_id), items=items)


def _history(work: Work, limit: int, first: Any, last: Any) -> Period | None:
    if first is None and last is None:
        return None
    if limit > _WITH_HISTORY:
        raise BadRequest(why=f"with their days, at most {_WITH_HISTORY} rows are told at a time")
    return period(work, first, last)


def _list(work: Work, found: Page[Any], dataset: Dataset, microsoft_tenant_id: UUID | None) -> dict[str, Any]:
    """The fields of ListOut."""
    return {
        "next_cursor": found.next_cursor,
        "total": found.total,
        "total_is_more": found.is_more,
        "coverage": CoverageOut.of(figures.coverage(work, dataset, microsoft_tenant_id)),
    }


def _whose(row: Any, names: Names) -> dict[str, Any]:
    lost = names.lost(row)
    return {
        "microsoft_tenant_id": row.microsoft_tenant_id,
        "microsoft_tenant": names.tenants[row.microsoft_tenant_id],
        "access_lost_at": lost.lost_at if lost else None,
    }


def _where(row: Any, names: Names) -> dict[str, Any]:
    return {
        **_whose(row, names),
        "subscription_id": row.subscription_key,
        "subscription": names.subscription(row),
    }


def _score(one: Standing, history: list[DayOut] | None) -> ScoreOut:
    return ScoreOut(
        **scored(one.counts),  # type: ignore[arg-type]  # the fields of ScoredOut
        by=one.kind,
        microsoft_tenant_id=one.microsoft_tenant_id,
        microsoft_tenant=one.microsoft_tenant,
        key=one.key,
        name=one.name,
        state=one.state,
        missing_permission=one.missing_permission,
        collected_at=one.collected_at,
        evaluated_from=one.evaluated_from,
        evaluated_to=one.evaluated_to,
        history=history,
    )


def _fleet(work: Work, asked: Period | None) -> FleetOut:
    whole = figures.totals(work)
    return FleetOut(
        **scored(whole.counts),  # type: ignore[arg-type]  # as above
        subscriptions=whole.subscriptions,
        subscriptions_without_data=whole.silent,
        history=[DayOut.of(day) for day in figures.fleet_days(work, asked)] if asked else None,
    )


def _policy(row: PolicyStatus, tenant: str) -> PolicyOut:
    return PolicyOut(
        **scored(row.counts),  # type: ignore[arg-type]  # as above
        id=row.id,
        microsoft_tenant_id=row.microsoft_tenant_id,
        microsoft_tenant=tenant,
        policy=row.definition_key,
        name=row.title,
        reference=row.reference,
        category=row.category,
        effect=row.effect,
        initiative=row.initiative_key,
        initiative_name=row.initiative_title,
        assignment=row.assignment_key,
        assignment_name=row.assignment_title,
        assigned_at=row.scope_key,
        is_enforced=row.is_enforced,
        is_deprecated=row.is_deprecated,
        state=queries.policy_state(row),
        evaluated_from=row.evaluated_from,
        evaluated_to=row.evaluated_to,
    )


def _violation(row: PolicyViolation, names: Names, reason: Reason, resource: Resource | None) -> NonCompliantOut:
    told = ("policy", "effect", "initiative", "assignment", "code", "message")
    return NonCompliantOut(
        **_where(row, names),
        resource_id=resource.id if resource else None,
        azure_id=row.resource_key,
        name=resource.name if resource else row.name,
        type=row.resource_type,
        location=row.location,
        resource_group=row.resource_group,
        policy_id=reason.policy_id,
        policy=row.definition_key,
        assignment=row.assignment_key,
        initiative=row.initiative_key,
        reason=ReasonOut(**{name: getattr(reason, name) for name in told}),
    )


def _advice(row: Recommendation, names: Names, resource: Resource | None) -> AdviceOut:
    return AdviceOut(
        **_where(row, names),
        azure_id=row.item_key,
        category=row.category,
        impact=row.impact,
        problem=row.problem,
        solution=row.solution,
        resource_id=resource.id if resource else None,
        resource=row.resource_key,
        resource_name=row.resource_name,
        resource_type=row.resource_type,
        saving=saving(row.yearly, row.currency),
        is_put_aside=row.is_put_aside,
    )


def _secure_score(
    row: SecureScore, names: Names, controls: list[SecureScore], history: list[SecureDayOut] | None
) -> SecureScoreOut:
    return SecureScoreOut(
        **_where(row, names),
        score=percent(row.share),
        points=thousandths(row.points),
        most=thousandths(row.most),
        weight=row.weight,
        controls=[SecureControlOut.of(one) for one in controls],
        history=history,
    )


def _standard(row: RegulatoryControl, names: Names) -> StandardOut:
    told = ("standard", "description", "state", "passed", "failed", "skipped")
    where = _where(row, names)
    where.pop("access_lost_at")
    return StandardOut(
        **where, control=row.name if row.is_control else None, **{name: getattr(row, name) for name in told}
    )
