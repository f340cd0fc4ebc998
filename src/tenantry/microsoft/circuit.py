"""A circuit per (service, Microsoft tenant): a service that is down is not asked again and again by every dataset."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_FAILURES: Final = 5
_OPEN_SECONDS: Final = 30.0


@dataclass(slots=True)
class _State:
    failures: int = 0
    open_until: float = 0.0


class Circuits:
    """Opens after five failed calls in a row; after 30 seconds one call at a time may try again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._states: dict[str, _State] = {}
        self._clock = clock

    def seconds_open(self, key: str) -> float:
        """0 when a call may be made. An elapsed opening lets exactly one caller through to try."""
        state = self._states.get(key)
        if state is None or state.failures < _FAILURES:
            return 0.0
        remaining = state.open_until - self._clock()
        if remaining > 0:
            return remaining
        state.open_until = self._clock() + _OPEN_SECONDS
        return 0.0

    def succeeded(self, key: str) -> None:
        if key in self._states:
            del self._states[key]

    def failed(self, key: str) -> None:
        state = self._states.setdefault(key, _State())
        state.failures += 1
        if state.failures >= _FAILURES:
            state.open_until = self._clock() + _OPEN_SECONDS
