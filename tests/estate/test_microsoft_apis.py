"""How Microsoft answers a worker is told by whoever is asked: health, metrics, in this process or another."""

from typing import Any

import pytest
from tests.estate.conftest import BASE, Operated, until
from tests.platform.health.metrics import Scrape


@pytest.fixture
def healthy(operated: Operated) -> dict[str, Any]:
    return operated.cloud.customer(flaw="none", reach="app_registration")


def services(operated: Operated, key: str) -> dict[str, dict[str, Any]]:
    rows = operated.alice.get("/health/detailed/microsoft", microsoft_tenant_id=key, limit=100).json()["items"]
    return {row["service"]: row for row in rows}


def metrics(operated: Operated) -> Scrape:
    return Scrape.of(operated.alice.get("/metrics"))


def test_what_microsoft_answers_is_known_by_service(operated: Operated, healthy: dict[str, Any]) -> None:
    key = operated.onboard(healthy).json()["id"]
    operated.idle(key)
    until(lambda: services(operated, key).keys() >= {"graph", "arm", "resource-graph", "exchange"})
    found = services(operated, key)
    assert (found["entra"]["status"], found["entra"]["failure"]) == ("ok", None)
    assert (found["graph"]["status"], found["graph"]["failure"]) == ("ok", "not_licensed"), "of one feature"
    assert found["graph"]["succeeded_at"] is not None
    fabric = found["fabric"]
    assert (fabric["status"], fabric["failure"], fabric["succeeded_at"]) == ("degraded", "no_access", None)
    part = operated.alice.get("/health/detailed").json()["parts"]["microsoft"]
    assert part["status"] == "degraded"
    assert part["facts"]["services"]["graph"] == {"ok": 1}
    scraped = metrics(operated)
    assert scraped.sum("tenantry_microsoft_requests_total", service="graph", status="200") > 0
    assert scraped.sum("tenantry_collections_total", dataset="entra.users", outcome="complete") >= 1
    assert scraped.sum("tenantry_job_attempts_total", kind="observe.collect", outcome="succeeded") >= 1
    assert scraped.value("tenantry_microsoft_apis", service="graph", status="ok") == 1
    left = scraped.value("tenantry_microsoft_budget_left_ratio", service="graph", entra_tenant_id=healthy["id"])
    assert left is not None
    assert 0 <= left <= 1
    assert scraped.value("tenantry_workers_alive") == 1
    labels = {value for _, found in scraped.samples for _, value in found}
    assert not any(healthy["client_secret"] in label for label in labels)


def test_throttling_is_seen_while_it_lasts(operated: Operated, healthy: dict[str, Any]) -> None:
    key = operated.onboard(healthy).json()["id"]
    operated.idle(key)
    before = metrics(operated).sum("tenantry_microsoft_throttled_total", service="graph")
    operated.cloud.order("faults", {"kind": "throttle", "tenant": healthy["id"], "path": "/v1.0/groups", "times": 1})
    try:
        assert operated.alice.post(f"{BASE}/{key}/collect").status in (200, 202)
        until(lambda: services(operated, key)["graph"]["throttled_until"] is not None)
        assert metrics(operated).sum("tenantry_microsoft_throttled_total", service="graph") > before
        operated.idle(key)
    finally:
        operated.cloud.order("faults", method="DELETE")


def test_a_credential_that_is_wrong_fails_for_every_service(operated: Operated, healthy: dict[str, Any]) -> None:
    key = operated.onboard(healthy).json()["id"]
    operated.idle(key)
    wrong = {"kind": "client_secret", "client_id": healthy["client_id"], "value": "wrong~wrong~wrong~wrong"}
    assert operated.alice.request("PUT", f"{BASE}/{key}/credential", wrong).status == 200
    until(lambda: services(operated, key).get("entra", {}).get("failure") == "credential_wrong")
    assert services(operated, key)["entra"]["status"] == "failing"
    operated.idle(key)
    assert operated.alice.post(f"{BASE}/{key}/collect").status in (200, 202)
    until(lambda: services(operated, key).get("graph", {}).get("failure") == "credential_wrong")
    assert services(operated, key)["graph"]["status"] == "failing"
