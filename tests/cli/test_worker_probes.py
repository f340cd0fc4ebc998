"""A worker of its own, as an orchestrator and Prometheus see it."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Terminal
from tests.platform.health.metrics import Scrape
from tests.support.serving import until
from tests.support.web import Client

TOKEN = "a token for the monitoring of this worker"


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Client]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    terminal = Terminal(tmp_path, {"PW": "correct horse battery staple", "TENANTRY_MONITORING_TOKEN": TOKEN})
    assert terminal.run("init", "--email", "alice@northwind.example", "--password", "env:PW").code == 0
    environment = {**terminal.environment, "TENANTRY_WORKER_LISTEN_PORT": str(port)}
    command = [sys.executable, "-m", "tenantry", "worker", "--name", "node-7"]
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        until(lambda: _answers(port) or process.poll() is not None)
        assert process.poll() is None, (tmp_path / "worker.log").read_text()
        yield Client(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        assert process.wait(30) == 0, (tmp_path / "worker.log").read_text()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_worker_tells_how_it_is_and_nothing_of_the_product(worker: Client) -> None:
    until(lambda: worker.get("/health").status == 200)
    assert worker.get("/ready").json()["status"] == "ready"
    until(lambda: Scrape.of(worker.get("/metrics")).value("tenantry_workers_alive") == 1)
    for path in ("/", "/sign-in", "/api/v1/microsoft-tenants", "/openapi.json", "/static/app.css"):
        assert worker.get(path).status == 404, path
    assert worker.get("/health/detailed").status == 401
    monitor = Client(worker.base_url, token=TOKEN)
    jobs = monitor.get("/health/detailed").json()["parts"]["jobs"]
    assert [found["name"] for found in jobs["facts"]["workers"]] == ["node-7"]
