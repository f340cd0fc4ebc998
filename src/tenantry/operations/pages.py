"""`/operations`: acting on a Microsoft tenant, for people."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Form
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from tenantry.estate.models import Access, Lifecycle, MicrosoftTenant
from tenantry.kit.errors import AppError
from tenantry.kit.pagination import PageQueryParameter, SortKey, paginate
from tenantry.operations.models import Operation, OperationState
from tenantry.operations.permissions import READ
from tenantry.operations.registry import all_operations
from tenantry.operations.service import Operations
from tenantry.platform.doors import Pages, View
from tenantry.platform.work import Work
from tenantry.web.navigation import NavItem, navigation

pages = Pages("/operations")
navigation(NavItem("Operations", "/operations", "▷", 70, READ.name))
Short = Annotated[str, Form(max_length=700)]


@pages.get("", needs=READ)
def operations(view: View, request: Request, page: PageQueryParameter) -> Response:
    return _page(view, request, page, None)


@pages.get("/{operation_id}", needs=READ)
def operation(view: View, operation_id: UUID) -> Response:
    row = Operations(view.work).get(operation_id)
    tenant = view.work.session.one(MicrosoftTenant, row.microsoft_tenant_id)
    return view.page("operations/operation.html", row=row, tenant=tenant, busy=row.state is OperationState.REQUESTED)


@pages.post("", needs=READ)
def request(
    view: View,
    request: Request,
    page: PageQueryParameter,
    kind: Short = "",
    tenant: Short = "",
    name: Short = "",
    description: Short = "",
    dry_run: Short = "",
) -> Response:
    arguments: dict[str, Any] = {"name": name, "description": description} if kind.startswith("create") else {}
    try:
        with view.work.session.begin_nested():
            row = Operations(view.work).request(kind, _id(tenant), arguments, key=None, dry_run=dry_run == "on")
    except AppError as error:
        answer = _page(view, request, page, error.detail)
        answer.status_code = int(error.status)
        return answer
    return view.redirect(f"/operations/{row.id}", "The operation was asked for.")


def _page(view: View, request: Request, page: Any, error: str | None) -> Response:
    by = [SortKey(Operation.created_at, descending=True), SortKey(Operation.id, descending=True)]
    statement: Any = select(Operation, MicrosoftTenant.name).join(
        MicrosoftTenant, MicrosoftTenant.id == Operation.microsoft_tenant_id
    )
    found = paginate(view.work.session, statement, page, by, count=True)
    kinds = [kind for kind in all_operations() if view.may(kind.permission)]
    labels = {kind.name: kind.label for kind in all_operations()}
    options = dict(request.query_params)
    values = {"kinds": kinds, "labels": labels, "tenants": _tenants(view.work), "error": error, "options": options}
    return view.page("operations/operations.html", rows=found, **values)


def _tenants(work: Work) -> list[Any]:
    query = (
        select(MicrosoftTenant.id, MicrosoftTenant.name)
        .where(MicrosoftTenant.lifecycle == Lifecycle.ACTIVE, MicrosoftTenant.access == Access.APP_REGISTRATION)
        .order_by(MicrosoftTenant.name_key)
    )
    return list(work.session.execute(query))


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
