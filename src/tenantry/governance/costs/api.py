"""`/api/v1/costs`."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from tenantry.estate.permissions import MANAGE
from tenantry.governance.costs import queries
from tenantry.governance.costs.budgets import budgets_page, outlooks
from tenantry.governance.costs.filters import First, Last, Of, OfOne, Tag, cost_filter
from tenantry.governance.costs.permissions import READ
from tenantry.governance.costs.queries import CostFilter
from tenantry.governance.costs.schemas import (
    AmountOut,
    BudgetOut,
    BudgetPageOut,
    ByNameOut,
    ByResourceOut,
    ByTagOut,
    ByTenantOut,
    CoverageOut,
    DayOut,
    NamedAmountOut,
    OutlookOut,
    PeriodOut,
    ResourceAmountOut,
    SourceOut,
    SummaryOut,
    TagAmountOut,
    TenantAmountOut,
    TrendOut,
    money,
)
from tenantry.governance.costs.service import fetch_now
from tenantry.kit.errors import BadRequest, Conflict, NotFound
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.doors import Api
from tenantry.platform.job_board.api import JobOut
from tenantry.platform.work import Work

api = Api("/api/v1/costs", "costs")


@api.get("/summary", needs=READ, response_model=SummaryOut, errors=[BadRequest, NotFound])
def summary(work: Work, first: First = None, last: Last = None, microsoft_tenant_id: Of = None) -> SummaryOut:
    """What it all cost, per currency, and how each subscription's costs stand."""
    wanted = cost_filter(work, first, last, microsoft_tenant_id)
    return SummaryOut(
        period=PeriodOut.of(wanted),
        amounts=[AmountOut.of(one) for one in queries.amounts(work, wanted)],
        coverage=_coverage(work, wanted),
        sources=[SourceOut.of(one) for one in queries.sources(work, wanted)],
    )


@api.get("/by-tenant", needs=READ, response_model=ByTenantOut, errors=[BadRequest])
def by_tenant(work: Work, first: First = None, last: Last = None) -> ByTenantOut:
    """What each Microsoft tenant cost, the dearest first."""
    wanted = cost_filter(work, first, last)
    items = [
        TenantAmountOut(
            **AmountOut.of(one.amount).model_dump(), microsoft_tenant_id=one.microsoft_tenant_id, name=one.name
        )
        for one in queries.by_tenant(work, wanted)
    ]
    return ByTenantOut(period=PeriodOut.of(wanted), items=items, coverage=_coverage(work, wanted))


@api.get("/by-service", needs=READ, response_model=ByNameOut, errors=[BadRequest, NotFound])
def by_service(work: Work, first: First = None, last: Last = None, microsoft_tenant_id: Of = None) -> ByNameOut:
    """What each service of Azure cost, the dearest first."""
    wanted = cost_filter(work, first, last, microsoft_tenant_id)
    return _named(work, wanted, queries.by_service(work, wanted))


@api.get("/by-resource-group", needs=READ, response_model=ByNameOut, errors=[BadRequest, NotFound])
def by_resource_group(work: Work, first: First = None, last: Last = None, microsoft_tenant_id: Of = None) -> ByNameOut:
    """What each resource group cost, the dearest first; those of one name in several subscriptions together."""
    wanted = cost_filter(work, first, last, microsoft_tenant_id)
    return _named(work, wanted, queries.by_group(work, wanted))


@api.get("/by-resource", needs=READ, response_model=ByResourceOut, errors=[BadRequest, NotFound])
def by_resource(
    work: Work,
    microsoft_tenant_id: OfOne,
    first: First = None,
    last: Last = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> ByResourceOut:
    """What the resources of a Microsoft tenant cost, the dearest first; what is of no resource is not among them."""
    wanted = cost_filter(work, first, last, microsoft_tenant_id)
    found = queries.by_resource(work, wanted)
    items = [
        ResourceAmountOut(resource_id=key, currency=currency, amount=money(micros))
        for key, currency, micros in found[:limit]
    ]
    return ByResourceOut(period=PeriodOut.of(wanted), total=len(found), items=items, coverage=_coverage(work, wanted))


@api.get("/outlook", needs=READ, response_model=list[OutlookOut], errors=[NotFound])
def outlook(work: Work, microsoft_tenant_id: Of = None) -> list[OutlookOut]:
    """This month until now, what is still expected, and the month before, by currency."""
    return [OutlookOut.of(one) for one in outlooks(work, microsoft_tenant_id)]


@api.get("/budgets", needs=READ, response_model=BudgetPageOut, errors=[BadRequest, NotFound])
def budgets(work: Work, page: PageQueryParameter, microsoft_tenant_id: Of = None) -> BudgetPageOut:
    """The budgets that customers keep in Azure, and whether the money will do."""
    found = budgets_page(work, microsoft_tenant_id, page)
    items = [BudgetOut.of(row) for row in found.items]
    return BudgetPageOut(items=items, next_cursor=found.next_cursor, total=found.total or 0)


@api.get("/tags", needs=READ, response_model=list[str], errors=[BadRequest, NotFound])
def tags(work: Work, first: First = None, last: Last = None, microsoft_tenant_id: Of = None) -> list[str]:
    """The tags that costs can be added up by: those with few values that many resources have. The dearest first."""
    return queries.tag_names(work, cost_filter(work, first, last, microsoft_tenant_id))


@api.get("/by-tag", needs=READ, response_model=ByTagOut, errors=[BadRequest, NotFound])
def by_tag(work: Work, tag: Tag, first: First = None, last: Last = None, microsoft_tenant_id: Of = None) -> ByTagOut:
    """What the resources with each value of a tag cost, the dearest first. Tags are those of when it was fetched."""
    wanted = cost_filter(work, first, last, microsoft_tenant_id)
    items = [
        TagAmountOut(**AmountOut.of(amount).model_dump(), value=value)
        for value, amount in queries.by_tag(work, wanted, tag)
    ]
    return ByTagOut(period=PeriodOut.of(wanted), tag=tag.lower(), items=items, coverage=_coverage(work, wanted))


@api.get("/trends", needs=READ, response_model=TrendOut, errors=[BadRequest, NotFound])
def trends(work: Work, first: First = None, last: Last = None, microsoft_tenant_id: Of = None) -> TrendOut:
    """What each day cost. A day that is missing has no amount in that currency, or is not known: see `coverage`."""
    wanted = cost_filter(work, first, last, microsoft_tenant_id)
    days = [DayOut(day=one.day, currency=one.currency, amount=money(one.micros)) for one in queries.trend(work, wanted)]
    return TrendOut(period=PeriodOut.of(wanted), days=days, coverage=_coverage(work, wanted))


@api.post(
    "/microsoft-tenants/{microsoft_tenant_id}/fetch",
    needs=MANAGE,
    status_code=202,
    response_model=JobOut,
    errors=[NotFound, Conflict],
)
def fetch(work: Work, microsoft_tenant_id: UUID) -> JobOut:
    """Fetches the costs of a Microsoft tenant now, in a job."""
    return JobOut.model_validate(fetch_now(work, microsoft_tenant_id))


def _coverage(work: Work, wanted: CostFilter) -> CoverageOut:
    return CoverageOut.of(queries.coverage(work, wanted))


def _named(work: Work, wanted: CostFilter, found: list[tuple[str, queries.Amount]]) -> ByNameOut:
    items = [NamedAmountOut(**AmountOut.of(amount).model_dump(), name=name) for name, amount in found]
    return ByNameOut(period=PeriodOut.of(wanted), items=items, coverage=_coverage(work, wanted))
