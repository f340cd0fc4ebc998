"""Reading values out of Microsoft's JSON, where anything may be absent, of another type, or of any length."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

_OLDEST: Final = 1900
_NEWEST: Final = 9000
"""Years outside are placeholders ("never" is year 1 or 9999), and some cannot be moved to another zone."""
_LARGEST: Final = 2**31 - 1


def text_of(value: Any, limit: int = 256) -> str:
    """A text that any column takes: PostgreSQL refuses NUL, which Microsoft may send."""
    return str(value)[:limit].replace("\x00", "\ufffd") if value is not None else ""


def optional_text(value: Any, limit: int = 256) -> str | None:
    """As text_of, and None for what is absent or empty."""
    return text_of(value, limit) or None


def key_of(value: Any, limit: int = 256) -> str:
    """A text to find and sort by: names and ids differ in casing from one service to the next."""
    return text_of(value, limit).lower()[:limit]


def moment_of(value: Any) -> datetime | None:
    """A timestamp in UTC; None for what is absent, no timestamp, or a placeholder."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if moment is None or not _OLDEST < moment.year < _NEWEST:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def mapping_of(value: Any) -> Mapping[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """The list, or an empty one."""
    return value if isinstance(value, list) else []


def count_of(value: Any) -> int | None:
    """A whole number that an integer column takes; None for everything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST else None
