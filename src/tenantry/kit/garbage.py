"""Python's collector of cyclic garbage, set for a process that lives long and handles many rows."""

import gc
import threading
from typing import Final

_THRESHOLD: Final = 10_000
"""New objects before a look at them. Python's 700 makes collecting 50,000 users a sixth slower, and frees nothing."""


def collect_garbage_rarely() -> None:
    """Call once when everything is imported: what exists then is never looked at again."""
    # An interrupt that arrives in one of the many finalizers is lost; only the main thread is interrupted.
    first = threading.Thread(target=gc.collect, name="first-collection")
    first.start()
    first.join()
    gc.freeze()
    gc.set_threshold(_THRESHOLD)
