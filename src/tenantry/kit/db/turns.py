"""Whose turn it is to write to SQLite, which has one writer at a time."""

import fcntl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

PATIENCE: Final = 30
"""Seconds to wait for the turn to write."""


class WritingTurns:
    """A queue of those who write to one database file.

    SQLite lets them sleep and look again, up to 0.1 s after the other one has ended. Here threads wait for a lock, and
    processes for a file beside the database, which the operating system hands on at once, and takes back from whoever
    dies. It is no more than that: who waits too long, or works elsewhere, is told by SQLite that it is busy.
    """

    def __init__(self, database: Path) -> None:
        self._threads = threading.Lock()
        self._file = database.with_name(f"{database.name}-turn")

    def take(self) -> Callable[[], None]:
        """Waits for the turn; returns what gives it back, which any thread may do."""
        if not self._threads.acquire(timeout=PATIENCE):
            return lambda: None
        try:
            file = self._file.open("ab")
            fcntl.flock(file, fcntl.LOCK_EX)
        except BaseException:
            self._threads.release()
            raise

        def give_back() -> None:
            file.close()
            self._threads.release()

        return give_back
