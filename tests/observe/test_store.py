"""The observation store: only complete collections change what is known, history is kept, nothing is stored twice."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import func, select
from tests.support.cast import Cast
from tests.support.estate import add_microsoft_tenant

from tenantry.kit.clock import SettableClock
from tenantry.observe.models import Collection, Observation, ObservationBody, Outcome, StagedItem
from tenantry.observe.store import Merged, SeenItem, discard, items_at, merge, stage
from tenantry.platform.work import Platform

DATASET = "test.things"


class Estate:
    """One Microsoft tenant of Alice's, and collections of a made-up dataset."""

    def __init__(self, platform: Platform, cast: Cast, clock: SettableClock) -> None:
        self.platform, self.actor, self.clock = platform, cast.alice.actor, clock
        self.id = add_microsoft_tenant(platform, self.actor)

    def collect(self, things: Mapping[str, Any], *, delta: bool = False, finish: bool = True) -> Merged | None:
        """Stages the things (None: removed) in two batches and merges them, or leaves the collection unfinished."""
        self.clock.advance(timedelta(hours=1))
        items = [SeenItem(key, None if value is None else orjson.dumps(value)) for key, value in things.items()]
        with self.platform.work(self.actor) as work:
            collection = Collection(
                microsoft_tenant_id=self.id,
                dataset=DATASET,
                outcome=Outcome.RUNNING,
                is_delta=delta,
                started_at=self.clock.now(),
            )
            work.session.add(collection)
            work.session.flush()
            stage(work.session, collection, items[: len(items) // 2])
            stage(work.session, collection, items)  # the first half again, as after a resume
            if finish:
                return merge(work.session, collection, self.clock.now())
            discard(work.session, collection)
        return None

    def state(self, **ago: float) -> dict[str, Any]:
        moment = self.clock.now() - timedelta(**ago) if ago else None
        with self.platform.work(self.actor, read_only=True) as work:
            return dict(items_at(work.session, self.id, DATASET, moment))

    def count(self, table: Any) -> int:
        with self.platform.work(self.actor, read_only=True) as work:
            return work.session.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.fixture
def estate(platform: Platform, cast: Cast, clock: SettableClock) -> Estate:
    return Estate(platform, cast, clock)


def test_a_complete_collection_is_the_state(estate: Estate) -> None:
    assert estate.collect({"a": {"n": 1}, "b": {"n": 2}}) == Merged(items=2, added=2, changed=0, removed=0)
    assert estate.state() == {"a": {"n": 1}, "b": {"n": 2}}


def test_changes_additions_and_removals_are_told_apart(estate: Estate) -> None:
    estate.collect({"a": 1, "b": 2, "c": 3})
    assert estate.collect({"a": 1, "b": 20, "d": 4}) == Merged(items=3, added=1, changed=1, removed=1)
    assert estate.state() == {"a": 1, "b": 20, "d": 4}


def test_an_unfinished_collection_changes_nothing(estate: Estate) -> None:
    estate.collect({"a": 1, "b": 2})
    estate.collect({"a": 9}, finish=False)
    assert estate.state() == {"a": 1, "b": 2}
    assert estate.count(StagedItem) == 0


def test_any_past_moment_can_be_read(estate: Estate) -> None:
    estate.collect({"a": 1})
    estate.collect({"a": 2, "b": 1})
    estate.collect({"b": 1})
    assert [estate.state(minutes=m) for m in (130, 110, 1)] == [{}, {"a": 1}, {"a": 2, "b": 1}]
    assert estate.state() == {"b": 1}


def test_a_delta_touches_only_what_it_names(estate: Estate) -> None:
    estate.collect({"a": 1, "b": 2, "c": 3})
    assert estate.collect({"a": 10, "b": None, "d": 4}, delta=True) == Merged(items=3, added=1, changed=1, removed=1)
    assert estate.state() == {"a": 10, "c": 3, "d": 4}


def test_a_delta_may_repeat_what_is_known(estate: Estate) -> None:
    estate.collect({"a": 1})
    assert estate.collect({"a": 1, "zz": None}, delta=True) == Merged(items=1, added=0, changed=0, removed=0)


def test_a_hundred_unchanged_collections_store_nothing(estate: Estate) -> None:
    things = {f"item-{n}": {"n": n} for n in range(50)}
    estate.collect(things)
    before = estate.count(Observation), estate.count(ObservationBody)
    for _ in range(10):
        estate.collect(things)
    assert (estate.count(Observation), estate.count(ObservationBody)) == before


def test_a_state_that_returns_is_one_body_and_two_observations(estate: Estate) -> None:
    for value in (1, 2, 1):
        estate.collect({"a": value})
    assert (estate.count(Observation), estate.count(ObservationBody)) == (3, 2)


def test_charlie_sees_none_of_it(estate: Estate, cast: Cast) -> None:
    estate.collect({"a": 1})
    with estate.platform.work(cast.charlie.actor, read_only=True) as work:
        assert dict(items_at(work.session, UUID(str(estate.id)), DATASET)) == {}
