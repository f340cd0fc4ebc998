"""Writing, and reading, many rows of one tenant at the speed of the database.

PostgreSQL: binary COPY into a temporary table, then one INSERT … ON CONFLICT (COPY itself is refused on tables with
row-level security); a handful of rows goes without the temporary table. SQLite: one executemany. Both are several times
faster than the ORM, and neither can write outside the session's tenant: the tenant's id is put into every row here.
"""

import itertools
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, Final
from uuid import UUID

import orjson
from psycopg import Cursor
from psycopg.types.json import Jsonb
from sqlalchemy import Column, Connection, DateTime, Dialect, Select, SelectBase, Table, Uuid, bindparam
from sqlalchemy.sql import visitors
from sqlalchemy.sql.selectable import AliasedReturnsRows

from tenantry.kit.db.sessions import TenantSession
from tenantry.kit.db.types import Json

_NAMES: Final = itertools.count()
_TENANT: Final = "of_tenant"
_BATCH: Final = 5000
_FEW: Final = 100
"""Rows up to which creating a temporary table costs more than it saves."""


def bulk_upsert(
    session: TenantSession,
    table: Table,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    key: Sequence[str] = ("id",),
    update: Sequence[str] | None = None,
    unless_equal: str | None = None,
) -> None:
    """Inserts rows of `columns` (without tenant_id); on an existing key updates the `update` columns, or does nothing.

    With `unless_equal`, a row whose value in that column has not changed is not written again (2.2 x on re-collection).
    Values are given as the column's Python type, or as the driver returned them; JSON as text. Of rows with one key,
    any may win: give each once.
    """
    connection, tenant_id = session.connection(), session.tenant_id
    into = _Into(
        table, ["tenant_id", *columns], ["tenant_id", *key], _conflict(table, ["tenant_id", *key], update, unless_equal)
    )
    if connection.dialect.name == "postgresql":
        _to_postgresql(connection, into, ((tenant_id, *row) for row in rows))
    else:
        _to_sqlite(_sqlite_cursor(connection), into, tenant_id.hex, rows)


def bulk_rows(session: TenantSession, query: Select[Any], **values: Any) -> Sequence[Any]:
    """Rows of a select out of joined tables, for lists of thousands: through the ORM they take twice as long.

    `query` is a constant of its module, and `values` are for its `bindparam`s: building and checking it takes longer
    than it takes the database to find the first row. That the rows are the tenant's is a condition that is put in here,
    for each of the tables. Raises TypeError for a select out of anything else, which would go without.
    """
    return session.execute(_of_one_tenant(query), {_TENANT: session.tenant_id, **values}).all()


@cache
def _of_one_tenant(query: Select[Any]) -> Select[Any]:
    elements = [element for source in query.get_final_froms() for element in visitors.iterate(source)]
    if any(isinstance(element, SelectBase | AliasedReturnsRows) for element in elements):
        message = "only joined tables can be given the condition on the tenant"
        raise TypeError(message)
    scopes = [one.c.tenant_id == bindparam(_TENANT) for one in elements if isinstance(one, Table)]
    return query.where(*scopes).execution_options(unscoped=True)


def known_ids(session: TenantSession, table: Table, ids: Collection[UUID]) -> set[UUID]:
    """Which of these ids the tenant has rows of, however many are asked for."""
    connection = session.connection()
    query = f"SELECT id FROM {table.name} WHERE tenant_id ="
    if connection.dialect.name == "postgresql":
        rows = _cursor(connection).execute(f"{query} %s AND id = ANY(%s)", [session.tenant_id, list(ids)])
        return {row[0] for row in rows}
    values = session.tenant_id.hex, orjson.dumps([one.hex for one in ids]).decode()
    found = _sqlite_cursor(connection).execute(f"{query} ? AND id IN (SELECT value FROM json_each(?))", values)
    return {UUID(row[0]) for row in found}


@contextmanager
def comparing_many(session: TenantSession) -> Iterator[None]:
    """Keeps PostgreSQL from comparing row by row what should be compared as a whole.

    Rows that were written a moment ago are in no statistics, so it expects a handful of them and plans a nested loop,
    which takes minutes for 50,000.
    """
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        yield
        return
    connection.exec_driver_sql("SET LOCAL enable_nestloop = off")
    yield
    connection.exec_driver_sql("SET LOCAL enable_nestloop = on")


def _conflict(table: Table, key: Sequence[str], update: Sequence[str] | None, unless_equal: str | None) -> str:
    on = ", ".join(key)
    if not update:
        return f"ON CONFLICT ({on}) DO NOTHING"
    settings = ", ".join(f"{name} = excluded.{name}" for name in update)
    guard = f" WHERE {table.name}.{unless_equal} <> excluded.{unless_equal}" if unless_equal else ""
    return f"ON CONFLICT ({on}) DO UPDATE SET {settings}{guard}"


@dataclass(frozen=True, slots=True)
class _Into:
    """Where rows go, and what happens to those that exist."""

    table: Table
    columns: Sequence[str]
    key: Sequence[str]
    conflict: str

    @property
    def names(self) -> str:
        return ", ".join(self.columns)

    def values(self, mark: str) -> str:
        marks = ", ".join(mark for _ in self.columns)
        return f"INSERT INTO {self.table.name} ({self.names}) VALUES ({marks}) {self.conflict}"

    def rows_of(self, staging: str) -> str:
        # DISTINCT ON: one statement must not touch a key twice. Its order also keeps the index's pages close together.
        key = ", ".join(self.key)
        rows = f"SELECT DISTINCT ON ({key}) {self.names} FROM {staging}"
        return f"INSERT INTO {self.table.name} ({self.names}) {rows} {self.conflict}"


def _cursor(connection: Connection) -> Cursor[Any]:
    """The driver's own cursor, in the session's transaction."""
    cursor: Cursor[Any] = connection.connection.cursor()  # type: ignore[assignment]  # psycopg's, by the dialect
    return cursor


def _sqlite_cursor(connection: Connection) -> sqlite3.Cursor:
    cursor: sqlite3.Cursor = connection.connection.cursor()  # type: ignore[assignment]  # as above
    return cursor


def _to_postgresql(connection: Connection, into: _Into, rows: Iterator[tuple[Any, ...]]) -> None:
    first, cursor = list(itertools.islice(rows, _FEW + 1)), _cursor(connection)
    if len(first) <= _FEW:
        cursor.executemany(into.values("%s"), first)
        return
    staging = f"bulk_{next(_NAMES)}"
    cursor.execute(
        f"CREATE TEMP TABLE {staging} ON COMMIT DROP AS SELECT {into.names} FROM {into.table.name} WITH NO DATA"
    )
    with cursor.copy(f"COPY {staging} ({into.names}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types([_postgresql_type(into.table.c[name], connection.dialect) for name in into.columns])
        documents = [at for at, name in enumerate(into.columns) if isinstance(into.table.c[name].type, Json)]
        for row in itertools.chain(first, rows):
            copy.write_row(_for_copy(row, documents) if documents else row)
    cursor.execute(into.rows_of(staging))
    cursor.execute(f"DROP TABLE {staging}")


def _for_copy(row: Sequence[Any], documents: Sequence[int]) -> list[Any]:
    """JSON that is text already: given as such, it would be written as a JSON string that holds JSON."""
    values = list(row)
    for index in documents:
        if values[index] is not None:
            values[index] = Jsonb(values[index], dumps=str)
    return values


def _postgresql_type(column: Column[Any], dialect: Dialect) -> str:
    compiled = column.type.compile(dialect=dialect).lower()
    if compiled.startswith("varchar"):
        return "text"
    return {"timestamp with time zone": "timestamptz", "integer": "int4", "bigint": "int8", "boolean": "bool"}.get(
        compiled, compiled
    )


def _to_sqlite(cursor: sqlite3.Cursor, into: _Into, tenant_id: str, rows: Iterable[Sequence[Any]]) -> None:
    """Column by column into the forms SQLAlchemy stores, which is twice as fast as row by row."""
    forms = [_sqlite_form(into.table.c[name]) for name in into.columns[1:]]
    statement, source = into.values("?"), iter(rows)
    while batch := list(itertools.islice(source, _BATCH)):
        columns = zip(forms, zip(*batch, strict=True), strict=True)
        ready = [column if form is None else [value and form(value) for value in column] for form, column in columns]
        cursor.executemany(statement, zip(itertools.repeat(tenant_id, len(batch)), *ready, strict=True))


def _sqlite_form(column: Column[Any]) -> Callable[[Any], str] | None:
    """Hex for UUIDs, naive text in UTC for moments, the value itself for the rest."""
    if isinstance(column.type, Uuid):
        return _hex
    return _naive if isinstance(getattr(column.type, "impl", column.type), DateTime) else None


def _hex(value: UUID | str) -> str:
    """What was read in the driver's form stays in it."""
    return value if isinstance(value, str) else value.hex


@lru_cache(maxsize=1000)
def _naive(value: datetime) -> str:
    """Remembered, since the rows of one statement nearly all have the same moments."""
    return value.astimezone(UTC).isoformat(" ", "microseconds")[: -len("+00:00")]
