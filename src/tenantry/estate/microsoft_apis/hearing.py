"""Listens to how Microsoft answers: counts it for Prometheus, and writes the newest down for everybody who asks.

Requests end in an event loop, by the hundred a second; what they leave here is written every few seconds by a thread.
"""

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.microsoft_apis.models import MicrosoftApi
from tenantry.estate.models import MicrosoftTenant
from tenantry.kit.clock import Clock, SystemClock
from tenantry.kit.db import TenantSession
from tenantry.kit.metrics import counter, seconds
from tenantry.microsoft.calls import Access
from tenantry.microsoft.errors import Kind, UpstreamError
from tenantry.platform.work import Platform

_REQUESTS: Final = counter("tenantry_microsoft_requests_total", "Answers of Microsoft, by status.", "service", "status")
_SECONDS: Final = seconds(
    "tenantry_microsoft_request_duration_seconds", "How long Microsoft took to answer.", "service"
)
_WAITED: Final = counter(
    "tenantry_microsoft_wait_seconds_total", "Seconds waited for budgets, and before repeating.", "service"
)
_THROTTLED: Final = counter(
    "tenantry_microsoft_throttled_total",
    "Refusals for having asked too often (429), items of batches included.",
    "service",
)
_FAILURES: Final = counter(
    "tenantry_microsoft_failures_total", "Calls that brought nothing in the end, by kind.", "service", "kind"
)
_ANSWERS: Final = frozenset({Kind.NOT_FOUND, Kind.CONFLICT, Kind.BAD_REQUEST, Kind.RESYNC_REQUIRED})
"""Kinds that say something of what was asked for, and nothing of the service."""


@dataclass(frozen=True, slots=True)
class About:
    """The Microsoft tenant somebody asked about, and whose it is."""

    tenant_id: UUID
    microsoft_tenant_id: UUID


@dataclass(slots=True)
class Heard:
    """The newest of one service."""

    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str | None = None
    throttled_until: datetime | None = None


_Key = tuple[About, str]


@dataclass(slots=True)
class Hearing:
    """The observer of one gateway."""

    clock: Clock = field(default_factory=SystemClock)
    _heard: dict[_Key, Heard] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, service: str, entra_tenant_id: str, status: int, seconds: float) -> None:
        _REQUESTS.labels(service, str(status)).inc()
        _SECONDS.labels(service).observe(seconds)

    def waited(self, service: str, entra_tenant_id: str, seconds: float) -> None:
        _WAITED.labels(service).inc(seconds)

    def throttled(self, service: str, access: Access, seconds: float | None) -> None:
        _THROTTLED.labels(service).inc()
        until = self.clock.now() + timedelta(seconds=seconds or 0.0)
        self._hear(service, access, Heard(throttled_until=until))

    def ended(self, service: str, access: Access, error: UpstreamError | None) -> None:
        now = self.clock.now()
        if error is None:
            self._hear(service, access, Heard(succeeded_at=now))
            return
        _FAILURES.labels(service, error.kind.value).inc()
        if error.kind not in _ANSWERS:
            self._hear(service, access, Heard(failed_at=now, failure=error.kind.value))

    def write_down(self, platform: Platform) -> None:
        """Keeps what was heard since the last time. What cannot be written now is kept for the next time."""
        with self._lock:
            heard, self._heard = self._heard, {}
        by_tenant: dict[UUID, dict[_Key, Heard]] = defaultdict(dict)
        for key, newest in heard.items():
            by_tenant[key[0].tenant_id][key] = newest
        while by_tenant:
            tenant_id, some = by_tenant.popitem()
            try:
                with platform.databases.tenant(tenant_id) as session:
                    _merge(session, some)
            except Exception:
                self._put_back([some, *by_tenant.values()])
                raise

    def _hear(self, service: str, access: Access, newest: Heard) -> None:
        if isinstance(access.about, About):
            with self._lock:
                _note(self._heard.setdefault((access.about, service), Heard()), newest)

    def _put_back(self, unwritten: list[dict[_Key, Heard]]) -> None:
        with self._lock:
            for some in unwritten:
                for key, older in some.items():
                    _note(older, self._heard.get(key, Heard()))
                    self._heard[key] = older


def _merge(session: TenantSession, heard: Mapping[_Key, Heard]) -> None:
    """A Microsoft tenant that was purged meanwhile is not written about."""
    keys = {about.microsoft_tenant_id for about, _ in heard}
    there = set(session.scalars(select(MicrosoftTenant.id).where(MicrosoftTenant.id.in_(keys))))
    query = select(MicrosoftApi).where(MicrosoftApi.microsoft_tenant_id.in_(there)).with_for_update()
    rows = {(row.microsoft_tenant_id, row.service): row for row in session.scalars(query)}
    for (about, service), newest in heard.items():
        key = about.microsoft_tenant_id
        if key not in there:
            continue
        if (row := rows.get((key, service))) is None:
            session.add(row := MicrosoftApi(microsoft_tenant_id=key, service=service))
        _note(row, newest)


def _note(known: Heard | MicrosoftApi, newer: Heard) -> None:
    known.succeeded_at = newer.succeeded_at or known.succeeded_at
    known.throttled_until = newer.throttled_until or known.throttled_until
    if newer.failed_at is not None:
        known.failed_at, known.failure = newer.failed_at, newer.failure
