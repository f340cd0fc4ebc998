"""Python's collector of cyclic garbage, set for a process that lives long and handles many rows."""

import gc
from typing import Final

_THRESHOLD: Final = 10_000
"""New objects before a look at them. Python's 700 makes collecting 50,000 users a sixth slower, and frees nothing."""


def collect_garbage_rarely() -> None:
    """Call once when everything is imported: what exists then is never looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_THRESHOLD)
