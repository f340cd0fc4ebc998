"""The simulator's time: the machine's, plus what the control API moved it by."""

import time


class Clock:
    """Seconds since the epoch."""

    def __init__(self) -> None:
        self.offset = 0.0

    def now(self) -> float:
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        self.offset += seconds
