"""The job engine's own side: its database, what may be stored there, and how steps are remembered.

Its tables carry no row-level security, so they hold ids and small facts, never what a tenant owns.
"""

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any, Final

import orjson
from dbos import DBOS, Serializer
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.pool import ConnectionPoolEntry

_MAX_RESULT: Final = 16_000


def jobs_engine(url: str) -> Engine:
    """Not `kit.db.build_engine`: DBOS begins its transactions itself."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        parsed = parsed.set(drivername="postgresql+psycopg")
        return create_engine(parsed, pool_size=20, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(parsed, pool_size=20, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = "IMMEDIATE"
        connection.execute("PRAGMA busy_timeout=30000")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    return engine


class StepFailed(Exception):
    """A step that failed before a crash fails again after it. Only the name of its error was kept."""


class JsonSerializer(Serializer):
    """The engine's default is pickle, which would run whatever stands in the database.

    Of an error only its class is stored: its text may name what belongs to a tenant.
    """

    def serialize(self, data: Any) -> str:
        return orjson.dumps({"error": type(data).__name__} if isinstance(data, BaseException) else {"v": data}).decode()

    def deserialize(self, serialized_data: str) -> Any:
        stored = orjson.loads(serialized_data)
        return StepFailed(stored["error"]) if "error" in stored else stored["v"]

    def name(self) -> str:
        return "tenantry_json"


class DurableSteps:
    """Checkpoints kept by the engine."""

    async def step(self, name: str, function: Callable[[], Awaitable[Any]]) -> Any:
        """Returns what `function` returned, as JSON gives it back: the same in the first run as after a crash.

        Raises ValueError for a result that is not JSON, or is large enough to be data instead of a fact.
        """

        async def run() -> Any:
            return _as_stored(name, await function())

        return await DBOS.run_step_async({"name": name}, run)


def _as_stored(name: str, result: Any) -> Any:
    try:
        stored = orjson.dumps(result)
    except TypeError as error:
        raise ValueError(f"checkpoint {name} returned {type(result).__name__}, which is not JSON") from error
    if len(stored) > _MAX_RESULT:
        raise ValueError(f"checkpoint {name} returned {len(stored)} bytes; keep data in tables and return its id")
    return orjson.loads(stored)
