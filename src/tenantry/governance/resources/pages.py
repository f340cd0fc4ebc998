"""`/resources`: everything in Azure, across all Microsoft tenants."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from tenantry.estate.permissions import MANAGE
from tenantry.governance.resources import choices, queries
from tenantry.governance.resources.catalogue import CHANGES, LIGHTHOUSE, RESOURCES, ROLE_ASSIGNMENTS, SUBSCRIPTIONS
from tenantry.governance.resources.details import resource_detail, subscription_detail
from tenantry.governance.resources.exports import COLUMNS, resource_rows
from tenantry.governance.resources.figures import coverage, figures
from tenantry.governance.resources.filters import Containers, Key, Resources, Text
from tenantry.governance.resources.orphans import ALL_REASONS, BILLED, OF_RESOURCES, REASONS
from tenantry.governance.resources.permissions import READ
from tenantry.governance.resources.presentation import Chips, shown
from tenantry.governance.resources.queries import RESOURCE_SORTS, ResourceFilter, names_of
from tenantry.governance.resources.service import release
from tenantry.governance.resources.views.models import Place
from tenantry.kit.pagination import Page, PageQuery, PageQueryParameter
from tenantry.platform.audit.service import record_now
from tenantry.platform.doors import Pages, View
from tenantry.web.downloads import Ending, download
from tenantry.web.navigation import NavItem, navigation

pages = Pages("/resources")
navigation(NavItem("Resources", "/resources", "server", 40, READ.name))


@pages.get("", needs=READ)
def explorer(
    view: View, request: Request, wanted: Resources, page: PageQueryParameter, sort: str = "name", down: str = ""
) -> Response:
    values = explored(view, request, wanted, page, (sort, down))
    return shown(view, request, "explorer", "resources", wanted.microsoft_tenant_id, place=Place.RESOURCES, **values)


@pages.get("/subscriptions", needs=READ)
def subscriptions(view: View, request: Request, wanted: Containers, page: PageQueryParameter) -> Response:
    rows = queries.subscriptions(view.work, wanted, page)
    chips: Chips = [("state", "State", wanted.state)] if wanted.state else []
    return _containers(view, request, "subscriptions", rows, wanted.microsoft_tenant_id, chips)


@pages.get("/groups", needs=READ)
def groups(view: View, request: Request, wanted: Containers, page: PageQueryParameter) -> Response:
    rows = queries.groups(view.work, wanted, page)
    chips: Chips = [("subscription", "Subscription", wanted.subscription)] if wanted.subscription else []
    return _containers(view, request, "groups", rows, wanted.microsoft_tenant_id, chips)


@pages.get("/coverage", needs=READ)
def known(view: View, request: Request, page: PageQueryParameter, tenant: Key = None, state: Text = "") -> Response:
    rows = coverage(view.work, page, state or None, tenant)
    return shown(view, request, "coverage", "coverage", tenant, rows=rows, state=state)


@pages.get("/export.{ending}", needs=READ)
def export(view: View, wanted: Resources, ending: Ending, sort: str = "name", down: str = "") -> Response:
    work = view.work
    record_now(work.platform.databases, work.actor, work.clock, "resources.exported", format=ending.value)
    return download("resources", ending, COLUMNS, resource_rows(work, wanted, _order(sort, down)))


@pages.post("/subscriptions/{subscription_id}/release", needs=MANAGE)
def let_go(view: View, subscription_id: UUID) -> Response:
    name = release(view.work, subscription_id)
    return view.redirect("/resources/subscriptions", f"{name[:100]} was let go. Its history is kept.")


@pages.get("/subscriptions/{subscription_id}", needs=READ)
def subscription(view: View, subscription_id: UUID) -> Response:
    found = subscription_detail(view.work, subscription_id)
    return _detail(view, "subscription.html", found, SUBSCRIPTIONS.name)


@pages.get("/{resource_id}", needs=READ)
def resource(view: View, resource_id: UUID) -> Response:
    found = resource_detail(view.work, resource_id)
    return _detail(view, "resource.html", found, RESOURCES.name)


def explored(
    view: View, request: Request, wanted: ResourceFilter, page: PageQuery, order: tuple[str, str]
) -> dict[str, Any]:
    """What the list of resources shows, on its page and by itself."""
    work = view.work
    sort = _order(*order)
    numbers = figures(work, wanted.microsoft_tenant_id)
    rows = queries.resources(work, wanted, page, sort, count=wanted.is_narrow)
    if not wanted.is_narrow:  # the summary rows know it already
        sums = numbers.sums
        total = sums.resources if sums.resources is None else sums.resources + (sums.lost_resources or 0)
        rows = Page(rows.items, rows.next_cursor, total)
    names = names_of(work, rows.items)
    return {
        "numbers": numbers,
        "rows": rows,
        "names": names,
        "wanted": wanted,
        "current": {"sort": sort[0], "down": sort[1], "options": dict(request.query_params)},
        "chips": _chips(wanted, names),
        "types": choices.resource_types(work),
        "locations": choices.locations(work),
        "tags": choices.tag_names(work),
        "orphaned": sorted(OF_RESOURCES),
    }


def _order(sort: str, down: str) -> tuple[str, bool]:
    return (sort, down == "1") if sort in RESOURCE_SORTS else ("name", False)


def _containers(
    view: View, request: Request, here: str, rows: Page[Any], tenant: UUID | None, chips: Chips
) -> Response:
    return shown(view, request, here, here, tenant, rows=rows, names=names_of(view.work, rows.items), chips=chips)


def _detail(view: View, template: str, found: Any, dataset: str) -> Response:
    states = {
        "own": found.states.get(dataset),
        "roles": found.states.get(ROLE_ASSIGNMENTS.name),
        "lighthouse": found.states.get(LIGHTHOUSE.name),
        "changes": found.states.get(CHANGES.name),
    }
    may = view.may(MANAGE)
    conditions = {key: reason.condition for key, reason in ALL_REASONS.items()}
    named = {"found": found, "states": states, "reasons": REASONS, "billed": BILLED, "conditions": conditions}
    return view.page(f"governance/resources/{template}", may_manage=may, **named)


def _chips(wanted: ResourceFilter, names: queries.Names) -> Chips:
    """The filters in force."""
    subscription = next(
        (name for (_, key), name in names.subscriptions.items() if key == (wanted.subscription or "").lower()),
        wanted.subscription,
    )
    given: tuple[tuple[str, str, str | None], ...] = (
        ("q", "Words", wanted.text),
        ("subscription", "Subscription", subscription),
        ("group", "Resource group", (wanted.group or "").rpartition("/")[2] or None),
        ("type", "Type", wanted.type),
        ("location", "Location", wanted.location),
        ("tag", "Tag", wanted.tag),
        ("orphan", "Orphans", wanted.orphan and wanted.orphan.replace("_", " ")),
    )
    return [(key, label, value) for key, label, value in given if value]
