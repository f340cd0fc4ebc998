"""Finding resources by words, on both databases; also where words are too frequent to be gathered."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.governance import azure
from tests.governance.anything import VALUES
from tests.governance.test_resources import names, page
from tests.support.cast import Cast
from tests.support.observed import Observed
from tests.support.web import Client

from tenantry.governance.resources import queries, search
from tenantry.governance.resources.words import asked, words_in, words_of
from tenantry.platform.work import Platform

SUBSCRIPTION = azure.SUBSCRIPTION


@pytest.fixture
def contoso(platform: Platform, cast: Cast) -> Observed:
    tenant = Observed.onboard(platform, cast.alice.actor, "Contoso")
    tenant.collect(
        azure_subscriptions=[azure.subscription()],
        azure_resources=[
            azure.resource("vm-shop-1", tags={"Env": "Production", "team": "Größe & Maß"}),
            azure.resource("VM-shop-2", location="northeurope"),
            azure.resource("vm-warehouse-1", within="rg-logistics"),
            azure.disk("disk_shop"),
        ],
    )
    return tenant


@pytest.fixture(params=["rare", "frequent"])
def frequency(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same has to be found whichever way it is looked for."""
    if request.param == "frequent":
        monkeypatch.setattr(search, "SMALL", 0)
        monkeypatch.setattr(queries, "_FEW", 0)
    return str(request.param)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("shop", ["disk_shop", "vm-shop-1", "VM-shop-2"]),
        ("SHOP vm", ["vm-shop-1", "VM-shop-2"]),
        ("vm-shop", ["vm-shop-1", "VM-shop-2"]),
        ("sho", ["disk_shop", "vm-shop-1", "VM-shop-2"]),
        ("hop", []),
        ("v", ["vm-shop-1", "VM-shop-2", "vm-warehouse-1"]),
        ("1", []),
        ("v shop", ["vm-shop-1", "VM-shop-2"]),
        ("disks", ["disk_shop"]),
        ("microsoft.compute/virtualMachines shop", ["vm-shop-1", "VM-shop-2"]),
        ("northeurope", ["VM-shop-2"]),
        ("logistics", ["vm-warehouse-1"]),
        ("prod", ["vm-shop-1"]),
        ("env production", ["vm-shop-1"]),
        ("größe maß", ["vm-shop-1"]),
        ("warehouse northeurope", []),
        ("%", ["disk_shop", "vm-shop-1", "VM-shop-2", "vm-warehouse-1"]),
        (f"/subscriptions/{SUBSCRIPTION.upper()}", ["disk_shop", "vm-shop-1", "VM-shop-2", "vm-warehouse-1"]),
        (SUBSCRIPTION, ["disk_shop", "vm-shop-1", "VM-shop-2", "vm-warehouse-1"]),
        (f"/subscriptions/{SUBSCRIPTION}/resourceGroups/RG-Logistics", ["vm-warehouse-1"]),
        (azure.resource("vm-shop-1")["id"], ["vm-shop-1"]),
        (azure.resource("vm-shop-9")["id"], []),
        ("5f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5", []),
    ],
)
def test_words_and_ids(alice: Client, contoso: Observed, frequency: str, text: str, expected: list[str]) -> None:
    assert names(alice, q=text) == expected
    assert names(alice, q=text, tenant=str(contoso.id)) == expected
    assert names(alice, q=text, sort="type") is not None
    assert names(alice, q=f"{text} ", type=azure.DISK) == [name for name in expected if name == "disk_shop"]


@pytest.mark.parametrize("text", ["shop", "sh", "v", "shop vm"])
def test_pages_of_what_was_found_lead_through_it_once(
    alice: Client, contoso: Observed, frequency: str, text: str
) -> None:
    contoso.collect(azure_resources=[azure.resource(f"vm-shop-{number:03}") for number in range(60)])
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = alice.get("/api/v1/resources", limit=25, q=text, **({"cursor": cursor} if cursor else {})).json()
        seen += [item["name"] for item in answer["items"]]
        cursor = answer["next_cursor"]
    assert seen == [f"vm-shop-{number:03}" for number in range(60)]


def test_words_follow_what_they_are_of(alice: Client, contoso: Observed) -> None:
    contoso.collect(azure_resources=[azure.resource("vm-shop-1", tags={"env": "staging"})])
    assert names(alice, q="prod") == names(alice, q="warehouse") == []
    assert names(alice, q="staging") == ["vm-shop-1"]


def test_the_table_alone_says_the_same_as_its_page(alice: Client, contoso: Observed) -> None:
    browser = Client(alice.base_url, alice.token, {"Accept": "text/html"})
    answer = browser.get("/partials/resource-table", q="logistics")
    assert (answer.status, answer.headers["HX-Push-Url"]) == (200, "/resources?q=logistics")
    assert "vm-warehouse-1" in answer.text
    assert "vm-shop-1" not in answer.text
    assert "<html" not in answer.text
    assert "vm-warehouse-1" in page(alice, "/resources", q="logistics")


def test_charlie_finds_nothing(charlie: Client, contoso: Observed) -> None:
    assert names(charlie, q="shop") == []


@given(text=st.text(max_size=400))
def test_what_is_asked_for_is_found_in_what_it_was_taken_from(text: str) -> None:
    known = set(words_of({"name": text}))
    assert all(word in known or len(known) == 48 for word in asked(text))
    assert all(word and len(word) <= 64 for word in words_in(text))


@given(item=st.dictionaries(st.sampled_from(["name", "type", "resourceGroup", "location", "tags"]), VALUES))
def test_no_item_stops_the_words(item: dict[str, Any]) -> None:
    found = words_of(item)
    assert len(found) == len(set(found)) <= 48
    assert not any("\x00" in word for word in found)
