"""What an orchestrator, a monitor and an administrator are told, and what others are not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.platform.health.conftest import TOKEN
from tests.support.cast import Cast, Person
from tests.support.observed import Observed
from tests.support.web import Client, served

from tenantry.estate.microsoft_apis.models import MicrosoftApi
from tenantry.kit.clock import SettableClock
from tenantry.kit.crypto import Keyring, MasterKey
from tenantry.kit.db import Databases, DatabaseUrls
from tenantry.kit.secret import Secret
from tenantry.main import build_app
from tenantry.platform.access import Actor
from tenantry.platform.doors import authentication
from tenantry.platform.jobs import Jobs
from tenantry.platform.jobs.models import Worker
from tenantry.platform.notify.models import ChannelKind, Notification, NotificationState
from tenantry.platform.work import Platform
from tenantry.settings import Settings


def works(platform: Platform, name: str = "node-1", ago: timedelta = timedelta()) -> None:
    """A worker that showed life so long ago."""
    seen = platform.clock.now() - ago
    with platform.databases.identity() as session:
        session.add(Worker(name=name, started_at=seen, seen_at=seen))


def answers(platform: Platform, person: Person, key: UUID, service: str, **known: Any) -> None:
    with platform.work(person.actor) as work:
        work.session.add(MicrosoftApi(microsoft_tenant_id=key, service=service, **known))


def parts(client: Client) -> dict[str, Any]:
    answer = client.get("/health/detailed")
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json()["parts"]
    return found


class TestProbes:
    def test_a_process_that_answers_lives_and_one_with_all_it_needs_is_ready(self, visitor: Client, cast: Cast) -> None:
        assert visitor.get("/health").json() == {"status": "ok"}
        ready = {"status": "ready", "database": True, "migrated": True, "keys": True}
        assert visitor.get("/ready").json() == ready

    def test_a_database_that_is_away_makes_it_unready_and_not_dead(
        self, tmp_path: Path, keyring: Keyring, clock: SettableClock, settings: Settings
    ) -> None:
        nowhere = Databases(DatabaseUrls.single(f"sqlite:///{tmp_path / 'no such folder' / 'x.sqlite'}"))
        with served(build_app(Platform(nowhere, keyring, clock), settings)) as url:
            visitor = Client(url)
            assert visitor.get("/health").status == 200
            answer = visitor.get("/ready")
            assert answer.status == 503
            assert answer.json() == {"status": "not_ready", "database": False, "migrated": None, "keys": None}
            scraped = Client(url, token=TOKEN).get("/metrics")
            assert "tenantry_database_up 0.0" in scraped.text
            assert "tenantry_http_requests_total" in scraped.text
        nowhere.dispose()

    def test_a_database_of_another_version_makes_it_unready(
        self, tmp_path: Path, keyring: Keyring, clock: SettableClock, settings: Settings
    ) -> None:
        empty = Databases(DatabaseUrls.single(f"sqlite:///{tmp_path / 'empty.sqlite'}"))
        with served(build_app(Platform(empty, keyring, clock), settings)) as url:
            answer = Client(url).get("/ready")
        assert (answer.status, answer.json()["database"], answer.json()["migrated"]) == (503, True, False)
        empty.dispose()

    def test_a_process_without_the_key_that_is_needed_is_unready(
        self, platform: Platform, cast: Cast, settings: Settings
    ) -> None:
        with platform.work(cast.alice.actor) as work:
            work.vault.store(Secret("of a customer"))
        other = Keyring([MasterKey.from_text(MasterKey.generate_text(), "another")])
        with served(build_app(replace(platform, keyring=other), settings)) as url:
            answer = Client(url).get("/ready")
        assert (answer.status, answer.json()["keys"]) == (503, False)

    def test_probes_tell_nothing_else(self, visitor: Client, cast: Cast) -> None:
        told = visitor.get("/health").text + visitor.get("/ready").text
        assert "northwind" not in told.lower()
        assert "sqlite" not in told.lower()


class TestDetailed:
    def test_every_part_says_how_it_is(self, alice: Client, platform: Platform) -> None:
        works(platform)
        found = alice.get("/health/detailed").json()
        assert {name: part["status"] for name, part in found["parts"].items()} == {
            "channels": "ok",
            "data": "unknown",
            "database": "ok",
            "jobs": "ok",
            "mail": "unknown",
            "microsoft": "unknown",
            "scheduler": "ok",
        }
        assert found["status"] == "ok"
        assert found["parts"]["database"]["facts"]["is_migrated"] is True
        assert found["parts"]["database"]["facts"]["answers_in_ms"] >= 0

    def test_without_a_living_worker_jobs_fail(self, alice: Client, platform: Platform) -> None:
        works(platform, ago=timedelta(minutes=2))
        jobs = parts(alice)["jobs"]
        assert jobs["status"] == "failing"
        assert jobs["facts"]["workers_alive"] == 0
        assert [(w["name"], w["is_alive"]) for w in jobs["facts"]["workers"]] == [("node-1", False)]
        assert alice.get("/health/detailed").json()["status"] == "failing"

    def test_jobs_that_wait_and_schedules_that_are_late(
        self, alice: Client, platform: Platform, cast: Cast, clock: SettableClock
    ) -> None:
        with platform.work(cast.alice.actor) as work:
            Jobs(work).enqueue("audit.seal", {})
            Jobs(work).schedule("audit.seal", "often", {}, subject_id=None, every=timedelta(minutes=1))
        clock.advance(timedelta(minutes=12))
        works(platform)
        found = parts(alice)
        assert found["jobs"]["status"] == "degraded"
        assert found["jobs"]["facts"] | {"workers": None} == {
            "queued": 1,
            "running": 0,
            "oldest_waiting_seconds": 720.0,
            "workers_alive": 1,
            "workers": None,
        }
        assert found["scheduler"]["status"] == "degraded"
        assert found["scheduler"]["facts"]["due_and_not_started"] == 1
        assert 660 <= found["scheduler"]["facts"]["lag_seconds"] <= 720
        clock.advance(timedelta(minutes=30))
        assert parts(alice)["scheduler"]["status"] == "failing"

    def test_the_age_of_data(
        self, alice: Client, monitor: Client, platform: Platform, cast: Cast, clock: SettableClock
    ) -> None:
        contoso = Observed.onboard(platform, cast.alice.actor, "Contoso")
        contoso.collect(entra_users=[{"id": "1"}])
        assert parts(alice)["data"]["status"] == "ok"
        contoso.refuse("entra.groups")
        assert parts(alice)["data"]["facts"]["datasets_by_newest_outcome"]["no_access"] == 1
        clock.advance(timedelta(hours=49))
        stale = parts(monitor)["data"]
        assert (stale["status"], stale["facts"]["microsoft_tenants_with_stale_data"]) == ("degraded", 1)

    def test_messages_that_reach_nobody(self, alice: Client, platform: Platform, cast: Cast) -> None:
        with platform.work(cast.alice.actor) as work:
            for kind, state in ((ChannelKind.TEAMS, "undeliverable"), (ChannelKind.MAIL, "waiting")):
                work.session.add(
                    Notification(
                        channel_id=cast.alice.user_id,
                        channel_name=kind.value,
                        channel_kind=kind,
                        event="test",
                        key=kind.value,
                        subject="x",
                        content={},
                        state=NotificationState(state),
                        created_at=work.clock.now(),
                    )
                )
        found = parts(alice)
        assert (found["channels"]["status"], found["channels"]["facts"]["undeliverable_of_last_day"]) == ("degraded", 1)
        assert (found["mail"]["status"], found["mail"]["facts"]["waiting_of_last_day"]) == ("degraded", 1)
        assert found["mail"]["facts"]["is_set_up"] is False

    def test_a_part_that_cannot_be_read_hides_no_other(
        self, alice: Client, platform: Platform, cast: Cast, database_urls: DatabaseUrls
    ) -> None:
        owner = Databases(DatabaseUrls.single(database_urls.owner))
        with owner.app.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE notification RENAME TO gone")
        owner.dispose()
        found = parts(alice)
        assert {found[name]["status"] for name in ("mail", "channels")} == {"unknown"}
        assert found["database"]["status"] == "ok"


class TestMicrosoft:
    @pytest.fixture
    def asked(self, platform: Platform, cast: Cast) -> dict[str, UUID]:
        """Two Microsoft tenants of Alice's, and one of Charlie's."""
        now = platform.clock.now()
        made = {
            name: Observed.onboard(platform, person.actor, name).id
            for name, person in (("Contoso", cast.alice), ("Fabrikam", cast.alice), ("Tailspin", cast.charlie))
        }
        before, soon, alice = now - timedelta(hours=1), now + timedelta(minutes=10), cast.alice
        contoso, fabrikam, tailspin = made.values()
        answers(platform, alice, contoso, "graph", succeeded_at=now, failed_at=before, failure="unavailable")
        answers(platform, alice, contoso, "exchange", failed_at=now, failure="no_access")
        answers(platform, alice, contoso, "arm", succeeded_at=now, throttled_until=soon)
        answers(platform, alice, fabrikam, "graph", succeeded_at=before, failed_at=now, failure="no_consent")
        answers(platform, alice, fabrikam, "fabric", succeeded_at=before, failed_at=now, failure="no_access")
        answers(platform, cast.charlie, tailspin, "graph", failed_at=now, failure="credential_expired")
        return made

    def test_each_service_of_each_microsoft_tenant(self, alice: Client, asked: dict[str, UUID], clock: Any) -> None:
        page = alice.get("/health/detailed/microsoft", limit=4).json()
        rest = alice.get("/health/detailed/microsoft", limit=4, cursor=page["next_cursor"]).json()
        found = {(row["microsoft_tenant"], row["service"]): row for row in (*page["items"], *rest["items"])}
        assert {key: row["status"] for key, row in found.items()} == {
            ("Contoso", "graph"): "ok",
            ("Contoso", "exchange"): "degraded",
            ("Contoso", "arm"): "degraded",
            ("Fabrikam", "graph"): "failing",
            ("Fabrikam", "fabric"): "ok",
        }
        assert found["Contoso", "arm"]["throttled_until"] == "2026-11-24T09:10:00Z"
        assert found["Fabrikam", "graph"]["failure"] == "no_consent"
        failing = alice.get("/health/detailed/microsoft", status="failing").json()["items"]
        assert [row["microsoft_tenant"] for row in failing] == ["Fabrikam"]
        one = alice.get("/health/detailed/microsoft", microsoft_tenant_id=asked["Fabrikam"]).json()["items"]
        assert {row["service"] for row in one} == {"graph", "fabric"}
        clock.advance(timedelta(minutes=30))
        after = alice.get("/health/detailed/microsoft", microsoft_tenant_id=asked["Contoso"]).json()["items"]
        assert {row["service"]: row["status"] for row in after}["arm"] == "ok"

    def test_the_part_counts_them(self, alice: Client, monitor: Client, asked: dict[str, UUID]) -> None:
        part = parts(alice)["microsoft"]
        assert part["status"] == "degraded"
        assert part["facts"]["services"]["graph"] == {"ok": 1, "failing": 1}
        whole = parts(monitor)["microsoft"]
        assert whole["facts"]["services"]["graph"] == {"ok": 1, "failing": 2}

    def test_what_is_paused_is_not_looked_at(
        self, alice: Client, platform: Platform, cast: Cast, asked: dict[str, UUID]
    ) -> None:
        assert alice.post(f"/api/v1/microsoft-tenants/{asked['Fabrikam']}/pause").status == 200
        assert "failing" not in parts(alice)["microsoft"]["facts"]["services"]["graph"]
        assert alice.get("/health/detailed/microsoft", status="failing").json()["items"] == []

    def test_somebody_limited_to_one_microsoft_tenant_learns_of_no_other(
        self, monkeypatch: pytest.MonkeyPatch, alice: Client, platform: Platform, cast: Cast, asked: dict[str, UUID]
    ) -> None:
        actor_of = authentication._actor
        scope = frozenset({asked["Contoso"]})

        def limited(*given: Any) -> Actor:
            return replace(actor_of(*given), scope=scope)

        monkeypatch.setattr(authentication, "_actor", limited)
        other = asked["Fabrikam"]
        with platform.work(cast.alice.actor) as work:
            Jobs(work).enqueue("estate.test", {"microsoft_tenant_id": str(other)}, subject_id=other)
        found = parts(alice)
        assert found["microsoft"]["facts"]["services"].keys() == {"arm", "exchange", "graph"}
        assert found["jobs"]["facts"]["queued"] == 0
        rows = alice.get("/health/detailed/microsoft").json()["items"]
        assert {row["microsoft_tenant"] for row in rows} == {"Contoso"}
        assert alice.get("/health/detailed/microsoft", microsoft_tenant_id=other).json()["items"] == []


class TestWhoMayLook:
    def test_details_need_a_permission_or_the_token(self, visitor: Client, bob: Client, address: str) -> None:
        assert visitor.get("/health/detailed").status == 401
        refused = bob.get("/health/detailed")
        assert (refused.status, refused.json()["code"]) == (403, "forbidden")
        assert "health:read" in refused.json()["detail"]
        assert bob.get("/health/detailed/microsoft").status == 403
        assert Client(address, token=TOKEN + "x").get("/health/detailed").status == 401

    def test_the_refusal_is_in_the_audit_trail(self, alice: Client, bob: Client) -> None:
        bob.get("/health/detailed")
        actions = [row["action"] for row in alice.get("/audit.json").json()["items"]]
        assert "access.denied" in actions

    def test_the_token_opens_the_whole_installation_and_nothing_else(self, monitor: Client, visitor: Client) -> None:
        assert monitor.get("/health/detailed").status == 200
        assert monitor.get("/health/detailed/microsoft").status == 401
        assert monitor.get("/api/v1/microsoft-tenants").status == 401

    def test_metrics_are_for_the_token_and_for_this_machine(
        self, visitor: Client, monitor: Client, address: str
    ) -> None:
        assert visitor.get("/metrics").status == 200, "a program on this machine"
        for header in ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"):
            assert visitor.request("GET", "/metrics", **{header.replace("-", "_"): "for=10.0.0.9"}).status == 401
        assert visitor.request("GET", "/metrics", Host="rebound.example").status == 401
        told = monitor.request("GET", "/metrics", X_Forwarded_For="10.0.0.9")
        assert told.status == 200
        assert told.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        wrong = Client(address, token="wrong", headers={"Via": "1.1 proxy"}).get("/metrics")
        assert (wrong.status, wrong.json()["code"]) == (401, "monitoring_only")

    @pytest.fixture
    def published(self, platform: Platform, tmp_path: Path) -> Iterator[str]:
        """A product that people open under a name: a proxy on this machine speaks for all of them."""
        settings = Settings(home=tmp_path, public_url="https://tenantry.example", _env_file=None)  # type: ignore[call-arg]
        with served(build_app(platform, settings)) as url:
            yield url

    def test_what_others_can_open_is_never_taken_for_this_machine(self, published: str) -> None:
        assert Client(published).get("/metrics").status == 401

    def test_a_short_token_is_refused_at_the_start(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="16 characters"):
            Settings(home=tmp_path, monitoring_token="short", _env_file=None)  # type: ignore[arg-type, call-arg]
