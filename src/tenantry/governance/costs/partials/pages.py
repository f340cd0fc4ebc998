"""`/partials/cost-summary-card` and `/partials/cost-chart`: parts of the costs page, to be fetched alone."""

from starlette.responses import Response

from tenantry.governance.costs import queries
from tenantry.governance.costs.pages import Choice, change, chosen_filter, lines_of
from tenantry.governance.costs.permissions import READ
from tenantry.platform.doors import Pages, View

pages = Pages("/partials")


@pages.get("/cost-summary-card", needs=READ)
def cost_summary_card(view: View, period: Choice = "", of: Choice = "") -> Response:
    wanted = chosen_filter(view.work, period, of)
    return view.page(
        "governance/costs/_summary.html",
        amounts=queries.amounts(view.work, wanted),
        coverage=queries.coverage(view.work, wanted),
        change=change,
    )


@pages.get("/cost-chart", needs=READ)
def cost_chart(view: View, period: Choice = "", of: Choice = "") -> Response:
    wanted = chosen_filter(view.work, period, of)
    coverage = queries.coverage(view.work, wanted)
    return view.page(
        "governance/costs/_chart.html", lines=lines_of(queries.trend(view.work, wanted), wanted.period, coverage)
    )
