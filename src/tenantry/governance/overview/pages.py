"""`/`: the fleet."""

from typing import Annotated, Any, Final

from fastapi import Query
from sqlalchemy import func, select
from starlette.requests import Request
from starlette.responses import Response

from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.estate.permissions import READ
from tenantry.governance.overview.models import Summary
from tenantry.kit.pagination import AnySelect, PageQueryParameter, SortKey, paginate
from tenantry.platform.doors import Pages, View
from tenantry.platform.work import Work
from tenantry.web.navigation import NavItem, navigation

pages = Pages()
navigation(NavItem("Overview", "/", "◫", 10, READ.name))

SORTS: Final[dict[str, Any]] = {
    "name": MicrosoftTenant.name_key,
    "collected": Summary.collected_at,
    "members": Summary.members,
    "guests": Summary.guests,
    "privileged": Summary.privileged,
    "stale": Summary.stale,
    "resources": Summary.resources,
    "problems": Summary.problems,
}


@pages.get("/", needs=READ)
def overview(
    view: View,
    request: Request,
    page: PageQueryParameter,
    q: Annotated[str, Query(max_length=200)] = "",
    sort: str = "problems",
    down: str | None = None,
) -> Response:
    key = sort if sort in SORTS else "name"
    descending = down == "1" or (sort == "problems" and "sort" not in request.query_params)
    by = [SortKey(SORTS[key], descending=descending), SortKey(MicrosoftTenant.id)]
    rows = paginate(view.work.session, _fleet(q), page, by, count=True)
    current = {"sort": key, "down": descending, "options": dict(request.query_params)}
    return view.page(
        "governance/overview/overview.html",
        rows=rows,
        totals=_totals(view.work),
        current=current,
        q=q,
        attention=_attention(view.work),
    )


def _fleet(text: str) -> AnySelect:
    statement: AnySelect = (
        select(MicrosoftTenant, Summary)
        .outerjoin(Summary, Summary.microsoft_tenant_id == MicrosoftTenant.id)
        .where(MicrosoftTenant.lifecycle != Lifecycle.OFFBOARDED)
    )
    if text:
        start = text.casefold()
        statement = statement.where(MicrosoftTenant.name_key >= start, MicrosoftTenant.name_key < start + "\U0010ffff")
    return statement


def _totals(work: Work) -> Any:
    """Sums over what is known, and how many Microsoft tenants know it."""
    columns: list[Any] = [Summary.members, Summary.guests, Summary.mfa_known, Summary.mfa_capable]
    columns += [Summary.privileged, Summary.privileged_without_mfa, Summary.stale, Summary.resources]
    sums = [func.sum(column).label(column.key) for column in columns]
    counts = [func.count(column).label(f"{column.key}_known") for column in columns]
    query = (
        select(func.count(MicrosoftTenant.id).label("tenants"), *sums, *counts)
        .select_from(MicrosoftTenant)
        .outerjoin(Summary, Summary.microsoft_tenant_id == MicrosoftTenant.id)
        .where(MicrosoftTenant.lifecycle != Lifecycle.OFFBOARDED)
    )
    return work.session.execute(query).one()


def _attention(work: Work) -> list[MicrosoftTenant]:
    """The connections that need a decision."""
    query = (
        select(MicrosoftTenant)
        .where(MicrosoftTenant.problem_code.is_not(None), MicrosoftTenant.lifecycle != Lifecycle.OFFBOARDED)
        .order_by(MicrosoftTenant.name_key)
        .limit(10)
    )
    return list(work.session.scalars(query))
