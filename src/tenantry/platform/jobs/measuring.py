"""What this process counts of the jobs it ends."""

from typing import Final

from tenantry.kit.metrics import counter, seconds
from tenantry.platform.jobs.models import Job, JobState
from tenantry.platform.jobs.registry import kind_named

_ENDED: Final = counter(
    "tenantry_job_attempts_total",
    "Attempts at jobs that ended here: succeeded, failed, cancelled, retried.",
    "kind",
    "outcome",
)
_SECONDS: Final = seconds(
    "tenantry_job_duration_seconds", "From a job's first start to its end, retries included.", "kind"
)


def count_attempt(job: Job) -> None:
    """Of a job as it is now that an attempt is over. One that is queued again will be retried."""
    kind = job.kind if kind_named(job.kind) else "unknown"
    _ENDED.labels(kind, "retried" if job.state is JobState.QUEUED else job.state.value).inc()
    if job.started_at is not None and job.finished_at is not None:
        _SECONDS.labels(kind).observe((job.finished_at - job.started_at).total_seconds())
