"""UUIDv7: time-ordered ids, so that new rows land at the end of every index (RFC 9562, section 5.7)."""

import os
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last = 0


def new_id() -> UUID:
    """Returns a UUIDv7, strictly increasing within this process.

    The 12 bits after the millisecond count within it (RFC 9562, section 6.2, method 1), so ids made in one
    millisecond keep their order; when they run out the millisecond is borrowed from the future.
    """
    global _last  # noqa: PLW0603 - the counter is the point
    ticks = (time.time_ns() // 1_000_000) << 12
    with _lock:
        _last = ticks = max(ticks, _last + 1)
    milliseconds, counter = ticks >> 12, ticks & 0xFFF
    random = int.from_bytes(os.urandom(8)) >> 2
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (counter << 64) | (0b10 << 62) | random)
