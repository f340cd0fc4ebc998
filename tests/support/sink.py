"""Somebody who is posted to: keeps what came, and answers as it is told to, well or badly."""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Posted:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """How one request is answered."""

    status: int = 202
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    after: float = 0.0
    """Seconds until it comes."""


@dataclass(slots=True)
class Sink:
    """Answers in the order of `plan`, then always well. Paths that nobody should ask for are seen in `posted`, too."""

    plan: list[Answer] = field(default_factory=list)
    posted: list[Posted] = field(default_factory=list)
    url: str = ""


@contextmanager
def running_sink(context: ssl.SSLContext | None = None) -> Iterator[Sink]:
    sink = Sink()
    handler = type("Handler", (_Handler,), {"sink": sink})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    sink.url = f"{'https' if context else 'http'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield sink
    server.shutdown()
    server.server_close()
    thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    sink: Sink

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.sink.posted.append(Posted(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        answer = self.sink.plan.pop(0) if self.sink.plan else Answer()
        time.sleep(answer.after)
        try:
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)
        except OSError:  # whoever asked has gone, or was killed
            self.close_connection = True

    do_GET = do_POST  # noqa: N815 - as above

    def log_message(self, *_: Any) -> None:
        return
