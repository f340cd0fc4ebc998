"""`/compliance`: how Azure complies, from the fleet down to a resource and the reason; and the gauge."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from tenantry.estate.models import MicrosoftTenant
from tenantry.governance.compliance import catalogue, exports, figures, queries
from tenantry.governance.compliance.details import policy_of, reasons_of, resources_of, tenant_names, titles_of
from tenantry.governance.compliance.figures import Day
from tenantry.governance.compliance.filters import (
    CATEGORIES,
    IMPACTS,
    Advices,
    Exemptions,
    First,
    Key,
    Last,
    Policies,
    Scores,
    Secures,
    Violations,
    period,
)
from tenantry.governance.compliance.models import PolicyStatus, ScoreKind, SecureScoreDay
from tenantry.governance.compliance.permissions import READ
from tenantry.governance.compliance.queries import (
    TENANT_SORTS,
    ExemptionFilter,
    ExemptionState,
    PolicyFilter,
    PolicyState,
    ScoreFilter,
    ViolationFilter,
)
from tenantry.governance.compliance.standings import standings
from tenantry.governance.costs.period import Period
from tenantry.governance.resources.choices import microsoft_tenants
from tenantry.governance.resources.models import Resource
from tenantry.governance.resources.queries import names_of
from tenantry.kit.pagination import PageQuery, PageQueryParameter
from tenantry.observe.datasets import Dataset
from tenantry.platform.audit.service import record_now
from tenantry.platform.doors import Pages, View
from tenantry.platform.work import Work
from tenantry.web.downloads import Ending, Row, download
from tenantry.web.navigation import NavItem, navigation

pages = Pages()
navigation(NavItem("Compliance", "/compliance", "list-checks", 42, READ.name))

_SHOWN: Final = 8
_RANGES: Final = (("30 days", 30), ("90 days", 90), ("A year", 365))
_FEW: Final = 25
_NAMES: Final = {
    "cost": "Cost",
    "security": "Security",
    "highavailability": "Reliability",
    "performance": "Performance",
    "operationalexcellence": "Operational excellence",
}
"""Advisor's categories, as its portal calls them."""


@pages.get("/compliance", needs=READ)
def fleet(
    view: View,
    request: Request,
    page: PageQueryParameter,
    sort: str = "score",
    down: str = "",
    first: First = None,
    last: Last = None,
) -> Response:
    work, shown = view.work, period(view.work, first, last)
    order = _order(sort, down)
    rows = standings(work, ScoreFilter(), page, order)
    days = figures.days_of(work, ScoreKind.MICROSOFT_TENANT, [one.of for one in rows.items], shown)
    return _page(
        view,
        request,
        "fleet",
        catalogue.POLICY_COMPLIANCE,
        None,
        rows=rows,
        trends={key: _trend(found, shown) for key, found in days.items()},
        worst=_worst(work, None),
        line=_line(figures.fleet_days(work, shown), shown),
        period=shown,
        ranges=_ranges(shown),
        order={"sort": order[0], "down": order[1], "options": dict(request.query_params)},
    )


@pages.get("/compliance/{microsoft_tenant_id:uuid}", needs=READ)
def tenant(view: View, request: Request, microsoft_tenant_id: UUID, first: First = None, last: Last = None) -> Response:
    work, shown = view.work, period(view.work, first, last)
    work.actor.require(READ, on=microsoft_tenant_id)
    row = work.session.one(MicrosoftTenant, microsoft_tenant_id, "Microsoft tenant")
    key, few = (row.id, ""), PageQuery(_FEW)
    initiatives, subscriptions = (
        standings(work, ScoreFilter(kind, row.id), few) for kind in (ScoreKind.INITIATIVE, ScoreKind.SUBSCRIPTION)
    )
    days = {
        **figures.days_of(work, ScoreKind.MICROSOFT_TENANT, [key], shown),
        **figures.days_of(work, ScoreKind.INITIATIVE, [one.of for one in initiatives.items], shown),
        **figures.days_of(work, ScoreKind.SUBSCRIPTION, [one.of for one in subscriptions.items], shown),
    }
    return _page(
        view,
        request,
        "tenant",
        catalogue.POLICY_COMPLIANCE,
        row.id,
        one=row,
        standing=standings(work, ScoreFilter(microsoft_tenant_id=row.id), PageQuery(1)).items,
        initiatives=initiatives,
        subscriptions=subscriptions,
        trends={of: _trend(found, shown) for of, found in days.items()},
        line=_line(days[key], shown),
        period=shown,
        ranges=_ranges(shown),
        worst=_worst(work, row.id),
        ending=queries.exemptions(work, ExemptionFilter(row.id), PageQuery(5), count=False).items,
        exemption_state=queries.exemption_state,
    )


@pages.get("/compliance/scores", needs=READ)
def scores(view: View, request: Request, wanted: Scores, page: PageQueryParameter) -> Response:
    """Of subscriptions, initiatives or assignments; those of Microsoft tenants are the first page."""
    some = replace(wanted, kind=ScoreKind.SUBSCRIPTION) if wanted.kind is ScoreKind.MICROSOFT_TENANT else wanted
    rows = standings(view.work, some, page)
    of = some.microsoft_tenant_id
    return _page(view, request, "scores", catalogue.POLICY_COMPLIANCE, of, rows=rows, wanted=some, kinds=ScoreKind)


@pages.get("/compliance/policies", needs=READ)
def policies(view: View, request: Request, wanted: Policies, page: PageQueryParameter) -> Response:
    rows = queries.policies(view.work, wanted, page)
    values = {"rows": rows, "names": tenant_names(view.work, rows.items), "wanted": wanted, "states": PolicyState}
    values["policy_state"] = queries.policy_state
    chips = [
        *_chip("policy", "Policy", wanted.policy, (row.title for row in rows.items)),
        *_chip("initiative", "Initiative", wanted.initiative, (row.initiative_title for row in rows.items)),
        *_chip("assignment", "Assignment", wanted.assignment, (row.assignment_title for row in rows.items)),
    ]
    of = wanted.microsoft_tenant_id
    return _page(view, request, "policies", catalogue.POLICY_COMPLIANCE, of, chips=chips, **values)


@pages.get("/compliance/policies/{policy_id:uuid}", needs=READ)
def policy(view: View, request: Request, policy_id: UUID, page: PageQueryParameter) -> Response:
    """One policy by one assignment, with the resources that violate it."""
    work, row = view.work, policy_of(view.work, policy_id)
    of = row.microsoft_tenant_id
    wanted = ViolationFilter(of, policy=row.definition_key, assignment=row.assignment_key, reference=row.reference)
    exempt = queries.exemptions(work, ExemptionFilter(of, assignment=row.assignment_key), PageQuery(_FEW), count=False)
    return _page(
        view,
        request,
        "policy",
        catalogue.POLICY_STATES,
        of,
        row=row,
        name=tenant_names(work, [row])[of],
        assignment=titles_of(work, [(of, row.assignment_key)]).assignments.get((of, row.assignment_key)),
        state=queries.policy_state(row),
        exempt=[one for one in exempt.items if not one.limited_to or row.reference in one.limited_to],
        exemption_state=queries.exemption_state,
        **_violations(work, wanted, page),
    )


@pages.get("/compliance/non-compliant", needs=READ)
def non_compliant(view: View, request: Request, wanted: Violations, page: PageQueryParameter) -> Response:
    found = _violations(view.work, wanted, page)
    reasons, items, subscription = found["reasons"].values(), found["rows"].items, found["names"].subscription
    chips = [
        *_chip("policy", "Policy", wanted.policy, (why.policy for why in reasons)),
        *_chip("assignment", "Assignment", wanted.assignment, (why.assignment for why in reasons)),
        *_chip("subscription", "Subscription", wanted.subscription, map(subscription, items)),
        *_chip("resource", "Resource", wanted.resource, (row.name for row in items)),
        *_chip("type", "Type", wanted.type, ()),
    ]
    of = wanted.microsoft_tenant_id
    return _page(view, request, "noncompliant", catalogue.POLICY_STATES, of, wanted=wanted, chips=chips, **found)


@pages.get("/compliance/exemptions", needs=READ)
def exemptions(view: View, request: Request, wanted: Exemptions, page: PageQueryParameter) -> Response:
    rows = queries.exemptions(view.work, wanted, page)
    titles = titles_of(view.work, [(row.microsoft_tenant_id, row.assignment_key) for row in rows.items])
    return _page(
        view,
        request,
        "exemptions",
        catalogue.POLICY_EXEMPTIONS,
        wanted.microsoft_tenant_id,
        rows=rows,
        names=names_of(view.work, rows.items),
        titles=titles,
        wanted=wanted,
        states=ExemptionState,
        exemption_state=queries.exemption_state,
    )


@pages.get("/compliance/advisor", needs=READ)
def advisor(view: View, request: Request, wanted: Advices, page: PageQueryParameter) -> Response:
    work, rows = view.work, queries.advice(view.work, wanted, page)
    return _page(
        view,
        request,
        "advisor",
        catalogue.ADVISOR_RECOMMENDATIONS,
        wanted.microsoft_tenant_id,
        rows=rows,
        names=names_of(work, rows.items),
        known=resources_of(work, [(row.microsoft_tenant_id, row.resource_key) for row in rows.items]),
        advised=figures.advised(work, wanted.microsoft_tenant_id),
        wanted=wanted,
        categories=[(key, _NAMES[key]) for key in CATEGORIES],
        called=_NAMES,
        impacts=IMPACTS,
    )


@pages.get("/compliance/secure-score", needs=READ)
def secure_score(
    view: View, request: Request, wanted: Secures, page: PageQueryParameter, first: First = None, last: Last = None
) -> Response:
    work, shown = view.work, period(view.work, first, last)
    rows = queries.secure_scores(work, replace(wanted, controls=False), page)
    days = figures.secure_days_of(work, [(row.microsoft_tenant_id, row.subscription_key) for row in rows.items], shown)
    return _page(
        view,
        request,
        "secure",
        catalogue.SECURE_SCORES,
        wanted.microsoft_tenant_id,
        rows=rows,
        names=names_of(work, rows.items),
        controls=queries.controls_of(work, rows.items),
        period=shown,
        ranges=_ranges(shown),
        trends={key: _secure_trend(found, shown) for key, found in days.items()},
        wanted=wanted,
    )


@pages.get("/compliance/standards", needs=READ)
def standards(view: View, request: Request, wanted: Secures, page: PageQueryParameter) -> Response:
    rows = queries.standards(view.work, wanted, page)
    names, of = names_of(view.work, rows.items), wanted.microsoft_tenant_id
    return _page(view, request, "standards", catalogue.REGULATORY_COMPLIANCE, of, rows=rows, names=names, wanted=wanted)


@pages.get("/compliance/scores/export.{ending}", needs=READ)
def export_scores(view: View, wanted: Scores, ending: Ending, sort: str = "score", down: str = "") -> Response:
    rows = exports.score_rows(view.work, wanted, _order(sort, down))
    return _export(view, "compliance-scores", ending, exports.SCORES, rows)


@pages.get("/compliance/policies/export.{ending}", needs=READ)
def export_policies(view: View, wanted: Policies, ending: Ending) -> Response:
    return _export(view, "policies", ending, exports.POLICIES, exports.policy_rows(view.work, wanted))


@pages.get("/compliance/non-compliant/export.{ending}", needs=READ)
def export_violations(view: View, wanted: Violations, ending: Ending) -> Response:
    return _export(view, "non-compliant", ending, exports.VIOLATIONS, exports.violation_rows(view.work, wanted))


@pages.get("/compliance/exemptions/export.{ending}", needs=READ)
def export_exemptions(view: View, wanted: Exemptions, ending: Ending) -> Response:
    return _export(view, "policy-exemptions", ending, exports.EXEMPTIONS, exports.exemption_rows(view.work, wanted))


@pages.get("/compliance/advisor/export.{ending}", needs=READ)
def export_advice(view: View, wanted: Advices, ending: Ending) -> Response:
    return _export(view, "advisor", ending, exports.ADVICE, exports.advice_rows(view.work, wanted))


@pages.get("/compliance/secure-score/export.{ending}", needs=READ)
def export_secure_scores(view: View, wanted: Secures, ending: Ending) -> Response:
    return _export(view, "secure-score", ending, exports.SECURE, exports.secure_rows(view.work, wanted))


@pages.get("/compliance/standards/export.{ending}", needs=READ)
def export_standards(view: View, wanted: Secures, ending: Ending) -> Response:
    return _export(view, "standards", ending, exports.STANDARDS, exports.standard_rows(view.work, wanted))


@pages.get("/partials/compliance-gauge", needs=READ)
def gauge(view: View, tenant: Key = None) -> Response:
    """A fragment for any page: the score of one Microsoft tenant, or of all, and how much of them is known."""
    work = view.work
    if tenant is not None:
        work.session.one(MicrosoftTenant, tenant, "Microsoft tenant")
    return view.page(
        "governance/compliance/gauge.html", tenant=tenant, **_whole(work, catalogue.POLICY_COMPLIANCE, tenant)
    )


def _whole(work: Work, dataset: Dataset, microsoft_tenant_id: UUID | None) -> dict[str, Any]:
    """What every page says first: the sums, and of whom they speak."""
    return {
        "totals": figures.totals(work, microsoft_tenant_id),
        "coverage": figures.coverage(work, dataset, microsoft_tenant_id),
        "most": figures.MOST,
    }


def _page(view: View, request: Request, here: str, dataset: Dataset, tenant: UUID | None, **values: Any) -> Response:
    shared = {
        "here": here,
        "tenant": tenant,
        "tenants": microsoft_tenants(view.work),
        "options": dict(request.query_params),
        **_whole(view.work, dataset, tenant),
    }
    return view.page(f"governance/compliance/{here}.html", **shared, **values)


def _violations(work: Work, wanted: ViolationFilter, page: PageQuery) -> dict[str, Any]:
    rows = queries.violations(work, wanted, page)
    return {
        "rows": rows,
        "names": names_of(work, rows.items),
        "reasons": reasons_of(work, rows.items),
        "known": _known(work, rows.items),
    }


def _known(work: Work, rows: Sequence[Any]) -> dict[tuple[UUID, str], Resource]:
    return resources_of(work, [(row.microsoft_tenant_id, row.resource_key) for row in rows])


def _worst(work: Work, microsoft_tenant_id: UUID | None) -> dict[str, Any]:
    """The policies that most resources violate."""
    wanted = PolicyFilter(microsoft_tenant_id, state=PolicyState.VIOLATED)
    rows: Sequence[PolicyStatus] = queries.policies(work, wanted, PageQuery(_SHOWN), count=False).items
    return {"rows": rows, "names": tenant_names(work, rows)}


def _export(view: View, name: str, ending: Ending, columns: Sequence[str], rows: Iterable[Row]) -> Response:
    work = view.work
    record_now(work.platform.databases, work.actor, work.clock, "compliance.exported", format=ending.value, list=name)
    return download(name, ending, columns, rows)


def _order(sort: str, down: str) -> tuple[str, bool]:
    return (sort, down == "1") if sort in TENANT_SORTS else ("score", False)


def _chip(option: str, label: str, value: str | None, titles: Iterable[str]) -> list[tuple[str, str, str]]:
    """A filter in force, by the name that the rows give it."""
    return [(option, label, next((title for title in titles if title), value))] if value else []


def _ranges(shown: Period) -> list[tuple[str, date]]:
    """What can be chosen instead, by its first day."""
    return [(words, shown.last - timedelta(days=number - 1)) for words, number in _RANGES]


def _dates(shown: Period) -> list[date]:
    return [shown.first + timedelta(days=number) for number in range((shown.last - shown.first).days + 1)]


def _line(days: Sequence[Day], shown: Period) -> list[tuple[date, Day | None]]:
    """Every day of the period; one that is not known has nothing."""
    known = {one.day: one for one in days}
    return [(day, known.get(day)) for day in _dates(shown)]


def _trend(days: Sequence[Day], shown: Period) -> list[float | None]:
    known = {one.day: one.counts.score for one in days}
    scored = [known.get(day) for day in _dates(shown)]
    return [None if value is None else value / 100 for value in scored]


def _secure_trend(days: Sequence[SecureScoreDay], shown: Period) -> list[float | None]:
    known = {one.day: 100 * one.points / one.most for one in days}
    return [known.get(day) for day in _dates(shown)]
