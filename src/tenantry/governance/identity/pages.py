"""The identity viewer: people and the rest of the directories, each a filterable table with export."""

from dataclasses import replace
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response

from tenantry.governance.identity.applications import application
from tenantry.governance.identity.beside import access_of, sponsors_of
from tenantry.governance.identity.credentials import (
    DATASETS,
    ENDING,
    EXPIRED,
    WITHIN,
    CredentialFilter,
    credentials,
    is_long_lived,
    state_of,
)
from tenantry.governance.identity.details import person
from tenantry.governance.identity.exports import (
    CREDENTIAL_COLUMNS,
    PEOPLE_COLUMNS,
    credential_rows,
    list_columns,
    list_rows,
    people_rows,
)
from tenantry.governance.identity.filters import Flag, Flags, Key, PeopleSort, PeopleWanted, choice
from tenantry.governance.identity.frame import EXPORTS, chips, tabs, tenants
from tenantry.governance.identity.gaps import PEOPLE, gaps
from tenantry.governance.identity.lists import LISTS, DirectoryList, ListFilter
from tenantry.governance.identity.permissions import READ
from tenantry.governance.identity.queries import People, PeopleFilter, people, sign_ins_known
from tenantry.kit.errors import NotFound
from tenantry.kit.pagination import COUNT_TO, PageQueryParameter
from tenantry.platform.audit.service import record_now
from tenantry.platform.doors import Pages, View
from tenantry.platform.work import Work
from tenantry.web.downloads import Ending, download
from tenantry.web.navigation import NavItem, navigation

pages = Pages("/identity")
navigation(NavItem("Identity", "/identity", "users", 30, READ.name))

Name = Annotated[str, Path(max_length=32)]
Ends = Annotated[str, Query(pattern=choice([EXPIRED, *WITHIN]))]
Kind = Annotated[str, Query(pattern="^(|secret|certificate)$")]
_VIEWS: Final = (People.USERS, People.GUESTS, People.STALE)
_GUESTS: Final = ("entra.guest_sponsors", "entra.group_members", "entra.app_users")
_WORDS: Final = {
    "enabled": ("Account", {"true": "enabled", "false": "disabled"}),
    "mfa": ("MFA", {"true": "registered", "false": "none", "unknown": "not known"}),
    "strength": (
        "Strongest method",
        {
            "phishing_resistant": "phishing-resistant",
            "strong": "strong",
            "weak": "weak",
            "none": "none",
            "unknown": "not known",
        },
    ),
    "type": ("Type", {"member": "member", "guest": "guest"}),
    "licensed": ("Licence", {"true": "has one", "false": "has none"}),
    "privileged": ("Privileged", {"true": "yes", "false": "no"}),
    "invitation": ("Invitation", {"pending": "never accepted", "accepted": "accepted"}),
    "sponsor": ("Sponsor", {"true": "has one", "false": "has none"}),
}
_CREDENTIALS: Final = {
    "ends": ("Ends", {EXPIRED: "has ended", **{days: f"within {days} days" for days in WITHIN}}),
    "kind": ("Kind", {"secret": "secret", "certificate": "certificate"}),
    "owned": ("Owner", {"true": "has one", "false": "has none"}),
}


@pages.get("/people/{user_id}", needs=READ)
def detail(view: View, user_id: UUID) -> Response:
    found = person(view.work, user_id)
    return view.page("governance/identity/person.html", person=found)


@pages.get("/credentials", needs=READ)
def list_credentials(
    view: View,
    request: Request,
    page: PageQueryParameter,
    tenant: Key = None,
    ends: Ends = "",
    kind: Kind = "",
    owned: Flag = "",
) -> Response:
    work, options, choice_ = view.work, dict(request.query_params), tenants(view.work)
    return view.page(
        "governance/identity/credentials.html",
        rows=credentials(work, CredentialFilter(tenant, ends or None, kind or None, Flags[owned]), page),
        current={"options": options},
        tenants=choice_,
        words=_CREDENTIALS,
        chips=chips(options, choice_, _CREDENTIALS),
        gaps=gaps(work.session, DATASETS, tenant, work.actor.scope),
        tabs=tabs(options),
        exports=EXPORTS,
        state_of=state_of,
        is_long_lived=is_long_lived,
    )


@pages.get("/credentials/export.{ending}", needs=READ)
def export_credentials(
    view: View,
    request: Request,
    ending: Ending,
    tenant: Key = None,
    ends: Ends = "",
    kind: Kind = "",
    owned: Flag = "",
) -> Response:
    _record(view.work, request, "credentials", ending, tenant)
    wanted = CredentialFilter(tenant, ends or None, kind or None, Flags[owned])
    return download("credentials", ending, CREDENTIAL_COLUMNS, credential_rows(view.work, wanted))


@pages.get("/{name}", needs=READ)
def listing(
    view: View,
    request: Request,
    name: Name,
    page: PageQueryParameter,
    wanted: PeopleWanted,
    sort: PeopleSort,
) -> Response:
    if name in _VIEWS:
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
    listed = None if name in _VIEWS else _list_named(name)
    _record(work, request, name, ending, wanted.microsoft_tenant_id)
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


def _record(work: Work, request: Request, name: str, ending: Ending, microsoft_tenant_id: UUID | None) -> None:
    """That data left, in a transaction of its own: the file goes out after this one."""
    record_now(
        work.platform.databases,
        work.actor,
        work.clock,
        "identity.exported",
        view=name,
        format=ending.value,
        filters={key: value for key, value in request.query_params.items() if value},
        microsoft_tenant_id=microsoft_tenant_id,
    )


def _people(view: View, request: Request, wanted: PeopleFilter, page: Any, sort: tuple[str, bool]) -> Response:
    work = view.work
    chosen = replace(wanted, scope=work.actor.scope)
    rows = people(work.session, chosen, page, work.clock.now(), sort, count_to=COUNT_TO)
    guests = chosen.view is People.GUESTS
    return _shown(
        view,
        request,
        "people.html",
        rows,
        sort,
        wanted,
        (*PEOPLE, *_GUESTS) if guests else PEOPLE,
        access=access_of(work.session, rows.items),
        sponsors=sponsors_of(work.session, rows.items) if guests else {},
        known=sign_ins_known(work.session, rows.items),
        words=_WORDS,
        days=chosen.stale_after.days,
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
    options, choice_ = dict(request.query_params), tenants(view.work)
    return view.page(
        f"governance/identity/{template}",
        rows=rows,
        current={"sort": sort[0], "down": sort[1], "options": options},
        tenants=choice_,
        chips=chips(options, choice_, _WORDS),
        gaps=gaps(view.work.session, datasets, wanted.microsoft_tenant_id, view.work.actor.scope),
        tabs=tabs(options),
        exports=EXPORTS,
        soon=view.work.clock.now() + ENDING,
        **values,
    )


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
