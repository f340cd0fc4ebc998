"""Judging tags again whenever a Microsoft tenant was collected."""

from uuid import UUID

from tenantry.governance.resources.tagging.judging import judge
from tenantry.observe.events import on_collected
from tenantry.platform.work import Work


@on_collected
def judge_tags(work: Work, microsoft_tenant_id: UUID) -> None:
    judge(work, microsoft_tenant_id)
