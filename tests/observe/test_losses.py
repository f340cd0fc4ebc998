"""What a list read in fewer subscriptions than before says of the others: nothing."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
import pytest
from tests.governance import azure
from tests.support.cast import Cast
from tests.support.estate import add_microsoft_tenant

from tenantry.kit.clock import SettableClock
from tenantry.kit.ids import new_id
from tenantry.microsoft import Kind, UpstreamError
from tenantry.observe import ledger
from tenantry.observe.datasets import Dataset, dataset_named
from tenantry.observe.losses import lost_subscriptions
from tenantry.observe.models import Outcome
from tenantry.observe.store import SeenItem, items_at
from tenantry.platform.work import Platform
from tenantry.slices import load_slices

A, B = "aaaaaaaa-1111-4222-8333-444455556666", "bbbbbbbb-1111-4222-8333-444455556666"
SUBSCRIPTIONS, RESOURCES = "azure.subscriptions", "azure.resources"


class Azure:
    """The Azure of one Microsoft tenant, as the ledger is told of it."""

    def __init__(self, platform: Platform, cast: Cast, clock: SettableClock) -> None:
        load_slices()
        self.platform, self.actor, self.clock = platform, cast.alice.actor, clock
        self.id = add_microsoft_tenant(platform, self.actor)

    def sees(self, *keys: str, resources: Sequence[Any] = (), **states: str) -> None:
        """One complete collection of the subscriptions and of what is in them."""
        self.clock.advance(timedelta(hours=6))
        shown = [azure.subscription(key, state=states.get(key[0], "Enabled")) for key in keys]
        self.collected(SUBSCRIPTIONS, shown, keys)
        self.collected(RESOURCES, resources, keys)

    def collected(self, name: str, items: Sequence[Any], within: Sequence[str]) -> None:
        declared = self._dataset(name)
        seen = [SeenItem(declared.key_of(item), orjson.dumps(item)) for item in items]
        with self.platform.work(self.actor) as work:
            opened = ledger.open_collection(work, self.id, declared, new_id())
            rest = ledger.Batch(None, seen, 1, within=within)
            assert ledger.complete(work, self.id, declared, opened, rest) is Outcome.COMPLETE

    def refuses(self, name: str) -> None:
        declared = self._dataset(name)
        with self.platform.work(self.actor) as work:
            opened = ledger.open_collection(work, self.id, declared, new_id())
            ledger.fail(work, self.id, declared, opened.id, UpstreamError(Kind.NO_ACCESS, "arm", "no"))

    def known(self, name: str) -> list[str]:
        with self.platform.work(self.actor, read_only=True) as work:
            return [
                str(item.get("name") or item["subscriptionId"]) for _, item in items_at(work.session, self.id, name)
            ]

    @property
    def lost(self) -> dict[str, Any]:
        with self.platform.work(self.actor, read_only=True) as work:
            return {row.subscription_key: row.seen_at for row in lost_subscriptions(work.session, self.id)}

    def _dataset(self, name: str) -> Dataset:
        declared = dataset_named(name)
        assert declared is not None
        return declared


@pytest.fixture
def seen(platform: Platform, cast: Cast, clock: SettableClock) -> Azure:
    made = Azure(platform, cast, clock)
    made.sees(A, B, resources=[azure.resource("vm-a", key=A), azure.resource("vm-b", key=B)])
    return made


def test_only_what_was_looked_at_can_vanish(seen: Azure) -> None:
    moment = seen.clock.now()
    seen.sees(A)
    assert seen.known(RESOURCES) == ["vm-b"], "what is gone from the one is gone, what is in the other is not asked for"
    assert sorted(seen.known(SUBSCRIPTIONS)) == [A, B]
    assert seen.lost == {B: moment}
    seen.sees(A)
    assert seen.lost == {B: moment}
    seen.sees(A, B)
    assert seen.lost == {}
    assert seen.known(RESOURCES) == []


def test_one_that_microsoft_had_called_deleted_is_gone(seen: Azure) -> None:
    seen.sees(A, B, resources=[azure.resource("vm-b", key=B)], b="Deleted")
    seen.sees(A)
    assert (seen.lost, seen.known(SUBSCRIPTIONS), seen.known(RESOURCES)) == ({}, [A], [])


def test_one_that_was_shut_down_may_still_be_there(seen: Azure) -> None:
    seen.sees(A, B, resources=[azure.resource("vm-b", key=B)], b="Disabled")
    seen.sees(A)
    assert list(seen.lost) == [B]
    assert seen.known(RESOURCES) == ["vm-b"]


def test_whichever_list_finds_out_says_so(seen: Azure) -> None:
    """Datasets have intervals of their own: what is not shown any more must not wait for the slowest."""
    seen.collected(RESOURCES, [azure.resource("vm-a", key=A)], [A])
    assert list(seen.lost) == [B]
    assert seen.known(RESOURCES) == ["vm-a", "vm-b"]


def test_a_refusal_says_nothing_of_single_subscriptions(seen: Azure) -> None:
    seen.refuses(SUBSCRIPTIONS)
    assert seen.lost == {}
    assert sorted(seen.known(SUBSCRIPTIONS)) == [A, B]
