"""Jobs of the estate: onboarding, connection tests, purging."""

from uuid import UUID

from sqlalchemy import delete

from tenantry.estate.gateway import Gateway
from tenantry.estate.models import MicrosoftTenant
from tenantry.estate.onboarding import test_connection
from tenantry.kit.db import Base
from tenantry.platform.jobs import JobAlreadyRunning, JobContext, Jobs, RetryPolicy, job
from tenantry.platform.work import Work

COLLECT = "observe.collect"
"""Registered by the slice above; the estate only asks for it by name."""


@job("estate.onboard", "Onboarding", retry=RetryPolicy(attempts=3, first_wait=5))
async def onboard(context: JobContext, microsoft_tenant_id: str) -> None:
    """Tests the connection step by step, then asks for the first collection. Repeating it resumes."""
    key, gateway = UUID(microsoft_tenant_id), _gateway(context)
    await context.progress(1, 3, "Getting a token and checking permissions", force=True)
    await test_connection(context.in_work, gateway, key)
    await context.progress(2, 3, "Starting the first collection", force=True)
    await context.in_work(_ask_for_collection, key)
    await context.progress(3, 3, "Collecting", force=True)


@job("estate.test", "Connection test")
async def test(context: JobContext, microsoft_tenant_id: str) -> None:
    """Asks Microsoft for a token and for what it may do; the answer is stored with the tenant."""
    await test_connection(context.in_work, _gateway(context), UUID(microsoft_tenant_id))


@job("estate.purge", "Deleting data", retry=RetryPolicy(attempts=3))
async def purge(context: JobContext, microsoft_tenant_id: str) -> None:
    """Deletes what was collected of an offboarded tenant; the audit trail keeps the certificate of deletion."""
    await context.in_work(_purge, UUID(microsoft_tenant_id))


def _ask_for_collection(work: Work, microsoft_tenant_id: UUID) -> None:
    try:
        Jobs(work).enqueue(COLLECT, {"microsoft_tenant_id": str(microsoft_tenant_id)}, subject_id=microsoft_tenant_id)
    except JobAlreadyRunning:
        return


def _purge(work: Work, microsoft_tenant_id: UUID) -> None:
    """Every table that belongs to a Microsoft tenant, found in the metadata so that none is forgotten."""
    tenant = work.session.one(MicrosoftTenant, microsoft_tenant_id)
    deleted: dict[str, int] = {}
    for table in reversed(Base.metadata.sorted_tables):
        if "microsoft_tenant_id" not in table.c or table.name in ("audit_event", "credential"):
            continue
        gone = delete(table).where(
            table.c.tenant_id == work.session.tenant_id, table.c.microsoft_tenant_id == microsoft_tenant_id
        )
        result = work.session.execute(gone.execution_options(unscoped=True))
        deleted[table.name] = getattr(result, "rowcount", 0)
    tenant.notes = {}
    work.audit.record("microsoft_tenant.data_deleted", tenant, rows=deleted)


def _gateway(context: JobContext) -> Gateway:
    gateway: Gateway = context.services
    return gateway
