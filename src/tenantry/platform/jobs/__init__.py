"""Durable work in the background. Product code sees this page; what runs it is `runner`.

@job("estate.collect", retry=RetryPolicy(attempts=3))
async def collect(context: JobContext, microsoft_tenant_id: str) -> None:
await context.checkpoint("users", collect_users)

Jobs(work).enqueue("estate.collect", {"microsoft_tenant_id": …}, subject_id=…)
"""

from tenantry.platform.jobs.changes import on_job_change
from tenantry.platform.jobs.registry import JobContext, Overtaken, RetryPolicy, job
from tenantry.platform.jobs.service import JobAlreadyRunning, Jobs

__all__ = ["JobAlreadyRunning", "JobContext", "Jobs", "Overtaken", "RetryPolicy", "job", "on_job_change"]
