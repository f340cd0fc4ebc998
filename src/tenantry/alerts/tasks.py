"""Looking at all rules of all tenants again and again: most of what they watch changes, or grows old, by itself."""

import asyncio
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from tenantry.alerts.digest import send_digest
from tenantry.alerts.evaluation import evaluate, evaluator
from tenantry.kit.db import PLATFORM_TENANT_ID
from tenantry.kit.logging import get_logger
from tenantry.platform.jobs import JobContext, Jobs, job
from tenantry.platform.tenancy.models import Tenant
from tenantry.platform.work import Platform

WATCH_JOB: Final = "alerts.watch"
_EVERY: Final = timedelta(minutes=5)
_log = get_logger("tenantry.alerts")


@job(WATCH_JOB, "Evaluating the rules of alerts")
async def watch(context: JobContext) -> None:
    """Each tenant in a transaction of its own. One that cannot be evaluated does not keep the others from it."""
    tenants = await asyncio.to_thread(_tenants, context.platform)
    failed = 0
    for done, tenant_id in enumerate(tenants, 1):
        failed += not await asyncio.to_thread(_watch, context.platform, tenant_id)
        await context.progress(done, len(tenants), f"{failed} failed" if failed else "", force=done == len(tenants))


def ensure_schedule(platform: Platform) -> None:
    """Watching belongs to no customer, so the platform's own tenant has its schedule."""
    with platform.work(evaluator(PLATFORM_TENANT_ID)) as work:
        Jobs(work).schedule(WATCH_JOB, "watching", {}, subject_id=PLATFORM_TENANT_ID, every=_EVERY)


def _tenants(platform: Platform) -> list[UUID]:
    with platform.databases.identity(read_only=True) as session:
        return list(session.scalars(select(Tenant.id).where(Tenant.id != PLATFORM_TENANT_ID)))


def _watch(platform: Platform, tenant_id: UUID) -> bool:
    try:
        with platform.work(evaluator(tenant_id)) as work:
            evaluate(work)
            send_digest(work)
    except Exception:  # noqa: BLE001 - as above
        _log.exception("tenant not evaluated", tenant_id=str(tenant_id))
        return False
    return True
