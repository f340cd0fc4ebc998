"""Who is alive: every worker signs a row now and then, and the others may see when it stops doing so."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select

from tenantry.platform.jobs.models import Worker
from tenantry.platform.work import Platform

DEAD_AFTER: Final = timedelta(seconds=30)
_FORGET_AFTER: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The sign of life of one worker. Not seen for `dead_after`, it counts as dead."""

    platform: Platform
    name: str
    dead_after: timedelta

    def beat(self) -> None:
        now = self.platform.clock.now()
        with self.platform.databases.identity() as session:
            mine = session.get(Worker, self.name) or Worker(name=self.name, started_at=now)
            mine.seen_at = now
            session.add(mine)
            session.execute(delete(Worker).where(Worker.seen_at < now - _FORGET_AFTER))

    def alive(self) -> set[str]:
        """The names of all workers that were seen lately, this one included whatever the database says."""
        seen = select(Worker.name).where(Worker.seen_at >= self.platform.clock.now() - self.dead_after)
        with self.platform.databases.identity(read_only=True) as session:
            return {self.name, *session.scalars(seen)}
