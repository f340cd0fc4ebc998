"""What Prometheus reads: the counters of this process, and gauges read from the database for everybody.

The latter are a handful of grouped queries, kept for some seconds: neither many scrapes nor many Microsoft tenants
make a difference to the database.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from prometheus_client import Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from tenantry.kit.logging import get_logger
from tenantry.kit.metrics import REGISTRY
from tenantry.platform.health.registry import Look, all_gauges, gauge_of
from tenantry.platform.work import Platform

_log = get_logger("tenantry.health")


@dataclass(slots=True)
class Exposition:
    """Writes the text. Who scrapes while another scrape reads the database waits for what that one finds."""

    platform: Platform
    keep_seconds: float
    now: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _kept: list[Metric] = field(default_factory=list)
    _good_until: float = float("-inf")

    def text(self) -> bytes:
        return generate_latest(REGISTRY) + generate_latest(_Families(self._from_database()))

    def _from_database(self) -> list[Metric]:
        with self._lock:
            if self.now() >= self._good_until:
                self._kept = self._read()
                self._good_until = self.now() + self.keep_seconds
            return self._kept

    def _read(self) -> list[Metric]:
        """A database that is away is a reading, too: the process's own counters are told all the same."""
        says = "Whether the database could be read."
        try:
            found = self._read_all()
        except SQLAlchemyError as error:
            _log.warning("metrics without the database", why=type(error).__name__)
            return list(gauge_of("tenantry_database_up", says, 0))
        return [*gauge_of("tenantry_database_up", says, 1), *found]

    def _read_all(self) -> list[Metric]:
        found = list[Metric]()
        with self.platform.databases.across_tenants(reason="metrics of all tenants", read_only=True) as session:
            look = Look(self.platform, session, self.platform.clock.now())
            for reading in all_gauges():
                found += reading(look)
        return _merged(found)


def _merged(found: Iterable[Metric]) -> list[Metric]:
    """Several slices may tell of the same, such as the age of data: a name stands once in the text."""
    families: dict[str, Metric] = {}
    for family in found:
        if families.setdefault(family.name, family) is not family:
            families[family.name].samples.extend(family.samples)
    return list(families.values())


@dataclass(frozen=True, slots=True)
class _Families(Collector):
    families: Iterable[Metric]

    def collect(self) -> Iterator[Metric]:
        yield from self.families
