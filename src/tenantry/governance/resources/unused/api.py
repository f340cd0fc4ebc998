"""`/api/v1/resources/orphaned`: what nothing uses, and what runs for nobody."""

from tenantry.governance.resources.orphans import ALL_REASONS
from tenantry.governance.resources.permissions import READ
from tenantry.governance.resources.unused import queries
from tenantry.governance.resources.unused.filters import Sort, Unused
from tenantry.governance.resources.unused.schemas import ReasonOut, UnusedOut, UnusedPageOut, UnusedSumsOut
from tenantry.kit.errors import BadRequest, NotFound
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.doors import Api
from tenantry.platform.work import Work

api = Api("/api/v1/resources/orphaned", "resources")


@api.get("", needs=READ, response_model=UnusedPageOut, errors=[BadRequest, NotFound])
def list_orphaned(
    work: Work, wanted: Unused, page: PageQueryParameter, sort: Sort = "cost", down: bool = True
) -> UnusedPageOut:
    """Orphans with the moment they were first seen so and what they cost; with `idle`, machines that do nothing."""
    found = queries.unused(work, wanted, page, (sort, down))
    sums = queries.sums(work, wanted.microsoft_tenant_id, is_idle=wanted.is_idle)
    return UnusedPageOut(
        items=[UnusedOut.model_validate(row) for row in found.items],
        next_cursor=found.next_cursor,
        total=found.total,
        total_is_more=found.is_more,
        sums=UnusedSumsOut.model_validate(sums),
    )


@api.get("/reasons", needs=READ, response_model=list[ReasonOut])
def list_reasons() -> list[ReasonOut]:
    """Every reason with its condition in words."""
    return [
        ReasonOut(
            key=key,
            sentence=one.sentence,
            condition=one.condition,
            is_billed=one.is_billed,
            is_idle=one.is_idle,
        )
        for key, one in ALL_REASONS.items()
    ]
