"""Exchanges as JSON lines, without what must not be kept: tokens, secrets, assertions."""

import re
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

import orjson

from mscloudsim.http import Reply, Request

_HIDDEN_HEADERS: Final = {"authorization", "cookie", "set-cookie"}
_HIDDEN_FIELDS: Final = re.compile(
    r'((?:client_secret|client_assertion|refresh_token|access_token|"access_token"|"value")(?:=|":\s*"))[^&"]+'
)
_BODY: Final = 100_000


@dataclass
class Recorder:
    """Keeps the last exchanges while it is on."""

    on: bool = False
    exchanges: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=10_000))

    def record(self, service: str, request: Request, reply: Reply) -> None:
        if not self.on:
            return
        self.exchanges.append(
            {
                "service": service,
                "request": {
                    "method": request.method,
                    "url": unquote(request.url),
                    "headers": {k: v for k, v in request.headers.items() if k not in _HIDDEN_HEADERS},
                    "body": _text(request.body),
                },
                "response": {"status": reply.status, "headers": dict(reply.headers), "body": _text(reply.body)},
            }
        )

    def lines(self) -> bytes:
        return b"".join(orjson.dumps(exchange) + b"\n" for exchange in self.exchanges)


def _text(body: bytes) -> str:
    return _HIDDEN_FIELDS.sub(r"\1(hidden)", body[:_BODY].decode("utf-8", "replace"))
