"""`/operations`: acting on a Microsoft tenant, for people: plan, read the plan, apply it, see it read back."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from tenantry.estate.models import Access, Lifecycle, MicrosoftTenant
from tenantry.kit.errors import AppError, NotFound
from tenantry.kit.ids import new_id
from tenantry.kit.pagination import COUNT_TO, PageQueryParameter, SortKey, paginate
from tenantry.operations.forms import fields_of, submitted
from tenantry.operations.models import Operation, OperationState
from tenantry.operations.permissions import READ
from tenantry.operations.registry import all_operations, operation_named
from tenantry.operations.service import Operations
from tenantry.platform.doors import Pages, View
from tenantry.platform.work import Work
from tenantry.web.navigation import NavItem, navigation
from tenantry.web.rendering import visible

pages = Pages("/operations")
navigation(NavItem("Operations", "/operations", "wrench", 70, READ.name))
Kind = Annotated[str, Query(max_length=64)]


async def _form(request: Request) -> dict[str, str]:
    """The controls differ from operation to operation, so they are read as they come."""
    form = await request.form(max_files=0, max_fields=100)
    return {name: value for name, value in form.items() if isinstance(value, str)}


Form = Annotated[dict[str, str], Depends(_form)]


@pages.get("", needs=READ)
def operations(view: View, request: Request, page: PageQueryParameter) -> Response:
    by = [SortKey(Operation.created_at, descending=True), SortKey(Operation.id, descending=True)]
    statement = (
        Operations(view.work)
        .recent()
        .add_columns(MicrosoftTenant.name)
        .join(MicrosoftTenant, MicrosoftTenant.id == Operation.microsoft_tenant_id)
    )
    found = paginate(view.work.session, statement, page, by, count_to=COUNT_TO)
    labels = {kind.name: kind.label for kind in all_operations()}
    values = {"kinds": _kinds(view), "labels": labels, "options": dict(request.query_params)}
    return view.page("operations/operations.html", rows=found, **values)


@pages.get("/new", needs=READ)
def new(view: View, kind: Kind, tenant: str = "") -> Response:
    """The form of one operation."""
    return _new(view, kind, tenant, {}, str(new_id()), None)


@pages.get("/{operation_id}", needs=READ)
def operation(view: View, operation_id: UUID) -> Response:
    row = Operations(view.work).get(operation_id)
    kind = operation_named(row.kind)
    return view.page(
        "operations/operation.html",
        row=row,
        kind=kind,
        tenant=view.work.session.one(MicrosoftTenant, row.microsoft_tenant_id),
        asked=[(name.replace("_", " ").capitalize(), visible(value)) for name, value in row.arguments.items() if value],
        busy=row.state is OperationState.REQUESTED,
        applied=Operations(view.work).applied(row) if row.is_dry_run else None,
        may_apply=row.is_dry_run and row.state is OperationState.PLANNED and view.may(kind.permission),
    )


@pages.post("", needs=READ)
def request(view: View, form: Form) -> Response:
    """What changes something is planned first; what only reads runs at once."""
    kind = operation_named(form.get("kind", "")[:64])
    arguments, key = submitted(kind.arguments, form), form.get("key", "")[:80] or str(new_id())
    try:
        with view.work.session.begin_nested():
            tenant = _id(form.get("tenant", ""))
            row = Operations(view.work).request(kind.name, tenant, arguments, key=key, dry_run=kind.writes)
    except AppError as error:
        answer = _new(view, kind.name, form.get("tenant", ""), arguments, key, error.detail)
        answer.status_code = int(error.status)
        return answer
    return view.redirect(f"/operations/{row.id}")


@pages.post("/{operation_id}/apply", needs=READ)
def apply(view: View, operation_id: UUID) -> Response:
    row = Operations(view.work).apply(operation_id)
    return view.redirect(f"/operations/{row.id}", "The plan is being applied.")


def _new(view: View, name: str, tenant: str, given: dict[str, Any], key: str, error: str | None) -> Response:
    kind = operation_named(name)
    view.work.actor.require(kind.permission)
    values = {"fields": fields_of(kind.arguments, given), "chosen": tenant, "key": key, "error": error}
    return view.page("operations/new.html", kind=kind, tenants=_tenants(view.work), **values)


def _kinds(view: View) -> list[Any]:
    return [kind for kind in all_operations() if view.may(kind.permission)]


def _tenants(work: Work) -> list[Any]:
    query = (
        select(MicrosoftTenant.id, MicrosoftTenant.name)
        .where(MicrosoftTenant.lifecycle == Lifecycle.ACTIVE, MicrosoftTenant.access == Access.APP_REGISTRATION)
        .order_by(MicrosoftTenant.name_key)
    )
    if work.actor.scope is not None:
        query = query.where(MicrosoftTenant.id.in_(work.actor.scope))
    return [(row.id, row.name) for row in work.session.execute(query)]


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(what="Microsoft tenant") from None
