"""A brake in memory for a door that answers everybody: so many requests of one address in one second."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Rate:
    """Counts per second and process. It forgets everything each second, so its memory is bounded by the traffic."""

    most: int
    clock: Callable[[], float] = time.monotonic
    _second: int = 0
    _seen: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def admits(self, key: str) -> bool:
        with self._lock:
            if (now := int(self.clock())) != self._second:
                self._second = now
                self._seen.clear()
            self._seen[key] = self._seen.get(key, 0) + 1
            return self._seen[key] <= self.most
