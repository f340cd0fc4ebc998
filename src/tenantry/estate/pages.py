"""Onboarding and managing a Microsoft tenant, for people. What is known of one is shown by the overview slice."""

from collections.abc import Mapping
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Form
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from tenantry.estate.flows import offboard_tenant
from tenantry.estate.models import Access, CredentialKind
from tenantry.estate.permissions import MANAGE, OFFBOARD
from tenantry.estate.schemas import CredentialIn, MicrosoftTenantIn, OffboardIn
from tenantry.estate.service import MicrosoftTenants
from tenantry.kit.errors import AppError, InvalidInput
from tenantry.kit.references import Reference
from tenantry.platform.doors import Pages, View
from tenantry.platform.doors.endpoint import doorway_of
from tenantry.platform.jobs import JobAlreadyRunning, Jobs

Model = TypeVar("Model", MicrosoftTenantIn, CredentialIn)

pages = Pages("/microsoft-tenants")
Short = Annotated[str, Form(max_length=500)]
Long = Annotated[str, Form(max_length=20_000)]


@pages.get("/new", needs=MANAGE)
def form(view: View) -> Response:
    return view.page("estate/new.html", values={}, error=None)


@pages.post("/new", needs=MANAGE)
def onboard(
    view: View,
    request: Request,
    name: Short = "",
    entra_tenant_id: Short = "",
    access: Short = Access.APP_REGISTRATION.value,
    managed_by: Short = "",
    kind: Short = CredentialKind.CLIENT_SECRET.value,
    client_id: Short = "",
    secret: Long = "",
) -> Response:
    values = {"name": name, "entra_tenant_id": entra_tenant_id, "access": access, "managed_by": managed_by}
    values |= {"kind": kind, "client_id": client_id}
    try:
        wanted = _wanted(values, secret)
        with view.work.session.begin_nested():
            tenant = MicrosoftTenants(view.work).add(wanted, doorway_of(request).settings.cloud)
    except AppError as error:
        answer = view.page("estate/new.html", values=values, error=error.detail)
        answer.status_code = int(error.status)
        return answer
    Jobs(view.work).enqueue("estate.onboard", {"microsoft_tenant_id": str(tenant.id)}, subject_id=tenant.id)
    return view.redirect(f"/microsoft-tenants/{tenant.id}", "Onboarding has started.")


@pages.post("/{microsoft_tenant_id}/credential", needs=MANAGE)
def replace_credential(
    view: View, microsoft_tenant_id: UUID, kind: Short = "", client_id: Short = "", secret: Long = ""
) -> Response:
    MicrosoftTenants(view.work).replace_credential(microsoft_tenant_id, _credential(kind, client_id, secret))
    return _start(view, microsoft_tenant_id, "estate.onboard", "The credential was replaced and is being tested.")


@pages.post("/{microsoft_tenant_id}/test", needs=MANAGE)
def test(view: View, microsoft_tenant_id: UUID) -> Response:
    return _start(view, microsoft_tenant_id, "estate.test", "The connection is being tested.")


@pages.post("/{microsoft_tenant_id}/collect", needs=MANAGE)
def collect(view: View, microsoft_tenant_id: UUID) -> Response:
    return _start(view, microsoft_tenant_id, "observe.collect", "A collection has started.")


@pages.post("/{microsoft_tenant_id}/resume", needs=MANAGE)
def resume(view: View, microsoft_tenant_id: UUID) -> Response:
    MicrosoftTenants(view.work).resume(microsoft_tenant_id)
    return _start(view, microsoft_tenant_id, "estate.onboard", "Going on.")


@pages.post("/{microsoft_tenant_id}/pause", needs=MANAGE)
def pause(view: View, microsoft_tenant_id: UUID) -> Response:
    tenant = MicrosoftTenants(view.work).pause(microsoft_tenant_id)
    Jobs(view.work).unschedule(tenant.id)
    return view.redirect(f"/microsoft-tenants/{microsoft_tenant_id}", "Paused. What is known stays, and ages.")


@pages.post("/{microsoft_tenant_id}/offboard", needs=OFFBOARD)
def offboard(view: View, microsoft_tenant_id: UUID, confirm: Short = "", data: Short = "keep") -> Response:
    wanted = OffboardIn(confirm=confirm[:256], data="purge" if data == "purge" else "keep")
    offboard_tenant(view.work, microsoft_tenant_id, wanted)
    return view.redirect("/", "The Microsoft tenant is offboarded.")


def _start(view: View, microsoft_tenant_id: UUID, kind: str, done: str) -> Response:
    tenant = MicrosoftTenants(view.work).get(microsoft_tenant_id)
    try:
        Jobs(view.work).enqueue(kind, {"microsoft_tenant_id": str(tenant.id)}, subject_id=tenant.id)
    except JobAlreadyRunning:
        done = "This is under way already."
    return view.redirect(f"/microsoft-tenants/{tenant.id}", done)


def _wanted(values: dict[str, str], secret: str) -> MicrosoftTenantIn:
    """The form as the service takes it. Raises InvalidInput in words for people."""
    lighthouse = values["access"] == Access.LIGHTHOUSE.value
    document: dict[str, object] = {
        "name": values["name"],
        "entra_tenant_id": values["entra_tenant_id"].strip(),
        "access": values["access"],
        "managed_by": values["managed_by"].strip() or None if lighthouse else None,
    }
    if not lighthouse:
        document["credential"] = _credential(values["kind"], values["client_id"], secret)
    return _checked(MicrosoftTenantIn, document)


def _credential(kind: str, client_id: str, secret: str) -> CredentialIn:
    """A text with a known scheme is a reference; anything else is the secret itself, and will be sealed."""
    given = secret.strip()
    is_reference = given.startswith(("env:", "file:", "keyvault:"))
    if is_reference:
        Reference.parse(given, "the secret")
    document = {"kind": kind, "client_id": client_id.strip() or None}
    document |= {"reference": given} if is_reference else {"value": given or None}
    return _checked(CredentialIn, document)


def _checked(model: type[Model], document: Mapping[str, object]) -> Model:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        words = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'the form'}: {item['msg']}" for item in error.errors())
        raise InvalidInput(why=words) from None
