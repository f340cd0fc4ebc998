"""Jobs of the estate: onboarding, connection tests, purging."""

import asyncio
from typing import Final
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.flows import COLLECT, begin
from tenantry.estate.gateway import Gateway
from tenantry.estate.models import MicrosoftTenant
from tenantry.estate.onboarding import test_connection
from tenantry.estate.purging import purge_data
from tenantry.platform.jobs import JobAlreadyRunning, JobContext, RetryPolicy, job
from tenantry.platform.jobs.models import OPEN_STATES, Job
from tenantry.platform.work import Work

_LOOK_AGAIN: Final = 0.5


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
    key = UUID(microsoft_tenant_id)
    # A collection that was told to stop may still be writing its last page, here or on another node.
    while await context.in_work(_others_run, key, context.job_id, read_only=True):  # noqa: ASYNC110 - told by a table
        await asyncio.sleep(_LOOK_AGAIN)
    await context.in_work(purge_data, key)


def _others_run(work: Work, microsoft_tenant_id: UUID, own: UUID) -> bool:
    query = select(Job.id).where(Job.subject_id == microsoft_tenant_id, Job.state.in_(OPEN_STATES), Job.id != own)
    return work.session.scalars(query.limit(1)).first() is not None


def _ask_for_collection(work: Work, microsoft_tenant_id: UUID) -> None:
    try:
        begin(work, COLLECT, work.session.one(MicrosoftTenant, microsoft_tenant_id))
    except JobAlreadyRunning:
        return


def _gateway(context: JobContext) -> Gateway:
    gateway: Gateway = context.services
    return gateway
