"""The simulated cloud as its users start it: a process of its own, over http and https."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.mscloudsim.azure import ARM
from tests.mscloudsim.cloud import Cloud


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder: Path = tmp_path_factory.mktemp("tls")
    command = [sys.executable, "-m", "mscloudsim", "serve", "--port", "0", "--tls-port", "0", "--users", "60"]
    with subprocess.Popen(
        [*command, "--tls-folder", str(folder), "--json"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        cloud = Cloud(facts["url"], facts["tls_url"], facts["ca_file"])
        cloud.tenants = cloud.order("tenants", method="GET")
        yield cloud
        process.terminate()
        assert process.wait(10) == 0


@pytest.fixture
def cloud(running: Cloud) -> Iterator[Cloud]:
    yield running
    running.order("faults", method="DELETE")
    running.order("stats", method="DELETE")


@pytest.fixture
def partner(cloud: Cloud) -> Iterator[str]:
    """Sees the most: its own subscriptions and those of its Lighthouse customers. Nobody counts its queries."""
    cloud.order("throttling", {"enabled": False})
    yield cloud.token(cloud.partner, ARM)
    cloud.order("throttling", {"enabled": True})
