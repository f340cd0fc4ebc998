"""What Azure costs: fetched over the real protocol, added up, and held against the books of those who send the bill."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.estate.conftest import Operated, until
from tests.support.web import Client

from tenantry.kit.clock import SystemClock

BASE = "/api/v1/costs"
YESTERDAY = SystemClock().now().date() - timedelta(days=1)
MONTHS = {"from": str(YESTERDAY - timedelta(days=60)), "to": str(YESTERDAY)}


@pytest.fixture
def row(operated: Operated) -> Iterator[dict[str, Any]]:
    """A customer of the cloud, whose quotas nobody has used. Afterwards the cloud is as it was."""
    found: dict[str, Any] = operated.cloud.customer(flaw="none", reach="app_registration")
    operated.cloud.order("throttling", {"enabled": True})
    yield found
    operated.cloud.order("faults", method="DELETE")
    operated.cloud.order("changes", {"kind": "cost_event_ended", "tenant": found["id"]})
    operated.cloud.order("changes", {"kind": "cost_groupings_limited", "tenant": found["id"], "most": 5})


def fetched(operated: Operated, key: str) -> None:
    """A quota of four queries a minute and subscription is waited for, and never overdrawn."""
    answer = operated.alice.post(f"{BASE}/microsoft-tenants/{key}/fetch")
    assert answer.status == 202, answer.text
    job = f"/api/v1/jobs/{answer.json()['id']}"
    until(lambda: operated.alice.get(job).json()["state"] not in ("queued", "running"), 180)
    assert operated.alice.get(job).json()["state"] == "succeeded"


def books(operated: Operated, row: dict[str, Any]) -> dict[tuple[date, str], Decimal]:
    """What the simulated cloud's own books say, by day and currency."""
    query = f"costs/ledger?tenant={row['id']}&from={MONTHS['from']}&to={MONTHS['to']}&type=AmortizedCost"
    found: dict[tuple[date, str], Decimal] = defaultdict(Decimal)
    for one in operated.cloud.order(query, method="GET")["rows"]:
        found[date.fromisoformat(one["day"]), one["currency"]] += Decimal(one["told"]) / 1_000_000
    return {day: amount for day, amount in found.items() if amount}


def days(alice: Client, **more: Any) -> dict[tuple[date, str], Decimal]:
    found = alice.get(f"{BASE}/trends", **MONTHS, **more).json()["days"]
    return {(date.fromisoformat(one["day"]), one["currency"]): Decimal(one["amount"]) for one in found}


def assert_equal(found: dict[Any, Decimal], expected: dict[Any, Decimal]) -> None:
    """To the cent; amounts change by the hour while they arrive, so the newest days are left to their own test."""
    assert found.keys() == expected.keys()
    assert [key for key, amount in found.items() if abs(amount - expected[key]) >= Decimal("0.01")] == []


def resources_of(operated: Operated, row: dict[str, Any], period: dict[str, str]) -> dict[str, Decimal]:
    """What the books say of each resource."""
    query = f"costs/resources?tenant={row['id']}&from={period['from']}&to={period['to']}&type=AmortizedCost"
    rows = operated.cloud.order(query, method="GET")["rows"]
    return {one["resource"]: Decimal(one["told"]) / 1_000_000 for one in rows if one["resource"] and one["told"]}


def assert_resources_equal_the_books(operated: Operated, row: dict[str, Any], key: str) -> None:
    """Across two months, of which the second is not over."""
    until_then = YESTERDAY - timedelta(days=5)
    period = {"from": str(until_then - timedelta(days=40)), "to": str(until_then)}
    told = operated.alice.get(f"{BASE}/by-resource", **period, microsoft_tenant_id=key, limit=1000).json()
    assert told["total"] == len(told["items"]) > 20
    assert_equal(
        {one["resource_id"]: Decimal(one["amount"]) for one in told["items"]}, resources_of(operated, row, period)
    )


def settled(amounts: dict[tuple[date, str], Decimal]) -> dict[tuple[date, str], Decimal]:
    return {key: amount for key, amount in amounts.items() if key[0] < YESTERDAY - timedelta(days=4)}


def sums(amounts: dict[tuple[date, str], Decimal]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for (_, currency), amount in amounts.items():
        found[currency] += amount
    return dict(found)


def assert_adds_up(alice: Client) -> None:
    """Every list of a period comes to the same, whatever it is by; the dearest come first."""
    total = sums(days(alice))
    summary = alice.get(f"{BASE}/summary", **MONTHS).json()
    assert {one["currency"]: Decimal(one["amount"]) for one in summary["amounts"]} == total
    tags = [("by-tag", name) for name in alice.get(f"{BASE}/tags", **MONTHS).json()]
    for path, tag in [("by-tenant", ""), ("by-service", ""), ("by-resource-group", ""), *tags]:
        items = alice.get(f"{BASE}/{path}", **MONTHS, **({"tag": tag} if tag else {})).json()["items"]
        amounts = [Decimal(one["amount"]) for one in items]
        assert amounts == sorted(amounts, reverse=True)
        assert {one["currency"] for one in items} == total.keys()
        assert sum(amounts) == sum(total.values()), path
    states = summary["coverage"]["subscriptions"]
    assert sum(states.values()) == len(summary["sources"]) > 0


def assert_outlook_adds_up(alice: Client, key: str) -> None:
    """Of this month until now, and the budgets as Azure tells them."""
    month = SystemClock().now().date().replace(day=1)
    (told,) = alice.get(f"{BASE}/outlook").json()
    spent = sum(amount for (day, _), amount in days(alice).items() if day >= month)
    assert Decimal(told["spent"]) == spent
    assert Decimal(told["total"]) == spent + Decimal(told["to_come"])
    assert told["without_forecast"] == 0
    budgets = alice.get(f"{BASE}/budgets", microsoft_tenant_id=key).json()["items"]
    for one in budgets:
        assert (one["currency"], one["grain"], one["microsoft_tenant_id"]) == (told["currency"], "Monthly", key)
        assert (one["state"] == "exceeded") == (Decimal(one["spent"]) > Decimal(one["amount"]))


def assert_pages_show_them(alice: Client, key: str) -> None:
    """Whole pages, and their parts alone."""
    for path in (
        "/costs",
        f"/costs?of={key}&period=90",
        "/costs/budgets",
        f"/costs/budgets?of={key}",
        "/costs/anomalies?state=all",
    ):
        answer = alice.request("GET", path, Accept="text/html")
        assert (answer.status, "</html>" in answer.text) == (200, True), path
    card = alice.request("GET", f"/partials/cost-summary-card?of={key}&period=30", Accept="text/html").text
    chart = alice.request("GET", "/partials/cost-chart?period=30", Accept="text/html").text
    assert ("Total in " in card, "<html" in card) == (True, False)
    assert ('role="img"' in chart, "The same as a table" in chart, "<html" in chart) == (True, True, False)


def anomaly_about(alice: Client, name: str) -> dict[str, Any]:
    """The incident of something, or in which it moved the money."""
    items: list[dict[str, Any]] = alice.get(f"{BASE}/anomalies").json()["items"]
    return next(one for one in items if name in {one["name"], *(part["name"] for part in one["movers"])})


def test_what_is_shown_equals_the_books_to_the_cent(
    operated: Operated, alice: Client, charlie: Client, row: dict[str, Any]
) -> None:
    key = str(operated.onboard(row).json()["id"])
    operated.idle(key)
    fetched(operated, key)
    before = days(alice)
    assert len(before) > 50
    assert_equal(settled(before), settled(books(operated, row)))
    assert_adds_up(alice)
    assert_resources_equal_the_books(operated, row, key)

    assert_outlook_adds_up(alice, key)
    assert_pages_show_them(alice, key)

    # something that happened five days ago is known at the next time, and nothing is counted twice
    available = [one for one in alice.get(f"{BASE}/summary").json()["sources"] if one["state"] == "available"]
    subscription = available[0]["subscription_id"]
    group = alice.get("/api/v1/resources", subscription=subscription).json()["items"][0]["resource_group"]
    event = {"event": "new_cost", "subscription": subscription, "resource_group": group, "service": "Surprise"}
    since, the_day_before = (str(YESTERDAY - timedelta(days=days)) for days in (5, 6))
    operated.cloud.order(
        "changes", {"kind": "cost_event_ordered", **event, "tenant": row["id"], "start": since, "daily": 90}
    )
    operated.cloud.order("changes", {"kind": "cost_groupings_limited", "tenant": row["id"], "most": 2})
    fetched(operated, key)  # by two queries now
    assert_equal(settled(days(alice)), settled(books(operated, row)))
    assert_adds_up(alice)
    assert_resources_equal_the_books(operated, row, key)
    services = {one["name"]: one for one in alice.get(f"{BASE}/by-service", **MONTHS).json()["items"]}
    assert Decimal(services["Surprise"]["amount"]) > 300

    # it is out of line, and somebody says why
    surprise = anomaly_about(alice, "Surprise")
    assert (surprise["state"], surprise["first_day"], surprise["microsoft_tenant_id"]) == ("open", since, key)
    assert 80 < Decimal(surprise["days"][0]["amount"]) - Decimal(surprise["days"][0]["expected"]) < 100
    address = f"{BASE}/anomalies/{surprise['id']}"
    assert {change["changed_at"][:10] for change in alice.get(address).json()["changes"]} <= {since, the_day_before}
    why = {"reason": "The new backup, ordered by Dana."}
    assert alice.request("PUT", f"{address}/reason", {"reason": "x"}).status == 422
    assert alice.request("DELETE", f"{address}/reason").status == 409
    assert alice.request("PUT", f"{address}/reason", why).json()["state"] == "explained"
    assert charlie.get(address).status == charlie.request("PUT", f"{address}/reason", why).status == 404
    still = alice.get(f"{BASE}/anomalies", state="open", microsoft_tenant_id=key).json()["items"]
    assert surprise["id"] not in {one["id"] for one in still}
    shown = alice.request("GET", f"/costs/anomalies/{surprise['id']}", Accept="text/html").text
    assert ("ordered by Dana" in shown, "Where the money moved" in shown) == (True, True)
    assert alice.submit(f"/costs/anomalies/{surprise['id']}/explain", reason=" ").status == 422
    assert alice.submit(f"/costs/anomalies/{surprise['id']}/reopen").status == 303

    # who is refused keeps what was known, with its age, and is never zero
    known = days(alice)
    operated.cloud.order("faults", {"kind": "forbidden", "service": "arm", "path": "CostManagement", "times": 1000})
    fetched(operated, key)
    assert days(alice) == known
    refused = alice.get(f"{BASE}/summary", **MONTHS).json()
    assert set(refused["coverage"]["subscriptions"]) == {"no_access"}
    for one in refused["sources"]:
        assert one["missing_permission"] == "Cost Management Reader"
        assert one["fetched_at"] is None or one["fetched_at"] < one["attempted_at"]

    assert days(charlie) == {}
    assert charlie.get(f"{BASE}/summary").json()["sources"] == []
    assert charlie.post(f"{BASE}/microsoft-tenants/{key}/fetch").status == 404


def test_what_was_never_fetched_is_not_compared(alice: Client) -> None:
    told = alice.get(f"{BASE}/summary").json()
    assert (told["amounts"], told["sources"]) == ([], [])
    unknown = dict.fromkeys(("fetched_at", "known_from", "known_until"))
    assert told["coverage"] == {"subscriptions": {}, "never_fetched": 0, **unknown}


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2026-02-02", "to": "2026-02-01"},
        {"from": "1999-12-31", "to": "2000-01-01"},
        {"from": "2024-01-01", "to": "2026-01-01"},
        {"from": "yesterday"},
        {"to": "2026-02-30"},
        {"microsoft_tenant_id": "x"},
    ],
)
def test_a_period_that_is_none_is_refused(alice: Client, query: dict[str, str]) -> None:
    answer = alice.get(f"{BASE}/trends", **query)
    assert answer.status in (400, 422), answer.text
