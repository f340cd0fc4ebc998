"""Reading jobs."""

from tenantry.kit.db import TenantSession
from tenantry.kit.pagination import AnySelect, Page, PageQuery, SortKey, paginate
from tenantry.platform.jobs.models import Job


def page_of_jobs(session: TenantSession, statement: AnySelect, page: PageQuery) -> Page[Job]:
    """Jobs, newest first."""
    by = [SortKey(Job.created_at, descending=True), SortKey(Job.id, descending=True)]
    return paginate(session, statement, page, by, count=True)
