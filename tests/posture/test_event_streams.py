"""Following scans live: nobody may hold more connections than the settings let them."""

import http.client
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.support.cast import Cast
from tests.support.estate import add_microsoft_tenant
from tests.support.web import Client

from tenantry.platform.work import Platform
from tenantry.settings import Settings

MOST = 2


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, streams_per_user=MOST, _env_file=None)  # type: ignore[call-arg]


@pytest.fixture
def scan(alice: Client, platform: Platform, cast: Cast) -> str:
    """One that nobody works on, so that its stream goes on."""
    key = add_microsoft_tenant(platform, cast.alice.actor)
    started = alice.post("/msp/cspm/scans/start", {"m365_tenant_id": str(key)})
    assert started.status == 202, started.text
    return str(started.json()["scan_id"])


@pytest.fixture
def connections() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def follow(opened: ExitStack, client: Client, scan: str) -> http.client.HTTPResponse:
    """The answer, of which the head and the first event have come."""
    address = urlsplit(client.base_url)
    connection = opened.enter_context(
        closing(http.client.HTTPConnection(address.hostname or "", address.port, timeout=20))
    )
    connection.request("GET", f"/msp/cspm/stream/{scan}", headers={"Authorization": f"Bearer {client.token}"})
    answer = connection.getresponse()
    if answer.status == 200:
        assert answer.readline() == b"retry: 2000\n"
    return opened.enter_context(closing(answer))


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


def test_one_more_than_allowed_is_told_so_and_finds_a_place_when_one_is_closed(
    alice: Client, bob: Client, scan: str, connections: ExitStack
) -> None:
    with ExitStack() as first:
        assert follow(first, alice, scan).status == 200
        assert follow(connections, alice, scan).status == 200
        refused = follow(connections, alice, scan)
        assert (refused.status, refused.getheader("Content-Type")) == (429, "application/problem+json")
        assert refused.getheader("Retry-After") == "5"
        told = refused.read().decode()
        assert "too_many_streams" in told
        assert "You follow 2 event streams already. Close one" in told
        assert follow(connections, bob, scan).status == 200, "somebody else is not held up"
        assert alice.get(f"/msp/cspm/scans/{scan}/status").status == 200, "nor is any other question"
    until(lambda: follow(connections, alice, scan).status == 200)
    assert follow(connections, alice, scan).status == 429


def test_a_stream_that_ended_by_itself_gives_its_place_back(alice: Client, scan: str, connections: ExitStack) -> None:
    streams = [follow(connections, alice, scan) for _ in range(MOST)]
    assert alice.request("DELETE", f"/msp/cspm/scans/{scan}/cancel").status == 200
    for stream in streams:
        assert b"event: complete" in stream.read()
    until(lambda: follow(connections, alice, scan).status == 200)
