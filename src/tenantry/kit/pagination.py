"""Keyset paging: a page costs the same at row 50 and at row 500,000, and rows arriving meanwhile move nothing."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import orjson
from fastapi import Depends, Query
from sqlalchemy import BigInteger, ColumnElement, Select, SQLColumnExpression, and_, func, literal, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import coercions, roles
from sqlalchemy.types import TypeEngine

from tenantry.kit.errors import BadRequest

DEFAULT_LIMIT = 50
MAX_LIMIT = 500
COUNT_TO = 10_000
"""Where counting the rows of a long list stops."""

AnySelect = Select[*tuple[Any, ...]]
T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class PageQuery:
    """What a caller asks for: at most `limit` rows after the row the cursor names."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows in order; `next_cursor` is None on the last page; `total` counts the whole filtered list when asked for.

    With `is_more` there are more than `total`: counting stopped there.
    """

    items: Sequence[T]
    next_cursor: str | None
    total: int | None = None
    is_more: bool = False

    def map(self, convert: Callable[[T], U]) -> "Page[U]":
        return Page([convert(item) for item in self.items], self.next_cursor, self.total, self.is_more)


@dataclass(frozen=True, slots=True)
class SortKey:
    """One column of the order. Rows without a value come last in either direction.

    Only an order whose columns are all `never_null` is one an index can give; of others every row is sorted.
    """

    column: SQLColumnExpression[Any]
    descending: bool = False
    never_null: bool = False

    @property
    def clauses(self) -> tuple[ColumnElement[Any], ...]:
        order = self.column.desc() if self.descending else self.column.asc()
        return (order,) if self.never_null else (self.column.is_(None), order)

    def after(self, value: Any) -> ColumnElement[bool]:
        if value is None:
            return self.column.is_(None) & self.column.is_not(None)  # nothing sorts after "no value" but its equals
        here = self._bound(value)
        beyond = self.column < here if self.descending else self.column > here
        return beyond if self.never_null else or_(beyond, self.column.is_(None))

    def from_here(self, value: Any) -> ColumnElement[bool]:
        """Implied by what follows it in a page's condition; written out, it is where a walk along an index starts."""
        here = self._bound(value)
        start: ColumnElement[bool] = self.column <= here if self.descending else self.column >= here
        return start

    def _bound(self, value: Any) -> ColumnElement[Any]:
        """As a parameter also where it is true or false, which SQLAlchemy would not compare by size."""
        return literal(value, type_of(self.column))

    def equals(self, value: Any) -> ColumnElement[bool]:
        return self.column.is_(None) if value is None else self.column == value


def page_query(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows per page.")] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before.")] = None,
) -> PageQuery:
    return PageQuery(limit, cursor)


PageQueryParameter = Annotated[PageQuery, Depends(page_query)]


def paginate(
    session: Session,
    statement: AnySelect,
    page: PageQuery,
    by: Sequence[SortKey],
    *,
    count: bool = False,
    count_to: int | None = None,
) -> Page[Any]:
    """Runs one page of `statement` ordered by `by`, whose last key must be unique.

    `count` counts the whole list; with `count_to` it stops there, so that a list of millions costs no more.
    Returns ORM entities for a single-entity select and rows otherwise. Raises BadRequest for a cursor that is not ours.
    """
    values: list[Any] = [key.column.label(f"sort_{index}") for index, key in enumerate(by)]
    windowed = statement.add_columns(*values).order_by(*(clause for key in by for clause in key.clauses))
    if page.cursor is not None:
        windowed = windowed.where(_after(by, _decode(page.cursor, by)))
    rows = session.execute(windowed.limit(page.limit + 1)).all()
    shown, width = rows[: page.limit], len(by)
    items = [row[0] if len(row) == width + 1 else tuple(row[:-width]) for row in shown]
    next_cursor = _encode(shown[-1][-width:]) if len(rows) > page.limit else None
    if not count and count_to is None:
        return Page(items, next_cursor)
    total = count_rows(session, statement, None if count_to is None else count_to + 1)
    is_more = count_to is not None and total > count_to
    return Page(items, next_cursor, count_to if is_more else total, is_more)


def count_rows(session: Session, statement: AnySelect, at_most: int | None = None) -> int:
    counted = statement.order_by(None).limit(at_most).subquery()
    return session.execute(select(func.count()).select_from(counted)).scalar_one()


def _after(by: Sequence[SortKey], values: Sequence[Any]) -> ColumnElement[bool]:
    """(a, b, c) > (x, y, z), spelled out because directions differ and values may be missing."""
    start = [by[0].from_here(values[0])] if by[0].never_null else []
    return and_(*start, _beyond(by, values))


def _beyond(by: Sequence[SortKey], values: Sequence[Any]) -> ColumnElement[bool]:
    return or_(
        *(
            and_(*(by[i].equals(values[i]) for i in range(depth)), by[depth].after(values[depth]))
            for depth in range(len(by))
        )
    )


def _encode(values: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(list(values), default=str)).decode().rstrip("=")


def _decode(cursor: str, by: Sequence[SortKey]) -> list[Any]:
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [_restore(key, value) for key, value in zip(by, values, strict=True)]
    except (ValueError, TypeError, OverflowError) as error:
        raise BadRequest(why="the cursor is not one this list has given") from error


def type_of(column: SQLColumnExpression[Any]) -> TypeEngine[Any]:
    """The SQL type of a column or of the attribute that maps it."""
    element: ColumnElement[Any] = coercions.expect(roles.ExpressionElementRole, column)
    return element.type


def _restore(key: SortKey, value: Any) -> Any:
    """The value as its column can be asked for: whoever writes a cursor of their own may write anything into it."""
    if value is None:
        if key.never_null:
            raise TypeError(value)
        return None
    kind = type_of(key.column)
    restored = _RESTORED.get(kind.python_type, _as_it_is)(value)
    if not isinstance(restored, kind.python_type) or (isinstance(restored, bool) and kind.python_type is not bool):
        raise TypeError(value)
    if isinstance(restored, str) and "\x00" in restored:  # no column holds one, and PostgreSQL refuses to be asked
        raise ValueError(value)
    if isinstance(restored, int) and not -_most(kind) <= restored < _most(kind):
        raise ValueError(value)
    return restored


def _most(kind: TypeEngine[Any]) -> int:
    """Where numbers of this type end."""
    return 1 << (63 if isinstance(kind, BigInteger) else 31)


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment.astimezone(UTC)


def _id(value: Any) -> UUID:
    return UUID(str(value))


def _as_it_is(value: Any) -> Any:
    return value


_RESTORED: Mapping[type, Callable[[Any], Any]] = {datetime: _moment, date: date.fromisoformat, UUID: _id}
