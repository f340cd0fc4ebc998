"""The identity viewer: users, guests, privileged and stale accounts, each a filterable table with export."""

import csv
import io
from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tenantry.estate.models import MicrosoftTenant
from tenantry.governance.identity.permissions import READ
from tenantry.governance.identity.queries import SORTS, People, PeopleFilter, people, roles_of
from tenantry.kit.pagination import MAX_LIMIT, PageQuery, PageQueryParameter
from tenantry.platform.audit.service import record_now
from tenantry.platform.doors import Pages, View
from tenantry.platform.work import Work
from tenantry.web.navigation import NavItem, navigation
from tenantry.web.spreadsheets import safe_cell

pages = Pages("/identity")
navigation(NavItem("Identity", "/identity", "☺", 30, READ.name))

Text = Annotated[str, Query(max_length=200)]
Choice = Annotated[str, Query(pattern="^(|true|false)$")]


@pages.get("", needs=READ)
def identity(view: View) -> Response:
    return view.redirect("/identity/users")


@pages.get("/{view_name}", needs=READ)
def listing(
    view: View,
    request: Request,
    view_name: Annotated[People, Path()],
    page: PageQueryParameter,
    q: Text = "",
    tenant: UUID | None = None,
    mfa: Choice = "",
    enabled: Choice = "",
    sort: str = "name",
    down: str | None = None,
) -> Response:
    wanted = _wanted(view_name, q, tenant, mfa, enabled)
    key = sort if sort in SORTS else "name"
    now = view.work.clock.now()
    rows = people(view.work.session, wanted, page, now, (key, down == "1"))
    current = {"sort": key, "down": down == "1", "options": dict(request.query_params)}
    roles = roles_of(view.work.session, rows.items) if rows.items else {}
    return view.page(
        "governance/identity/people.html",
        rows=rows,
        roles=roles,
        current=current,
        here=view_name.value,
        tenants=_tenants(view.work),
    )


@pages.get("/{view_name}/export.csv", needs=READ)
def export(
    view: View,
    view_name: Annotated[People, Path()],
    q: Text = "",
    tenant: UUID | None = None,
    mfa: Choice = "",
    enabled: Choice = "",
) -> Response:
    """Exactly what is filtered, as CSV that no spreadsheet takes for formulas."""
    work = view.work
    record_now(work.platform.databases, work.actor, work.clock, "identity.exported", view=view_name.value)
    lines = _lines(work, _wanted(view_name, q, tenant, mfa, enabled))
    headers = {"Content-Disposition": f'attachment; filename="{view_name.value}.csv"'}
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


def _wanted(view_name: People, q: str, tenant: UUID | None, mfa: str, enabled: str) -> PeopleFilter:
    flags = {"": None, "true": True, "false": False}
    return PeopleFilter(view_name, tenant, q or None, flags[enabled], flags[mfa])


def _tenants(work: Work) -> list[Any]:
    return list(
        work.session.execute(select(MicrosoftTenant.id, MicrosoftTenant.name).order_by(MicrosoftTenant.name_key))
    )


def _lines(work: Work, wanted: PeopleFilter) -> Iterator[str]:
    """Page by page, in short transactions of their own: an export of a large fleet holds nothing open."""
    yield "\ufeff" + _row(
        "Microsoft tenant", "Name", "User principal name", "Type", "Enabled", "MFA", "Last sign-in", "Created"
    )
    cursor: str | None = None
    while True:
        with work.platform.work(work.actor, read_only=True) as own:
            page = people(own.session, wanted, PageQuery(MAX_LIMIT, cursor), own.clock.now())
        for user, tenant, registration, sign_in in page.items:
            mfa = "unknown" if registration is None else "yes" if registration.is_mfa_capable else "no"
            last = sign_in.last_sign_in_at.isoformat() if sign_in and sign_in.last_sign_in_at else ""
            created = user.created_on.isoformat() if user.created_on else ""
            yield _row(
                tenant.name,
                user.display_name,
                user.user_principal_name,
                user.user_type,
                str(user.is_enabled),
                mfa,
                last,
                created,
            )
        if (cursor := page.next_cursor) is None:
            return


def _row(*cells: str) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([safe_cell(cell) for cell in cells])
    return buffer.getvalue()
