"""Which costs a request asks for."""

from datetime import date, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import Query

from tenantry.governance.costs.period import Period
from tenantry.governance.costs.queries import CostFilter, this_month
from tenantry.kit.errors import BadRequest
from tenantry.kit.filtering import NO_NUL
from tenantry.platform.work import Work

_LONGEST: Final = timedelta(days=400)
_OLDEST: Final = date(2000, 1, 1)


def cost_filter(
    work: Work, first: date | None, last: date | None, microsoft_tenant_id: UUID | None = None
) -> CostFilter:
    """This month without an answer to when. Raises BadRequest for a period that ends before it begins, or too long."""
    usual = this_month(work.clock.now().date())
    end = last or (usual.last if first is None or first <= usual.last else first)
    period = Period(first or min(usual.first, end.replace(day=1)), end)
    if period.last < period.first:
        raise BadRequest(why="the period ends before it begins")
    if period.first < _OLDEST or period.last - period.first > _LONGEST:
        raise BadRequest(why=f"a period has at most {_LONGEST.days} days, and none before {_OLDEST.year}")
    return CostFilter(period, microsoft_tenant_id)


First = Annotated[date | None, Query(alias="from", description="First day; the first of this month without it.")]
Last = Annotated[date | None, Query(alias="to", description="Last day, included; yesterday without it.")]
Tag = Annotated[
    str, Query(min_length=1, max_length=128, pattern=NO_NUL, description="The name of a tag, in any casing.")
]
OfOne = Annotated[UUID, Query(alias="microsoft_tenant_id")]
Of = Annotated[UUID | None, Query(description="One Microsoft tenant; all without it.")]
