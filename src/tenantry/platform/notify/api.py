"""`/api/v1/notifications`: channels, and what was sent over them."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.requests import Request

from tenantry.kit.errors import Conflict, InvalidInput, NotFound
from tenantry.kit.filtering import NO_NUL
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.doors import Api
from tenantry.platform.doors.endpoint import doorway_of
from tenantry.platform.notify.models import NotificationState
from tenantry.platform.notify.permissions import MANAGE, READ
from tenantry.platform.notify.queries import page_of_sent
from tenantry.platform.notify.schemas import (
    ChannelIn,
    ChannelOut,
    ChannelPatch,
    ChannelsOut,
    NotificationOut,
    NotificationPageOut,
)
from tenantry.platform.notify.service import ChannelNameTaken, Channels, NotForAll, one_sent, sent
from tenantry.platform.notify.targets import TargetRules, UnusableAddress
from tenantry.platform.work import Work

api = Api("/api/v1/notifications", "notifications")
Event = Annotated[str | None, Query(max_length=64, pattern=NO_NUL)]


@api.get("/channels", needs=READ, response_model=ChannelsOut)
def list_channels(work: Work) -> ChannelsOut:
    """All channels by name."""
    return ChannelsOut(items=[ChannelOut.model_validate(row) for row in Channels(work).all()])


@api.post(
    "/channels",
    needs=MANAGE,
    status_code=201,
    response_model=ChannelOut,
    errors=[ChannelNameTaken, UnusableAddress, NotForAll, InvalidInput],
)
def add(work: Work, request: Request, wanted: ChannelIn) -> ChannelOut:
    """Adds a channel. Its address and its signing secret are sealed and never shown again."""
    return ChannelOut.model_validate(Channels(work).add(wanted, _rules(request)))


@api.get("/channels/{channel_id}", needs=READ, response_model=ChannelOut, errors=[NotFound])
def get(work: Work, channel_id: UUID) -> ChannelOut:
    """One channel."""
    return ChannelOut.model_validate(Channels(work).get(channel_id))


@api.patch(
    "/channels/{channel_id}",
    needs=MANAGE,
    response_model=ChannelOut,
    errors=[NotFound, ChannelNameTaken, UnusableAddress],
)
def change(work: Work, request: Request, channel_id: UUID, wanted: ChannelPatch) -> ChannelOut:
    """Changes what is given; the rest stays."""
    return ChannelOut.model_validate(Channels(work).change(channel_id, wanted, _rules(request)))


@api.delete("/channels/{channel_id}", needs=MANAGE, status_code=204, response_model=None, errors=[NotFound])
def delete(work: Work, channel_id: UUID) -> None:
    """Deletes a channel and forgets its secrets. What was sent over it stays known."""
    Channels(work).delete(channel_id)


@api.post(
    "/channels/{channel_id}/test", needs=MANAGE, status_code=202, response_model=NotificationOut, errors=[NotFound]
)
def test(work: Work, channel_id: UUID) -> NotificationOut:
    """Sends a test message; follow it under `/api/v1/notifications/{notification_id}`."""
    return NotificationOut.model_validate(Channels(work).test(channel_id))


@api.get("", needs=READ, response_model=NotificationPageOut)
def list_sent(
    work: Work,
    page: PageQueryParameter,
    channel_id: UUID | None = None,
    state: NotificationState | None = None,
    event: Event = None,
) -> NotificationPageOut:
    """What was sent, or waits to be, newest first."""
    found = page_of_sent(work.session, sent(work, channel_id=channel_id, state=state, event=event), page)
    items = [NotificationOut.model_validate(row) for row in found.items]
    return NotificationPageOut(items=items, next_cursor=found.next_cursor, total=found.total or 0)


@api.post(
    "/{notification_id}/send-again",
    needs=MANAGE,
    status_code=202,
    response_model=NotificationOut,
    errors=[NotFound, Conflict],
)
def send_again(work: Work, notification_id: UUID) -> NotificationOut:
    """Tries once more what was given up. Its receiver sees the id it may know already."""
    return NotificationOut.model_validate(Channels(work).send_again(notification_id))


@api.get("/{notification_id}", needs=READ, response_model=NotificationOut, errors=[NotFound])
def get_sent(work: Work, notification_id: UUID) -> NotificationOut:
    """One message for one channel, and what became of it."""
    return NotificationOut.model_validate(one_sent(work, notification_id))


def _rules(request: Request) -> TargetRules:
    return TargetRules.of(doorway_of(request).settings)
