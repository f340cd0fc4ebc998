"""A scan's progress as Server-Sent Events.

Each event carries the whole state, so a client that was away misses nothing; its id names the state, so that one who
comes back with `Last-Event-ID` is told only what is new. Comments keep proxies from closing a quiet connection.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Final

from tenantry.kit.errors import NotFound
from tenantry.posture.scans.schemas import ScanOut
from tenantry.posture.scans.service import OPEN

_LOOK_EVERY: Final = 0.5
_QUIET: Final = 10.0
_LONGEST: Final = 300.0
"""Seconds after which the client has to come back: whether it still may look is asked again then."""

Read = Callable[[], ScanOut]
"""Reads the state in a transaction of its own; raises when the visitor may not look any more."""


def has_been_told(state: ScanOut, last_event_id: str | None) -> bool:
    """Whether the client knows of the end: it is answered with 204, and browsers then stop coming back."""
    return state.status not in OPEN and last_event_id == _id_of(state)


async def events(read: Read, state: ScanOut, told: str | None) -> AsyncIterator[str]:
    yield "retry: 2000\n\n"
    started = spoke = time.monotonic()
    while True:
        if (name := _id_of(state)) != told:
            told, spoke = name, time.monotonic()
            yield _event("progress" if state.status in OPEN else "complete", state)
        if state.status not in OPEN or time.monotonic() - started > _LONGEST:
            return
        if time.monotonic() - spoke > _QUIET:
            spoke = time.monotonic()
            yield ": still here\n\n"
        await asyncio.sleep(_LOOK_EVERY)
        try:
            state = await asyncio.to_thread(read)
        except NotFound:  # it was purged meanwhile: a client that comes back is answered so
            return


def _event(name: str, state: ScanOut) -> str:
    """JSON has no line breaks of its own, so one `data:` line holds it."""
    return f"event: {name}\nid: {_id_of(state)}\ndata: {state.model_dump_json()}\n\n"


def _id_of(state: ScanOut) -> str:
    counts = (state.passed, state.failed, state.errors, state.manual, state.not_applicable)
    return f"{state.status.value}-{state.progress_percentage}-{'.'.join(map(str, counts))}"
