"""The job that delivers one message. Its retries, with growing and jittered waits, are those of every job."""

from typing import Final
from uuid import UUID

from tenantry.kit.logging import get_logger
from tenantry.platform.jobs import JobContext, RetryPolicy, job
from tenantry.platform.notify.courier import Carrying
from tenantry.platform.notify.outbox import DELIVER, note_delivered, parcel_of

_log = get_logger("tenantry.notify")
_PATIENCE: Final = RetryPolicy(attempts=12, first_wait=15, longest_wait=3600)
"""About four hours in all: a mail server's maintenance passes, and what is told later helps nobody."""


@job(DELIVER, "Notification", retry=_PATIENCE)
async def deliver(context: JobContext, notification_id: str) -> None:
    """Carries it once: what is written down as delivered is not carried again.

    Only a worker that dies between the receiver's answer and that note repeats one, under the same id.
    """
    key, carrying = UUID(notification_id), _carrying(context)
    parcel = await context.in_work(parcel_of, key)
    if parcel is None:
        return
    remark = await carrying.courier.carry(parcel, context.platform.clock.now())
    await context.in_work(note_delivered, key, remark)
    _log.info("notification delivered", notification_id=key, channel_id=parcel.channel_id, channel=parcel.kind)


def _carrying(context: JobContext) -> Carrying:
    services: Carrying = context.services
    return services
