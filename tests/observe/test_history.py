"""Property: whatever the world does, what is shown is what complete collections saw, now and at every moment."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.cast import Cast
from tests.support.estate import add_microsoft_tenant

from tenantry.kit.clock import SettableClock
from tenantry.observe.models import Collection, Outcome
from tenantry.observe.store import SeenItem, discard, items_at, merge, stage
from tenantry.platform.work import Platform

World = dict[str, int]

worlds = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 2))
ways = st.sampled_from(["full", "delta", "partial"])
history = st.lists(st.tuples(worlds, ways, st.randoms(use_true_random=False)), min_size=1, max_size=6)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=history)
def test_every_moment_is_as_the_last_complete_collection_saw_it(
    platform: Platform, cast: Cast, clock: SettableClock, history: list[tuple[World, str, Any]]
) -> None:
    actor, microsoft_tenant_id = cast.alice.actor, add_microsoft_tenant(platform, cast.alice.actor)
    known: World = {}
    moments: list[tuple[datetime, World]] = [(clock.now(), {})]
    for world, way, random in history:
        clock.advance(timedelta(hours=1))
        said = _changes(known, world, random) if way == "delta" else dict(world)
        pages = _pages(said, random)
        with platform.work(actor) as work:
            collection = Collection(
                microsoft_tenant_id=microsoft_tenant_id,
                dataset="test.things",
                outcome=Outcome.RUNNING,
                is_delta=way == "delta",
                started_at=clock.now(),
            )
            work.session.add(collection)
            work.session.flush()
            for page in pages:
                stage(work.session, collection, page)
            if way == "partial":
                discard(work.session, collection)
                collection.outcome = Outcome.PARTIAL
            else:
                merged = merge(work.session, collection, clock.now())
                collection.outcome = Outcome.COMPLETE
                assert (merged.items, merged.added, merged.changed, merged.removed) == _difference(known, world)
                known = dict(world)
        moments.append((clock.now(), dict(known)))
    with platform.work(actor, read_only=True) as work:
        for moment, expected in moments:
            assert dict(items_at(work.session, microsoft_tenant_id, "test.things", moment)) == expected
        assert dict(items_at(work.session, microsoft_tenant_id, "test.things")) == known


def _changes(before: World, after: World, random: Any) -> dict[str, int | None]:
    """What a change query tells: what differs, and now and then something that does not."""
    told: dict[str, int | None] = {
        key: value for key, value in after.items() if before.get(key) != value or random.random() < 0.3
    }
    return told | {key: None for key in before if key not in after}


def _pages(things: Mapping[str, int | None], random: Any) -> list[list[SeenItem]]:
    """The things in any order, in pages of any size, some pages sent twice."""
    items = [SeenItem(key, None if value is None else orjson.dumps(value)) for key, value in things.items()]
    random.shuffle(items)
    size = random.randint(1, 4)
    pages = [items[start : start + size] for start in range(0, len(items), size)]
    pages += [page for page in pages if random.random() < 0.4]
    random.shuffle(pages)
    return pages


def _difference(before: World, after: World) -> tuple[int, int, int, int]:
    changed = sum(before[key] != after[key] for key in before.keys() & after.keys())
    return len(after), len(after.keys() - before.keys()), changed, len(before.keys() - after.keys())
