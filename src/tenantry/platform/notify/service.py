"""Channels: adding, changing, testing, deleting; and reading what was sent."""

from dataclasses import dataclass
from typing import NoReturn
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tenantry.kit.db.sessions import missing
from tenantry.kit.errors import Conflict, InvalidInput
from tenantry.kit.ids import new_id
from tenantry.kit.pagination import AnySelect
from tenantry.kit.secret import Secret
from tenantry.platform.job_board.queries import names_of
from tenantry.platform.notify.events import TEST
from tenantry.platform.notify.message import Message
from tenantry.platform.notify.models import ChannelKind, Notification, NotificationChannel, NotificationState
from tenantry.platform.notify.outbox import give_up, keep, send_again
from tenantry.platform.notify.permissions import MANAGE, READ
from tenantry.platform.notify.schemas import ChannelIn, ChannelPatch
from tenantry.platform.notify.targets import TargetRules, masked
from tenantry.platform.work import Work


class ChannelNameTaken(Conflict):
    """There is a channel called {name} already. Choose another name."""


class NotForAll(Conflict):
    """A channel tells of all Microsoft tenants of the organisation, and you look after some of them."""


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels of the actor's tenant. Somebody limited to some Microsoft tenants sees and changes none."""

    work: Work

    def all(self) -> list[NotificationChannel]:
        """By name."""
        self.work.actor.require(READ)
        if self.work.actor.scope is not None:
            return []
        query = select(NotificationChannel).order_by(NotificationChannel.name_key, NotificationChannel.id)
        return list(self.work.session.scalars(query))

    def get(self, channel_id: UUID) -> NotificationChannel:
        """Raises NotFound."""
        self.work.actor.require(READ)
        if self.work.actor.scope is not None:
            raise missing(NotificationChannel)
        return self.work.session.one(NotificationChannel, channel_id)

    def add(self, wanted: ChannelIn, rules: TargetRules) -> NotificationChannel:
        """Raises ChannelNameTaken, UnusableAddress and NotForAll."""
        self.work.actor.require(MANAGE)
        if self.work.actor.scope is not None:
            raise NotForAll(why="")
        self._refuse_taken(wanted.name, None)
        row = NotificationChannel(
            name=wanted.name,
            name_key=wanted.name.casefold()[:100],
            kind=wanted.kind,
            recipients=list(wanted.recipients),
            events=list(wanted.events),
            microsoft_tenant_ids=self._known(wanted.microsoft_tenant_ids),
            only_problems=wanted.only_problems,
            is_enabled=wanted.is_enabled,
            created_at=self.work.clock.now(),
        )
        self._seal(row, wanted.address, wanted.signing_secret, rules)
        self._keep(row)
        return row

    def change(self, channel_id: UUID, wanted: ChannelPatch, rules: TargetRules) -> NotificationChannel:
        """Raises NotFound, ChannelNameTaken, UnusableAddress, and InvalidInput for what its kind does not have."""
        self.work.actor.require(MANAGE)
        row = self.get(channel_id)
        _require_fitting(row, wanted)
        if wanted.name is not None:
            self._refuse_taken(wanted.name, row.id)
            row.name, row.name_key = wanted.name, wanted.name.casefold()[:100]
        for name in ("recipients", "events", "only_problems", "is_enabled"):
            if (value := getattr(wanted, name)) is not None:
                setattr(row, name, value)
        if "microsoft_tenant_ids" in wanted.model_fields_set:
            row.microsoft_tenant_ids = self._known(wanted.microsoft_tenant_ids)
        before = {row.address_id, row.signing_key_id}
        self._seal(row, wanted.address, wanted.signing_secret, rules)
        self._keep(row)
        self._forget(before - {row.address_id, row.signing_key_id})
        return row

    def delete(self, channel_id: UUID) -> None:
        """What waits to be sent over it is given up; what was sent stays known."""
        self.work.actor.require(MANAGE)
        row = self.get(channel_id)
        waiting = select(Notification).where(
            Notification.channel_id == row.id, Notification.state == NotificationState.WAITING
        )
        give_up(self.work, self.work.session.scalars(waiting).all(), "The channel was deleted before this was sent.")
        self.work.session.delete(row)
        self.work.session.flush()
        self._forget({row.address_id, row.signing_key_id})

    def test(self, channel_id: UUID) -> Notification:
        """Sends a message over the channel, also over one that is switched off."""
        self.work.actor.require(MANAGE)
        row = self.get(channel_id)
        message = Message(
            event=TEST,
            subject="Test message",
            lead=f"{self.work.actor.label} asked for this test of the channel {row.name}. It works.",
            path="/settings/notifications",
            link="Open the channels",
        )
        kept = keep(self.work, row, message, f"test:{new_id()}")
        if kept is None:
            raise Conflict(why="the test message exists already")
        self.work.audit.record("notification_channel.tested", row)
        return kept

    def send_again(self, notification_id: UUID) -> Notification:
        """Tries once more what was given up. Raises NotFound, and Conflict for what waits, has arrived or cannot go."""
        self.work.actor.require(MANAGE)
        row = one_sent(self.work, notification_id)
        query = select(NotificationChannel).where(NotificationChannel.id == row.channel_id)
        channel = self.work.session.scalars(query).one_or_none()
        if channel is None or not (channel.is_enabled or row.event == TEST):
            raise Conflict(why="its channel was deleted or is switched off")
        locked = select(Notification).where(Notification.id == row.id).with_for_update()
        row = self.work.session.scalars(locked).one()
        if row.state is not NotificationState.UNDELIVERABLE:
            raise Conflict(why="only what was given up is sent again")
        send_again(self.work, row)
        self.work.audit.record("notification.sent_again", row, reason=None)
        return row

    def _known(self, ids: list[UUID] | None) -> list[str] | None:
        """Raises InvalidInput for a Microsoft tenant nobody knows."""
        if ids is None:
            return None
        known = names_of(self.work.session, ids)
        if missed := [key for key in ids if key not in known]:
            raise InvalidInput(why=f"there is no Microsoft tenant {missed[0]}")
        return sorted({str(key) for key in ids})

    def _keep(self, row: NotificationChannel) -> None:
        try:
            with self.work.session.begin_nested():
                self.work.session.add(row)
        except IntegrityError as error:  # somebody was faster between the look and the writing
            raise ChannelNameTaken(name=row.name, why="") from error

    def _forget(self, secrets: set[UUID | None]) -> None:
        for key in filter(None, secrets):
            self.work.vault.forget(key)

    def _refuse_taken(self, name: str, own: UUID | None) -> None:
        query = select(NotificationChannel.id).where(NotificationChannel.name_key == name.casefold()[:100])
        if any(found != own for found in self.work.session.scalars(query)):
            raise ChannelNameTaken(name=name, why="")

    def _seal(self, row: NotificationChannel, address: Secret | None, key: Secret | None, rules: TargetRules) -> None:
        if address:
            rules.require(row.kind, address)
            row.address_id, row.address_hint = self._sealed(address), masked(address)
        if key:
            row.signing_key_id = self._sealed(key)

    def _sealed(self, secret: Secret) -> UUID:
        """The new secret is there before the row refers to it."""
        stored = self.work.vault.store(secret)
        self.work.session.flush()
        return stored.id


def sent(
    work: Work, *, channel_id: UUID | None = None, state: NotificationState | None = None, event: str | None = None
) -> AnySelect:
    """A statement over what was sent, or waits; for somebody limited to some Microsoft tenants, what is about them."""
    work.actor.require(READ)
    query = select(Notification)
    if work.actor.scope is not None:
        query = query.where(Notification.microsoft_tenant_id.in_(work.actor.scope))
    if channel_id is not None:
        query = query.where(Notification.channel_id == channel_id)
    if state is not None:
        query = query.where(Notification.state == state)
    return query.where(Notification.event == event) if event is not None else query


def one_sent(work: Work, notification_id: UUID) -> Notification:
    """Raises NotFound."""
    work.actor.require(READ)
    return work.one(Notification, notification_id)


def _require_fitting(row: NotificationChannel, wanted: ChannelPatch) -> None:
    if row.kind is ChannelKind.MAIL and (wanted.address or wanted.signing_secret):
        _refuse("a mail channel has recipients, no address")
    if row.kind is not ChannelKind.MAIL and wanted.recipients is not None:
        _refuse("only a mail channel has recipients")
    if row.kind is ChannelKind.MAIL and wanted.recipients == []:
        _refuse("a mail channel needs at least one recipient")
    if row.kind is not ChannelKind.WEBHOOK and wanted.signing_secret:
        _refuse("only a webhook is signed")


def _refuse(why: str) -> NoReturn:
    raise InvalidInput(why=why)
