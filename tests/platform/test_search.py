"""Going somewhere by name: what the palette is told, and what it is not."""

from typing import Any

import pytest
from tests.governance import azure
from tests.support.cast import Cast
from tests.support.observed import Observed
from tests.support.web import Client

from tenantry.platform.work import Platform

SUBSCRIPTION = "5f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5"


@pytest.fixture(autouse=True)
def _contoso(platform: Platform, cast: Cast) -> None:
    """A Microsoft tenant of Alice's whose things begin alike."""
    Observed.onboard(platform, cast.alice.actor, "Contoso").collect(
        entra_users=[
            {"id": "c", "displayName": "Conrad \u202eNguyen", "userType": "Guest"},
            {"id": "a", "displayName": "Ada"},
        ],
        azure_subscriptions=[azure.subscription(SUBSCRIPTION, displayName="Connectivity")],
        azure_resources=[azure.disk("con_disk", key=SUBSCRIPTION), azure.disk("conXdisk", key=SUBSCRIPTION)],
    )


def found(person: Client, text: str) -> list[tuple[str, str]]:
    answer = person.get("/search.json", q=text)
    assert answer.status == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return [(item["label"], item["kind"]) for item in items]


def test_everything_that_begins_alike_is_found_with_what_it_is(alice: Client) -> None:
    assert sorted(found(alice, "con")) == [
        ("Connectivity", "Subscription"),
        ("Conrad \\u202eNguyen", "Guest, Contoso"),
        ("Contoso", "Microsoft tenant"),
        ("conXdisk", "disks, Contoso"),
        ("con_disk", "disks, Contoso"),
    ]
    assert found(alice, "CON_") == [("con_disk", "disks, Contoso")], "an underscore is an underscore"


def test_each_leads_to_a_page(alice: Client) -> None:
    browser = Client(alice.base_url, alice.token, {"Accept": "text/html"})
    for item in alice.get("/search.json", q="con").json()["items"]:
        assert browser.get(item["href"]).status == 200, item


@pytest.mark.parametrize("text", ["", "  ", "%", "_", "zzz", "\x00", "'; drop table"])
def test_what_nothing_begins_with_finds_nothing(alice: Client, text: str) -> None:
    assert found(alice, text) == []


def test_a_microsoft_tenant_is_found_by_its_entra_id(alice: Client) -> None:
    (tenant,) = alice.get("/api/v1/microsoft-tenants").json()["items"]
    assert found(alice, tenant["entra_tenant_id"]) == [("Contoso", "Microsoft tenant")]


def test_another_organisation_finds_nothing(charlie: Client, visitor: Client) -> None:
    assert found(charlie, "con") == []
    assert visitor.get("/search.json", q="con").status == 401


def test_a_text_too_long_is_refused(alice: Client) -> None:
    assert alice.get("/search.json", q="c" * 101).status == 422
