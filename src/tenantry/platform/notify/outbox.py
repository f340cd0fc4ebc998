"""The outbox: messages are kept with what happened, and taken out by the job that delivers them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tenantry.kit.secret import Secret
from tenantry.platform.jobs import Jobs
from tenantry.platform.notify.events import TEST
from tenantry.platform.notify.message import Message
from tenantry.platform.notify.models import ChannelKind, Notification, NotificationChannel, NotificationState
from tenantry.platform.work import Work

DELIVER: Final = "notify.deliver"
_MOST: Final = 2000


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message, and all that is needed to carry it; read in one transaction, carried outside of it."""

    notification_id: UUID
    channel_id: UUID
    kind: ChannelKind
    message: Message
    recipients: list[str]
    address: Secret | None
    signing_key: Secret | None


def tell(work: Work, message: Message, *, key: str, microsoft_tenant_id: UUID | None = None) -> list[Notification]:
    """Keeps the message for every channel that wants it and was not told of `key` before; delivery is a job's."""
    asked = audience(work, message.event, is_problem=message.is_problem)
    wanting = [row for row in asked if row.covers(microsoft_tenant_id)]
    told = select(Notification.channel_id).where(
        Notification.channel_id.in_([row.id for row in wanting]), Notification.key == key
    )
    known = set(work.session.scalars(told))
    kept = (keep(work, row, message, key, microsoft_tenant_id) for row in wanting if row.id not in known)
    return [row for row in kept if row is not None]


def audience(
    work: Work, event: str, *, is_problem: bool, channel_ids: Collection[str] | None = None
) -> list[NotificationChannel]:
    """The channels that are switched on and subscribed to an event; with `channel_ids`, those in place of them.

    What may be told over each of them is for `NotificationChannel.covers` to say.
    """
    enabled = select(NotificationChannel).where(NotificationChannel.is_enabled).order_by(NotificationChannel.id)
    rows = work.session.scalars(enabled).all()
    if channel_ids is not None:
        rows = [row for row in rows if str(row.id) in channel_ids]
    return [row for row in rows if _wants(row, event, is_problem, is_named=channel_ids is not None)]


def send_again(work: Work, row: Notification) -> None:
    """Puts what was given up back to the waiting ones, under the id its receiver may know already."""
    row.state, row.error, row.ended_at, row.attempts = NotificationState.WAITING, None, None, 0
    row.job_id = Jobs(work).enqueue(DELIVER, {"notification_id": str(row.id)}).id


def keep(
    work: Work, channel: NotificationChannel, message: Message, key: str, microsoft_tenant_id: UUID | None = None
) -> Notification | None:
    """One message for one channel, with the job that delivers it. None when somebody kept the same just now."""
    row = Notification(
        channel_id=channel.id,
        channel_name=channel.name,
        channel_kind=channel.kind,
        microsoft_tenant_id=microsoft_tenant_id,
        event=message.event,
        key=key,
        subject=message.subject,
        content=message.model_dump(mode="json"),
        state=NotificationState.WAITING,
        attempts=0,
        created_at=work.clock.now(),
    )
    try:
        with work.session.begin_nested():
            work.session.add(row)
    except IntegrityError:
        return None
    row.job_id = Jobs(work).enqueue(DELIVER, {"notification_id": str(row.id)}).id
    return row


def parcel_of(work: Work, notification_id: UUID) -> Parcel | None:
    """What is to be carried. None when it was delivered or given up, or its channel is gone or switched off."""
    row = work.session.scalars(select(Notification).where(Notification.id == notification_id)).one_or_none()
    if row is None or row.state is not NotificationState.WAITING:
        return None
    channel = channel_of(work, row)
    if channel is None or not (channel.is_enabled or row.event == TEST):
        give_up(work, [row], "The channel was deleted or switched off before this was sent.")
        return None
    return Parcel(
        row.id,
        channel.id,
        channel.kind,
        Message.model_validate(row.content),
        channel.recipients,
        work.vault.open(channel.address_id) if channel.address_id else None,
        work.vault.open(channel.signing_key_id) if channel.signing_key_id else None,
    )


def note_delivered(work: Work, notification_id: UUID, remark: str | None) -> None:
    """Writes down that it has arrived. The remark says what was not right all the same."""
    row = work.session.one(Notification, notification_id)
    now = work.clock.now()
    row.state, row.ended_at, row.next_attempt_at, row.error = NotificationState.DELIVERED, now, None, remark
    row.attempts += 1
    if (channel := channel_of(work, row)) is not None:
        channel.delivered_at, channel.problem, channel.problem_at = now, remark, now if remark else None


def give_up(work: Work, rows: Iterable[Notification], why: str) -> None:
    for row in rows:
        row.state, row.ended_at, row.next_attempt_at = NotificationState.UNDELIVERABLE, work.clock.now(), None
        row.error = why[:_MOST]


def channel_of(work: Work, row: Notification) -> NotificationChannel | None:
    query = select(NotificationChannel).where(NotificationChannel.id == row.channel_id)
    return work.session.scalars(query).one_or_none()


def _wants(channel: NotificationChannel, event: str, is_problem: bool, *, is_named: bool) -> bool:
    return (is_named or event in channel.events) and (is_problem or not channel.only_problems)
