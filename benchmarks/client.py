"""Our Graph client against a bare loop and against Microsoft's SDK, on the same simulated tenant of 50,000 users.

`python -m benchmarks.client`: pages per second of this process's CPU, without throttling and with every call logged;
then wall time under the published limits, against the time those limits make unavoidable.
"""

import asyncio
import logging
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from kiota_abstractions.authentication import (
    AccessTokenProvider,
    AllowedHostsValidator,
    BaseBearerTokenAuthenticationProvider,
)
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient

from benchmarks.ratios import Ratio, report
from benchmarks.simulated_cloud import SimulatedCloud, simulated_cloud
from tenantry.kit.logging import configure_logging
from tenantry.kit.secret import Secret
from tenantry.microsoft import BatchItem, ClientSecret, Connection, Microsoft, RetryPolicy, simulator

USERS = 50_000
PATH = "/users?$top=100&$select=id,displayName,userPrincipalName,mail,accountEnabled,userType,createdDateTime"
PAGES, SDK_PAGES, ROUNDS = 250, 10, 5
NEVER_GIVE_UP = RetryPolicy(attempts=50)

_Run = Callable[[int], Awaitable[int]]


class _Envelope(msgspec.Struct):
    value: list[msgspec.Raw]
    following: str | None = msgspec.field(default=None, name="@odata.nextLink")


def bare(session: aiohttp.ClientSession, address: str, bearer: str) -> _Run:
    """The least a client can do: fetch, decode the envelope, follow the link."""
    decode = msgspec.json.Decoder(_Envelope).decode

    async def run(pages: int) -> int:
        link, rows = f"{address}/v1.0{PATH}", 0
        for _ in range(pages):
            async with session.get(link, headers={"Authorization": bearer}) as reply:
                page = decode(await reply.read())
            rows += len(page.value)
            link = page.following or ""
        return rows

    return run


def ours(connection: Connection) -> _Run:
    """Budgets, gate, retries, circuit, ids and a log line for every call."""

    async def run(pages: int) -> int:
        rows, count = 0, 0
        async for page in connection.graph.pages(PATH):
            rows, count = rows + len(page.rows), count + 1
            if count == pages:
                break
        return rows

    return run


class _Token(AccessTokenProvider):
    def __init__(self, value: str) -> None:
        self._value = value
        self._hosts = AllowedHostsValidator([])

    async def get_authorization_token(self, uri: str, additional_authentication_context: Any = None) -> str:
        return self._value

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        return self._hosts


def microsofts_sdk(address: str, token: str) -> _Run:
    """msgraph-sdk as its documentation pages: `with_url(odata_next_link)`."""
    adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(_Token(token)))
    adapter.base_url = f"{address}/v1.0"
    client = GraphServiceClient(request_adapter=adapter)

    async def run(pages: int) -> int:
        link, rows = f"{address}/v1.0{PATH}", 0
        for _ in range(pages):
            answer = await client.users.with_url(link).get()
            assert answer is not None
            rows += len(answer.value or [])
            link = answer.odata_next_link or ""
        return rows

    return run


async def pages_per_cpu_second(run: _Run, pages: int) -> float:
    """Of this process's CPU time; the simulator works in another process."""
    started = time.process_time()
    assert await run(pages) == pages * 100
    return pages / (time.process_time() - started)


async def without_throttling(cloud: SimulatedCloud, microsoft: Microsoft) -> list[Ratio]:
    """Rounds alternate between the three, so that a noisy machine hits all of them."""
    connection = _connect(cloud, microsoft)
    token = (await connection.token(microsoft.cloud.graph_audience)).value.reveal()
    speeds: dict[str, list[float]] = {"bare": [], "ours": [], "msgraph-sdk": []}
    async with aiohttp.ClientSession() as session:
        runs = {"bare": bare(session, cloud.address, f"Bearer {token}"), "ours": ours(connection)}
        for _ in range(ROUNDS):
            for name, run in runs.items():
                speeds[name].append(await pages_per_cpu_second(run, PAGES))
    sdk = microsofts_sdk(cloud.address, token)
    await sdk(1)
    speeds["msgraph-sdk"] = [await pages_per_cpu_second(sdk, SDK_PAGES)]
    middle = {name: statistics.median(values) for name, values in speeds.items()}
    for name, value in middle.items():
        print(f"      {name}: {value:,.1f} pages of 100 users per CPU second", flush=True)
    return [
        Ratio(
            "Graph client, pages per CPU second, against a bare aiohttp + msgspec loop",
            middle["ours"] / middle["bare"],
            0.5,
        ),
        Ratio("Graph client, pages per CPU second, against msgraph-sdk", middle["ours"] / middle["msgraph-sdk"], 100),
    ]


async def under_the_published_limits(cloud: SimulatedCloud, microsoft: Microsoft) -> list[Ratio]:
    """Three budgets at once, each asked for more than its burst; none may be told to wait, none may dawdle."""
    connection = _connect(cloud, microsoft)
    users = [user["id"] async for user in _first(connection, 20)]
    batch = [BatchItem(f"/users/{user}/licenseDetails") for user in users]
    times = await asyncio.gather(
        _timed(12, lambda: connection.graph.get("/identity/conditionalAccess/policies")),
        _timed(14, lambda: connection.graph.get("/auditLogs/directoryAudits?$top=1")),
        _timed(600, lambda: connection.graph.batch(batch)),
    )
    bounds = ((12 - 1) / 1, (14 - 5) / 0.5, (600 * 20 * 2 - 8000) / 800)
    names = ("Conditional Access (1/s)", "audit logs (5 per 10 s)", "identity, in batches (8,000 units per 10 s)")
    refused = cloud.order("stats", method="GET")["throttled"]
    print(f"      throttled answers: {refused or 'none'}", flush=True)
    return [
        Ratio(f"wall time under the limit of {name}, against the bound", wall / bound, 1.1, at_least=False)
        for name, wall, bound in zip(names, times, bounds, strict=True)
    ]


async def _timed(count: int, call: Callable[[], Awaitable[Any]]) -> float:
    started = time.monotonic()
    await asyncio.gather(*(call() for _ in range(count)))
    return time.monotonic() - started


async def _first(connection: Connection, count: int) -> Any:
    async for user in connection.graph.items(f"/users?$select=id&$top={count}"):
        yield user
        if (count := count - 1) == 0:
            return


def _connect(cloud: SimulatedCloud, microsoft: Microsoft) -> Connection:
    credential = ClientSecret(cloud.client_id, Secret(cloud.client_secret))
    return microsoft.tenant(cloud.tenant_id, credential, policy=NEVER_GIVE_UP)


async def _measure() -> list[Ratio]:
    with simulated_cloud(USERS) as cloud:
        cloud.throttling(enabled=False)
        async with Microsoft(simulator(cloud.address)) as microsoft:
            ratios = await without_throttling(cloud, microsoft)
        cloud.throttling(enabled=True)
        async with Microsoft(simulator(cloud.address)) as microsoft:
            return ratios + await under_the_published_limits(cloud, microsoft)


def run() -> list[Ratio]:
    """Measures everything this module promises."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        configure_logging("DEBUG", stream=nowhere)
        for name in ("asyncio", "httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        return asyncio.run(_measure())


if __name__ == "__main__":
    sys.exit(report(run()))
