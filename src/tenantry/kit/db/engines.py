"""Engines for SQLite (one file, WAL) and PostgreSQL (three roles), and the check that row-level security bites."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final
from uuid import UUID

import orjson
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import ConnectionPoolEntry

from tenantry.kit.db.sessions import GlobalSession, SystemSession, TenantSession
from tenantry.kit.db.turns import PATIENCE, WritingTurns
from tenantry.kit.errors import AppError

_TURN: Final = "turn"


class UnsafeDatabaseRole(AppError):
    """The database role {role} is a superuser or bypasses row-level security, so tenants would not be kept apart.
    Connect as a role that is NOSUPERUSER and NOBYPASSRLS; docs/how-to/postgresql.md shows the grants.
    """

    status = HTTPStatus.INTERNAL_SERVER_ERROR


class UnsuitableCollation(AppError):
    """The database does not sort text by code point, so searches would miss rows. Create it with LOCALE 'C', as
    docs/how-to/postgresql.md shows.
    """

    status = HTTPStatus.INTERNAL_SERVER_ERROR


@dataclass(frozen=True, slots=True, repr=False)
class DatabaseUrls:
    """Where the data is. On SQLite all three are the same file; on PostgreSQL three roles with falling rights.

    Does not print: the addresses hold passwords.
    """

    app: str
    system: str
    owner: str

    @classmethod
    def single(cls, url: str) -> "DatabaseUrls":
        return cls(app=url, system=url, owner=url)


class Databases:
    """The engines: `app` for what a person or a tenant's job does, `system` for what crosses tenants."""

    def __init__(self, urls: DatabaseUrls, *, pool_size: int = 10) -> None:
        self.urls = urls
        self.app = build_engine(urls.app, pool_size=pool_size)
        self.system = self.app if urls.system == urls.app else build_engine(urls.system, pool_size=pool_size)

    @property
    def is_sqlite(self) -> bool:
        return self.app.dialect.name == "sqlite"

    def assert_isolation(self) -> None:
        """Refuses a PostgreSQL role that would silently ignore row-level security, and a database sorted otherwise.

        Raises UnsafeDatabaseRole or UnsuitableCollation.
        """
        if self.is_sqlite:
            return
        query = "select rolname, rolsuper or rolbypassrls from pg_roles where rolname = current_user"
        with self.app.connect() as connection:
            role, unsafe = connection.exec_driver_sql(query).one()
            assert_collation(connection)
        if unsafe:
            raise UnsafeDatabaseRole(role=role)

    @contextmanager
    def tenant(self, tenant_id: UUID, *, read_only: bool = False) -> Iterator[TenantSession]:
        """A session of one tenant; commits when the block ends well, rolls back when it raises."""
        with TenantSession(self.app, tenant_id=tenant_id, read_only=read_only) as session, session.begin():
            yield session

    @contextmanager
    def identity(self, user_id: UUID | None = None, *, read_only: bool = False) -> Iterator[GlobalSession]:
        """A session of global tables, as GlobalSession; commits when the block ends well."""
        with GlobalSession(self.app, user_id=user_id, read_only=read_only) as session, session.begin():
            yield session

    @contextmanager
    def across_tenants(self, *, reason: str, read_only: bool = False) -> Iterator[SystemSession]:
        """A session that sees every tenant, as SystemSession; commits when the block ends well."""
        with SystemSession(self.system, reason=reason, read_only=read_only) as session, session.begin():
            yield session

    def dispose(self) -> None:
        self.app.dispose()
        self.system.dispose()


def assert_collation(connection: Connection) -> None:
    """Refuses a database that does not sort by code point, as SQLite does. Raises UnsuitableCollation."""
    if not connection.exec_driver_sql("select 'Z' < 'a' and 'z' < 'ä'").scalar_one():
        raise UnsuitableCollation


def build_engine(url: str, *, pool_size: int = 10) -> Engine:
    """An engine with the hooks its database needs. `postgresql://` URLs use psycopg 3."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, pool_size)
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        hide_parameters=True,  # an error's text goes to the log; the values may be anybody's
        connect_args={"options": "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=120s"},
    )


def _sqlite(url: URL, pool_size: int) -> Engine:
    engine = create_engine(
        url, pool_size=pool_size, max_overflow=pool_size, hide_parameters=True, connect_args={"timeout": PATIENCE}
    )

    turns = WritingTurns(Path(url.database)) if url.database else None

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver starts no transactions: savepoints would escape the rollback
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A deferred transaction that turns from reading to writing fails at once with SQLITE_BUSY;
        # an immediate one waits.
        read_only = connection.get_execution_options().get("read_only", False)
        if turns is not None and not read_only and _TURN not in connection.info:
            connection.info[_TURN] = turns.take()
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    @event.listens_for(engine, "checkin")
    def end(_connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        if (give_back := record.info.pop(_TURN, None)) is not None:
            give_back()

    return engine
