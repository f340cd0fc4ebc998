"""The simulated cloud as its users start it: a process of its own, over http and https."""

from collections.abc import Iterator

import pytest
from tests.mscloudsim.azure import ARM
from tests.mscloudsim.cloud import Cloud, serving


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with serving(tmp_path_factory.mktemp("tls"), "--users", "60") as cloud:
        yield cloud


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
