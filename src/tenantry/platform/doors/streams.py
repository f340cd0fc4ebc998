"""Event streams: answers that last as long as somebody looks. Each holds a connection, so nobody may have many."""

import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from uuid import UUID

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from tenantry.kit.errors import AppError

_HEADERS: Final = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
_COME_BACK: Final = 5


class TooManyStreams(AppError):
    """You follow {limit} event streams already. Close one, or ask for the state instead, then try again."""

    status = HTTPStatus.TOO_MANY_REQUESTS


@dataclass(slots=True)
class OpenStreams:
    """How many each person has open in this process."""

    _open: Counter[UUID | None] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def place(self, user_id: UUID | None, limit: int) -> Iterator[None]:
        """A place for one more while the block lasts. Raises TooManyStreams."""
        with self._lock:
            if self._open[user_id] >= limit:
                raise TooManyStreams(limit=limit, retry_after=_COME_BACK)
            self._open[user_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[user_id] -= 1
                self._open += Counter()  # forgets who has none


class EventStream(StreamingResponse):
    """Server-Sent Events for one person. The place is taken when the answer begins, and is free once it has ended,
    however it ends: it cannot be lost between the two.
    """

    def __init__(self, events: AsyncIterator[str], streams: OpenStreams, user_id: UUID | None, limit: int) -> None:
        super().__init__(events, media_type="text/event-stream", headers=_HEADERS)
        self._streams, self._user_id, self._limit = streams, user_id, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._streams.place(self._user_id, self._limit):
            await super().__call__(scope, receive, send)
