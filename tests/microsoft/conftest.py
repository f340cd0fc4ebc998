"""The counterparts of the clients as fixtures."""

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest
from aiohttp import web
from tests.microsoft.counterparts import CONTOSO, Cloud, Script, connect

from tenantry.microsoft import Connection, Microsoft, simulator

_SERVE = "from mscloudsim.cli import main; main()"


@pytest.fixture
async def script() -> AsyncIterator[Script]:
    script = Script()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", script.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    script.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield script
    await runner.cleanup()


@pytest.fixture
async def microsoft(script: Script) -> AsyncIterator[Microsoft]:
    async with Microsoft(simulator(script.address)) as microsoft:
        yield microsoft


@pytest.fixture
def contoso(microsoft: Microsoft) -> Connection:
    return connect(microsoft, CONTOSO)


@pytest.fixture(scope="session")
def running_cloud() -> Iterator[Cloud]:
    with serving() as cloud:
        yield cloud


@contextmanager
def serving() -> Iterator[Cloud]:
    """A simulated cloud of its own, for those who move its clock."""
    command = [sys.executable, "-c", _SERVE, "serve", "--port", "0", "--json", "--tenants", "12", "--users", "260"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = json.loads(process.stdout.readline())["url"]
        with urllib.request.urlopen(f"{address}/_sim/tenants", timeout=20) as reply:
            tenants = json.load(reply)
        yield Cloud(address, tenants)
        process.terminate()


@pytest.fixture
async def cloud(running_cloud: Cloud) -> AsyncIterator[Cloud]:
    yield running_cloud
    await running_cloud.order("faults", method="DELETE")
    await running_cloud.order("stats", method="DELETE")


@pytest.fixture(scope="session")
def redis_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = shutil.which("redis-server")
    if server is None:
        pytest.fail("the tests of shared budgets need redis-server; install it with the system's packages")
    path = tmp_path_factory.mktemp("redis") / "socket"
    command = [server, "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(path.parent)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while not path.exists():
            time.sleep(0.02)
        yield f"unix://{path}"
        process.terminate()
