"""Sealing: every minute, all tenants, in the background."""

import asyncio
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from tenantry.kit.db import PLATFORM_TENANT_ID
from tenantry.kit.logging import get_logger
from tenantry.platform.access import Actor, ActorKind
from tenantry.platform.audit.seal import Seals
from tenantry.platform.jobs import JobContext, Jobs, job
from tenantry.platform.tenancy.models import Tenant
from tenantry.platform.work import Platform

_log = get_logger("tenantry.audit")
_EVERY: Final = timedelta(minutes=1)


@job("audit.seal", "Sealing the audit trail")
async def seal(context: JobContext) -> None:
    """Seals what was recorded since the last time, and logs the heads, so that another system can keep them."""
    for tenant_id in await asyncio.to_thread(_tenants, context.platform):
        while await asyncio.to_thread(_seal, context.platform, tenant_id):
            pass


def ensure_schedule(platform: Platform) -> None:
    """Sealing belongs to no customer, so the platform's own tenant has its schedule."""
    with platform.work(_sealer(PLATFORM_TENANT_ID)) as work:
        Jobs(work).schedule("audit.seal", "sealing", {}, subject_id=PLATFORM_TENANT_ID, every=_EVERY)


def _tenants(platform: Platform) -> list[UUID]:
    with platform.databases.identity(read_only=True) as session:
        return list(session.scalars(select(Tenant.id)))


def _seal(platform: Platform, tenant_id: UUID) -> int:
    with platform.work(_sealer(tenant_id)) as work:
        seals = Seals(work.session, work.vault, work.clock)
        sealed = seals.seal_pending()
        head = seals.head() if sealed else None
    if head is not None:
        _log.info("audit sealed", tenant_id=str(tenant_id), events=sealed, seal_no=head[0], head=head[1].hex())
    return sealed


def _sealer(tenant_id: UUID) -> Actor:
    return Actor(kind=ActorKind.SYSTEM, label="sealing", tenant_id=tenant_id, permissions=None)
