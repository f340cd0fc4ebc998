"""`/resources/changes`: who changed which resource, when, from what to what."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from tenantry.governance.resources.changes import queries
from tenantry.governance.resources.changes.exports import COLUMNS, change_rows
from tenantry.governance.resources.changes.filters import KINDS, Changes
from tenantry.governance.resources.changes.queries import ChangeFilter
from tenantry.governance.resources.permissions import READ
from tenantry.governance.resources.presentation import Chips, shown
from tenantry.governance.resources.queries import names_of
from tenantry.governance.resources.views.models import Place
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.audit.service import record_now
from tenantry.platform.doors import Pages, View
from tenantry.web.downloads import Ending, download

pages = Pages("/resources/changes")


@pages.get("", needs=READ)
def changes(view: View, request: Request, wanted: Changes, page: PageQueryParameter) -> Response:
    rows = queries.changes(view.work, wanted, page)
    return shown(
        view,
        request,
        "changes/changes",
        "changes",
        wanted.microsoft_tenant_id,
        place=Place.CHANGES,
        rows=rows,
        names=names_of(view.work, rows.items),
        resources=queries.resources_of(view.work, rows.items),
        known=queries.known_of(view.work, wanted.microsoft_tenant_id),
        kinds=KINDS,
        chips=_chips(wanted),
    )


@pages.get("/export.{ending}", needs=READ)
def export(view: View, wanted: Changes, ending: Ending) -> Response:
    work = view.work
    record_now(work.platform.databases, work.actor, work.clock, "resources.changes_exported", format=ending.value)
    return download("changes", ending, COLUMNS, change_rows(work, wanted))


def _chips(wanted: ChangeFilter) -> Chips:
    given = (
        ("q", "Name begins with", wanted.text),
        ("subscription", "Subscription", wanted.subscription),
        ("group", "Resource group", (wanted.group or "").rpartition("/")[2] or None),
        ("type", "Type", wanted.type),
        ("kind", "Change", wanted.kind),
        ("by", "Who", wanted.by),
        ("from", "From", f"{wanted.since:%Y-%m-%d}" if wanted.since else None),
        ("to", "To", f"{wanted.until - timedelta(days=1):%Y-%m-%d}" if wanted.until else None),
    )
    return [(key, label, value) for key, label, value in given if value]
