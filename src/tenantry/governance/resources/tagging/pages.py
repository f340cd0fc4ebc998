"""`/resources/tagging`: how well resources are tagged, what is wrong, and what is asked for."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from tenantry.estate.models import MicrosoftTenant
from tenantry.governance.resources.filters import Key
from tenantry.governance.resources.permissions import GOVERN, READ
from tenantry.governance.resources.presentation import Chips, shown
from tenantry.governance.resources.queries import names_of
from tenantry.governance.resources.tagging import queries
from tenantry.governance.resources.tagging.exports import COLUMNS, finding_rows
from tenantry.governance.resources.tagging.filters import Findings
from tenantry.governance.resources.tagging.form import GivenPolicy, line_of, values_of
from tenantry.governance.resources.tagging.judging import rules_of
from tenantry.governance.resources.tagging.models import Fault, Measure
from tenantry.governance.resources.tagging.queries import TagFilter
from tenantry.governance.resources.tagging.rules import UNTAGGABLE
from tenantry.governance.resources.tagging.service import TaggingPolicies
from tenantry.governance.resources.views.models import Place
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.audit.service import record_now
from tenantry.platform.doors import Pages, View
from tenantry.platform.doors.forms import Faults, FormFaults
from tenantry.web.downloads import Ending, download

HOME = "/resources/tagging"
pages = Pages(HOME)


@pages.get("", needs=READ)
def tagging(
    view: View, request: Request, wanted: Findings, page: PageQueryParameter, by: Measure = Measure.TAG
) -> Response:
    tenant = wanted.microsoft_tenant_id
    rows = queries.findings(view.work, wanted, page)
    policy = TaggingPolicies(view.work).in_force(tenant)
    return shown(
        view,
        request,
        "tagging/tagging",
        "tagging",
        tenant,
        place=Place.TAGGING,
        rows=rows,
        names=names_of(view.work, [row for row, _ in rows.items]),
        wanted=wanted,
        standing=queries.standing(view.work, tenant),
        scores=queries.scores(view.work, by, tenant),
        by=by.value,
        rules=[line_of(rule) for rule in rules_of(policy)],
        is_own=policy is not None and policy.microsoft_tenant_id is not None,
        has_policy=policy is not None,
        faults=[(fault.value, fault.value.replace("_", " ")) for fault in Fault],
        may_govern=view.may(GOVERN),
        chips=_chips(wanted),
    )


@pages.get("/export.{ending}", needs=READ)
def export(view: View, wanted: Findings, ending: Ending) -> Response:
    work = view.work
    record_now(work.platform.databases, work.actor, work.clock, "resources.tagging_exported", format=ending.value)
    return download("tagging", ending, COLUMNS, finding_rows(work, wanted))


@pages.get("/policy", needs=GOVERN)
def policy(view: View, request: Request, tenant: Key = None) -> Response:
    row = TaggingPolicies(view.work).in_force(tenant)
    return _form(view, request, tenant, values_of(row))


@pages.post("/policy", needs=GOVERN)
def change_policy(view: View, request: Request, given: GivenPolicy, tenant: Key = None) -> Response:
    try:
        TaggingPolicies(view.work).change(tenant, given.policy())
    except FormFaults as error:
        return _form(view, request, tenant, given.values(), error.faults)
    return view.redirect(_home(tenant), "The policy was saved, and what is known is being judged by it.")


@pages.post("/policy/withdraw", needs=GOVERN)
def withdraw_policy(view: View, tenant: Key = None) -> Response:
    TaggingPolicies(view.work).withdraw(tenant)
    return view.redirect(_home(tenant), "The default holds again." if tenant else "No tags are asked for any more.")


def _home(tenant: UUID | None) -> str:
    return f"{HOME}?tenant={tenant}" if tenant else HOME


def _form(
    view: View, request: Request, tenant: UUID | None, values: dict[str, Any], faults: dict[str, str] | None = None
) -> Response:
    row = TaggingPolicies(view.work).in_force(tenant)
    named = view.work.session.get(MicrosoftTenant, (view.work.session.tenant_id, tenant)) if tenant else None
    answer = shown(
        view,
        request,
        "tagging/policy",
        "tagging",
        tenant,
        name=named.name if named else None,
        is_own=row is not None and row.microsoft_tenant_id == tenant,
        is_default_shown=row is not None and row.microsoft_tenant_id is None and tenant is not None,
        values=values,
        policy_faults=Faults(faults or {}),
        untaggable=UNTAGGABLE,
    )
    answer.status_code = 422 if faults else 200
    return answer


def _chips(wanted: TagFilter) -> Chips:
    given = (
        ("q", "Name begins with", wanted.text),
        ("subscription", "Subscription", wanted.subscription),
        ("type", "Type", wanted.type),
        ("tag", "Tag", wanted.tag),
        ("fault", "Fault", wanted.fault and wanted.fault.value.replace("_", " ")),
    )
    return [(key, label, value) for key, label, value in given if value]
