"""What licences waste in money, what credentials end, and who may say what a seat costs."""

import csv
import io
from decimal import Decimal

import pytest
from tests.governance.identity.planted import ROOT, Json, items, page
from tests.support.observed import Observed
from tests.support.web import Client


def test_credentials_by_when_they_end(alice: Client, contoso: Observed) -> None:
    told = items(alice, "credentials")
    assert [one["state"] for one in told] == ["expired", "ending", "valid", "endless"]
    assert [one["is_long_lived"] for one in told] == [False, True, False, False]
    assert {tuple(one["owners"]) for one in told} == {()}
    for ends, count in {"expired": 1, "7": 1, "30": 1, "90": 2, "": 4}.items():
        assert len(items(alice, "credentials", ends=ends)) == count, ends
    assert [one["kind"] for one in items(alice, "credentials", kind="certificate")] == ["certificate"]
    assert items(alice, "credentials", owned="true") == []
    assert "nobody" in page(alice, "/identity/credentials", ends="expired")
    sheet = alice.get("/identity/credentials/export.csv").body.decode("utf-8-sig")
    assert all(row["Application"].startswith("'=") for row in csv.DictReader(io.StringIO(sheet)))


def test_waste_is_money_only_where_a_price_is_stated(alice: Client, charlie: Client, contoso: Observed) -> None:
    before = alice.get(f"{ROOT}/licences/waste").json()
    assert (before["amounts"], before["without_price"]) == ([], ["SPE_E5", "VISIOCLIENT"])
    assert alice.request("PUT", f"{ROOT}/licence-prices/spe_e5", {"price": "54.75", "currency": "EUR"}).status == 200
    assert alice.request("PUT", f"{ROOT}/licence-prices/VISIOCLIENT", {"price": 15, "currency": "USD"}).status == 200
    told = alice.get(f"{ROOT}/licences/waste").json()
    licences = {one["part_number"]: one for one in told["licences"]}
    e5, visio = licences["SPE_E5"], licences["VISIOCLIENT"]
    assert (e5["unassigned"], e5["on_disabled"], e5["on_stale"], e5["wasted_seats"]) == (7, 1, 1, 9)
    assert Decimal(e5["wasted_a_month"]) == Decimal("492.75")
    assert (visio["wasted_seats"], Decimal(visio["wasted_a_month"])) == (1, Decimal(15))
    assert {one["currency"]: Decimal(one["total"]) for one in told["amounts"]} == {
        "EUR": Decimal("492.75"),
        "USD": Decimal(15),
    }
    free = next(one for one in items(alice, "licences") if one["part_number"] == "FLOW_FREE")
    assert (free["is_free_of_charge"], free["wasted_a_month"]) == (True, None)
    assert "492.75" in page(alice, "/identity/licences")
    assert "492.75" in page(alice, "/identity")
    assert charlie.get(f"{ROOT}/licence-prices").json()["items"] == []
    assert alice.request("DELETE", f"{ROOT}/licence-prices/SPE_E5").status == 204
    assert alice.request("DELETE", f"{ROOT}/licence-prices/SPE_E5").status == 404
    events = alice.get("/audit.json", limit=20).json()["items"]
    assert len([event for event in events if "licence_price" in str(event).lower()]) >= 3, "prices are audited"


def test_prices_are_typed_by_people_too(alice: Client, contoso: Observed) -> None:
    wrong = alice.submit("/identity/prices", part_number="SPE_E5", price="much", currency="Euro")
    assert "An amount from 0" in wrong.text
    assert "Three letters" in wrong.text
    assert 'value="much"' in wrong.text
    stated = alice.submit("/identity/prices", part_number="SPE_E5", price="54.75", currency="eur")
    assert (stated.status, items(alice, "licence-prices")[0]["currency"]) == (303, "EUR")
    assert "54.75" in page(alice, "/identity/prices")
    assert alice.submit("/identity/prices/withdraw", part_number="SPE_E5").status == 303
    assert items(alice, "licence-prices") == []


def test_who_may_only_look_states_no_price(bob: Client) -> None:
    assert bob.request("PUT", f"{ROOT}/licence-prices/SPE_E5", {"price": 1, "currency": "EUR"}).status == 403
    assert bob.submit("/identity/prices", part_number="SPE_E5", price="1", currency="EUR").status == 403
    assert "Who may state prices" in page(bob, "/identity/prices")


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("SPE_E5", {"price": -1, "currency": "EUR"}),
        ("SPE_E5", {"price": 1_000_001, "currency": "EUR"}),
        ("SPE_E5", {"price": "NaN", "currency": "EUR"}),
        ("SPE_E5", {"price": "1.0000001", "currency": "EUR"}),
        ("SPE_E5", {"price": 1, "currency": "eur"}),
        ("SPE_E5", {"price": 1}),
        ("SPE%20E5%3Cb%3E", {"price": 1, "currency": "EUR"}),
        ("x" * 129, {"price": 1, "currency": "EUR"}),
    ],
)
def test_a_price_that_is_none_is_refused(alice: Client, name: str, body: Json) -> None:
    assert alice.request("PUT", f"{ROOT}/licence-prices/{name}", body).status == 422
