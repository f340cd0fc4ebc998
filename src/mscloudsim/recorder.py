"""Exchanges as JSON lines, without what must not be kept: tokens, secrets, assertions."""

import gzip
import re
import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

import orjson

from mscloudsim.http import Reply, Request

_HIDDEN_HEADERS: Final = {"authorization", "cookie", "set-cookie", "x-identity-header"}
_FIELDS: Final = "client_secret|client_assertion|refresh_token|access_token|id_token"
_IN_FORM: Final = re.compile(rf"((?:^|&)(?:{_FIELDS})=)[^&]*")
_IN_JSON: Final = re.compile(rf'("(?:{_FIELDS})"\s*:\s*)"[^"]*"')
_SECRET_VALUE: Final = re.compile(r'("value"\s*:\s*)"(?:[^"\\]|\\.)*"')
_KEPT_BYTES: Final = 64 * 1024 * 1024


@dataclass
class Recorder:
    """Keeps the last exchanges while it is on, up to 64 MB of them."""

    on: bool = False
    exchanges: deque[bytes] = field(default_factory=deque)
    size: int = 0

    def record(self, service: str, request: Request, reply: Reply) -> None:
        if not self.on:
            return
        line = orjson.dumps(
            {
                "service": service,
                "request": {
                    "method": request.method,
                    "url": unquote(request.url),
                    "headers": {k: v for k, v in request.headers.items() if k not in _HIDDEN_HEADERS},
                    "body": _text(request.body, service),
                },
                "response": {
                    "status": reply.status,
                    "headers": dict(reply.headers),
                    "body": _text(_unpacked(reply), service),
                },
            }
        )
        self.exchanges.append(line)
        self.size += len(line)
        while self.size > _KEPT_BYTES:
            self.size -= len(self.exchanges.popleft())

    def start(self) -> None:
        """Begins anew."""
        self.exchanges.clear()
        self.on, self.size = True, 0

    def lines(self) -> bytes:
        return b"".join(line + b"\n" for line in self.exchanges)


def _unpacked(reply: Reply) -> bytes:
    """The body as it was before it was packed; as it is where a fault spoilt it."""
    try:
        return gzip.decompress(reply.body) if reply.headers.get("content-encoding") == "gzip" else reply.body
    except (OSError, EOFError, zlib.error):
        return reply.body


def _text(body: bytes, service: str) -> str:
    text = _IN_JSON.sub(r'\1"(hidden)"', _IN_FORM.sub(r"\1(hidden)", body.decode("utf-8", "replace")))
    return _SECRET_VALUE.sub(r'\1"(hidden)"', text) if service == "key-vault" else text
