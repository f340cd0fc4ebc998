"""Scanning, against the time that Microsoft's published limits and 50 ms of latency make unavoidable.

A whole scan: every dataset is collected over HTTP, merged, judged, and 160 verdicts are stored, in SQLite. Printed are
shares of what was promised: one Microsoft tenant of 300 users in 3 s, 25 of them side by side in 20 s, one of 50,000 in
1.2 times the bound of Graph's limits, and 100 of them judged again from stored evidence, by two workers, in 2 s.
"""

import asyncio
import json
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import update
from tests.support.cast import assemble

from benchmarks.databases import Sqlite
from benchmarks.ratios import Ratio, report
from tenantry.estate.gateway import Gateway
from tenantry.estate.models import Access, Connection, CredentialKind, Lifecycle, MicrosoftTenant, Step
from tenantry.estate.models import Credential as StoredCredential
from tenantry.kit.clock import SystemClock
from tenantry.kit.crypto import Keyring, MasterKey
from tenantry.kit.db import Databases, DatabaseUrls
from tenantry.kit.garbage import collect_garbage_rarely
from tenantry.kit.logging import configure_logging
from tenantry.kit.secret import Secret
from tenantry.platform.access import Actor
from tenantry.platform.jobs import JobContext
from tenantry.platform.jobs.models import Job, JobState
from tenantry.platform.work import Platform
from tenantry.posture.scans.models import Scan
from tenantry.posture.scans.service import ScanOptions, Scans, latest_scans
from tenantry.posture.scans.tasks import scan
from tenantry.slices import load_slices

LATENCY: Final = 50
SMALL: Final = 300
LARGE: Final = 50_000
SIDE_BY_SIDE: Final = 25
AGAIN: Final = 100
WORKERS: Final = 2
_SERVE: Final = "from mscloudsim.cli import main; main()"


@contextmanager
def cloud(*options: str) -> Iterator[str]:
    """A simulator in a process of its own; yields its address."""
    command = [sys.executable, "-c", _SERVE, "serve", "--port", "0", "--json", "--latency", str(LATENCY), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()


def tenants_of(address: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{address}/_sim/tenants", timeout=60) as reply:
        found: list[dict[str, Any]] = json.load(reply)
    return found


@dataclass(slots=True)
class Product:
    """The platform over a new SQLite database, with what jobs are given, and without the engine that would run them."""

    platform: Platform
    actor: Actor
    address: str

    def add(self, row: dict[str, Any]) -> UUID:
        """An onboarded Microsoft tenant with its client secret."""
        with self.platform.work(self.actor) as work:
            tenant = MicrosoftTenant(
                entra_tenant_id=UUID(row["id"]),
                name=row["name"],
                name_key=row["name"].casefold(),
                cloud="simulator",
                created_at=self.platform.clock.now(),
                access=Access.APP_REGISTRATION,
                lifecycle=Lifecycle.ACTIVE,
                step=Step.DONE,
                connection=Connection.WORKING,
                granted_permissions=[],
                missing_permissions=[],
                notes={},
            )
            work.session.add(tenant)
            work.session.flush()
            sealed = work.vault.store(Secret(row["client_secret"]))
            work.session.flush()
            credential = StoredCredential(
                microsoft_tenant_id=tenant.id,
                kind=CredentialKind.CLIENT_SECRET,
                client_id=row["client_id"],
                stored_secret_id=sealed.id,
                created_at=self.platform.clock.now(),
            )
            work.session.add(credential)
        return tenant.id

    async def scan(self, keys: Sequence[UUID]) -> float:
        """Scans these side by side; returns the seconds it took."""
        gateway = Gateway(self.address)
        try:
            scans = [self._started(key) for key in keys]
            began = time.perf_counter()
            await asyncio.gather(*(self._run(order, gateway) for order in scans))
            return time.perf_counter() - began
        finally:
            await gateway.close()

    async def judge_again(self, count: int, share: int = 0, shares: int = 1) -> float:
        """Judges a share of the newest scans again, until there were so many; returns the seconds it took."""
        with self.platform.work(self.actor, read_only=True) as work:
            newest = sorted(scan.id for scan in latest_scans(work))[share::shares]
        asked = [self._asked_again(newest[number % len(newest)]) for number in range(count)]
        began = time.perf_counter()
        await asyncio.gather(*(self._run(order, None) for order in asked))
        return time.perf_counter() - began

    def _asked_again(self, scan_id: UUID) -> tuple[UUID, UUID]:
        with self.platform.work(self.actor) as work:
            work.session.execute(update(Job).values(state=JobState.SUCCEEDED))  # no engine is here to do that
            return _order(Scans(work).reevaluate(scan_id))

    async def _run(self, order: tuple[UUID, UUID], gateway: Gateway | None) -> None:
        scan_id, job_id = order
        context = JobContext(self.platform, job_id, self.actor, 1, _NoCheckpoints(), gateway)
        await scan(context, str(scan_id))

    def _started(self, key: UUID) -> tuple[UUID, UUID]:
        with self.platform.work(self.actor) as work:
            return _order(Scans(work).start(key, ScanOptions.model_validate({})))

    def completed(self, scan_id: UUID) -> Scan:
        with self.platform.work(self.actor, read_only=True) as work:
            return work.session.one(Scan, scan_id)


def _order(scan: Scan) -> tuple[UUID, UUID]:
    """The scan, and the job that carries it out."""
    assert scan.job_id is not None
    return scan.id, scan.job_id


class _NoCheckpoints:
    async def step(self, name: str, function: Callable[[], Awaitable[Any]]) -> Any:
        return await function()


@contextmanager
def product(address: str) -> Iterator[Product]:
    with tempfile.TemporaryDirectory() as folder, opened(Sqlite(Path(folder)).fresh()) as platform:
        yield Product(platform, assemble(platform).alice.actor, address)


@contextmanager
def opened(urls: DatabaseUrls) -> Iterator[Platform]:
    load_slices()
    databases = Databases(urls)
    keys = Keyring([MasterKey.from_text(MasterKey.generate_text(), "bench")])
    yield Platform(databases, keys, SystemClock())
    databases.dispose()


def judged_again(made: Product, count: int) -> float:
    """By as many workers as there are cores, which is how one machine runs the product; the seconds of the slowest."""
    processes = multiprocessing.get_context("spawn")
    with processes.Manager() as manager, ProcessPoolExecutor(WORKERS, mp_context=processes) as pool:
        ready = manager.Barrier(WORKERS)
        worker = Worker(made.platform.databases.urls.app, made.actor, ready, count // WORKERS)
        return max(pool.map(worker, range(WORKERS)))


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that judges its share of the Microsoft tenants."""

    database: str
    actor: Actor
    ready: threading.Barrier
    count: int

    def __call__(self, share: int) -> float:
        configure_logging("ERROR")
        collect_garbage_rarely()
        with opened(DatabaseUrls.single(self.database)) as platform:
            made = Product(platform, self.actor, "")
            asyncio.run(made.judge_again(1, share, WORKERS))  # whatever is made at the first use only
            self.ready.wait()
            return asyncio.run(made.judge_again(self.count, share, WORKERS))


def reachable(address: str) -> list[dict[str, Any]]:
    return [one for one in tenants_of(address) if one["flaw"] == "none" and one["reach"] == "app_registration"]


def small() -> list[Ratio]:
    with cloud("--tenants", "70", "--users", str(SMALL)) as address, product(address) as made:
        rows = reachable(address)
        typical = min(rows, key=lambda row: abs(row["users"] - SMALL))
        alone = asyncio.run(made.scan([made.add(typical)]))
        rest = [row for row in rows if row is not typical][:SIDE_BY_SIDE]
        together = asyncio.run(made.scan([made.add(row) for row in rest]))
        again = judged_again(made, AGAIN)
    words = f"one of {typical['users']} users: {alone:.2f} s; {len(rest)} side by side: {together:.2f} s"
    print(f"      {words}; {AGAIN} judged again: {again:.2f} s", flush=True)
    return [
        Ratio("a scan of 300 users at 50 ms, against 3 s", alone / 3, 1.0, at_least=False),
        Ratio("25 scans side by side at 50 ms, against 20 s", together / 20, 1.0, at_least=False),
        Ratio("100 scans judged again from stored evidence, against 2 s", again / 2, 1.0, at_least=False),
    ]


def large() -> list[Ratio]:
    """Of a tenant that has so many users, reading each one's MFA state is what the limits make long.

    A fifth of it is scanned first, so that what is left to grow is what follows the number of users.
    """
    before = memory()
    scan_enterprise(LARGE // 5)
    fifth = memory()
    seconds = scan_enterprise(LARGE)
    most = memory()
    units = LARGE + LARGE / 999 * 2
    bound = (units - 8000) / 800
    megabytes = f"most {most:.0f} MB, with {LARGE // 5} users {fifth:.0f} MB, before {before:.0f} MB"
    print(f"      {LARGE} users: {seconds:.1f} s, bound {bound:.1f} s; {megabytes}", flush=True)
    return [
        Ratio("a scan of 50,000 users, against the bound of Graph's limits", seconds / bound, 1.2, at_least=False),
        Ratio("its memory, against that of a scan of 10,000", most / fifth, 1.2, at_least=False),
    ]


def scan_enterprise(users: int) -> float:
    """The seconds that a scan of a Microsoft tenant of so many users takes."""
    with cloud("--tenants", "2", "--users", "30", "--enterprise", str(users)) as address, product(address) as made:
        row = max(tenants_of(address), key=lambda one: one["users"])
        return asyncio.run(made.scan([made.add(row)]))


def run() -> list[Ratio]:
    configure_logging("ERROR")
    collect_garbage_rarely()
    return [*small(), *large()]


def memory() -> float:
    """Most megabytes this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(report(run()))
