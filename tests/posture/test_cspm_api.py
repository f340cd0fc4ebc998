"""A program scans through the doors that document 003 prints."""

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from tests.estate.conftest import Operated, until
from tests.support.web import Client

SCANS = "/msp/cspm/scans"
_AT_LEAST_ONE_WAIT = {"kind": "throttle", "service": "graph", "seconds": 20, "times": 100}


@pytest.fixture
def row(operated: Operated) -> dict[str, Any]:
    found: dict[str, Any] = operated.cloud.customer(flaw="none", reach="app_registration")
    return found


@pytest.fixture
def key(operated: Operated, row: dict[str, Any]) -> Iterator[str]:
    """An onboarded Microsoft tenant; the cloud behaves again afterwards."""
    found = str(operated.onboard(row).json()["id"])
    operated.idle(found)
    yield found
    operated.cloud.order("faults", method="DELETE")


def finished(client: Client, scan_id: str, status: str = "completed") -> dict[str, Any]:
    found: list[dict[str, Any]] = []

    def ended() -> bool:
        found.append(client.get(f"{SCANS}/{scan_id}/status").json())
        return found[-1]["status"] not in ("pending", "running")

    until(ended)
    assert found[-1]["status"] == status, found[-1]
    return found[-1]


def events(client: Client, scan_id: str, last: str | None = None) -> tuple[int, list[dict[str, str]]]:
    """The status and the events of a stream, read to its end."""
    address = urlsplit(client.base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    headers = {"Authorization": f"Bearer {client.token}", **({"Last-Event-ID": last} if last else {})}
    connection.request("GET", f"/msp/cspm/stream/{scan_id}", headers=headers)
    reply = connection.getresponse()
    blocks = [block for block in reply.read().decode().split("\n\n") if block.startswith("event:")]
    connection.close()
    return reply.status, [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks]


def test_a_scan_from_start_to_results(operated: Operated, alice: Client, key: str, row: dict[str, Any]) -> None:
    started = alice.post(f"{SCANS}/start", {"m365_tenant_id": row["id"], "l1_only": True, "output_format": "json"})
    assert started.status == 202, started.text
    scan_id = started.json()["scan_id"]
    assert started.json()["scans"] == [{"scan_id": scan_id, "m365_tenant_id": key, "status": "pending"}]

    status, seen = events(alice, scan_id)
    assert (status, seen[-1]["event"]) == (200, "complete")
    end = json.loads(seen[-1]["data"])
    assert end == alice.get(f"{SCANS}/{scan_id}/status").json()
    assert (end["status"], end["progress_percentage"], end["total_checks"]) == ("completed", 100, 114)
    assert events(alice, scan_id, seen[-1]["id"]) == (204, []), "who knows of the end is told to stay away"

    found = alice.get(f"{SCANS}/{scan_id}/results", limit=500).json()
    assert found["total"] == len(found["items"]) == 114
    assert {item["category"] for item in found["items"]} == {"L1"}
    one = alice.get(f"{SCANS}/{scan_id}/results", check_id="5.1.2.2").json()["items"][0]
    assert one["key"] == "entra.users_cannot_register_applications"
    assert (one["status"], one["status_id"]) in (("Pass", 1), ("Fail", 3))
    assert one["sources"][0]["request"] == "GET /policies/authorizationPolicy"
    listed = alice.get(SCANS, status="completed", m365_tenant_id=key).json()
    assert [item["scan_id"] for item in listed["items"]] == [scan_id]


def test_a_running_scan_is_cancelled_within_two_seconds(operated: Operated, alice: Client, key: str) -> None:
    operated.cloud.order("faults", _AT_LEAST_ONE_WAIT)
    scan_id = alice.post(f"{SCANS}/start", {"m365_tenant_id": key}).json()["scan_id"]
    until(lambda: alice.get(f"{SCANS}/{scan_id}/status").json()["status"] == "running")
    again = alice.post(f"{SCANS}/start", {"m365_tenant_id": key})
    assert (again.status, again.json()["code"]) == (409, "scan_already_running")
    assert scan_id in again.json()["detail"]

    assert alice.request("DELETE", f"{SCANS}/{scan_id}/cancel").status == 200
    until(lambda: alice.get(f"{SCANS}/{scan_id}/status").json()["status"] == "cancelled", seconds=2)
    assert alice.request("DELETE", f"{SCANS}/{scan_id}/cancel").status == 409
    assert alice.get(f"{SCANS}/{scan_id}/results").json()["total"] == 0
    status, seen = events(alice, scan_id)
    assert (status, [event["event"] for event in seen]) == (200, ["complete"])


def test_who_comes_back_to_a_stream_is_told_what_is_new(operated: Operated, alice: Client, key: str) -> None:
    scan_id = alice.post(f"{SCANS}/start", {"m365_tenant_id": key}).json()["scan_id"]
    finished(alice, scan_id)
    _, all_of_it = events(alice, scan_id)
    _, after_the_first = events(alice, scan_id, "running-10-0.0.0.0.0")
    assert after_the_first == all_of_it[-1:]


def test_many_at_once_and_those_that_cannot_be_are_named(operated: Operated, alice: Client, key: str) -> None:
    stranger = str(uuid4())
    started = alice.post(f"{SCANS}/start", {"m365_tenant_ids": [key, stranger, key]}).json()
    assert [one["m365_tenant_id"] for one in started["scans"]] == [key]
    assert [(one["m365_tenant_id"], one["code"]) for one in started["refused"]] == [(stranger, "not_found")]
    finished(alice, started["scans"][0]["scan_id"])


def test_stored_evidence_is_judged_again_without_microsoft(operated: Operated, alice: Client, key: str) -> None:
    first = finished(alice, alice.post(f"{SCANS}/start", {"m365_tenant_id": key}).json()["scan_id"])
    operated.cloud.order("stats", method="DELETE")
    again = alice.post("/msp/cspm/reevaluate", {"benchmark": "cis-m365-5.0.0"}).json()
    (started,) = again["scans"]
    done = finished(alice, started["scan_id"])
    assert (done["reevaluates"], done["total_checks"], done["benchmark"]) == (first["scan_id"], 130, "cis-m365-5.0.0")
    assert operated.cloud.order("stats", method="GET")["requests"] == {}


def test_scans_come_again(operated: Operated, alice: Client, key: str) -> None:
    address = f"/msp/cspm/schedules/{key}"
    assert alice.request("PUT", address, {"every_hours": 24, "l1_only": True}).json()["every_hours"] == 24
    (listed,) = alice.get("/msp/cspm/schedules").json()
    assert (listed["m365_tenant_id"], listed["options"]["l1_only"]) == (key, True)
    assert alice.request("DELETE", address).status == 204
    assert alice.request("DELETE", address).status == 409
    assert alice.get("/msp/cspm/schedules").json() == []


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({}, 422, "m365_tenant_id"),
        ({"m365_tenant_id": "nonsense"}, 422, "valid UUID"),
        ({"m365_tenant_id": None, "m365_tenant_ids": []}, 422, "at least 1"),
        ({"check_ids": ["99.9"]}, 422, "has no control 99.9"),
        ({"check_ids": []}, 422, "no control"),
        ({"benchmark": "cis-m365-1.0.0"}, 422, "known benchmarks"),
        ({"output_format": "exe"}, 422, "pattern"),
        ({"engine": "perl"}, 422, "powershell"),
        ({"surprise": 1}, 422, "surprise"),
        ({"m365_tenant_id": str(uuid4())}, 404, "Microsoft tenant"),
    ],
)
def test_bad_input_starts_nothing(
    operated: Operated, alice: Client, key: str, body: dict[str, Any], status: int, says: str
) -> None:
    wanted = body if not body or "m365_tenant_id" in body or "surprise" in body else {"m365_tenant_id": key, **body}
    answer = alice.post(f"{SCANS}/start", wanted)
    assert (answer.status, says in answer.text) == (status, True), answer.text
    assert alice.get(SCANS).json()["total"] == 0


def test_a_microsoft_tenant_in_the_words_of_document_003(
    operated: Operated, alice: Client, row: dict[str, Any]
) -> None:
    given = {
        "m365_tenant_id": row["id"],
        "m365_tenant_name": "Contoso Corporation",
        "m365_domain": row["domain"],
        "description": "Production",
        "client_id": row["client_id"],
        "client_secret": row["client_secret"],
    }
    base = "/msp/cspm/m365-tenants"
    created = alice.post(base, given)
    assert created.status == 201, created.text
    key = created.json()["id"]
    operated.idle(key)
    shown = alice.get(f"{base}/{key}").json()
    assert (shown["status"], shown["auth_method"], shown["description"]) == ("active", "client_secret", "Production")
    assert [one["id"] for one in alice.get(base).json()["items"]] == [key]
    masked = alice.get(f"{base}/{key}/credentials")
    assert masked.json()["secret"].startswith("••••")
    assert row["client_secret"] not in masked.text
    changed = alice.request("PUT", f"{base}/{key}", {"m365_tenant_name": "Contoso", "description": None}).json()
    assert (changed["m365_tenant_name"], changed["description"]) == ("Contoso", None)
    assert alice.post(f"{base}/{key}/test-connection").status == 202
    operated.idle(key)
    before = alice.get(f"{base}/{key}/preflight").json()
    assert before["total"] == 160
    assert alice.request("DELETE", f"{base}/{key}?data=purge").json()["code"] == "not_confirmed"
    assert alice.request("DELETE", f"{base}/{key}").json()["status"] == "inactive"
    assert alice.post(f"{SCANS}/start", {"m365_tenant_id": key}).status == 409
