"""The product served over real HTTP, and a small client to talk to it."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import uvicorn
from starlette.types import ASGIApp


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(slots=True)
class Client:
    """Somebody at the other end: with a bearer token, with cookies, or with nothing."""

    base_url: str
    token: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **query: Any) -> Answer:
        return self.request("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.request("POST", path, body, **headers)

    def submit(self, path: str, **fields: Any) -> Answer:
        """As a browser sends a form; a list is sent once for each of its values."""
        form = {"Content_Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
        return self.request("POST", path, urlencode(fields, doseq=True).encode(), **form)

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        address = urlsplit(self.base_url)
        sent = {name.replace("_", "-"): value for name, value in {**self.headers, **headers}.items()}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if body is not None and not isinstance(body, bytes):
            body, sent = json.dumps(body).encode(), {"Content-Type": "application/json", **sent}
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # a refused body: the answer is there all the same
                connection.request(method, path, body, sent)
            reply = connection.getresponse()
            return Answer(reply.status, reply.headers, reply.read())
        finally:
            connection.close()


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """Runs the app on a free port and yields its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            message = "the server did not start"
            raise RuntimeError(message)
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)
