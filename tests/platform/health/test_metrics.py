"""What Prometheus reads, and that reading it costs the same whatever the number of Microsoft tenants."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import event
from tests.platform.health.metrics import Scrape
from tests.support.cast import Cast
from tests.support.observed import Observed
from tests.support.web import Client

from tenantry.kit.clock import SettableClock
from tenantry.kit.db import Databases
from tenantry.observe.models import DatasetState, Outcome
from tenantry.platform.health.exposition import Exposition
from tenantry.platform.jobs import Jobs
from tenantry.platform.jobs.models import Worker
from tenantry.platform.work import Platform


@contextmanager
def counting(databases: Databases) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(databases.system, "before_cursor_execute", note)
    yield seen
    event.remove(databases.system, "before_cursor_execute", note)


def scrape(client: Client) -> Scrape:
    return Scrape.of(client.get("/metrics"))


def test_requests_are_counted_by_route_and_never_by_address(alice: Client, monitor: Client, cast: Cast) -> None:
    before = scrape(monitor)
    for number in range(3):
        alice.get(f"/api/v1/jobs/00000000-0000-7000-8000-00000000000{number}")
        alice.get(f"/no/such/page/{number}")
        alice.request("GET", f"/static/no-such-{number}.css")
    alice.request("PROPFIND", "/somewhere")
    after = scrape(monitor)
    name = "tenantry_http_requests_total"

    def more(route: str, **labels: str) -> float:
        return after.sum(name, route=route, **labels) - before.sum(name, route=route, **labels)

    assert more("/api/v1/jobs/{job_id}", method="GET", status="404") == 3
    assert more("none", method="GET", status="404") == 3
    assert more("none", method="other") == 1
    assert more("/static") == 3
    took = "tenantry_http_request_duration_seconds"
    assert after.kinds[took] == "histogram"
    assert after.value(f"{took}_count", method="GET", route="/api/v1/jobs/{job_id}") is not None
    assert after.value("tenantry_http_requests_open") == 1, "the scrape itself"


def test_jobs_workers_and_lateness_come_from_the_database(
    monitor: Client, platform: Platform, cast: Cast, clock: SettableClock
) -> None:
    before = scrape(monitor)
    with platform.work(cast.alice.actor) as work:
        for _ in range(2):
            Jobs(work).enqueue("audit.seal", {})
        job = Jobs(work).enqueue("audit.seal", {}, subject_id=cast.alice.user_id)
        Jobs(work).schedule("audit.seal", "often", {}, subject_id=None, every=timedelta(minutes=1))
    with platform.work(cast.charlie.actor) as work:
        Jobs(work).enqueue("audit.seal", {})
    clock.advance(timedelta(minutes=2))
    with platform.databases.identity() as session:
        for name, ago in (("a", 0), ("b", 10), ("c", 60)):
            seen = clock.now() - timedelta(seconds=ago)
            session.add(Worker(name=name, started_at=seen, seen_at=seen))
    with platform.work(cast.alice.actor) as work:
        Jobs(work).cancel(job.id)
    after = scrape(monitor)
    assert after.value("tenantry_jobs", kind="audit.seal", state="queued") == 3, "of both organisations"
    assert after.value("tenantry_jobs_waiting") == 3
    assert after.value("tenantry_jobs_oldest_waiting_seconds") == 120
    assert after.value("tenantry_workers_alive") == 2
    assert after.value("tenantry_schedules_due") == 1
    assert 60 <= (after.value("tenantry_scheduler_lag_seconds") or 0) <= 120
    ended = {"kind": "audit.seal", "outcome": "cancelled"}
    counted = "tenantry_job_attempts_total"
    assert (after.value(counted, **ended) or 0) - (before.value(counted, **ended) or 0) == 1


def test_the_age_of_data_per_microsoft_tenant_and_group(
    monitor: Client, platform: Platform, cast: Cast, clock: SettableClock
) -> None:
    contoso = Observed.onboard(platform, cast.alice.actor, 'Con"to\nso')
    contoso.collect(entra_users=[{"id": "1"}])
    clock.advance(timedelta(hours=1))
    contoso.collect(entra_groups=[{"id": "1"}], azure_subscriptions=[])
    contoso.refuse("exchange.organization_config")
    clock.advance(timedelta(minutes=5))
    other = Observed.onboard(platform, cast.charlie.actor, "Tailspin")
    other.collect(entra_users=[{"id": "1"}])
    found, key = scrape(monitor), str(contoso.id)
    age = "tenantry_data_age_seconds"
    assert found.value(age, microsoft_tenant_id=key, group="entra") == 3900, "of the oldest dataset"
    assert found.value(age, microsoft_tenant_id=key, group="azure") == 300
    assert found.value(age, microsoft_tenant_id=key, group="exchange") is None, "never complete is no age"
    assert found.value("tenantry_data_missing", microsoft_tenant_id=key, group="exchange") == 1
    assert found.value(age, microsoft_tenant_id=str(other.id), group="entra") == 0
    assert found.value("tenantry_microsoft_tenant_info", microsoft_tenant_id=key, name='Con"to\nso') == 1
    assert found.value("tenantry_datasets", dataset="entra.users", outcome="complete") == 2
    assert found.value("tenantry_datasets", dataset="exchange.organization_config", outcome="no_access") == 1
    assert found.value("tenantry_microsoft_tenants", lifecycle="active", connection="working") == 2


def test_names_and_units_follow_the_conventions(monitor: Client, cast: Cast) -> None:
    found = scrape(monitor)
    ours = {name: kind for name, kind in found.kinds.items() if name.startswith("tenantry_")}
    assert len(ours) > 15
    for name, kind in ours.items():
        assert name == name.lower()
        assert not name.endswith(("_ms", "_minutes", "_hours", "_percent")), f"{name} is not in base units"
        assert not (kind == "gauge" and name.endswith("_total")), name
    assert {name for name in found.names() if name.endswith("_created")} == set()


def test_a_scrape_costs_the_same_at_one_and_at_many_microsoft_tenants(
    monitor: Client, platform: Platform, cast: Cast
) -> None:
    def add(count: int) -> None:
        for number in range(count):
            tenant = Observed.onboard(platform, cast.alice.actor, f"Customer {number}")
            with platform.work(cast.alice.actor) as work:
                work.session.add(
                    DatasetState(
                        microsoft_tenant_id=tenant.id,
                        dataset="entra.users",
                        outcome=Outcome.COMPLETE,
                        attempted_at=work.clock.now(),
                        complete_at=work.clock.now(),
                    )
                )

    add(1)
    with counting(platform.databases) as few:
        scrape(monitor)
    add(20)
    with counting(platform.databases) as many:
        found = scrape(monitor)
    assert len(many) == len(few) < 40
    assert found.sum("tenantry_datasets", dataset="entra.users") == 21


def test_what_is_read_from_the_database_is_kept_for_some_seconds(platform: Platform, cast: Cast) -> None:
    now = 0.0
    exposition = Exposition(platform, 15, now=lambda: now)
    first = exposition.text()
    with counting(platform.databases) as seen:
        again = exposition.text()
        assert seen == []
        assert b"tenantry_jobs_waiting 0.0" in first
        assert b"tenantry_jobs_waiting 0.0" in again
        now = 15.0
        exposition.text()
        assert seen != []
