"""The audit trail: what was done, by whom, what it was before; and that nobody can quietly change it."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.support.cast import Cast, Person
from tests.support.web import Client

from tenantry.kit.clock import SettableClock
from tenantry.kit.db import DatabaseUrls
from tenantry.kit.db.engines import build_engine
from tenantry.kit.secret import Secret
from tenantry.platform.access.models import Role
from tenantry.platform.audit.capture import MASK
from tenantry.platform.audit.seal import Seals, Verification
from tenantry.platform.work import Platform


def custom_role(platform: Platform, person: Person, name: str = "auditor") -> Role:
    with platform.work(person.actor) as work:
        role = Role(name=name, label=name, description="", is_default=False)
        work.session.add(role)
    return role


def seal(platform: Platform, person: Person) -> int:
    with platform.work(person.actor) as work:
        return Seals(work.session, work.vault, work.clock).seal_pending()


def verify(platform: Platform, person: Person) -> Verification:
    with platform.work(person.actor, read_only=True) as work:
        return Seals(work.session, work.vault, work.clock).verify()


def test_an_edit_leaves_old_and_new_values(alice: Client, platform: Platform, cast: Cast) -> None:
    role = custom_role(platform, cast.alice)
    with platform.work(cast.alice.actor) as work:
        work.session.one(Role, role.id).label = "External auditor"
    (event,) = alice.get("/audit.json", action="role.updated").json()["items"]
    assert event["changes"] == {"label": ["auditor", "External auditor"]}
    assert (event["actor_label"], event["target_id"]) == (cast.alice.email, str(role.id))


def test_a_rolled_back_edit_leaves_nothing(alice: Client, platform: Platform, cast: Cast) -> None:
    def edit_and_fail() -> None:
        with platform.work(cast.alice.actor) as work:
            work.session.add(Role(name="x", label="x", description="", is_default=False))
            work.session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        edit_and_fail()
    assert alice.get("/audit.json", action="role.created", actor=cast.alice.email).json()["total"] == 0


def test_secrets_never_reach_the_trail(alice: Client, platform: Platform, cast: Cast) -> None:
    with platform.work(cast.alice.actor) as work:
        work.vault.store(Secret("hunter2hunter2"))
    events = alice.get("/audit.json", action="stored_secret.").json()["items"]
    assert events[0]["changes"]["sealed"] == [None, MASK]
    assert "hunter2" not in json.dumps(events)


def test_failed_sign_ins_and_refusals_are_recorded(
    visitor: Client, alice: Client, bob: Client, cast: Cast, platform: Platform
) -> None:
    assert bob.get("/audit.json").status == 403
    (event,) = alice.get("/audit.json", action="access.denied").json()["items"]
    assert (event["outcome"], event["actor_label"]) == ("denied", cast.bob.email)
    assert event["details"]["permission"] == "audit:read"


def test_filters_and_pages_cover_every_event_once(alice: Client, platform: Platform, cast: Cast) -> None:
    for number in range(25):
        custom_role(platform, cast.alice, f"role-{number}")
    seen, cursor = [], None
    while True:
        page = alice.get("/audit.json", limit=7, action="role.*", **({"cursor": cursor} if cursor else {})).json()
        seen += [event["id"] for event in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert len(seen) == len(set(seen)) == page["total"] == 29


@pytest.mark.parametrize("query", [{"cursor": "x"}, {"cursor": "W10"}, {"limit": 0}, {"since": "yesterday"}])
def test_wrong_queries_are_client_errors(alice: Client, query: dict[str, str]) -> None:
    assert alice.get("/audit.json", **query).status in (400, 422)


def test_charlie_sees_none_of_alices_events(charlie: Client, platform: Platform, cast: Cast) -> None:
    custom_role(platform, cast.alice)
    labels = {event["actor_label"] for event in charlie.get("/audit.json").json()["items"]}
    assert cast.alice.email not in labels


class TestChain:
    def test_sealing_is_complete_and_repeatable(self, platform: Platform, cast: Cast, clock: SettableClock) -> None:
        first = seal(platform, cast.alice)
        clock.advance(timedelta(minutes=1))
        custom_role(platform, cast.alice)
        assert (first > 0, seal(platform, cast.alice), seal(platform, cast.alice)) == (True, 2, 0)
        result = verify(platform, cast.alice)
        assert (result.broken_at, result.sealed, result.unsealed) == (None, first + 2, 0)

    def test_export_carries_the_chain(self, alice: Client, platform: Platform, cast: Cast) -> None:
        seal(platform, cast.alice)
        lines = [json.loads(line) for line in alice.get("/api/v1/audit/export").body.splitlines()]
        sealed = sorted((line for line in lines if line["seal_no"]), key=lambda line: line["seal_no"])
        assert [line["previous_seal"] for line in sealed[1:]] == [line["seal"] for line in sealed[:-1]]

    def test_the_database_refuses_changes(self, platform: Platform, cast: Cast, database_urls: DatabaseUrls) -> None:
        seal(platform, cast.alice)
        engine = build_engine(database_urls.owner)
        for statement in ("update audit_event set action = 'x'", "delete from audit_event", "delete from audit_seal"):
            with pytest.raises(DBAPIError), engine.begin() as connection:
                connection.execute(text(statement))
        engine.dispose()

    @pytest.mark.parametrize(
        ("forgery", "why"),
        [
            ("update audit_event set actor_label = 'mallory' where action = 'role.created'", "was changed"),
            ("delete from audit_event where action = 'role.created'", "is missing"),
            ("delete from audit_seal where seal_no = 2", "seal 2 is missing"),
            ("update audit_seal set hash = (select hash from audit_seal where seal_no = 3 limit 1)", "was changed"),
        ],
    )
    def test_forgery_by_a_database_administrator_is_found(
        self, platform: Platform, cast: Cast, database_urls: DatabaseUrls, forgery: str, why: str
    ) -> None:
        custom_role(platform, cast.alice)
        seal(platform, cast.alice)
        assert verify(platform, cast.alice).broken_at is None
        engine = build_engine(database_urls.owner)
        with engine.begin() as connection:
            if platform.databases.is_sqlite:
                for name in ("audit_event", "audit_seal"):
                    connection.execute(text(f"drop trigger {name}_append_only_update"))
                    connection.execute(text(f"drop trigger {name}_append_only_delete"))
            else:
                for name in ("audit_event", "audit_seal"):
                    connection.execute(text(f"alter table {name} disable trigger append_only"))
                    connection.execute(text(f"alter table {name} no force row level security"))
            connection.execute(text(forgery))
        engine.dispose()
        result = verify(platform, cast.alice)
        assert result.broken_at is not None
        assert why in (result.why or "")
