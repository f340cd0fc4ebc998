"""What becomes of a delivery's job is written into the outbox, and at the channel when it is given up."""

from typing import Final

from sqlalchemy import select

from tenantry.platform.jobs import on_job_change
from tenantry.platform.jobs.models import Job, JobState
from tenantry.platform.notify.models import Notification, NotificationState
from tenantry.platform.notify.outbox import DELIVER, channel_of, give_up
from tenantry.platform.work import Work

_CANCELLED: Final = "Somebody cancelled the job that was to deliver this."


@on_job_change(DELIVER)
def note_change(work: Work, job: Job) -> None:
    """A retry says when it comes; an end without a delivery is told at the channel, too."""
    row = work.session.scalars(select(Notification).where(Notification.job_id == job.id)).one_or_none()
    if row is None or row.state is not NotificationState.WAITING:
        return
    if job.state is JobState.QUEUED:
        row.attempts, row.next_attempt_at, row.error = job.attempt - 1, job.not_before, job.error_message
        return
    why = job.error_message or _CANCELLED
    if job.state is JobState.FAILED:
        row.attempts = job.attempt
        if (channel := channel_of(work, row)) is not None:
            channel.problem, channel.problem_at = why, work.clock.now()
    give_up(work, [row], why)
