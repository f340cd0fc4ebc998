"""Column types that behave the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import DateTime, Dialect, Enum, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB

from tenantry.kit.text import holds_nul, without_nul


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. Naive values are refused; what comes back is aware and in UTC on both databases."""

    impl = DateTime
    cache_ok = True

    def __init__(self, *, timezone: bool = True) -> None:
        super().__init__(timezone=timezone)

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a moment needs a time zone"
            raise ValueError(message)
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A JSON document: jsonb on PostgreSQL, text on SQLite. Read whole, never filtered: RLS denies `@>` an index.

    What people and Microsoft wrote stands in some, and jsonb refuses NUL: it is replaced, on both databases alike.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(JSONB(none_as_null=True) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if holds_nul(value):
            value = without_nul(value)
        return value if value is None or dialect.name == "postgresql" else orjson.dumps(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return orjson.loads(value)


def checked(choices: type[StrEnum], length: int = 32) -> Enum:
    """Text with a CHECK: a native enum's `=` is not leakproof, so under RLS it could not use an index."""
    return Enum(
        choices,
        native_enum=False,
        create_constraint=True,
        length=length,
        values_callable=lambda members: [member.value for member in members],
        name=_snake(choices.__name__),
    )


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
