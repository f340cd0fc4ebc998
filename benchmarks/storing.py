"""Collecting 50,000 users into each database, against writing the same rows as fast as that database takes them.

Ours: the pages as the simulator sent them, through the collector: decoded, hashed, staged, merged into history and
projected. Theirs: the rows that came out of it (bodies, observations, projected users), ready in memory, by binary COPY
or executemany in one transaction into tables with the same columns, indexes, keys and foreign
keys. Rounds alternate, each in a new database; the quickest of each counts, since another process on the machine can
only make a round slower.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import aiohttp
from tests.support import postgres
from tests.support.cast import assemble
from tests.support.estate import add_microsoft_tenant

from benchmarks.databases import Database, PostgreSql, Sqlite
from benchmarks.ratios import Ratio, report
from benchmarks.simulated_cloud import SimulatedCloud, simulated_cloud
from tenantry.kit.clock import SystemClock
from tenantry.kit.crypto import Keyring, MasterKey
from tenantry.kit.db import Databases, DatabaseUrls
from tenantry.kit.garbage import collect_garbage_rarely
from tenantry.kit.ids import new_id
from tenantry.kit.logging import configure_logging
from tenantry.kit.secret import Secret
from tenantry.microsoft import ClientSecret, Connection, Microsoft, Page, simulator
from tenantry.microsoft.paging import read_page
from tenantry.observe.catalogue.identity import USERS
from tenantry.observe.collector import Collector, Target
from tenantry.observe.models import Outcome
from tenantry.observe.sources import Steps
from tenantry.platform.jobs import JobContext
from tenantry.platform.work import Platform

COUNT: Final = 50_000
ROUNDS: Final = 3
LIMIT: Final = 0.3
PATH: Final = (
    "/users?$select=id,displayName,userPrincipalName,mail,userType,accountEnabled,createdDateTime,externalUserState,"
    "assignedLicenses,department,onPremisesSyncEnabled&$top=999"
)


async def pages_of(cloud: SimulatedCloud) -> list[bytes]:
    """The bodies of all pages of users, as they come over the wire."""
    async with Microsoft(simulator(cloud.address)) as microsoft, aiohttp.ClientSession() as session:
        connection = microsoft.tenant(cloud.tenant_id, ClientSecret(cloud.client_id, Secret(cloud.client_secret)))
        bearer = (await connection.token(microsoft.cloud.graph_audience)).header
        bodies: list[bytes] = []
        link: str | None = connection.graph.url(PATH)
        while link is not None:
            async with session.get(link, headers={"Authorization": bearer}) as reply:
                bodies.append(await reply.read())
            link = read_page("graph", bodies[-1]).next_link
        return bodies


class Collected:
    """A platform over one database, with one Microsoft tenant whose users come from kept pages."""

    def __init__(self, urls: DatabaseUrls, bodies: Sequence[bytes]) -> None:
        self.databases = Databases(urls)
        self.platform = Platform(
            self.databases, Keyring([MasterKey.from_text(MasterKey.generate_text(), "bench")]), SystemClock()
        )
        self.actor = assemble(self.platform).alice.actor
        self.microsoft_tenant_id = add_microsoft_tenant(self.platform, self.actor)
        self.bodies = bodies

    async def pages(self, _connection: Connection, _resume: str | None, _scope: Sequence[str]) -> AsyncIterator[Page]:
        for body in self.bodies:
            yield read_page("graph", body)

    async def collect(self, connection: Connection) -> float:
        """Collects everything once; returns the seconds it took."""
        context = JobContext(self.platform, new_id(), self.actor, 1, _NoCheckpoints())
        dataset = replace(USERS, fetch=Steps("pages from memory", self.pages), delta=None)
        started = time.perf_counter()
        outcome = await Collector(context, Target(self.microsoft_tenant_id, dataset, connection), _unreported).run()
        assert outcome is Outcome.COMPLETE
        return time.perf_counter() - started


class _NoCheckpoints:
    async def step(self, name: str, function: Callable[[], Awaitable[Any]]) -> Any:
        return await function()


async def _unreported(_items: int) -> None:
    return


async def measured(database: Database, bodies: Sequence[bytes], connection: Connection) -> list[Ratio]:
    """Ours and theirs in turn, then ours again on what has not changed."""
    ours, again, theirs, count = list[float](), list[float](), list[float](), 0
    for _ in range(ROUNDS):
        urls = database.fresh()
        collected = Collected(urls, bodies)
        ours.append(await collected.collect(connection))
        again.append(await collected.collect(connection))
        collected.databases.dispose()
        rows = database.read(urls)
        count = len(rows["directory_user"])
        assert count == len(rows["observation"]) >= COUNT
        theirs.append(database.write(urls, rows))
        del rows  # the next round would have to look at each again whenever it collects garbage
    for name, seconds in (("ours", min(ours)), ("ours, unchanged", min(again)), ("rows alone", min(theirs))):
        print(f"      {database.name}, {name}: {count / seconds:,.0f} items per second", flush=True)
    return [
        Ratio(
            f"collecting, items per second, against {database.name}, of the same rows", min(theirs) / min(ours), LIMIT
        ),
        Ratio("collecting again what has not changed, against the same", min(theirs) / min(again), LIMIT),
    ]


async def _measure() -> list[Ratio]:
    configure_logging("ERROR", json=False)
    collect_garbage_rarely()  # as every process that runs jobs
    with simulated_cloud(COUNT) as cloud:
        cloud.throttling(enabled=False)
        bodies = await pages_of(cloud)
    with tempfile.TemporaryDirectory() as folder, postgres.running_cluster() as port:
        async with Microsoft(simulator(cloud.address)) as microsoft:
            nobody = microsoft.tenant(cloud.tenant_id, ClientSecret("", Secret("")))
            return [
                ratio
                for database in (Sqlite(Path(folder)), PostgreSql(port))
                for ratio in await measured(database, bodies, nobody)
            ]


def run() -> list[Ratio]:
    """Measures everything this module promises."""
    return asyncio.run(_measure())


if __name__ == "__main__":
    sys.exit(report(run()))
