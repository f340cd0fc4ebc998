"""The two kinds of database, and the fastest way to bring ready rows into tables shaped like ours."""

import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import psycopg
from sqlalchemy import make_url
from tests.support import postgres

from tenantry.kit.db import DatabaseUrls
from tenantry.migrations.runner import upgrade

_TABLES: Final = ("observation_body", "observation", "directory_user")

Rows = dict[str, list[tuple[Any, ...]]]


class Database(Protocol):
    """One kind of database: where new ones come from, and the fastest way into it."""

    name: str

    def fresh(self) -> DatabaseUrls:
        """A new database with the schema and nothing in it."""
        ...

    def read(self, urls: DatabaseUrls) -> Rows:
        """What collecting has written, in the form the driver takes back."""
        ...

    def write(self, urls: DatabaseUrls, rows: Rows) -> float:
        """Writes these rows into tables of the same shape in the same database; returns the seconds it took."""
        ...


@dataclass(slots=True)
class Sqlite:
    folder: Path
    name: str = "SQLite, executemany"
    made: int = 0

    def fresh(self) -> DatabaseUrls:
        template, self.made = self.folder / "template.sqlite", self.made + 1
        if not template.exists():
            upgrade(DatabaseUrls.single(f"sqlite:///{template}"))
        path = shutil.copy(template, self.folder / f"{self.made}.sqlite")
        return DatabaseUrls.single(f"sqlite:///{path}")

    def read(self, urls: DatabaseUrls) -> Rows:
        with self._open(urls) as connection:
            return {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in _TABLES}

    def write(self, urls: DatabaseUrls, rows: Rows) -> float:
        with self._open(urls) as connection:
            for table in _TABLES:
                self._copy_shape(connection, table)
            started = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            for table in _TABLES:
                marks = ", ".join("?" for _ in rows[table][0])
                connection.executemany(f"INSERT INTO raw_{table} VALUES ({marks})", rows[table])
            connection.execute("COMMIT")
            return time.perf_counter() - started

    @staticmethod
    def _copy_shape(connection: sqlite3.Connection, table: str) -> None:
        query = "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('table', 'index')"
        for kind, name, sql in connection.execute(
            f"{query} AND sql IS NOT NULL ORDER BY type DESC", [table]
        ).fetchall():
            shape = sql.replace(f" {name} ", f" raw_{name} ", 1)
            connection.execute(shape if kind == "table" else shape.replace(f" ON {table} ", f" ON raw_{table} ", 1))

    @staticmethod
    @contextmanager
    def _open(urls: DatabaseUrls) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(make_url(urls.app).database or "", isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA foreign_keys=ON")
            yield connection


@dataclass(slots=True)
class PostgreSql:
    port: int
    name: str = "PostgreSQL, binary COPY"
    template: str = ""

    def fresh(self) -> DatabaseUrls:
        if not self.template:
            self.template = postgres.create_database(self.port)
            upgrade(postgres.urls(self.port, self.template))
        return postgres.urls(self.port, postgres.create_database(self.port, self.template))

    def read(self, urls: DatabaseUrls) -> Rows:
        with psycopg.connect(urls.system) as connection:
            return {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in _TABLES}

    def write(self, urls: DatabaseUrls, rows: Rows) -> float:
        with psycopg.connect(urls.owner, autocommit=True) as connection:
            for table in _TABLES:
                self._copy_shape(connection, table)
            started = time.perf_counter()
            with connection.transaction(), connection.cursor() as cursor:
                for table in _TABLES:
                    self._copy(cursor, table, rows[table])
            return time.perf_counter() - started

    @staticmethod
    def _copy_shape(connection: psycopg.Connection[Any], table: str) -> None:
        connection.execute(f"CREATE TABLE raw_{table} (LIKE {table} INCLUDING ALL)")
        query = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass"
        for (definition,) in connection.execute(query, [table]).fetchall():
            connection.execute(f"ALTER TABLE raw_{table} ADD {definition}")

    @staticmethod
    def _copy(cursor: psycopg.Cursor[Any], table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        types = [column.type_code for column in cursor.execute(f"SELECT * FROM {table} LIMIT 0").description or ()]
        with cursor.copy(f"COPY raw_{table} FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)
