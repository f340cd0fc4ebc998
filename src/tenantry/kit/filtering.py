"""Text filters that an index can answer, also under row-level security."""

from typing import Any, Final

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, func

LAST: Final = "\U0010ffff"
NO_NUL: Final = r"^[^\x00]*$"
"""The pattern of a text that PostgreSQL can be asked for."""


def begins_with(column: SQLColumnExpression[Any], start: str) -> ColumnElement[bool]:
    """Whether a text begins with another. A range of leakproof operators can use the index; LIKE could not.

    Databases sort by code point: SQLite always, PostgreSQL because start-up insists on it (`assert_collation`).
    The range alone would lose what begins with the last code point, so it reaches one further, and the beginning is
    compared as it is: `%` and `_` mean themselves.
    """
    return and_(column >= start, column <= start + LAST * 8, func.substr(column, 1, len(start)) == start)
