"""`/api/v1/jobs`: following and cancelling background work."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from tenantry.kit.errors import Conflict, NotFound
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.doors import Api
from tenantry.platform.job_board.queries import page_of_jobs
from tenantry.platform.jobs import Jobs
from tenantry.platform.jobs.models import JobState
from tenantry.platform.jobs.permissions import CANCEL, READ
from tenantry.platform.work import Work

api = Api("/api/v1/jobs", "jobs")


class JobOut(BaseModel):
    """A job and how far it is."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: str
    subject_id: UUID | None
    state: JobState
    requested_by: str
    attempt: int
    done: int
    total: int | None
    note: str | None
    error_code: str | None
    error_message: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class JobPageOut(BaseModel):
    """A page of jobs, newest first."""

    items: list[JobOut]
    next_cursor: str | None
    total: int


@api.get("", needs=READ, response_model=JobPageOut)
def list_jobs(
    work: Work, page: PageQueryParameter, state: JobState | None = None, subject_id: UUID | None = None
) -> JobPageOut:
    """Jobs, newest first."""
    found = page_of_jobs(work.session, Jobs(work).recent(subject_id=subject_id, state=state), page)
    items = [JobOut.model_validate(job) for job in found.items]
    return JobPageOut(items=items, next_cursor=found.next_cursor, total=found.total or 0)


@api.get("/{job_id}", needs=READ, response_model=JobOut, errors=[NotFound])
def get(work: Work, job_id: UUID) -> JobOut:
    """One job."""
    return JobOut.model_validate(Jobs(work).get(job_id))


@api.post("/{job_id}/cancel", needs=CANCEL, response_model=JobOut, errors=[NotFound, Conflict])
def cancel(work: Work, job_id: UUID) -> JobOut:
    """Ends a queued job at once, and asks a running one to stop."""
    return JobOut.model_validate(Jobs(work).cancel(job_id))


@api.post("/{job_id}/retry", needs=CANCEL, response_model=JobOut, errors=[NotFound, Conflict])
def retry(work: Work, job_id: UUID) -> JobOut:
    """Runs the work of a failed or cancelled job once more, as a new job."""
    return JobOut.model_validate(Jobs(work).retry(job_id))
