"""Two who write the same at the same moment: the database lets one of them in, and the other has to look again."""

from typing import Final

from sqlalchemy.exc import DBAPIError

from tenantry.kit.errors import Conflict

_POSTGRESQL: Final = frozenset({"23505", "40001", "40P01"})
"""Of a unique index, of serialisation, of a deadlock."""
_SQLITE: Final = frozenset({"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"})


class ChangedMeanwhile(Conflict):
    """Somebody else changed the same at this moment, and nothing of yours was kept. Look at it, then try again."""


def is_race(error: DBAPIError) -> bool:
    """Whether the database refused a write only because of another one."""
    state, name = getattr(error.orig, "sqlstate", None), getattr(error.orig, "sqlite_errorname", None)
    return state in _POSTGRESQL or name in _SQLITE
