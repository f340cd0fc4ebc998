"""Collecting over HTTP: change queries, resumption, and honest ends."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.microsoft.counterparts import Answer, Script, refuses, says
from tests.support.cast import Cast
from tests.support.estate import add_microsoft_tenant

from tenantry.kit.clock import SettableClock
from tenantry.kit.ids import new_id
from tenantry.microsoft import Connection
from tenantry.observe.catalogue.identity import USERS
from tenantry.observe.collector import Collector, Target
from tenantry.observe.datasets import Dataset
from tenantry.observe.models import Collection, Outcome, StagedItem
from tenantry.observe.store import items_at
from tenantry.platform.jobs import JobContext
from tenantry.platform.work import Platform

LIST, DELTA = "/v1.0/users", "/v1.0/users/delta"


class _Direct:
    async def step(self, name: str, function: Callable[[], Awaitable[Any]]) -> Any:
        return await function()


class Directory:
    """The users of one Microsoft tenant, collected again and again."""

    def __init__(self, platform: Platform, cast: Cast, clock: SettableClock, script: Script, link: Connection) -> None:
        self.platform, self.actor, self.clock, self.script, self.link = platform, cast.alice.actor, clock, script, link
        self.id = add_microsoft_tenant(platform, self.actor)

    async def collect(
        self, dataset: Dataset = USERS, *, dies_after: int | None = None, job: UUID | None = None
    ) -> Outcome:
        """Collects; with `dies_after`, the worker dies when so many items are staged."""

        async def on_page(items: int) -> None:
            if dies_after is not None and items >= dies_after:
                raise Killed

        self.clock.advance(timedelta(hours=4))
        context = JobContext(self.platform, job or new_id(), self.actor, 1, _Direct())
        return await Collector(context, Target(self.id, dataset, self.link), on_page).run()

    def page(self, users: dict[str, str], **links: str) -> Answer:
        """A page of users by name; `next` and `delta` are tokens of the links it ends with."""
        named = {
            "next": f"{self.script.address}{LIST}?$skiptoken=",
            "delta": f"{self.script.address}{DELTA}?$deltatoken=",
        }
        body = {f"@odata.{kind}Link": named[kind] + token for kind, token in links.items()}
        return says({"value": [{"id": key, "displayName": name} for key, name in users.items()], **body})

    def gone(self, key: str, token: str) -> Answer:
        link = f"{self.script.address}{DELTA}?$deltatoken={token}"
        return says({"value": [{"id": key, "@removed": {"reason": "deleted"}}], "@odata.deltaLink": link})

    @property
    def names(self) -> dict[str, str]:
        with self.platform.work(self.actor, read_only=True) as work:
            return {key: item["displayName"] for key, item in items_at(work.session, self.id, USERS.name)}

    def rows(self, table: Any) -> list[Any]:
        with self.platform.work(self.actor, read_only=True) as work:
            return list(work.session.scalars(select(table).order_by(table.id)))


class Killed(Exception):
    """The worker is gone."""


@pytest.fixture
def directory(platform: Platform, cast: Cast, clock: SettableClock, script: Script, contoso: Connection) -> Directory:
    return Directory(platform, cast, clock, script, contoso)


async def test_the_first_time_lists_everything_and_then_only_changes_are_asked_for(directory: Directory) -> None:
    script = directory.script
    script.on(
        DELTA, directory.page({}, delta="one"), directory.page({"b": "Bo"}, delta="two"), directory.gone("a", "3")
    )
    script.on(LIST, directory.page({"a": "Ann"}, next="x"), directory.page({"b": "Bob"}))
    assert await directory.collect() is Outcome.COMPLETE
    assert directory.names == {"a": "Ann", "b": "Bob"}
    assert await directory.collect() is Outcome.COMPLETE
    assert directory.names == {"a": "Ann", "b": "Bo"}
    assert await directory.collect() is Outcome.COMPLETE
    assert directory.names == {"b": "Bo"}
    assert len(script.times(LIST)) == 2, "listed once, in two pages"
    assert [request.query.rpartition("=")[2] for request in script.seen if request.path == DELTA] == [
        "latest",
        "one",
        "two",
    ]


async def test_a_change_history_that_is_too_old_is_followed_by_a_full_list(directory: Directory) -> None:
    script = directory.script
    script.on(
        DELTA, directory.page({}, delta="one"), refuses(410, "syncStateNotFound"), directory.page({}, delta="fresh")
    )
    script.on(LIST, directory.page({"a": "Ann", "b": "Bob"}), directory.page({"b": "Bob", "c": "Cy"}))
    await directory.collect()
    assert await directory.collect() is Outcome.COMPLETE
    assert directory.names == {"b": "Bob", "c": "Cy"}
    last = directory.rows(Collection)[-1]
    assert (last.is_delta, last.added, last.removed) == (False, 1, 1)


async def test_everything_is_listed_anew_before_the_change_history_expires(directory: Directory) -> None:
    directory.script.on(DELTA, directory.page({}, delta="one"))
    directory.script.on(LIST, directory.page({"a": "Ann"}))
    await directory.collect()
    directory.clock.advance(timedelta(days=6))
    await directory.collect()
    assert len(directory.script.times(LIST)) == 2


async def test_a_refused_change_query_changes_nothing_and_is_asked_again_from_the_same_place(
    directory: Directory,
) -> None:
    script = directory.script
    script.on(
        DELTA,
        directory.page({}, delta="one"),
        refuses(403, "Authorization_RequestDenied"),
        directory.page({"a": "Anna"}, delta="two"),
    )
    script.on(LIST, directory.page({"a": "Ann"}))
    await directory.collect()
    assert await directory.collect() is Outcome.NO_ACCESS
    assert directory.names == {"a": "Ann"}
    assert await directory.collect() is Outcome.COMPLETE
    assert directory.names == {"a": "Anna"}
    assert script.seen[-1].query.endswith("one")


async def test_a_killed_collection_goes_on_from_its_last_staged_page(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenantry.observe.collector._BATCH", 2)
    script = directory.script
    script.on(DELTA, directory.page({}, delta="one"))
    script.on(
        LIST,
        directory.page({"a": "Ann", "b": "Bob"}, next="x"),
        directory.page({"c": "Cy", "d": "Di"}, next="y"),
        directory.page({"e": "Ed"}),
    )
    with pytest.raises(Killed):
        await directory.collect(dies_after=2, job=(job := new_id()))
    assert directory.names == {}
    assert await directory.collect(job=job) is Outcome.COMPLETE
    assert directory.names == {"a": "Ann", "b": "Bob", "c": "Cy", "d": "Di", "e": "Ed"}
    assert len(script.times(LIST)) == 3, "no page is fetched twice"
    assert directory.rows(StagedItem) == []
    assert len(directory.rows(Collection)) == 1


async def test_changes_are_asked_for_again_when_their_last_page_was_staged_and_not_merged(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenantry.observe.collector._BATCH", 1)
    script = directory.script
    script.on(DELTA, directory.page({}, delta="one"), directory.page({"b": "Bob"}, delta="two"))
    script.on(LIST, directory.page({"a": "Ann"}))
    await directory.collect()
    with pytest.raises(Killed):
        await directory.collect(dies_after=1, job=(job := new_id()))
    assert await directory.collect(job=job) is Outcome.COMPLETE
    assert directory.names == {"a": "Ann", "b": "Bob"}
    assert script.seen[-1].query.endswith("one"), "and not from the link that the discarded page had led to"


async def test_a_list_that_is_suddenly_empty_is_not_believed(directory: Directory) -> None:
    directory.script.on(DELTA, directory.page({}, delta="one"))
    many = {str(number): f"User {number}" for number in range(20)}
    directory.script.on(LIST, directory.page(many), directory.page({}))
    await directory.collect()
    directory.clock.advance(timedelta(days=6))
    assert await directory.collect() is Outcome.PARTIAL
    assert directory.names == many
