"""`/api/v1/costs/rates` and `/api/v1/costs/converted`."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from tenantry.governance.costs import queries
from tenantry.governance.costs.filters import First, Last, Of, cost_filter
from tenantry.governance.costs.permissions import READ
from tenantry.governance.costs.rates.permissions import STATE
from tenantry.governance.costs.rates.schemas import Currency, RateIn, RateOut
from tenantry.governance.costs.rates.service import RateForAll, converted, rates, state, withdraw
from tenantry.governance.costs.schemas import CoverageOut, PeriodOut, money
from tenantry.kit.errors import BadRequest, Conflict, InvalidInput, NotFound
from tenantry.platform.doors import Api
from tenantry.platform.work import Work

api = Api("/api/v1/costs", "costs")


class ConvertedOut(BaseModel):
    period: PeriodOut
    currency: str
    amount: Decimal
    missing: list[str] = Field(description="Currencies that are not in it: no rate is stated for all of their days.")
    coverage: CoverageOut


@api.get("/rates", needs=READ, response_model=list[RateOut])
def stated(work: Work) -> list[RateOut]:
    """What an administrator says that currencies are worth, the newest first of each."""
    return [RateOut.of(row) for row in rates(work)]


@api.put("/rates", needs=STATE, response_model=RateOut, errors=[RateForAll, InvalidInput, Conflict])
def state_rate(work: Work, wanted: RateIn) -> RateOut:
    """States a rate from a day on; one of the same day is replaced."""
    return RateOut.of(state(work, wanted.currency, wanted.into, wanted.since, wanted.rate))


@api.delete("/rates/{rate_id}", needs=STATE, status_code=204, errors=[RateForAll, NotFound])
def withdraw_rate(work: Work, rate_id: UUID) -> None:
    withdraw(work, rate_id)


@api.get("/converted", needs=READ, response_model=ConvertedOut, errors=[BadRequest, NotFound])
def in_one_currency(
    work: Work,
    into: Annotated[Currency, Query(alias="currency")],
    first: First = None,
    last: Last = None,
    microsoft_tenant_id: Of = None,
) -> ConvertedOut:
    """What it all cost in one currency, each day by the rate that was stated for it."""
    wanted = cost_filter(work, first, last, microsoft_tenant_id)
    found = converted(work, wanted, into)
    return ConvertedOut(
        period=PeriodOut.of(wanted),
        currency=found.currency,
        amount=money(found.micros),
        missing=list(found.missing),
        coverage=CoverageOut.of(queries.coverage(work, wanted)),
    )
