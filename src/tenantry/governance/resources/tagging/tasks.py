"""Judging tags by another policy."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from tenantry.governance.resources.models import AzureSummary
from tenantry.governance.resources.tagging.judging import judge
from tenantry.governance.resources.tagging.service import JUDGE_JOB
from tenantry.platform.jobs import JobContext, job
from tenantry.platform.work import Work


@job(JUDGE_JOB, "Judging tags")
async def judge_by_policy(context: JobContext, microsoft_tenant_id: str | None = None) -> None:
    """One Microsoft tenant, or all of which anything of Azure is known. Each is one transaction; Azure is not asked."""
    keys: Sequence[UUID] = (
        [UUID(microsoft_tenant_id)] if microsoft_tenant_id else await context.in_work(_all, read_only=True)
    )
    for done, key in enumerate(keys, 1):
        await context.in_work(judge, key)
        await context.progress(done, len(keys), f"{done} of {len(keys)}", force=done == len(keys))


def _all(work: Work) -> list[UUID]:
    return list(work.session.scalars(select(AzureSummary.microsoft_tenant_id).order_by(AzureSummary.id)))
