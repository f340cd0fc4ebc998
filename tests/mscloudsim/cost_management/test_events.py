"""Unusual costs on order: each hits its place and its days, and is listed under its label."""

import json
import subprocess
import sys
from typing import Any

import pytest
from tests.mscloudsim.azure import Item, items
from tests.mscloudsim.cloud import Cloud
from tests.mscloudsim.costs import by_day, change, definition, ledger, rows


@pytest.mark.usefixtures("unmetered", "undone")
class TestEvents:
    @pytest.mark.parametrize(
        ("event", "values", "before", "during", "after"),
        [
            ("spike", {"factor": 3}, 1, 3, 1),
            ("level_shift", {"factor": 2}, 1, 2, 2),
            ("drop", {"factor": 0.25}, 1, 0.25, 0.25),
            ("drop", {"factor": 0.25, "days": 1}, 1, 0.25, 1),
            ("ramp", {"factor": 3, "days": 5}, 1, 1.4, 3),
        ],
    )
    def test_an_event_changes_the_days_it_is_for(
        self, cloud: Cloud, tenant: str, subscription: Item, event: str, values: Item, before: float, during: float,
        after: float,
    ) -> None:  # fmt: skip
        key = subscription["subscriptionId"]
        usual = ledger(cloud, tenant, key)
        order = {"tenant": tenant, "subscription": key, "start": "2026-10-12", "label": f"a {event}"}
        change(cloud, "cost_event_ordered", event=event, **order, **values)
        unusual = ledger(cloud, tenant, key)
        for day, factor in (("2026-10-11", before), ("2026-10-12", during), ("2026-10-20", after)):
            assert unusual[day, "EUR"] == pytest.approx(usual[day, "EUR"] * factor, rel=1e-6)
        (listed,) = cloud.order(f"costs/events?tenant={tenant}", method="GET")
        assert (listed["label"], listed["kind"], listed["start"]) == (f"a {event}", event, "2026-10-12")
        change(cloud, "cost_event_ended", tenant=tenant, id=listed["id"])
        assert ledger(cloud, tenant, key) == usual

    @pytest.mark.parametrize("place", ["resource", "resource_group", "service"])
    def test_an_event_stays_in_its_place(
        self, cloud: Cloud, token: str, tenant: str, subscription: Item, place: str
    ) -> None:
        body = definition("ResourceGroupName", "ServiceName", "ResourceId", granularity="None")
        usual = {row["ResourceId"] + row["ServiceName"]: row for row in rows(cloud, token, subscription["id"], body)}
        chosen = next(row for row in usual.values() if row["ServiceName"] == "Storage")
        value = chosen[
            {"resource": "ResourceId", "resource_group": "ResourceGroupName", "service": "ServiceName"}[place]
        ]
        change(
            cloud, "cost_event_ordered", tenant=tenant, subscription=subscription["id"], event="level_shift",
            start="2026-10-01", factor=2, **{place: value},
        )  # fmt: skip
        for row in rows(cloud, token, subscription["id"], body):
            old = usual[row["ResourceId"] + row["ServiceName"]]
            hit = value in row.values()
            assert row["Cost"] == pytest.approx(old["Cost"] * (2 if hit else 1), abs=1e-4)

    def test_a_new_cost_begins_from_nothing(self, cloud: Cloud, token: str, tenant: str, subscription: Item) -> None:
        group = next(items(cloud, f"{subscription['id']}/resourcegroups?api-version=2021-04-01", token))
        change(
            cloud, "cost_event_ordered", tenant=tenant, subscription=subscription["id"], event="new_cost",
            start="2026-10-20", daily=120.5, resource_group=group["name"], service="Azure OpenAI",
        )  # fmt: skip
        body = definition("ResourceId", "ServiceName")
        found = [row for row in rows(cloud, token, group["id"], body) if row["ServiceName"] == "Azure OpenAI"]
        assert [row["UsageDate"] for row in found] == list(range(20261020, 20261032))
        assert all(row["Cost"] == pytest.approx(120.5, rel=0.2) for row in found)
        assert by_day(rows(cloud, token, subscription["id"], body)) == ledger(
            cloud, tenant, subscription["subscriptionId"]
        )

    def test_events_are_scattered_the_same_for_the_same_seed(self, cloud: Cloud, tenant: str) -> None:
        def scattered(seed: int) -> list[Item]:
            window = {"start": "2026-09-01", "end": "2026-10-31"}
            change(cloud, "cost_events_scattered", tenant=tenant, count=25, seed=seed, **window)
            listed = cloud.order("costs/events", method="GET")
            change(cloud, "cost_event_ended", tenant=tenant)
            return list(listed)

        first = scattered(1)
        assert len({event["label"] for event in first}) == 25
        assert len({event["kind"] for event in first}) == 5
        assert all("2026-09-01" <= event["start"] <= "2026-10-31" for event in first)
        assert scattered(1) == first != scattered(2)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"event": "earthquake"},
            {"event": "spike", "service": "No such service"},
            {"event": "spike", "resource_group": "none"},
            {"event": "new_cost"},
            {"event": "spike", "start": "soon"},
            {"event": "spike", "subscription": "none"},
        ],
    )
    def test_an_order_that_would_change_nothing_is_refused(
        self, cloud: Cloud, tenant: str, subscription: Item, wrong: Item
    ) -> None:
        order = {"kind": "cost_event_ordered", "tenant": tenant, "subscription": subscription["id"], **wrong}
        assert cloud.call("/_sim/changes", json.dumps(order).encode()).status == 400
        assert cloud.order("costs/events", method="GET") == []

    def test_the_command_line_orders_lists_and_adds_up(self, cloud: Cloud, tenant: str, subscription: Item) -> None:
        def run(*arguments: str) -> Any:
            command = [sys.executable, "-m", "mscloudsim", "cost", *arguments, "--url", cloud.url]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
            return json.loads(done.stdout)

        place = ("--tenant", tenant, "--subscription", subscription["subscriptionId"])
        made = run("event", "spike", *place, "--label", "somebody mined coins", "--start", "2026-10-05")
        assert [(event["id"], event["label"]) for event in run("events")] == [(made["id"], "somebody mined coins")]
        told = run("ledger", "--tenant", tenant, "--from", "2026-10-05", "--to", "2026-10-05")
        assert {row["day"] for row in told["rows"]} == {"2026-10-05"}
