"""`/api/v1/sync`: fetching now, how often, and how it stands."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from tenantry.estate.permissions import MANAGE, READ
from tenantry.governance.sync.kinds import SyncType
from tenantry.governance.sync.schemas import IntervalIn, StandingOut, StatusOut, SyncIn, SyncOut
from tenantry.governance.sync.service import choose_interval, jobs_of, standings, sync
from tenantry.kit.errors import BadRequest, Conflict, InvalidInput, NotFound
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.doors import Api
from tenantry.platform.job_board.api import JobOut
from tenantry.platform.job_board.queries import page_of_jobs
from tenantry.platform.work import Work

OfType = Annotated[SyncType | None, Query(alias="type")]
api = Api("/api/v1/sync", "sync")


@api.get("/status", needs=READ, response_model=StatusOut, errors=[BadRequest, NotFound])
def status(
    work: Work, page: PageQueryParameter, kind: OfType = None, microsoft_tenant_id: UUID | None = None
) -> StatusOut:
    """How each kind stands, and the jobs. What goes on after a crash is the same job."""
    found = page_of_jobs(work.session, jobs_of(work, kind, microsoft_tenant_id), page)
    kinds = [one for one in standings(work, microsoft_tenant_id) if kind in (None, one.kind)]
    return StatusOut(
        types=[StandingOut.of(one) for one in kinds],
        jobs=[JobOut.model_validate(job) for job in found.items],
        next_cursor=found.next_cursor,
        total=found.total or 0,
    )


@api.post("/{kind}", needs=MANAGE, status_code=202, response_model=SyncOut, errors=[NotFound])
def begin(work: Work, kind: SyncType, wanted: SyncIn | None = None) -> SyncOut:
    """Fetches now, in a job per Microsoft tenant; those that run already go on."""
    return SyncOut.of(kind, sync(work, kind, wanted.microsoft_tenant_ids if wanted else None))


@api.put("/{kind}/interval", needs=MANAGE, status_code=204, errors=[NotFound, InvalidInput, Conflict])
def interval(work: Work, kind: SyncType, wanted: IntervalIn) -> None:
    """How often a Microsoft tenant is fetched: every 1 to 24 hours, spread so that not all start at once."""
    choose_interval(work, kind, wanted.microsoft_tenant_id, wanted.hours)
