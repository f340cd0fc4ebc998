"""`/partials/resource-table`: the list of resources alone, filtered as on its page."""

from starlette.requests import Request
from starlette.responses import Response

from tenantry.governance.resources.filters import Resources
from tenantry.governance.resources.orphans import ALL_REASONS, BILLED, REASONS
from tenantry.governance.resources.pages import explored
from tenantry.governance.resources.permissions import READ
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.doors import Pages, View

pages = Pages("/partials")


@pages.get("/resource-table", needs=READ)
def resource_table(
    view: View, request: Request, wanted: Resources, page: PageQueryParameter, sort: str = "name", down: str = ""
) -> Response:
    """The browser's address becomes that of the page which shows the same."""
    shared = {
        "here": "resources",
        "options": dict(request.query_params),
        "reasons": REASONS,
        "conditions": {key: reason.condition for key, reason in ALL_REASONS.items()},
        "billed": BILLED,
    }
    values = explored(view, request, wanted, page, (sort, down))
    answer = view.page("governance/resources/_table.html", **shared, **values)
    query = f"?{request.url.query}" if request.url.query else ""
    answer.headers["HX-Push-Url"] = f"/resources{query}"
    return answer
