"""ASGI middleware that counts requests by the template of their route, so that ids in addresses are no labels."""

import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tenantry.kit.metrics import counter, gauge, seconds

_REQUESTS: Final = counter(
    "tenantry_http_requests_total", "Requests answered by this process.", "method", "route", "status"
)
_SECONDS: Final = seconds(
    "tenantry_http_request_duration_seconds", "From a request's first byte to its answer's last.", "method", "route"
)
_OPEN: Final = gauge("tenantry_http_requests_open", "Requests this process is answering now, event streams included.")
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class HttpMetrics:
    """Counts what the application answers, and how long that takes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        _OPEN.inc()
        try:
            await self.app(scope, receive, watched)
        finally:
            _OPEN.dec()
            method = scope["method"] if scope["method"] in _METHODS else "other"
            route = route_of(scope)
            _REQUESTS.labels(method, route, str(status)).inc()
            _SECONDS.labels(method, route).observe(time.perf_counter() - started)


def route_of(scope: Scope) -> str:
    """The template of the route that answered; what fits none is one label, whatever was asked for."""
    if scope["path"].startswith("/static/"):
        return "/static"
    return str(getattr(scope.get("route"), "path", None) or "none")
