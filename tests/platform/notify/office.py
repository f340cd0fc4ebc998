"""What the tests of notifications do again and again: add channels, tell, let time pass, look."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from tests.support.cast import Person

from tenantry.kit.clock import SettableClock
from tenantry.kit.ids import new_id
from tenantry.platform.notify import Message, event_kind, tell
from tenantry.platform.notify.models import Notification, NotificationChannel, NotificationState
from tenantry.platform.notify.schemas import ChannelIn
from tenantry.platform.notify.service import Channels
from tenantry.platform.notify.targets import TargetRules
from tenantry.platform.work import Platform

HAPPENED = event_kind("test.happened", "Something happened", "In a test.")
KEY = "correct-horse-battery"


@dataclass(slots=True)
class Office:
    """Alice's channels, and a clock that only moves when it is told to."""

    platform: Platform
    clock: SettableClock
    alice: Person
    rules: TargetRules

    def add(self, **wanted: Any) -> UUID:
        document = {"name": f"Channel {new_id()}", "events": [HAPPENED.name], **wanted}
        with self.platform.work(self.alice.actor) as work:
            return Channels(work).add(ChannelIn.model_validate(document), self.rules).id

    def tell(self, key: str = "", **content: Any) -> list[UUID]:
        """Returns the ids of what was kept."""
        values = {"event": HAPPENED.name, "subject": "It happened", "lead": "Somewhere.", "path": "/jobs", **content}
        with self.platform.work(self.alice.actor) as work:
            return [row.id for row in tell(work, Message.model_validate(values), key=key or str(new_id()))]

    def row(self, notification_id: UUID) -> Notification:
        with self.platform.work(self.alice.actor, read_only=True) as work:
            return work.session.one(Notification, notification_id)

    def channel(self, channel_id: UUID) -> NotificationChannel:
        with self.platform.work(self.alice.actor, read_only=True) as work:
            return work.session.one(NotificationChannel, channel_id)

    def all(self) -> list[Notification]:
        with self.platform.work(self.alice.actor, read_only=True) as work:
            return list(work.session.scalars(select(Notification).order_by(Notification.id)))

    def ended(self, notification_id: UUID, step: timedelta = timedelta(0)) -> Notification:
        """The message once it has arrived or was given up; meanwhile time passes in steps."""

        def has_ended() -> bool:
            self.clock.advance(step)
            return self.row(notification_id).state is not NotificationState.WAITING

        until(has_ended, pause=0.3 if step else 0.05)
        return self.row(notification_id)

    def put_off(self, notification_id: UUID, attempts: int = 1) -> Notification:
        """The message once so many attempts have failed."""
        until(lambda: self.row(notification_id).attempts >= attempts)
        return self.row(notification_id)


def until(holds: Callable[[], bool], seconds: float = 60, pause: float = 0.05) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(pause)
