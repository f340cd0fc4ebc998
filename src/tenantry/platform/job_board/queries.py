"""Reading jobs and what comes again."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tenantry.kit.db import Base, TenantSession
from tenantry.kit.pagination import COUNT_TO, AnySelect, Page, PageQuery, SortKey, paginate
from tenantry.platform.jobs.models import Job, Schedule


def page_of_jobs(session: TenantSession, statement: AnySelect, page: PageQuery) -> Page[Job]:
    """Jobs, newest first."""
    by = [SortKey(Job.created_at, descending=True), SortKey(Job.id, descending=True)]
    return paginate(session, statement, page, by, count_to=COUNT_TO)


def page_of_schedules(session: TenantSession, page: PageQuery, scope: frozenset[UUID] | None) -> Page[Schedule]:
    """What comes again, the next first."""
    statement = select(Schedule).where(Schedule.is_enabled)
    if scope is not None:
        statement = statement.where(Schedule.subject_id.in_(scope))
    by = [SortKey(Schedule.next_due_at, never_null=True), SortKey(Schedule.id, never_null=True)]
    return paginate(session, statement, page, by, count_to=COUNT_TO)


def microsoft_tenants(session: TenantSession) -> list[tuple[UUID, str]]:
    """All of a tenant's that are not offboarded, by name, for a choice."""
    model = _microsoft_tenant()
    query = select(model.id, model.name).where(model.lifecycle != "offboarded").order_by(model.name_key, model.id)
    return [(row.id, row.name) for row in session.execute(query)]


def _microsoft_tenant() -> Any:
    """The platform knows the table, not the slice."""
    return next(mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__tablename__ == "microsoft_tenant")


def names_of(session: TenantSession, subjects: Iterable[UUID | None]) -> dict[UUID, str]:
    """Names of the Microsoft tenants that jobs work on."""
    model = _microsoft_tenant()
    wanted = {subject for subject in subjects if subject is not None}
    return {row.id: row.name for row in session.execute(select(model.id, model.name).where(model.id.in_(wanted)))}
