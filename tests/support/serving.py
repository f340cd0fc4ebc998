"""`tenantry serve` as an operator runs it, in a process of its own, and what it writes to its log."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.web import Client


@dataclass(frozen=True, slots=True)
class Serving:
    """A running product: where it is, and where its standard output and error go."""

    url: str
    log: Path

    def client(self, email: str, password: str) -> Client:
        """Somebody who signed in over the API."""
        answer = Client(self.url).post("/api/v1/auth/login", {"email": email, "password": password})
        assert answer.status == 200, answer.text
        return Client(self.url, token=answer.json()["token"])

    def lines(self, **wanted: Any) -> list[dict[str, Any]]:
        """The log lines with these facts, every one of them JSON; a line being written is not one yet."""
        lines = [json.loads(line) for line in self.log.read_text("utf-8").split("\n")[:-1]]
        return [line for line in lines if all(line.get(name) == value for name, value in wanted.items())]

    def heard(self, **wanted: Any) -> list[dict[str, Any]]:
        """The same once there is one: a request's line is written when its answer is out already."""
        until(lambda: bool(self.lines(**wanted)))
        return self.lines(**wanted)


@contextmanager
def serving(folder: Path, environment: dict[str, str]) -> Iterator[Serving]:
    """The product on a free port until the block ends; `environment` is all it sees of its settings."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url, log = f"http://127.0.0.1:{port}", folder / "serve.log"
    settings = {**environment, "TENANTRY_LISTEN_PORT": str(port), "TENANTRY_PUBLIC_URL": url}
    command = [sys.executable, "-m", "tenantry", "serve"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, env=settings, stdout=out, stderr=subprocess.STDOUT)
    try:
        until(lambda: process.poll() is not None or _answers(port))
        assert process.poll() is None, log.read_text()
        yield Serving(url, log)
    finally:
        process.terminate()
        process.wait(30)


def until(holds: Callable[[], bool], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def bare_environment() -> dict[str, str]:
    """That of this process, without settings of the product."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TENANTRY_")}


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
