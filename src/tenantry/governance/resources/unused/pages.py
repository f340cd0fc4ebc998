"""`/resources/orphans`: what nothing uses, and what runs for nobody: since when, and for how much."""

from starlette.requests import Request
from starlette.responses import Response

from tenantry.governance.resources.orphans import ALL_REASONS, REASONS
from tenantry.governance.resources.permissions import READ
from tenantry.governance.resources.presentation import Chips, shown
from tenantry.governance.resources.queries import names_of
from tenantry.governance.resources.unused import queries
from tenantry.governance.resources.unused.exports import COLUMNS, unused_rows
from tenantry.governance.resources.unused.filters import Sort, Unused
from tenantry.governance.resources.unused.queries import UnusedFilter
from tenantry.governance.resources.views.models import Place
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.audit.service import record_now
from tenantry.platform.doors import Pages, View
from tenantry.web.downloads import Ending, download

pages = Pages("/resources/orphans")


@pages.get("", needs=READ)
def unused(
    view: View, request: Request, wanted: Unused, page: PageQueryParameter, sort: Sort = "cost", down: str = "1"
) -> Response:
    rows = queries.unused(view.work, wanted, page, (sort, down == "1"))
    offered = {key: reason for key, reason in ALL_REASONS.items() if reason.is_idle is wanted.is_idle}
    return shown(
        view,
        request,
        "unused/unused",
        "idle" if wanted.is_idle else "orphans",
        wanted.microsoft_tenant_id,
        place=Place.ORPHANS,
        rows=rows,
        sums=queries.sums(view.work, wanted.microsoft_tenant_id, is_idle=wanted.is_idle),
        names=names_of(view.work, rows.items),
        wanted=wanted,
        offered=offered,
        current={"sort": sort, "down": down == "1", "options": dict(request.query_params)},
        chips=_chips(wanted),
    )


@pages.get("/export.{ending}", needs=READ)
def export(view: View, wanted: Unused, ending: Ending, sort: Sort = "cost", down: str = "1") -> Response:
    work = view.work
    record_now(work.platform.databases, work.actor, work.clock, "resources.orphans_exported", format=ending.value)
    name = "idle" if wanted.is_idle else "orphans"
    return download(name, ending, COLUMNS, unused_rows(work, wanted, (sort, down == "1")))


def _chips(wanted: UnusedFilter) -> Chips:
    given = (
        ("q", "Name begins with", wanted.text),
        ("subscription", "Subscription", wanted.subscription),
        ("group", "Resource group", (wanted.group or "").rpartition("/")[2] or None),
        ("type", "Type", wanted.type),
        ("reason", "Why", REASONS.get(wanted.reason or "")),
        ("min_days", "For", f"{wanted.min_days} days or more" if wanted.min_days else None),
        ("ended", "Shown", "used again, or gone" if wanted.has_ended else None),
    )
    return [(key, label, value) for key, label, value in given if value]
