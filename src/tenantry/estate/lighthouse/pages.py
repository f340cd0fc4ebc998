"""`/lighthouse`: who delegates subscriptions, onboarding them, and the template that asks for a delegation."""

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Form, Query
from starlette.responses import Response

from tenantry.estate import forms
from tenantry.estate.forms import FormFaults
from tenantry.estate.lighthouse.schemas import OnboardCustomerIn, TemplateIn
from tenantry.estate.lighthouse.service import LIST, Lighthouse
from tenantry.estate.lighthouse.template import ROLES, Role
from tenantry.estate.models import MicrosoftTenant
from tenantry.estate.permissions import MANAGE, READ
from tenantry.estate.service import AlreadyOnboarded, MicrosoftTenants
from tenantry.platform.doors import Pages, View
from tenantry.platform.jobs import JobAlreadyRunning, Jobs
from tenantry.web.navigation import NavItem, navigation

pages = Pages("/lighthouse")
navigation(NavItem("Lighthouse", "/lighthouse", "cloud", 75, READ.name))

Short = Annotated[str, Form(max_length=500)]
_DEFAULTS = {
    "offer": "Managed services",
    "description": "Reads configuration, costs and security state.",
    "name": "",
    "id": "",
}


@pages.get("", needs=READ)
def lighthouse(view: View, managing: Annotated[str, Query(max_length=64)] = "") -> Response:
    return _page(view, managing)


@pages.post("/{managing_id}/customers", needs=MANAGE)
def list_customers(view: View, managing_id: UUID) -> Response:
    done = "Microsoft is being asked."
    try:
        Lighthouse(view.work).list_now(managing_id)
    except JobAlreadyRunning:
        done = "Microsoft is being asked already."
    return view.redirect(f"/lighthouse?managing={managing_id}", done)


@pages.post("/{managing_id}/customers/{customer_entra_id}/onboard", needs=MANAGE)
def onboard(view: View, managing_id: UUID, customer_entra_id: UUID, name: Short = "") -> Response:
    try:
        wanted = forms.checked(OnboardCustomerIn, {"name": name}, "name")
        with view.work.session.begin_nested():
            tenant = Lighthouse(view.work).onboard(managing_id, customer_entra_id, wanted.name)
    except FormFaults as error:
        return _page(view, str(managing_id), faults=error.faults)
    except AlreadyOnboarded as error:
        return view.redirect(f"/microsoft-tenants/{error.facts['microsoft_tenant_id']}", "It is onboarded already.")
    return view.redirect(f"/microsoft-tenants/{tenant.id}/onboarding")


@pages.post("/{managing_id}/template", needs=READ)
def template(
    view: View,
    managing_id: UUID,
    offer: Short = "",
    description: Short = "",
    id: Short = "",  # noqa: A002 - the form's field
    name: Short = "",
    roles: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """The template as a file, or the form again with what is wrong at its fields."""
    managing = MicrosoftTenants(view.work).get(managing_id)
    values = {"offer": offer, "description": description, "id": id.strip(), "name": name}
    document = {
        "managing_entra_id": managing.entra_tenant_id,
        "offer": offer,
        "description": description,
        "principals": [{"id": id.strip(), "name": name or id.strip()}],
        "roles": roles or [],
    }
    try:
        wanted = forms.checked(TemplateIn, document, "roles")
    except FormFaults as error:
        return _page(view, str(managing_id), values, error.faults, roles or [])
    content = orjson.dumps(Lighthouse(view.work).template(wanted), option=orjson.OPT_INDENT_2)
    headers = {"Content-Disposition": 'attachment; filename="lighthouse.json"'}
    return Response(content, media_type="application/json", headers=headers)


def _page(
    view: View,
    managing: str,
    values: dict[str, str] | None = None,
    faults: dict[str, str] | None = None,
    roles: list[str] | None = None,
) -> Response:
    service = Lighthouse(view.work)
    candidates = service.managing()
    chosen = next((row for row in candidates if str(row.id) == managing), None) or _usual(candidates)
    answer = view.page(
        "estate/lighthouse/lighthouse.html",
        candidates=candidates,
        chosen=chosen,
        found=service.customers(chosen.id) if chosen else None,
        job=Jobs(view.work).open_job(LIST, chosen.id) if chosen else None,
        values={**_DEFAULTS, **(values or {})},
        faults=forms.Faults(faults or {}),
        roles=[(role.value, word, "") for role, (word, _) in ROLES.items()],
        chosen_roles=roles if roles is not None else [Role.READER.value],
        may_manage=view.may(MANAGE),
    )
    answer.status_code = 422 if faults else 200
    return answer


def _usual(candidates: list[MicrosoftTenant]) -> MicrosoftTenant | None:
    """The one whose delegations were listed before, otherwise the first."""
    listed = [row for row in candidates if "delegations_listed_at" in row.notes]
    return next(iter([*listed, *candidates]), None)
