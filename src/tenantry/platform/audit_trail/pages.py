"""`/audit`: the trail for people."""

from starlette.requests import Request
from starlette.responses import Response

from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.audit_trail.api import Filter
from tenantry.platform.audit_trail.permissions import READ
from tenantry.platform.audit_trail.queries import page_of_events
from tenantry.platform.doors import Pages, View
from tenantry.web.navigation import NavItem, navigation

pages = Pages()
navigation(NavItem("Audit", "/audit", "scroll-text", 90, READ.name))


@pages.get("/audit", needs=READ)
def audit(view: View, request: Request, wanted: Filter, page: PageQueryParameter) -> Response:
    events = page_of_events(view.work.session, wanted, page)
    return view.page("platform/audit_trail/audit.html", events=events, options=dict(request.query_params))
