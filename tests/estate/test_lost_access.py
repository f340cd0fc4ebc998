"""Access to a subscription is withdrawn, comes back, or is gone for good: nothing vanishes silently."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests.estate.conftest import BASE, Operated, until
from tests.support.web import Client

_USERS_OF_TWO = 25
"""From so many users on a simulated customer has a second subscription."""
SUBSCRIPTIONS, RESOURCES = "/api/v1/subscriptions", "/api/v1/resources"


class Customer:
    """A customer with several subscriptions, whose administrator gives and takes."""

    def __init__(self, operated: Operated) -> None:
        self.operated, self.alice = operated, operated.alice
        wanted = {"flaw": "none", "reach": "app_registration"}
        fitting = (row for row in operated.cloud.tenants[1:] if wanted.items() <= row.items())
        self.row = next(row for row in fitting if row["users"] >= _USERS_OF_TWO)
        self.key: str = operated.onboard(self.row).json()["id"]
        until(lambda: operated.get(self.key)["step"] == "done")
        operated.idle(self.key)
        self.victim = self.subscriptions()[0]

    def subscriptions(self, **query: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.alice.get(SUBSCRIPTIONS, tenant=self.key, **query).json()["items"]
        return items

    def subscription(self) -> dict[str, Any]:
        return next(item for item in self.subscriptions() if item["id"] == self.victim["id"])

    def access(self, *, granted: bool, **of: dict[str, Any]) -> None:
        for one in of.values():
            order = {"kind": "azure_access_changed", "tenant": self.row["id"], "granted": granted}
            self.operated.cloud.order("changes", {**order, "subscription": one["subscription_id"]})

    def collect(self) -> None:
        assert self.alice.post(f"{BASE}/{self.key}/collect").status == 202
        self.operated.idle(self.key)

    def page(self, path: str, **query: str) -> str:
        answer = Client(self.alice.base_url, self.alice.token, {"Accept": "text/html"}).get(path, **query)
        assert answer.status == 200, answer.text
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))

    def figure(self, label: str) -> int:
        found = re.search(rf"{label} ([\d\u202f,]+) ", self.page("/resources", tenant=self.key))
        assert found is not None
        return int(re.sub(r"\D", "", found[1]))

    def resources(self) -> int:
        total: int = self.alice.get(RESOURCES, tenant=self.key, limit=1).json()["total"]
        return total


@pytest.fixture
def customer(operated: Operated) -> Iterator[Customer]:
    made = Customer(operated)
    yield made
    for item in made.subscriptions():
        made.access(granted=True, one=item)
    made.access(granted=True, one=made.victim)


def test_a_subscription_that_is_withdrawn_is_said_to_be_lost_and_comes_back(customer: Customer) -> None:
    before, known, inside = customer.figure("Resources"), customer.resources(), customer.victim["resources"]
    assert 0 < inside < before == known
    customer.access(granted=False, one=customer.victim)
    customer.collect()

    lost = customer.subscription()
    assert lost["access_lost_at"] > lost["last_seen_at"]
    assert lost["resources"] == inside, "what was in it is still known"
    assert customer.resources() == known
    assert customer.figure("Resources") == before - inside, "but it is not counted as if it had been seen today"
    text = customer.page("/resources", tenant=customer.key)
    assert "access lost 1 subscription" in text
    assert f"with {inside} resources" in text
    (resource, *_) = customer.alice.get(RESOURCES, subscription=lost["subscription_id"]).json()["items"]
    assert resource["access_lost_at"] == lost["access_lost_at"]
    assert "Access was lost. The subscription has been out of sight" in customer.page(f"/resources/{resource['id']}")
    assert [item["id"] for item in customer.subscriptions(state="access_lost")] == [lost["id"]]
    assert lost["id"] not in [item["id"] for item in customer.subscriptions(state=lost["state"])]
    assert "access lost" in customer.page("/resources/subscriptions", tenant=customer.key)
    assert "Access to 1 Azure subscription was lost." in customer.page(f"/microsoft-tenants/{customer.key}")
    assert "1 access lost" in customer.page("/").replace("&nbsp;", " ")
    assert "1 subscription lost" in customer.page("/resources/coverage", tenant=customer.key)

    since = lost["access_lost_at"]
    customer.collect()
    assert customer.subscription()["access_lost_at"] == since, "it does not become younger by being looked for"

    customer.access(granted=True, one=customer.victim)
    customer.collect()
    assert customer.subscription()["access_lost_at"] is None
    assert customer.figure("Resources") == before
    assert "access lost" not in customer.page("/").replace("&nbsp;", " ")


def test_what_is_gone_for_good_is_let_go_by_who_may(customer: Customer, bob: Client, charlie: Client) -> None:
    before, inside, path = customer.figure("Resources"), customer.victim["resources"], f"{SUBSCRIPTIONS}/{{}}/release"
    path = path.format(customer.victim["id"])
    assert customer.alice.post(path).status == 409, "what is visible would only come back"
    customer.access(granted=False, one=customer.victim)
    customer.collect()
    assert (bob.post(path).status, charlie.post(path).status) == (403, 404)
    assert "Let it go" in customer.page(f"/resources/subscriptions/{customer.victim['id']}")
    assert customer.alice.post(path).status == 204
    assert customer.victim["id"] not in [item["id"] for item in customer.subscriptions()]
    assert customer.resources() == customer.figure("Resources") == before - inside
    assert customer.alice.get("/api/v1/audit", action="subscription.released").json()["total"] == 1
    assert customer.alice.post(path).status == 404
    customer.collect()
    assert customer.victim["id"] not in [item["id"] for item in customer.subscriptions()]
    customer.access(granted=True, one=customer.victim)
    customer.collect()
    assert customer.figure("Resources") == before, "and it comes back when it is seen again"


def test_a_customer_of_whom_nothing_can_be_read_any_more_keeps_its_numbers(customer: Customer) -> None:
    before, every = customer.figure("Resources"), {str(n): item for n, item in enumerate(customer.subscriptions())}
    customer.access(granted=False, **every)
    customer.collect()
    text = customer.page("/resources", tenant=customer.key)
    assert "no access 1 of 1" in text
    assert customer.figure("Resources") == before, "no access is never zero"
    states = customer.page("/resources/subscriptions", tenant=customer.key)
    assert "no access" in states
    assert "State when last seen" in customer.page(f"/resources/subscriptions/{customer.victim['id']}")


def test_a_delegation_that_is_withdrawn_from_one_subscription(operated: Operated) -> None:
    managing = operated.onboard(operated.cloud.partner).json()["id"]
    operated.idle(managing)
    path = f"/api/v1/lighthouse/{managing}/customers"
    operated.alice.post(path)
    until(lambda: bool(operated.alice.get(path).json()["listed_at"]))
    found = next(item for item in operated.alice.get(path).json()["items"] if len(item["subscriptions"]) > 1)
    key = operated.alice.post(f"{path}/{found['entra_tenant_id']}/onboard", {"name": "Tailspin"}).json()["id"]
    until(lambda: operated.get(key)["step"] == "done")
    operated.idle(key)
    one = operated.alice.get(SUBSCRIPTIONS, tenant=key).json()["items"][0]
    change = {
        "kind": "azure_access_changed",
        "tenant": found["entra_tenant_id"],
        "subscription": one["subscription_id"],
    }
    operated.cloud.order("changes", {**change, "granted": False})
    try:
        operated.alice.post(f"{BASE}/{key}/collect")
        operated.idle(key)
        items = operated.alice.get(SUBSCRIPTIONS, tenant=key).json()["items"]
        assert [item["id"] for item in items if item["access_lost_at"]] == [one["id"]]
    finally:
        operated.cloud.order("changes", {**change, "granted": True})
