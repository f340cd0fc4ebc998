"""One collection, however many workers believe that it is theirs: a worker thought dead may wake up again."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import select
from tests.support.cast import Cast

from tenantry.estate.schemas import MicrosoftTenantIn
from tenantry.estate.service import MicrosoftTenants
from tenantry.kit.ids import new_id
from tenantry.microsoft import Kind, UpstreamError
from tenantry.observe import ledger
from tenantry.observe.catalogue.identity import USERS
from tenantry.observe.ledger import Batch
from tenantry.observe.models import Collection, DatasetState, Outcome, StagedItem
from tenantry.observe.store import SeenItem, items_at
from tenantry.platform.jobs import Overtaken
from tenantry.platform.work import Platform


class Desk:
    """What workers do to one Microsoft tenant's collection of users."""

    def __init__(self, platform: Platform, cast: Cast) -> None:
        self.platform, self.actor, self.job_id = platform, cast.alice.actor, new_id()
        credential = {"kind": "client_secret", "client_id": str(new_id()), "reference": "env:CONTOSO"}
        wanted = {"entra_tenant_id": str(new_id()), "name": "Contoso", "credential": credential}
        self.id = self.do(
            lambda work: MicrosoftTenants(work).add(MicrosoftTenantIn.model_validate(wanted), "public")
        ).id

    def do(self, act: Callable[..., Any], *arguments: Any) -> Any:
        with self.platform.work(self.actor) as work:
            return act(work, *arguments)

    def opened(self, job_id: UUID | None = None) -> Collection:
        found: Collection = self.do(ledger.open_collection, self.id, USERS, job_id or self.job_id)
        return found

    def stage(self, seen: Collection, *keys: str, link: str | None = "next") -> Collection:
        staged: Collection = self.do(ledger.stage_batch, seen, batch(keys, link))
        return staged

    def complete(self, seen: Collection, *keys: str) -> Outcome:
        outcome: Outcome = self.do(ledger.complete, self.id, USERS, seen, batch(keys, None))
        return outcome

    @property
    def state(self) -> set[str]:
        return set(self.do(lambda work: dict(items_at(work.session, self.id, USERS.name))))

    def rows(self, table: Any) -> Sequence[Any]:
        rows: Sequence[Any] = self.do(lambda work: work.session.scalars(select(table).order_by(table.id)).all())
        return rows


def batch(keys: Sequence[str], link: str | None) -> Batch:
    return Batch(None, [SeenItem(key, orjson.dumps({"id": key})) for key in keys], 1, link)


@pytest.fixture
def desk(platform: Platform, cast: Cast) -> Desk:
    return Desk(platform, cast)


def test_whoever_comes_second_stops_and_changes_nothing(desk: Desk) -> None:
    sleeper = desk.stage(desk.opened(), "a", "b")
    successor = desk.opened()
    assert (successor.id, successor.resume_link) == (sleeper.id, "next")
    successor = desk.stage(successor, "c", "d")
    for late in (lambda: desk.stage(sleeper, "c", "d"), lambda: desk.complete(sleeper, "c")):
        with pytest.raises(Overtaken):
            late()
    assert desk.complete(successor, "e") is Outcome.COMPLETE
    assert desk.state == {"a", "b", "c", "d", "e"}
    trouble = UpstreamError(Kind.UNAVAILABLE, "graph")
    for after in (
        lambda: desk.complete(successor, "x"),
        lambda: desk.stage(successor, "x"),
        lambda: desk.do(ledger.fail, desk.id, USERS, successor.id, trouble),
        lambda: desk.do(ledger.abandon, desk.id, USERS, successor.id),
        lambda: desk.do(ledger.cancel, desk.id, USERS, successor.id),
        lambda: desk.do(ledger.remember_delta, successor.id, "later"),
    ):
        with pytest.raises(Overtaken):
            after()
    assert (desk.state, desk.rows(StagedItem)) == ({"a", "b", "c", "d", "e"}, [])
    (row,) = desk.rows(Collection)
    assert (row.outcome, row.items, row.pages) == (Outcome.COMPLETE, 5, 3)


def test_all_who_open_it_at_once_hold_the_same(desk: Desk) -> None:
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: desk.opened(), range(4)))
    assert len({row.id for row in opened}) == 1


def test_of_all_who_go_on_at_once_one_wins_each_batch(desk: Desk) -> None:
    def go_on(seen: Collection) -> int:
        try:
            desk.stage(seen, "a", "b")
        except Overtaken:
            return 0
        return 1

    opened = [desk.opened() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(go_on, opened)) == 1
    assert len(desk.rows(StagedItem)) == 2


def test_a_list_that_cannot_be_gone_on_with_begins_anew_for_all(desk: Desk) -> None:
    """It came to the end of one of several lists; who left the tenant since must not stay in the state."""
    sleeper = desk.stage(desk.opened(), "a", "left since", link=None)
    successor = desk.opened()
    with pytest.raises(Overtaken):
        desk.complete(sleeper)
    assert desk.complete(successor, "a", "b") is Outcome.COMPLETE
    assert desk.state == {"a", "b"}
    assert desk.rows(Collection)[0].items == 2


def test_what_another_job_left_is_closed_and_not_gone_on_with(desk: Desk) -> None:
    left = desk.stage(desk.opened(), "a")
    fresh = desk.opened(new_id())
    assert (fresh.id != left.id, fresh.resume_link, desk.rows(StagedItem)) == (True, None, [])
    first, second = desk.rows(Collection)
    assert (first.outcome, first.problem_code, second.outcome) == (Outcome.CANCELLED, "interrupted", Outcome.RUNNING)
    with pytest.raises(Overtaken):
        desk.stage(left, "b")


def test_the_first_change_token_stays(desk: Desk) -> None:
    """One asked for after a crash would not know what changed since the list began."""
    opened = desk.opened()
    desk.do(ledger.remember_delta, opened.id, "before the list")
    desk.do(ledger.remember_delta, opened.id, "after the crash")
    desk.complete(desk.opened(), "a")
    (state,) = desk.rows(DatasetState)
    assert state.delta_link == "before the list"


def test_cancelling_keeps_what_was_known(desk: Desk) -> None:
    desk.complete(desk.opened(), "a")
    cancelled = desk.stage(desk.opened(new_id()), "b")
    desk.do(ledger.cancel, desk.id, USERS, cancelled.id)
    assert (desk.state, desk.rows(StagedItem)) == ({"a"}, [])
    assert desk.rows(Collection)[1].outcome is Outcome.CANCELLED
