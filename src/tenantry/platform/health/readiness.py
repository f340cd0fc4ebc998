"""Whether this process can serve: its database answers, has the schema it expects, and its keys open what is there."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from tenantry.kit.logging import get_logger
from tenantry.migrations.runner import is_current
from tenantry.platform.encryption.models import DataKey
from tenantry.platform.work import Platform

_log = get_logger("tenantry.health")
_PATIENCE: Final = 5.0
"""Seconds. A database that is silent must not hold a thread for everybody who asks."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What was looked at. None: could not be looked at."""

    database: bool = False
    migrated: bool | None = None
    keys: bool | None = None

    def __bool__(self) -> bool:
        return all((self.database, self.migrated, self.keys))


@dataclass(slots=True)
class Readiness:
    """Looks at most once at a time, in a thread of its own; whoever asks meanwhile is told the same."""

    platform: Platform
    patience: float = _PATIENCE
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "readiness"))
    _under_way: Future[Ready] | None = None

    async def look(self) -> Ready:
        if self._under_way is None or self._under_way.done():
            self._under_way = self._thread.submit(self._look)
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self._under_way)), self.patience)
        except TimeoutError:
            _log.warning("not ready", why="the database does not answer")
            return Ready()

    def _look(self) -> Ready:
        try:
            with self.platform.databases.app.execution_options(read_only=True).connect() as connection:
                migrated = is_current(connection)
            return Ready(database=True, migrated=migrated, keys=self._keys_are_there() if migrated else None)
        except SQLAlchemyError as error:
            _log.warning("not ready", why=type(error).__name__)
            return Ready()

    def _keys_are_there(self) -> bool:
        """Whether every data key was wrapped with a master key that this process has."""
        query = select(DataKey.master_key_id).distinct()
        with self.platform.databases.across_tenants(
            reason="look which master keys are needed", read_only=True
        ) as session:
            return all(self.platform.keyring.has(key_id) for key_id in session.scalars(query))
