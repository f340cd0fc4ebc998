"""What is unused, since when and for how much, as people and programs see it, on both databases."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.conftest import signed_in
from tests.governance import azure
from tests.governance.test_resources import page
from tests.support.cast import Cast
from tests.support.observed import Observed
from tests.support.web import Client

from tenantry.governance.resources.unused import money
from tenantry.governance.resources.unused.money import Spent
from tenantry.governance.resources.unused.queries import UnusedFilter, sums, unused
from tenantry.kit.clock import SettableClock
from tenantry.kit.errors import NotFound
from tenantry.kit.pagination import PageQuery
from tenantry.observe.models import LostSubscription, Outcome
from tenantry.platform.work import Platform, Work

API = "/api/v1/resources/orphaned"
STOPPED = {"extended": {"instanceView": {"powerState": {"code": "PowerState/stopped"}}}}
DEALLOCATED = {"extended": {"instanceView": {"powerState": {"code": "PowerState/deallocated"}}}}
EXPORT = "/resources/orphans/export"


@pytest.fixture
def contoso(platform: Platform, cast: Cast) -> Observed:
    """A disk and an address nobody uses, an empty group, an empty subnet, a stopped machine."""
    tenant = Observed.onboard(platform, cast.alice.actor, "Contoso")
    tenant.collect(
        azure_subscriptions=[azure.subscription()],
        azure_resource_groups=[azure.group("rg-shop"), azure.group("rg-empty")],
        azure_resources=[
            azure.disk("disk-old", sku={"name": "Premium_LRS"}, properties=unattached(64)),
            azure.resource("pip-old", "Microsoft.Network/publicIPAddresses", sku={"name": "Standard"}),
            azure.resource("vnet", azure.VNET, properties={"subnets": [subnet()]}),
            azure.resource("vm-stopped", properties=STOPPED),
            azure.resource("vm-fine"),
        ],
    )
    return tenant


def unattached(size: int) -> azure.Json:
    return {"diskState": "Unattached", "diskSizeGB": size}


def subnet(**more: Any) -> azure.Json:
    network = azure.resource("vnet", azure.VNET)["id"]
    return {"name": "snet", "id": f"{network}/subnets/snet", "properties": {"delegations": [], **more}}


def later(client: Client) -> Client:
    """Alice again, days after her session has ended."""
    return signed_in(client.base_url, "alice@tenantry.example")


def found(client: Client, **query: Any) -> dict[str, dict[str, Any]]:
    answer = client.get(API, **query)
    assert answer.status == 200, answer.text
    return {item["name"]: item for item in answer.json()["items"]}


@pytest.fixture
def ledger() -> Iterator[dict[str, dict[date, int]]]:
    """A ledger of costs per resource and day, in euros, as the costs' own registers itself."""
    days: dict[str, dict[date, int]] = {}

    def source(_work: Work, _tenant: UUID, since: Mapping[str, date], until: date) -> dict[str, Spent]:
        known = {}
        for key, first in since.items():
            if key in days:
                amount = sum(micros for day, micros in days[key].items() if first <= day <= until)
                known[key] = Spent({"EUR": amount} if amount else {}, first, until)
        return known

    money.cost_source(source)
    yield days
    money._sources.remove(source)


def test_orphans_with_reason_and_estimate_the_dearest_first(alice: Client, contoso: Observed) -> None:
    items = found(alice)
    assert list(items)[:2] == ["disk-old", "pip-old"], "what costs nothing, or nobody knows how much, comes last"
    assert {name: item["reason"] for name, item in items.items()} == {
        "disk-old": "unattached_disk",
        "pip-old": "unused_public_ip",
        "rg-empty": "empty_resource_group",
        "snet": "unused_subnet",
    }
    disk = items["disk-old"]
    assert (disk["currency"], disk["monthly_cost"], disk["is_estimated"]) == ("USD", 10.21, True)
    assert (items["snet"]["monthly_cost"], items["snet"]["currency"]) == (None, None)
    told = alice.get(API).json()["sums"]
    assert (told["resources"], told["cost_not_known"]) == (4, 2)
    assert told["money"] == [
        {"currency": "USD", "is_estimated": True, "resources": 2, "monthly_cost": 13.86, "accrued_cost": 0.0}
    ]
    text = page(alice, "/resources/orphans")
    assert "A month in USD 13.86 estimated by list price for 2" in text
    assert "unattached disk No machine has this disk attached. just now 10.21&nbsp;USD estimated" in text


def test_idle_machines_stand_in_a_list_of_their_own(
    alice: Client, contoso: Observed, clock: SettableClock, platform: Platform
) -> None:
    assert list(found(alice, idle=1)) == ["vm-stopped"]
    assert "not deallocated" in page(alice, "/resources/orphans", idle=1)
    contoso.collect(azure_resources=[azure.resource("vm-parked", properties=DEALLOCATED)])
    assert found(alice, idle=1) == {}, "machines that are deallocated for a day are no waste yet"
    clock.advance(timedelta(days=29, hours=23))
    alice = later(alice)
    contoso.collect(azure_resources=[azure.resource("vm-parked", properties=DEALLOCATED)])
    assert found(alice, idle=1) == {}
    clock.advance(timedelta(hours=1))
    alice = later(alice)
    contoso.collect(azure_resources=[azure.resource("vm-parked", properties=DEALLOCATED)])
    assert found(alice, idle=1)["vm-parked"]["reason"] == "deallocated_machine"


def test_first_seen_survives_collections_and_begins_anew_after_use(
    alice: Client, contoso: Observed, clock: SettableClock
) -> None:
    began = found(alice)["disk-old"]["first_seen"]
    clock.advance(timedelta(days=10))
    alice = later(alice)
    left = [azure.disk("disk-old", sku={"name": "Premium_LRS"}, properties=unattached(128), tags={"env": "x"})]
    contoso.collect(azure_resources=left)
    disk = found(alice)["disk-old"]
    assert disk["first_seen"] == began, "it changed, and was unused all the while"
    assert (disk["monthly_cost"], disk["accrued_cost"]) == (19.71, 6.57)
    assert found(alice, min_days=10).keys() >= {"disk-old"}
    assert found(alice, min_days=11) == {}

    clock.advance(timedelta(days=1))
    alice = later(alice)
    contoso.collect(azure_resources=[azure.disk("disk-old", "Attached", managedBy="/vm")])
    assert "disk-old" not in found(alice)
    ended = found(alice, ended=1)
    assert (ended["disk-old"]["ending"], ended["disk-old"]["first_seen"]) == ("used_again", began)
    assert ended["pip-old"]["ending"] == "gone"
    assert "used again" in page(alice, "/resources/orphans", ended=1)

    clock.advance(timedelta(days=1))
    alice = later(alice)
    contoso.collect(azure_resources=left)
    assert found(alice)["disk-old"]["first_seen"] > began
    row = alice.get("/api/v1/resources", q="disk-old").json()["items"][0]
    seen = alice.get(f"/api/v1/resources/{row['id']}").json()["unused"]
    assert [one["ending"] for one in seen] == [None, "used_again"]
    assert "Condition: managedBy is empty" in page(alice, f"/resources/{row['id']}")


def test_a_collection_that_fails_ends_nothing(alice: Client, contoso: Observed, clock: SettableClock) -> None:
    before = found(alice)
    clock.advance(timedelta(days=1))
    alice = later(alice)
    contoso.refuse("azure.resources", outcome=Outcome.THROTTLED)
    after = found(alice)
    assert after.keys() == before.keys()
    assert {item["first_seen"] for item in after.values()} == {item["first_seen"] for item in before.values()}


def test_a_subnet_that_is_used_again_is_told_from_one_that_is_gone(alice: Client, contoso: Observed) -> None:
    contoso.collect(azure_resources=[azure.resource("vnet", azure.VNET, properties={"subnets": [subnet(a=1)]})])
    assert "snet" in found(alice)
    used = subnet(ipConfigurations=[{"id": "ip"}])
    contoso.collect(azure_resources=[azure.resource("vnet", azure.VNET, properties={"subnets": [used]})])
    assert found(alice, ended=1)["snet"]["ending"] == "used_again"


def test_billed_costs_replace_estimates_and_are_never_added_to_them(
    alice: Client, contoso: Observed, clock: SettableClock, ledger: dict[str, dict[date, int]]
) -> None:
    today = clock.now().date()
    key = azure.disk("disk-old")["id"].lower()
    ledger[key] = {today + timedelta(days=offset): 1_000_000 for offset in range(-40, 20)}
    clock.advance(timedelta(days=5))
    alice = later(alice)
    contoso.refuse("azure.subscriptions")
    disk = found(alice)["disk-old"]
    assert (disk["currency"], disk["monthly_cost"], disk["accrued_cost"], disk["is_estimated"]) == (
        *("EUR", 30.0, 5.0),
        False,
    )
    assert disk["cost_until"] == (clock.now().date() - timedelta(days=1)).isoformat()
    sums_told = {one["currency"]: one for one in alice.get(API).json()["sums"]["money"]}
    assert (sums_told["EUR"]["monthly_cost"], sums_told["EUR"]["is_estimated"]) == (30.0, False)
    assert (sums_told["USD"]["monthly_cost"], sums_told["USD"]["is_estimated"]) == (3.65, True)
    ledger[key] = {}
    contoso.refuse("azure.subscriptions")
    disk = found(alice)["disk-old"]
    assert (disk["monthly_cost"], disk["currency"]) == (0.0, None), "it is known to have cost nothing"


def test_what_is_out_of_sight_is_neither_listed_nor_ended(
    platform: Platform, cast: Cast, alice: Client, contoso: Observed
) -> None:
    lost = {"microsoft_tenant_id": contoso.id, "subscription_key": azure.SUBSCRIPTION}
    with platform.work(cast.alice.actor) as work:
        work.session.add(LostSubscription(**lost, lost_at=work.clock.now(), seen_at=work.clock.now()))
    contoso.refuse("azure.subscriptions")
    assert found(alice) == found(alice, ended=1) == {}
    assert alice.get(API).json()["sums"]["resources"] == 0, "nor counted"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "DISK"}, ["disk-old"]),
        ({"reason": "unused_subnet"}, ["snet"]),
        ({"type": "Microsoft.Compute/Disks"}, ["disk-old"]),
        ({"subscription": azure.SUBSCRIPTION.upper(), "reason": "unused_public_ip"}, ["pip-old"]),
        ({"sort": "name", "down": "false"}, ["disk-old", "pip-old", "rg-empty", "snet"]),
        ({"min_days": 1}, []),
        ({"tenant": "5f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5"}, []),
    ],
    ids=str,
)
def test_filters_hold_for_api_and_export_alike(
    alice: Client, contoso: Observed, query: dict[str, Any], expected: list[str]
) -> None:
    assert list(found(alice, **query)) == expected
    down = {"down": "0"} if "down" in query else {}
    answer = alice.get(f"{EXPORT}.csv", **{**query, **down})
    rows = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert [row["Name"] for row in rows] == expected


def test_pages_lead_through_everything_once(alice: Client, contoso: Observed) -> None:
    contoso.collect(azure_resources=[azure.disk(f"disk-{number:03}") for number in range(60)])
    for sort in ("cost", "since", "name"):
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            answer = alice.get(API, limit=25, sort=sort, **({"cursor": cursor} if cursor else {})).json()
            seen += [item["name"] for item in answer["items"]]
            cursor = answer["next_cursor"]
        assert len(seen) == len(set(seen)) == 61


@pytest.mark.parametrize(
    "query",
    [
        {"reason": "boredom"},
        {"sort": "colour"},
        {"min_days": "-1"},
        {"min_days": "many"},
        {"tenant": "contoso"},
        {"q": "\x00"},
        {"idle": "perhaps"},
        {"cursor": "WzEsMl0"},
    ],
    ids=str,
)
def test_bad_input_is_refused_in_words(alice: Client, query: dict[str, str]) -> None:
    answer = alice.get(API, **query)
    assert answer.status in (400, 422)
    assert answer.json()["detail"]


def test_every_reason_is_told_with_its_condition(bob: Client) -> None:
    told = bob.get(f"{API}/reasons").json()
    assert len(told) == 26
    assert next(one for one in told if one["key"] == "stopped_machine")["is_idle"]


def test_hostile_names_are_shown_and_not_run(alice: Client, contoso: Observed) -> None:
    bad = '=cmd|"<script>alert(1)</script>\u202e'
    contoso.collect(azure_resources=[azure.disk(bad) | {"resourceGroup": bad, "sku": {"name": bad}}])
    browser = Client(alice.base_url, alice.token, {"Accept": "text/html"})
    assert "<script>alert" not in browser.get("/resources/orphans").text
    rows = list(csv.DictReader(io.StringIO(alice.get(f"{EXPORT}.csv").text.removeprefix("\ufeff"))))
    assert any(row["Name"].startswith("'=cmd") for row in rows)
    assert alice.get("/api/v1/audit", action="resources.orphans_exported").json()["total"] == 1


def test_others_and_the_limited_see_only_what_is_theirs(
    platform: Platform, cast: Cast, charlie: Client, contoso: Observed
) -> None:
    assert found(charlie) == {}
    assert charlie.get(API).json()["sums"]["resources"] == 0
    other = Observed.onboard(platform, cast.alice.actor, "Fabrikam")
    other.collect(azure_subscriptions=[azure.subscription()], azure_resources=[azure.disk("disk-secret")])
    limited = replace(cast.alice.actor, scope=frozenset({contoso.id}))
    with platform.work(limited, read_only=True) as work:
        names = [row.name for row in unused(work, UnusedFilter(), PageQuery()).items]
        assert "disk-secret" not in names
        assert sums(work, None, is_idle=False).resources == len(names) == 4
        with pytest.raises(NotFound):
            unused(work, UnusedFilter(other.id), PageQuery())
