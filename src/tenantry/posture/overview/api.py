"""`/msp/cspm`: where posture stands, over many Microsoft tenants, over time, and of two scans side by side."""

from collections import defaultdict
from typing import Annotated
from uuid import UUID

from fastapi import Query

from tenantry.estate.models import MicrosoftTenant
from tenantry.kit.errors import InvalidInput, NotFound
from tenantry.kit.pagination import PageQueryParameter, SortKey, paginate
from tenantry.platform.doors import Api
from tenantry.platform.work import Work
from tenantry.posture.controls.catalogue import DEFAULT_BENCHMARK, benchmarks
from tenantry.posture.decisions.settings import settings_of
from tenantry.posture.overview.queries import compare, matrix_of, scannable, trend_of
from tenantry.posture.overview.schemas import (
    ComparedOut,
    ComparisonOut,
    FleetOut,
    FleetTenantOut,
    ScoreOut,
    StandingOut,
    StandingsOut,
    TrendPointOut,
)
from tenantry.posture.overview.standing import score_of, standings_of
from tenantry.posture.scans.permissions import READ
from tenantry.posture.verdicts import Status

api = Api("/msp/cspm", "CIS posture")


@api.get("/standing/{m365_tenant_id}", needs=READ, response_model=StandingsOut, errors=[NotFound])
def standing(work: Work, m365_tenant_id: UUID) -> StandingsOut:
    """Every control of a Microsoft tenant as it stands now, with what people decided, and the score."""
    benchmark = _benchmark_of(work, m365_tenant_id)
    found = standings_of(work, m365_tenant_id, benchmark)
    items = [StandingOut.of(one) for one in found]
    score = ScoreOut.of(score_of(found))
    return StandingsOut(m365_tenant_id=m365_tenant_id, benchmark=benchmark, score=score, items=items)


@api.get("/fleet", needs=READ, response_model=FleetOut, errors=[InvalidInput])
def fleet(
    work: Work, page: PageQueryParameter, benchmark: Annotated[str, Query(max_length=40)] = DEFAULT_BENCHMARK
) -> FleetOut:
    """Controls by Microsoft tenants."""
    if benchmark not in benchmarks():
        raise InvalidInput(why=f"known benchmarks are {', '.join(benchmarks())}")
    by = [SortKey(MicrosoftTenant.name_key), SortKey(MicrosoftTenant.id)]
    found = paginate(work.session, scannable(work), page, by)
    matrix = matrix_of(work, found.items, benchmark)
    statuses: dict[UUID, dict[str, Status]] = defaultdict(dict)
    for (control, tenant_id), status in matrix.cells.items():
        statuses[tenant_id][control] = status
    items = [
        FleetTenantOut(
            m365_tenant_id=one.microsoft_tenant_id,
            name=one.name,
            scanned_at=one.scanned_at,
            statuses=statuses[one.microsoft_tenant_id],
        )
        for one in matrix.tenants
    ]
    return FleetOut(benchmark=benchmark, items=items, next_cursor=found.next_cursor)


@api.get("/trend/{m365_tenant_id}", needs=READ, response_model=list[TrendPointOut], errors=[NotFound])
def trend(work: Work, m365_tenant_id: UUID) -> list[TrendPointOut]:
    """The whole scans of a Microsoft tenant by its benchmark, the oldest first."""
    points = trend_of(work, m365_tenant_id, _benchmark_of(work, m365_tenant_id))
    return [
        TrendPointOut(
            scan_id=row.id,
            completed_at=row.completed_at or row.created_at,
            passed=row.passed,
            failed=row.failed,
            errors=row.errors,
            manual=row.manual,
            not_applicable=row.not_applicable,
        )
        for row in points
    ]


@api.get("/compare", needs=READ, response_model=ComparisonOut, errors=[NotFound, InvalidInput])
def compare_scans(work: Work, left: UUID, right: UUID, differences: bool = False) -> ComparisonOut:
    """Two scans side by side, of one Microsoft tenant or of two, by one benchmark version or by two."""
    rows = [
        ComparedOut(
            key=one.control.key,
            check_id=one.number,
            title=one.control.title,
            left=one.left.status if one.left else None,
            right=one.right.status if one.right else None,
            differs=one.differs,
        )
        for one in compare(work, left, right)
    ]
    return ComparisonOut(left=left, right=right, items=[row for row in rows if row.differs or not differences])


def _benchmark_of(work: Work, m365_tenant_id: UUID) -> str:
    """Raises NotFound."""
    work.actor.require(READ, on=m365_tenant_id)
    work.session.one(MicrosoftTenant, m365_tenant_id, "Microsoft tenant")
    return settings_of(work.session, m365_tenant_id).benchmark
