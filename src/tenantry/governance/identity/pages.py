"""The identity viewer: people and the rest of the directories, each a filterable table with export."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Path
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from tenantry.estate.models import MicrosoftTenant
from tenantry.governance.identity.applications import application
from tenantry.governance.identity.details import person
from tenantry.governance.identity.exports import PEOPLE_COLUMNS, list_columns, list_rows, people_rows
from tenantry.governance.identity.filters import PeopleSort, PeopleWanted
from tenantry.governance.identity.gaps import PEOPLE, ROLES, gaps
from tenantry.governance.identity.lists import LISTS, DirectoryList, ListFilter
from tenantry.governance.identity.permissions import READ
from tenantry.governance.identity.queries import People, PeopleFilter, filtered, people, roles_of
from tenantry.kit.errors import NotFound
from tenantry.kit.pagination import COUNT_TO, PageQueryParameter, count_rows
from tenantry.platform.audit.service import record_now
from tenantry.platform.doors import Pages, View
from tenantry.platform.work import Work
from tenantry.web.downloads import Ending, download
from tenantry.web.navigation import NavItem, navigation
from tenantry.web.rendering import query

pages = Pages("/identity")
navigation(NavItem("Identity", "/identity", "users", 30, READ.name))

ENDING_SOON: Final = timedelta(days=30)
Name = Annotated[str, Path(max_length=32)]
_TITLES: Final = {
    People.USERS: "Users",
    People.GUESTS: "Guests",
    People.PRIVILEGED: "Privileged",
    People.STALE: "Stale",
}
_WORDS: Final = {
    "enabled": ("Account", {"true": "enabled", "false": "disabled"}),
    "mfa": ("MFA", {"true": "registered", "false": "none", "unknown": "not known"}),
    "type": ("Type", {"member": "member", "guest": "guest"}),
    "licensed": ("Licence", {"true": "has one", "false": "has none"}),
}


@pages.get("", needs=READ)
def identity(view: View) -> Response:
    return view.redirect("/identity/users")


@pages.get("/people/{user_id}", needs=READ)
def detail(view: View, user_id: UUID) -> Response:
    found = person(view.work, user_id)
    return view.page("governance/identity/person.html", person=found)


@pages.get("/{name}", needs=READ)
def listing(
    view: View,
    request: Request,
    name: Name,
    page: PageQueryParameter,
    wanted: PeopleWanted,
    sort: PeopleSort,
) -> Response:
    if name in set(People):
        return _people(view, request, replace(wanted, view=People(name)), page, sort)
    listed = _list_named(name)
    by = _list_sort(request, listed)
    rows = listed.rows(view.work.session, _narrowed(view.work, wanted), page, by)
    choices = [("microsoft_tenant", "Microsoft tenant"), *((item.key, item.label) for item in listed.columns[1:])]
    values = {"listed": listed, "choices": choices, "here": name}
    return _shown(view, request, "directory.html", rows, by, wanted, listed.datasets, **values)


@pages.get("/{name}/export.{ending}", needs=READ)
def export(
    view: View, request: Request, name: Name, ending: Ending, wanted: PeopleWanted, sort: PeopleSort
) -> Response:
    """Exactly what is filtered, in the order of the page, as a file that no spreadsheet takes for formulas."""
    work = view.work
    listed = None if name in set(People) else _list_named(name)
    filters = {key: value for key, value in request.query_params.items() if value}
    record_now(
        work.platform.databases,
        work.actor,
        work.clock,
        "identity.exported",
        view=name,
        format=ending.value,
        filters=filters,
        microsoft_tenant_id=wanted.microsoft_tenant_id,
    )
    if listed is None:
        chosen = replace(wanted, view=People(name), scope=work.actor.scope)
        return download(name, ending, PEOPLE_COLUMNS, people_rows(work, chosen, sort))
    rows = list_rows(work, listed, _narrowed(work, wanted), _list_sort(request, listed))
    return download(name, ending, list_columns(listed), rows)


@pages.get("/service-principals/{principal_id}", needs=READ)
def service_principal(view: View, principal_id: UUID) -> Response:
    """After the exports: `export.csv` is no id."""
    found = application(view.work, principal_id)
    return view.page("governance/identity/service_principal.html", found=found)


def _people(view: View, request: Request, wanted: PeopleFilter, page: Any, sort: tuple[str, bool]) -> Response:
    work, now = view.work, view.work.clock.now()
    chosen = replace(wanted, scope=work.actor.scope)
    rows = people(work.session, chosen, page, now, sort, count_to=COUNT_TO)
    privileged = chosen.view is People.PRIVILEGED
    return _shown(
        view,
        request,
        "people.html",
        rows,
        sort,
        wanted,
        (*PEOPLE, *ROLES) if privileged else PEOPLE,
        roles=roles_of(work.session, rows.items),
        figures=_figures(work, chosen) if privileged else None,
        here=chosen.view.value,
    )


def _shown(
    view: View,
    request: Request,
    template: str,
    rows: Any,
    sort: tuple[str, bool],
    wanted: PeopleFilter,
    datasets: Any,
    **values: Any,
) -> Response:
    options = dict(request.query_params)
    tenants = _tenants(view.work)
    return view.page(
        f"governance/identity/{template}",
        rows=rows,
        current={"sort": sort[0], "down": sort[1], "options": options},
        tenants=tenants,
        chips=_chips(options, {str(key): name for key, name in tenants}),
        gaps=gaps(view.work.session, datasets, wanted.microsoft_tenant_id, view.work.actor.scope),
        tabs=_tabs(options),
        soon=view.work.clock.now() + ENDING_SOON,
        **values,
    )


def _figures(work: Work, wanted: PeopleFilter) -> list[tuple[str, int, bool, str]]:
    """Privileged accounts by MFA, in the Microsoft tenants that are filtered: label, count, more than that, option."""
    base = PeopleFilter(People.PRIVILEGED, wanted.microsoft_tenant_id, scope=wanted.scope)
    choices = (
        ("Privileged accounts", base, ""),
        ("Without MFA", replace(base, mfa=False), "false"),
        ("MFA not known", replace(base, mfa_unknown=True), "unknown"),
    )
    now = work.clock.now()
    return [(label, *count_rows_to(work, filtered(chosen, now)), option) for label, chosen, option in choices]


def count_rows_to(work: Work, statement: Any) -> tuple[int, bool]:
    """How many rows there are, up to the bound, and whether there are more."""
    found = count_rows(work.session, statement, COUNT_TO + 1)
    return min(found, COUNT_TO), found > COUNT_TO


def _tabs(options: dict[str, str]) -> list[tuple[str, str, str]]:
    """Views of the same Microsoft tenant: going from one to another keeps it, and the text."""
    kept = query({name: options.get(name) for name in ("tenant", "q")})
    names = {
        **{item.value: title for item, title in _TITLES.items()},
        **{key: item.title for key, item in LISTS.items()},
    }
    return [(name, title, f"/identity/{name}{kept if len(kept) > 1 else ''}") for name, title in names.items()]


def _chips(options: dict[str, str], tenants: dict[str, str]) -> list[tuple[str, str, str]]:
    chips = []
    if options.get("q"):
        chips.append(("q", "Name begins with", options["q"]))
    if options.get("tenant"):
        chips.append(("tenant", "Microsoft tenant", tenants.get(options["tenant"], "not one of yours")))
    for name, (label, words) in _WORDS.items():
        if options.get(name) in words:
            chips.append((name, label, words[options[name]]))
    return chips


def _tenants(work: Work) -> list[Any]:
    statement = select(MicrosoftTenant.id, MicrosoftTenant.name).order_by(MicrosoftTenant.name_key)
    if work.actor.scope is not None:
        statement = statement.where(MicrosoftTenant.id.in_(work.actor.scope))
    return list(work.session.execute(statement))


def _list_named(name: str) -> DirectoryList:
    if name not in LISTS:
        raise NotFound(what="list")
    return LISTS[name]


def _list_sort(request: Request, listed: DirectoryList) -> tuple[str, bool]:
    key = request.query_params.get("sort", "")
    known = key in {column.key for column in listed.sorts}
    return (key, request.query_params.get("down") == "1") if known else (listed.first, listed.is_first_descending)


def _narrowed(work: Work, wanted: PeopleFilter) -> ListFilter:
    return ListFilter(wanted.microsoft_tenant_id, wanted.text, work.actor.scope)
