"""`/microsoft-tenants/new` and `/microsoft-tenants/{id}/onboarding`: the wizard."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Form
from starlette.requests import Request
from starlette.responses import Response

from tenantry.estate import flows, forms
from tenantry.estate.credential_form import GivenCredential, values_of
from tenantry.estate.forms import KINDS, FormFaults
from tenantry.estate.lighthouse.service import Lighthouse
from tenantry.estate.models import Access, Lifecycle, MicrosoftTenant
from tenantry.estate.needs import lost_without, needed_permissions
from tenantry.estate.permissions import MANAGE
from tenantry.estate.presentation import consent_link, losses, redirect_uri
from tenantry.estate.schemas import MicrosoftTenantStart
from tenantry.estate.service import AlreadyOnboarded, MicrosoftTenants, UnknownManagingTenant
from tenantry.estate.wizard.progress import progress_of, steps_of
from tenantry.microsoft import cloud_named
from tenantry.platform.doors import Pages, View
from tenantry.platform.doors.endpoint import doorway_of
from tenantry.platform.jobs import JobAlreadyRunning

pages = Pages("/microsoft-tenants")
Short = Annotated[str, Form(max_length=500)]


@pages.get("/new", needs=MANAGE)
def new(view: View, request: Request) -> Response:
    """The first step. The address may bring values, so that other pages can lead here."""
    given = request.query_params
    values = {name: given.get(name, "")[:256] for name in ("name", "entra_tenant_id", "access", "managed_by")}
    return _first(view, request, {**values, "cloud": doorway_of(request).settings.cloud})


@pages.post("/new", needs=MANAGE)
def start(
    view: View,
    request: Request,
    name: Short = "",
    entra_tenant_id: Short = "",
    access: Short = Access.APP_REGISTRATION.value,
    managed_by: Short = "",
    cloud: Short = "",
) -> Response:
    values = {"name": name, "entra_tenant_id": entra_tenant_id.strip(), "access": access, "cloud": cloud}
    document: dict[str, Any] = {**values, "cloud": cloud or None}
    if access == Access.LIGHTHOUSE.value:
        document["managed_by"] = values["managed_by"] = managed_by.strip()
        document["managed_by"] = document["managed_by"] or None
    try:
        wanted = forms.checked(MicrosoftTenantStart, document, "managed_by")
        with view.work.session.begin_nested():
            tenant = MicrosoftTenants(view.work).start(wanted, doorway_of(request).settings.cloud)
            if tenant.access is Access.LIGHTHOUSE:
                flows.begin(view.work, flows.ONBOARD, tenant)
    except FormFaults as error:
        return _first(view, request, values, error.faults)
    except AlreadyOnboarded as error:
        known = error.facts["microsoft_tenant_id"]
        return _first(view, request, values, {"entra_tenant_id": "This one is onboarded already."}, known=known)
    except UnknownManagingTenant as error:
        return _first(view, request, values, {"managed_by": error.detail})
    return view.redirect(f"/microsoft-tenants/{tenant.id}/onboarding")


@pages.get("/{microsoft_tenant_id}/onboarding", needs=MANAGE)
def onboarding(view: View, request: Request, microsoft_tenant_id: UUID) -> Response:
    return _step(view, request, MicrosoftTenants(view.work).get(microsoft_tenant_id))


@pages.post("/{microsoft_tenant_id}/onboarding", needs=MANAGE)
def go_on(view: View, microsoft_tenant_id: UUID) -> Response:
    """Checks the current step again."""
    try:
        flows.resume(view.work, microsoft_tenant_id)
    except JobAlreadyRunning:
        return view.redirect(f"/microsoft-tenants/{microsoft_tenant_id}/onboarding", "This is being checked already.")
    return view.redirect(f"/microsoft-tenants/{microsoft_tenant_id}/onboarding")


@pages.post("/{microsoft_tenant_id}/onboarding/credential", needs=MANAGE)
def give_credential(view: View, request: Request, microsoft_tenant_id: UUID, given: GivenCredential) -> Response:
    if faults := given.give(view.work, microsoft_tenant_id):
        tenant = MicrosoftTenants(view.work).get(microsoft_tenant_id)
        return _step(view, request, tenant, given.values, faults)
    return view.redirect(f"/microsoft-tenants/{microsoft_tenant_id}/onboarding")


def _first(
    view: View,
    request: Request,
    values: dict[str, str],
    faults: dict[str, str] | None = None,
    *,
    known: UUID | None = None,
) -> Response:
    answer = view.page(
        "estate/wizard/new.html",
        values={"managed_by": "", **values},
        faults=forms.Faults(faults or {}),
        known=known,
        steps=steps_of(Access.APP_REGISTRATION),
        clouds=forms.clouds(doorway_of(request).settings.cloud),
        managing=[(row.entra_tenant_id, row.name) for row in Lighthouse(view.work).managing()],
    )
    answer.status_code = 409 if known else 422 if faults else 200
    return answer


def _step(
    view: View,
    request: Request,
    tenant: MicrosoftTenant,
    values: dict[str, str] | None = None,
    faults: dict[str, str] | None = None,
) -> Response:
    if tenant.lifecycle is Lifecycle.OFFBOARDED:
        return view.redirect(f"/microsoft-tenants/{tenant.id}")
    settings = doorway_of(request).settings
    credential = MicrosoftTenants(view.work).credential_of(tenant)
    answer = view.page(
        "estate/wizard/onboarding.html",
        tenant=tenant,
        progress=progress_of(view.work, tenant),
        credential=credential,
        values=values or values_of(credential),
        faults=forms.Faults(faults or {}),
        kinds=KINDS,
        losses=losses(tenant),
        needed=[(name, ", ".join(lost_without(name))) for name in needed_permissions()],
        consent=consent_link(tenant, credential.client_id if credential else None, settings),
        redirect_uri=redirect_uri(settings),
        portal=cloud_named(tenant.cloud, settings.simulator_url).portal,
    )
    answer.status_code = 422 if faults else 200
    return answer
