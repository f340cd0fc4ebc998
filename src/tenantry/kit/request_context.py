"""ASGI middleware every request passes first: its id, its log line, what becomes of a crash, the limit on its body."""

import re
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tenantry.kit.ids import new_id
from tenantry.kit.logging import get_logger, log_facts

_log = get_logger("tenantry.http")
_ACCEPTABLE: Final = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_TRACEPARENT: Final = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
"""W3C Trace Context, section 3.2. Versions to come may append something; version 00 must not."""
_QUIET: Final = ("/static/", "/health", "/ready", "/metrics")
"""What is asked for every few seconds, or twenty times per page: a line at DEBUG only, unless it breaks."""


class RequestContext:
    """Gives every request an id (the caller's, when it is harmless), answers with it and logs one line.

    The id correlates: every line of the request, and of the jobs it starts, carries it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = scope["request_id"] = _request_id(scope)
        started, status = time.perf_counter(), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        with log_facts(correlation_id=request_id):
            try:
                await self.app(scope, receive, send_with_id)
            finally:
                is_quiet = scope["path"].startswith(_QUIET) and status < HTTPStatus.INTERNAL_SERVER_ERROR
                tell = _log.debug if is_quiet else _log.info
                milliseconds = round((time.perf_counter() - started) * 1000, 1)
                tell("request", method=scope["method"], path=scope["path"], status=status, ms=milliseconds)


class Crashes:
    """Answers and logs what nobody foresaw while the request's facts are bound, so that both carry its id.

    Starlette's own handler is outside of all middleware: its answer would go without the headers they add.
    """

    def __init__(self, app: ASGIApp, answer: Callable[[Request], Response]) -> None:
        self.app = app
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            _log.error("crashed", path=scope["path"], exc_info=error)
            if begun:
                raise  # half an answer is out: the server has to cut the connection
            await self.answer(Request(scope))(scope, receive, send)


class BodyLimit:
    """Refuses bodies over a limit, by their announced length at once and by their real length while they arrive."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > self.limit:
            await self._refuse(send)
            return
        received = 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.limit:
                raise _BodyTooLarge
            return message

        try:
            await self.app(scope, limited, send)
        except _BodyTooLarge:
            await self._refuse(send)

    async def _refuse(self, send: Send) -> None:
        body = (
            b'{"type":"/docs/errors#too_large","title":"Too large","status":413,"code":"too_large",'
            b'"detail":"The request is larger than the %d bytes allowed here."}' % self.limit
        )
        headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class _BodyTooLarge(Exception):
    pass


def _request_id(scope: Scope) -> str:
    """The trace id of a W3C `traceparent`, or an id of the caller's own; what is malformed or sent twice is ignored."""
    traced = _TRACEPARENT.fullmatch(_only(scope, b"traceparent"))
    if traced and not (traced[2] and traced[0].startswith(b"00")):
        return traced[1].decode()
    offered = _only(scope, b"x-request-id") or _only(scope, b"x-correlation-id")
    return offered.decode() if _ACCEPTABLE.fullmatch(offered) else str(new_id())


def _only(scope: Scope, name: bytes) -> bytes:
    found: list[bytes] = [value for key, value in scope["headers"] if key == name]
    return found[0] if len(found) == 1 else b""
