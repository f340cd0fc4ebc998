"""ASGI middleware every request passes first: its id, its log line, and the limit on its body."""

import re
import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tenantry.kit.ids import new_id
from tenantry.kit.logging import bound_contextvars, get_logger

_log = get_logger("tenantry.http")
_ACCEPTABLE: Final = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_QUIET: Final = ("/static/", "/health", "/ready", "/metrics")


class RequestContext:
    """Gives every request an id (the caller's, when it is harmless), answers with it and logs one line."""

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

        with bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_id)
            finally:
                if not scope["path"].startswith(_QUIET):
                    milliseconds = round((time.perf_counter() - started) * 1000, 1)
                    _log.info("request", method=scope["method"], path=scope["path"], status=status, ms=milliseconds)


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
    offered = dict(scope["headers"]).get(b"x-request-id", b"")
    return offered.decode() if _ACCEPTABLE.fullmatch(offered) else str(new_id())
