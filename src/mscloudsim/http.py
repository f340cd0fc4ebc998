"""Requests and replies, as plain and as fast as ASGI allows."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, quote
from uuid import uuid4

import orjson

_PLAIN: Final = "/$'()*,;=:@!&+"


@dataclass(slots=True)
class Request:
    """One request. `path` is decoded and has single slashes, header names are lower case."""

    method: str
    path: str
    raw_query: str
    headers: dict[str, str]
    body: bytes
    base_url: str
    request_id: str = field(default_factory=lambda: str(uuid4()))
    _query: dict[str, str] | None = None

    @property
    def segments(self) -> list[str]:
        return [part for part in self.path.split("/") if part]

    @property
    def query(self) -> dict[str, str]:
        """Query options, the last of a repeated name; names keep their case."""
        if self._query is None:
            self._query = dict(parse_qsl(self.raw_query, keep_blank_values=True))
        return self._query

    def header(self, name: str, default: str = "") -> str:
        return self.headers.get(name, default)

    def json(self) -> Any:
        """The body decoded; None when it is no JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None

    @property
    def url(self) -> str:
        query = f"?{self.raw_query}" if self.raw_query else ""
        return f"{self.base_url}{quote(self.path, safe=_PLAIN)}{query}"


@dataclass(slots=True)
class Reply:
    """One answer. `chunks` instead of `body` is sent piece by piece; `cut` closes the connection in the middle."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    chunks: AsyncIterator[bytes] | None = None
    cut: bool = False

    @classmethod
    def json(cls, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> "Reply":
        return cls(status, orjson.dumps(value), {"content-type": "application/json; charset=utf-8", **(headers or {})})

    @classmethod
    def empty(cls, status: int = 204, headers: dict[str, str] | None = None) -> "Reply":
        return cls(status, b"", headers or {})

    def raw_headers(self) -> Iterable[tuple[bytes, bytes]]:
        for name, value in self.headers.items():
            yield name.lower().encode("latin-1"), value.encode("latin-1", "replace")
