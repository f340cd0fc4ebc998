"""People decide about findings; verdicts stay what they are, and decisions end by themselves."""

import time
from datetime import timedelta
from typing import Any

import pytest
from tests.estate.conftest import Operated
from tests.posture.test_cspm_api import SCANS, finished
from tests.support.web import Client

from tenantry.kit.clock import SystemClock

NOW = SystemClock().now
APPS = "entra.users_cannot_register_applications"
SWAY = "m365.sway_is_not_shared_externally"


@pytest.fixture
def row(operated: Operated) -> dict[str, Any]:
    found: dict[str, Any] = operated.cloud.customer(flaw="none", reach="app_registration")
    return found


@pytest.fixture
def key(operated: Operated, row: dict[str, Any]) -> str:
    found = str(operated.onboard(row).json()["id"])
    operated.idle(found)
    return found


def may_register(operated: Operated, row: dict[str, Any], allowed: bool) -> None:
    """Somebody at Microsoft's end flips the setting."""
    values = {"defaultUserRolePermissions": {"allowedToCreateApps": allowed}}
    operated.cloud.order("changes", {"kind": "authorization_edited", "tenant": row["id"], "values": values})


def scanned(alice: Client, key: str, *checks: str) -> str:
    body = {"m365_tenant_id": key, **({"check_ids": list(checks)} if checks else {})}
    scan_id = str(alice.post(f"{SCANS}/start", body).json()["scan_id"])
    finished(alice, scan_id)
    return scan_id


def result(alice: Client, scan_id: str, check: str = APPS) -> dict[str, Any]:
    found: dict[str, Any] = alice.get(f"{SCANS}/{scan_id}/results", check_id=check).json()["items"][0]
    return found


def standing(alice: Client, key: str, check: str = APPS) -> dict[str, Any]:
    items = alice.get(f"/msp/cspm/standing/{key}").json()["items"]
    found: dict[str, Any] = next(item for item in items if item["key"] == check)
    return found


def decision(**values: Any) -> dict[str, Any]:
    expires = NOW() + timedelta(days=30)
    given = {"control": APPS, "kind": "excepted", "reason": "Developers need it", "approver": "Bob"}
    return {**given, "expires_at": expires.isoformat(), **values}


def test_what_a_setting_becomes_from_scan_to_scan(
    operated: Operated, alice: Client, row: dict[str, Any], key: str
) -> None:
    told = []
    for allowed in (True, True, False, True):
        may_register(operated, row, allowed)
        one = result(alice, scanned(alice, key, APPS))
        told.append((one["verdict"], one["change"]))
    assert told == [("fail", "new"), ("fail", "unchanged"), ("pass", "fixed"), ("fail", "regressed")]
    found = alice.get("/msp/cspm/fleet").json()["items"]
    assert [(item["m365_tenant_id"], item["statuses"][APPS]) for item in found] == [(key, "fail")]


def test_an_exception_covers_a_failure_until_it_ends_by_itself(
    operated: Operated, alice: Client, row: dict[str, Any], key: str
) -> None:
    may_register(operated, row, allowed=True)
    scan_id = scanned(alice, key, APPS)
    base = f"/api/v1/posture/microsoft-tenants/{key}/dispositions"
    soon = NOW() + timedelta(seconds=2)
    assert alice.post(base, decision(expires_at=soon.isoformat())).status == 201
    again = alice.post(base, decision())
    assert (again.status, again.json()["code"]) == (409, "already_decided")
    shown = standing(alice, key)
    assert (shown["status"], shown["is_open"], shown["disposition"]) == ("fail", False, "excepted")
    assert alice.get(f"/msp/cspm/standing/{key}").json()["score"]["excepted"] == 1
    assert result(alice, scan_id)["verdict"] == "fail", "a decision never changes a verdict"

    time.sleep(max(0.0, (soon - NOW()).total_seconds()) + 0.1)
    shown = standing(alice, key)
    assert (shown["is_open"], shown["disposition"]) == (True, None)
    scanned(alice, key, APPS)
    (noted,) = alice.get("/api/v1/posture/dispositions").json()["items"]
    assert noted["ended_by"] == "expiry"

    made = alice.post(base, decision()).json()
    assert alice.request("DELETE", f"/api/v1/posture/dispositions/{made['id']}").status == 200
    assert alice.request("DELETE", f"/api/v1/posture/dispositions/{made['id']}").status == 409
    assert standing(alice, key)["is_open"] is True


@pytest.mark.parametrize(
    ("values", "status", "says"),
    [
        ({"approver": None}, 422, "approve"),
        ({"control": "no.such"}, 422, "no control"),
        ({"reason": ""}, 422, "reason"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "future"),
        ({"expires_at": "2099-01-01T00:00:00Z"}, 422, "three years"),
        ({"control": SWAY}, 409, "does not fail"),
        ({"kind": "forgotten"}, 422, "false_positive"),
    ],
)
def test_a_decision_without_ground_changes_nothing(
    operated: Operated, alice: Client, row: dict[str, Any], key: str, values: dict[str, Any], status: int, says: str
) -> None:
    may_register(operated, row, allowed=True)
    scanned(alice, key, APPS)
    answer = alice.post(f"/api/v1/posture/microsoft-tenants/{key}/dispositions", decision(**values))
    assert (answer.status, says in answer.text) == (status, True), answer.text
    assert alice.get("/api/v1/posture/dispositions").json()["items"] == []


def test_an_attestation_answers_where_no_machine_can_until_it_lapses(
    operated: Operated, alice: Client, row: dict[str, Any], key: str
) -> None:
    scanned(alice, key, SWAY)
    assert standing(alice, key, SWAY)["answer"] == "manual"
    base = f"/api/v1/posture/microsoft-tenants/{key}/attestations"
    soon = NOW() + timedelta(seconds=2)
    given = {"control": SWAY, "holds": True, "owner": "Ida", "evidence": "Seen in the admin centre"}
    made = alice.post(base, {**given, "valid_until": soon.isoformat()})
    assert made.status == 201, made.text
    assert standing(alice, key, SWAY)["answer"] == "pass"
    refused = alice.post(base, {**given, "control": APPS, "valid_until": soon.isoformat()})
    assert (refused.status, "judged by evidence" in refused.text) == (422, True)
    time.sleep(max(0.0, (soon - NOW()).total_seconds()) + 0.1)
    assert standing(alice, key, SWAY)["answer"] == "manual"
    later = (NOW() + timedelta(days=90)).isoformat()
    held = alice.post(base, {**given, "holds": False, "valid_until": later}).json()
    assert standing(alice, key, SWAY)["answer"] == "fail"
    assert alice.request("DELETE", f"/api/v1/posture/attestations/{held['id']}").status == 200
    assert standing(alice, key, SWAY)["answer"] == "manual"


def test_how_a_microsoft_tenant_is_judged_is_chosen_for_it_alone(
    operated: Operated, alice: Client, row: dict[str, Any], key: str
) -> None:
    address = f"/api/v1/posture/microsoft-tenants/{key}/settings"
    assert alice.get(address).json()["benchmark"] == "cis-m365-7.0.0"
    wanted = {"benchmark": "cis-m365-5.0.0", "parameters": {"guest_review_days": 7}, "is_reference": True}
    changed = alice.request("PUT", address, wanted).json()
    assert (changed["benchmark"], changed["is_reference"]) == ("cis-m365-5.0.0", True)
    assert changed["parameters"]["guest_review_days"] == 7
    scan_id = scanned(alice, key)
    assert alice.get(f"{SCANS}/{scan_id}/status").json()["total_checks"] == 130
    for bad in ({"benchmark": "x"}, {"parameters": {"guest_review_days": 0}}, {"parameters": {"surprise": 1}}):
        assert alice.request("PUT", address, bad).status == 422
    assert alice.get(address).json() == changed


def test_two_scans_side_by_side(operated: Operated, alice: Client, row: dict[str, Any], key: str) -> None:
    may_register(operated, row, allowed=False)
    left = scanned(alice, key)
    may_register(operated, row, allowed=True)
    right = scanned(alice, key)
    found = alice.get("/msp/cspm/compare", left=left, right=right, differences="true").json()["items"]
    assert [(item["key"], item["left"], item["right"]) for item in found] == [(APPS, "pass", "fail")]
    assert [point["scan_id"] for point in alice.get(f"/msp/cspm/trend/{key}").json()] == [left, right]
