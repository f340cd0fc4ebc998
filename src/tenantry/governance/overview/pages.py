"""`/`: the fleet."""

from typing import Annotated, Any, Final

from fastapi import Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from tenantry.estate.expiry import expiry_state
from tenantry.estate.models import Access
from tenantry.estate.permissions import MANAGE, READ
from tenantry.governance.overview import queries
from tenantry.governance.overview.exports import HEADER, figure_state, fleet_rows
from tenantry.governance.overview.figures import fleet_figures, fleet_panels
from tenantry.governance.overview.models import Licence
from tenantry.governance.overview.queries import SORTS, FleetFilter, Health, Problem, health_of
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.audit.service import record_now
from tenantry.platform.doors import Pages, View
from tenantry.web.downloads import Ending, download
from tenantry.web.navigation import NavItem, navigation

pages = Pages()
navigation(NavItem("Overview", "/", "layout-dashboard", 10, READ.name))

_COLUMNS: Final = (
    *(("collected", "Collected"), ("members", "Members"), ("guests", "Guests"), ("mfa", "MFA")),
    *(("privileged", "Privileged"), ("stale", "Stale"), ("resources", "Resources"), ("orphans", "Orphans")),
)
_PROBLEMS: Final = {
    Problem.ANY: "any problem",
    Problem.NO_ACCESS: "no access",
    Problem.NOT_LICENSED: "not licensed",
    Problem.UNFINISHED: "not finished",
    Problem.CREDENTIAL: "credential ends",
}
_LICENCES: Final = {Licence.FREE: "Entra ID Free", Licence.P1: "Entra ID P1", Licence.P2: "Entra ID P2"}
_ACCESSES: Final = {Access.APP_REGISTRATION: "App registration", Access.LIGHTHOUSE: "Azure Lighthouse"}
_CHOICES: Final[dict[str, Any]] = {
    "health": [(item.value, item.value.capitalize()) for item in Health],
    "licence": [(key.value, word) for key, word in _LICENCES.items()],
    "access": [(key.value, word) for key, word in _ACCESSES.items()],
    "problem": [(key.value, word.capitalize()) for key, word in _PROBLEMS.items()],
}
_LABELS: Final = {"q": "Name", "health": "Health", "licence": "Licence", "access": "Access", "problem": "Problem"}

Text = Annotated[str, Query(max_length=200)]


def fleet_filter(
    q: Text = "", health: Text = "", licence: Text = "", access: Text = "", problem: Text = ""
) -> FleetFilter:
    """A choice that is none is no filter: an old link still shows the fleet."""
    return FleetFilter(
        text=q.replace("\x00", "").strip() or None,
        health=Health(health) if health in set(Health) else None,
        licence=Licence(licence) if licence in set(Licence) else None,
        access=Access(access) if access in set(Access) else None,
        problem=Problem(problem) if problem in set(Problem) else None,
    )


def fleet_order(sort: Text = "", down: Text = "") -> tuple[str, bool]:
    """The worst first, unless asked otherwise."""
    return (sort, down == "1") if sort in SORTS else ("health", False)


Wanted = Annotated[FleetFilter, Depends(fleet_filter)]
Order = Annotated[tuple[str, bool], Depends(fleet_order)]


@pages.get("/", needs=READ)
def overview(view: View, request: Request, page: PageQueryParameter, wanted: Wanted, order: Order) -> Response:
    work, now = view.work, view.work.clock.now()
    jobs = queries.open_jobs(work)
    options = {name: value for name, value in request.query_params.items() if name in (*_LABELS, "sort", "down")}
    count, first = queries.attention(work, now)
    return view.page(
        "governance/overview/overview.html",
        rows=queries.fleet_page(work, wanted, page, now, order),
        totals=queries.totals(work, wanted, now),
        size=queries.fleet_size(work),
        current={"sort": order[0], "down": order[1], "options": options},
        address=f"/?{request.url.query}",
        here={**dict.fromkeys(_LABELS, ""), **options},
        active=_active(options),
        choices=_CHOICES,
        columns=_COLUMNS,
        attention_count=count,
        attention=first,
        figures=fleet_figures(work),
        panels=fleet_panels(work),
        jobs=jobs,
        busy=queries.busy_subjects(jobs),
        health_of=health_of,
        figure_state=figure_state,
        expiry_state=expiry_state,
        may_manage=view.may(MANAGE),
    )


@pages.get("/fleet.{ending}", needs=READ)
def export(view: View, ending: Ending, wanted: Wanted, order: Order) -> Response:
    work = view.work
    record_now(work.platform.databases, work.actor, work.clock, "fleet.exported", format=ending.value)
    return download("fleet", ending, HEADER, fleet_rows(work, wanted, order))


def _active(options: dict[str, str]) -> list[tuple[str, str, str]]:
    words: dict[str, dict[str, str]] = {name: dict(choices) for name, choices in _CHOICES.items()}
    return [
        (name, label, words.get(name, {}).get(options[name], options[name]))
        for name, label in _LABELS.items()
        if options.get(name)
    ]
