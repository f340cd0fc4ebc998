"""`/costs`: what Azure costs, and how much of it is known."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from tenantry.estate.permissions import MANAGE
from tenantry.governance.costs import queries
from tenantry.governance.costs.budgets import budgets_page, outlooks, state_of, used_up_on
from tenantry.governance.costs.period import Period
from tenantry.governance.costs.permissions import READ
from tenantry.governance.costs.queries import Amount, CostFilter, Coverage, DayAmount, this_month
from tenantry.governance.costs.service import fetch_now
from tenantry.kit.filtering import NO_NUL
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.doors import Pages, View
from tenantry.platform.work import Work
from tenantry.web.navigation import NavItem, navigation

pages = Pages("/costs")
navigation(NavItem("Costs", "/costs", "wallet", 45, READ.name))

_SHOWN: Final = 12
_PERIODS: Final = (("", "This month"), ("last", "Last month"), ("30", "30 days"), ("90", "90 days"))
_DAYS: Final = {"30": 30, "90": 90}

TagName = Annotated[str, Query(max_length=128, pattern=NO_NUL)]
Choice = Annotated[str, Query(max_length=40)]


@dataclass(frozen=True, slots=True)
class Line:
    """The days of one currency in millionths, as a chart is made of them; None is not known of every subscription."""

    currency: str
    days: Sequence[tuple[date, int | None]]

    @property
    def points(self) -> list[tuple[str, float | None]]:
        return [
            (day.isoformat(), None if micros is None else round(micros / 1_000_000, 2)) for day, micros in self.days
        ]

    @property
    def highest(self) -> float:
        return max((amount for _, amount in self.points if amount is not None), default=0) or 1


@pages.get("", needs=READ)
def costs(view: View, period: Choice = "", of: Choice = "", tag: TagName = "") -> Response:
    """The dearest first. A choice that is none shows everything: an old link still works."""
    work, tenants = view.work, queries.tenants(view.work)
    wanted = chosen_filter(work, period, of)
    chosen = next((tenant for tenant in tenants if tenant.id == wanted.microsoft_tenant_id), None)
    coverage = queries.coverage(work, wanted)
    tags = queries.tag_names(work, wanted)
    shown = tag if tag in tags else next(iter(tags), "")
    return view.page(
        "governance/costs/costs.html",
        amounts=queries.amounts(work, wanted),
        lines=lines_of(queries.trend(work, wanted), wanted.period, coverage),
        tenants=tenants,
        chosen=chosen,
        period=wanted.period,
        before=wanted.before,
        periods=_PERIODS,
        here={"period": period if period in dict(_PERIODS) else "", "of": of if chosen else ""},
        by_tenant=queries.by_tenant(work, wanted)[:_SHOWN] if chosen is None else [],
        by_service=queries.by_service(work, wanted)[:_SHOWN],
        tags=tags,
        tag=shown,
        by_tag=queries.by_tag(work, wanted, shown)[:_SHOWN] if shown else [],
        by_group=queries.by_group(work, wanted)[:_SHOWN] if chosen else [],
        coverage=coverage,
        sources=queries.sources(work, wanted) if chosen else [],
        change=change,
        may_fetch=chosen is not None and view.may(MANAGE),
    )


@pages.get("/budgets", needs=READ)
def budgets(view: View, request: Request, page: PageQueryParameter, of: Choice = "") -> Response:
    """Budgets by name, below the outlook of the month."""
    work, tenants = view.work, queries.tenants(view.work)
    chosen = next((tenant.id for tenant in tenants if str(tenant.id) == of), None)
    return view.page(
        "governance/costs/budgets.html",
        outlooks=outlooks(work, chosen),
        rows=budgets_page(work, chosen, page),
        state_of=state_of,
        used_up_on=used_up_on,
        tenants=tenants,
        names={tenant.id: tenant.name for tenant in tenants},
        options=dict(request.query_params),
        here={"of": of if chosen else ""},
    )


@pages.post("/{microsoft_tenant_id}/fetch", needs=MANAGE)
def fetch(view: View, microsoft_tenant_id: UUID) -> Response:
    fetch_now(view.work, microsoft_tenant_id)
    return view.redirect(f"/costs?of={microsoft_tenant_id}", "Its costs are being fetched.")


def chosen_filter(work: Work, period: str, of: str) -> CostFilter:
    """A choice that is none is every Microsoft tenant, or this month."""
    key = next((tenant.id for tenant in queries.tenants(work) if str(tenant.id) == of), None)
    return CostFilter(_period(period, work.clock.now().date()), key)


def _period(name: str, today: date) -> Period:
    month = this_month(today)
    if name == "last":
        last = month.first - timedelta(days=1)
        return Period(last.replace(day=1), last)
    if name in _DAYS:
        return Period(month.last - timedelta(days=_DAYS[name] - 1), month.last)
    return month


def lines_of(found: Sequence[DayAmount], period: Period, coverage: Coverage) -> list[Line]:
    amounts: dict[str, dict[date, int]] = defaultdict(dict)
    for one in found:
        amounts[one.currency][one.day] = one.micros
    return [
        Line(currency, [(day, known.get(day, 0) if coverage.covers(day, day) else None) for day in period.days()])
        for currency, known in sorted(amounts.items())
    ]


def change(amount: Amount) -> str:
    """In words: how it moved against the days before; empty where those are not known."""
    if amount.before is None:
        return ""
    if not amount.before:
        return "nothing before"
    share = (amount.micros - amount.before) / amount.before
    return f"{abs(share):.0%} {'more' if share > 0 else 'less'} than before" if round(share, 2) else "as before"
