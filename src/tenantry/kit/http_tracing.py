"""ASGI middleware that makes a span of every request, as a child of the caller's when it sends a `traceparent`."""

from http import HTTPStatus
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tenantry.kit.http_metrics import route_of
from tenantry.kit.tracing import span

_CARRIED: Final = (b"traceparent", b"tracestate")


class HttpTracing:
    """Told are the route's template and the status: an address may hold anything."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        parent = {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in _CARRIED}
        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with span(scope["method"], "server", parent, {"tenantry.correlation_id": scope["request_id"]}) as opened:
            try:
                await self.app(scope, receive, watched)
            finally:
                opened.rename(f"{scope['method']} {route_of(scope)}")
                opened.set(
                    {
                        "http.request.method": scope["method"],
                        "http.route": route_of(scope),
                        "http.response.status_code": status,
                    }
                )
                if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    opened.fail(str(status))
