"""Currencies are converted by what an administrator states, day by day, and by nothing else."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.support.cast import Cast
from tests.support.estate import add_microsoft_tenant
from tests.support.web import Client

from tenantry.governance.costs.models import CostDay, CostSource
from tenantry.microsoft.cost import CostState
from tenantry.platform.work import Platform

BASE = "/api/v1/costs"
PERIOD = {"from": "2026-11-01", "to": "2026-11-10"}


def stated(alice: Client, **rate: Any) -> Any:
    return alice.request("PUT", f"{BASE}/rates", {"currency": "USD", "into": "EUR", "since": "2026-11-01", **rate})


@pytest.fixture
def billed(platform: Platform, cast: Cast) -> None:
    """Ten days of 100 EUR, 10 USD and 1,000 JPY."""
    key = add_microsoft_tenant(platform, cast.alice.actor)
    with platform.work(cast.alice.actor) as work:
        for day in range(1, 11):
            for currency, amount in (("EUR", 100), ("USD", 10), ("JPY", 1000)):
                row = CostDay(day=date(2026, 11, day), currency=currency, micros=amount * 1_000_000)
                row.microsoft_tenant_id = key
                work.session.add(row)
        now = datetime(2026, 11, 12, tzinfo=UTC)
        source = CostSource(microsoft_tenant_id=key, subscription_key="s", state=CostState.AVAILABLE)
        source.first_day, source.last_day, source.attempted_at = date(2026, 8, 1), date(2026, 11, 11), now
        work.session.add(source)


@pytest.mark.usefixtures("billed")
def test_each_day_is_converted_by_the_rate_of_that_day(alice: Client, charlie: Client) -> None:
    nothing = alice.get(f"{BASE}/converted", currency="EUR", **PERIOD).json()
    assert (nothing["amount"], nothing["missing"]) == ("1000", ["JPY", "USD"])
    assert stated(alice, rate="0.9").status == 200
    assert stated(alice, rate="0.5", since="2026-11-06").status == 200
    told = alice.get(f"{BASE}/converted", currency="eur", **PERIOD).json()
    assert (told["amount"], told["missing"]) == ("1070", ["JPY"])  # 5 x 9 and 5 x 5
    assert stated(alice, currency="JPY", rate="0.006", since="2026-11-10").status == 200
    late = alice.get(f"{BASE}/converted", currency="EUR", **PERIOD).json()
    assert late["missing"] == ["JPY"]  # of nine days nobody said anything

    first, second, yen = alice.get(f"{BASE}/rates").json()[1:] + alice.get(f"{BASE}/rates").json()[:1]
    assert [(one["currency"], one["rate"], one["since"]) for one in (first, second)] == [
        ("USD", "0.5", "2026-11-06"),
        ("USD", "0.9", "2026-11-01"),
    ]
    assert yen["stated_by"]
    assert charlie.get(f"{BASE}/rates").json() == []
    assert charlie.request("DELETE", f"{BASE}/rates/{first['id']}").status == 404
    assert alice.request("DELETE", f"{BASE}/rates/{first['id']}").status == 204
    assert alice.get(f"{BASE}/converted", currency="EUR", **PERIOD).json()["amount"] == "1096"


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": "0"},
        {"rate": "-1"},
        {"rate": "NaN"},
        {"rate": "0.1234567891"},
        {"rate": "1", "currency": "EUR"},
        {"rate": "1", "currency": "EURO"},
        {"rate": "1", "since": "2026-02-30"},
        {"rate": "1", "more": 1},
    ],
)
def test_what_is_no_rate_is_refused(alice: Client, wrong: dict[str, Any]) -> None:
    assert stated(alice, **wrong).status in (400, 422)
    assert alice.get(f"{BASE}/rates").json() == []
    assert alice.get(f"{BASE}/converted", currency="x").status == 422


def test_rates_are_stated_on_a_page(alice: Client) -> None:
    page = "/costs/rates"
    assert alice.submit(page, currency="usd", into="eur", since="2026-11-01", rate="zero").status == 422
    assert alice.submit(page, currency="eur", into="eur", since="2026-11-01", rate="1").status == 422
    assert alice.submit(page, currency="usd", into="eur", since="2026-11-01", rate="0,92").status == 303
    assert "0.92" in alice.request("GET", page, Accept="text/html").text
    (rate,) = alice.get(f"{BASE}/rates").json()
    assert alice.submit(f"{page}/{rate['id']}/withdraw").status == 303
    assert "No rate is stated" in alice.request("GET", page, Accept="text/html").text
