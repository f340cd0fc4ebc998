"""`/partials/identity-stats`: the strip of figures alone."""

from starlette.responses import Response

from tenantry.governance.identity.figures.queries import figures
from tenantry.governance.identity.filters import Key
from tenantry.governance.identity.licensing.pricing import total
from tenantry.governance.identity.permissions import READ
from tenantry.platform.doors import Pages, View

pages = Pages("/partials")


@pages.get("/identity-stats", needs=READ)
def stats(view: View, tenant: Key = None) -> Response:
    found, waste = figures(view.work, tenant), total(view.work, tenant)
    return view.page("governance/identity/figures/_stats.html", figures=found, waste=waste, of=tenant)
