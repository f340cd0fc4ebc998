"""Managing a Microsoft tenant, for people: its settings, its actions, importing a file of them.

Onboarding step by step is the wizard's; what is known of a Microsoft tenant is shown by the profile slice.
"""

from typing import Annotated
from uuid import UUID

from fastapi import File, Form, Query, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from tenantry.estate import flows, forms
from tenantry.estate.configuration import BadConfiguration, read_tenants
from tenantry.estate.credential_form import GivenCredential, values_of
from tenantry.estate.expiry import expiry_state
from tenantry.estate.flows import Imported
from tenantry.estate.forms import KINDS, FormFaults
from tenantry.estate.models import MicrosoftTenant, Step
from tenantry.estate.needs import lost_without, needed_permissions
from tenantry.estate.permissions import MANAGE, OFFBOARD, READ
from tenantry.estate.presentation import redirect_uri
from tenantry.estate.schemas import MicrosoftTenantPatch, OffboardIn
from tenantry.estate.service import MicrosoftTenants, NotConfirmed
from tenantry.kit.errors import AppError, Conflict
from tenantry.kit.references import NotAReference
from tenantry.microsoft import cloud_named
from tenantry.platform.doors import Pages, View
from tenantry.platform.doors.endpoint import doorway_of
from tenantry.platform.jobs import JobAlreadyRunning

pages = Pages("/microsoft-tenants")
Short = Annotated[str, Form(max_length=500)]
File_ = Annotated[str, Form(max_length=500_000)]


@pages.get("/import", needs=MANAGE)
def import_form(view: View) -> Response:
    return _import_page(view, "")


@pages.post("/import", needs=MANAGE)
def import_file(
    view: View, request: Request, yaml: File_ = "", file: Annotated[UploadFile | None, File()] = None
) -> Response:
    """Takes the uploaded file, or what was pasted. A file with a fault changes nothing."""
    uploaded = file.file.read() if file is not None and file.filename else b""
    name = "The file" if uploaded else "What you pasted"
    try:
        entries = read_tenants(uploaded or yaml.encode(), name)
    except (BadConfiguration, NotAReference) as error:
        return _import_page(view, yaml, fault=error)
    return _import_page(view, "", flows.import_tenants(view.work, entries, doorway_of(request).settings.cloud))


@pages.get("/consented", needs=READ)
def consented(
    view: View,
    state: Annotated[str, Query(max_length=64)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
    error_description: Annotated[str, Query(max_length=1000)] = "",
) -> Response:
    """Where Microsoft leads an administrator back to. Nothing it says is believed: the next check asks for a token."""
    try:
        tenant = MicrosoftTenants(view.work).get(UUID(state))
    except ValueError:
        return view.redirect("/", "Microsoft led back without saying which Microsoft tenant this was about.")
    done = f"Microsoft says: {error_description or error}" if error else "Consent was given. Check again to go on."
    is_new = tenant.step is not Step.DONE and view.may(MANAGE)
    return view.redirect(f"/microsoft-tenants/{tenant.id}{'/onboarding' if is_new else ''}", done[:190])


@pages.get("/{microsoft_tenant_id}/settings", needs=MANAGE)
def settings(view: View, request: Request, microsoft_tenant_id: UUID) -> Response:
    return _settings(view, request, MicrosoftTenants(view.work).get(microsoft_tenant_id))


@pages.post("/{microsoft_tenant_id}/name", needs=MANAGE)
def rename(view: View, request: Request, microsoft_tenant_id: UUID, name: Short = "") -> Response:
    service = MicrosoftTenants(view.work)
    try:
        wanted = forms.checked(MicrosoftTenantPatch, {"name": name}, "name")
    except FormFaults as error:
        tenant = service.get(microsoft_tenant_id)
        return _settings(view, request, tenant, {"name": name}, error.faults)
    service.rename(microsoft_tenant_id, wanted.name or "")
    return view.redirect(f"/microsoft-tenants/{microsoft_tenant_id}/settings", "Renamed.")


@pages.post("/{microsoft_tenant_id}/credential", needs=MANAGE)
def replace_credential(view: View, request: Request, microsoft_tenant_id: UUID, given: GivenCredential) -> Response:
    if faults := given.give(view.work, microsoft_tenant_id):
        tenant = MicrosoftTenants(view.work).get(microsoft_tenant_id)
        return _settings(view, request, tenant, given.values, faults)
    return view.redirect(
        f"/microsoft-tenants/{microsoft_tenant_id}", "The credential was replaced and is being tested."
    )


@pages.post("/{microsoft_tenant_id}/test", needs=MANAGE)
def test(view: View, microsoft_tenant_id: UUID) -> Response:
    return _ask(view, microsoft_tenant_id, flows.TEST, "The connection is being tested.")


@pages.post("/{microsoft_tenant_id}/collect", needs=MANAGE)
def collect(view: View, microsoft_tenant_id: UUID) -> Response:
    return _ask(view, microsoft_tenant_id, flows.COLLECT, "A collection has started.")


@pages.post("/{microsoft_tenant_id}/resume", needs=MANAGE)
def resume(view: View, microsoft_tenant_id: UUID) -> Response:
    here = f"/microsoft-tenants/{microsoft_tenant_id}"
    try:
        job = flows.resume(view.work, microsoft_tenant_id)
    except JobAlreadyRunning:
        return view.redirect(here, "This is under way already.")
    return view.redirect(here, flows.RESUMED if job else flows.RESUMED_UNREACHABLE)


@pages.post("/{microsoft_tenant_id}/pause", needs=MANAGE)
def pause(view: View, microsoft_tenant_id: UUID) -> Response:
    flows.pause(view.work, microsoft_tenant_id)
    return view.redirect(f"/microsoft-tenants/{microsoft_tenant_id}", "Paused. What is known stays, and ages.")


@pages.post("/{microsoft_tenant_id}/offboard", needs=OFFBOARD)
def offboard(
    view: View, request: Request, microsoft_tenant_id: UUID, confirm: Short = "", data: Short = "keep"
) -> Response:
    wanted = OffboardIn(confirm=confirm[:256], data="purge" if data == "purge" else "keep")
    try:
        tenant = flows.offboard_tenant(view.work, microsoft_tenant_id, wanted)
    except (NotConfirmed, Conflict) as error:
        return _settings(
            view,
            request,
            MicrosoftTenants(view.work).get(microsoft_tenant_id),
            {"data": data},
            {"offboard": error.detail},
        )
    return view.redirect(f"/microsoft-tenants/{tenant.id}", "The Microsoft tenant is offboarded.")


def _ask(view: View, microsoft_tenant_id: UUID, kind: str, done: str) -> Response:
    try:
        flows.ask(view.work, kind, microsoft_tenant_id)
    except JobAlreadyRunning:
        done = "This is under way already."
    return view.redirect(f"/microsoft-tenants/{microsoft_tenant_id}", done)


def _settings(
    view: View,
    request: Request,
    tenant: MicrosoftTenant,
    values: dict[str, str] | None = None,
    faults: dict[str, str] | None = None,
) -> Response:
    credential = MicrosoftTenants(view.work).credential_of(tenant)
    own = doorway_of(request).settings
    answer = view.page(
        "estate/settings.html",
        tenant=tenant,
        credential=credential,
        expiry=expiry_state(credential.expires_at if credential else None, view.work.clock.now()),
        values={"name": tenant.name, "data": "keep", **values_of(credential), **(values or {})},
        faults=forms.Faults(faults or {}),
        kinds=KINDS,
        needed=[(name, ", ".join(lost_without(name))) for name in needed_permissions()],
        redirect_uri=redirect_uri(own),
        portal=cloud_named(tenant.cloud, own.simulator_url).portal,
        may_manage=True,
        may_offboard=view.may(OFFBOARD),
    )
    answer.status_code = 422 if faults else 200
    return answer


def _import_page(
    view: View, yaml: str, done: list[Imported] | None = None, *, fault: AppError | None = None
) -> Response:
    answer = view.page("estate/import.html", yaml=yaml, done=done, fault=fault.detail if fault else None)
    answer.status_code = int(fault.status) if fault else 200
    return answer
