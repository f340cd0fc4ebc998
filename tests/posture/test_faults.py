"""Whatever goes wrong in the middle of a scan: it ends, with one verdict per control, and none of them is a guess."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.estate.conftest import BASE, Operated, until
from tests.posture.test_cspm_api import SCANS, finished
from tests.support.web import Client

from tenantry.posture.controls.registry import check_of

ALWAYS = {"times": 10_000}
TOO_LONG = {"seconds": 400, **ALWAYS}
"""Longer than a background job waits when it is told to come back."""
EXCHANGE = "Exchange.ManageAsApp and the Entra role Global Reader"


@pytest.fixture
def row(operated: Operated) -> dict[str, Any]:
    found: dict[str, Any] = operated.cloud.customer(flaw="none", reach="app_registration")
    return found


@pytest.fixture
def key(operated: Operated, row: dict[str, Any]) -> Iterator[str]:
    """An onboarded Microsoft tenant. Afterwards the cloud is as it was."""
    found = str(operated.onboard(row).json()["id"])
    operated.idle(found)
    yield found
    operated.cloud.order("faults", method="DELETE")
    operated.cloud.order("consent", {"tenant": row["id"], "permissions": row["consented"]})
    operated.cloud.order("changes", {"kind": "entra_role_changed", "tenant": row["id"], "granted": True})


@dataclass(frozen=True)
class Scanned:
    """A scan that has ended, and its verdicts by control."""

    state: dict[str, Any]
    verdicts: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, alice: Client, state: dict[str, Any]) -> "Scanned":
        """Checks what holds for every scan, whatever happened to it."""
        page = alice.get(f"{SCANS}/{state['scan_id']}/results", limit=500).json()
        verdicts = {item["key"]: item for item in page["items"]}
        assert len(verdicts) == len(page["items"]) == page["total"] == state["total_checks"]
        for item in verdicts.values():
            check = check_of(item["key"])
            outcomes = {one["dataset"]: one["outcome"] for one in item["sources"]}
            needed = [outcomes[one.name] for one in check.reads] if check else []
            assert item["verdict"] != "pass" or set(needed) <= {"complete"}, item
            assert item["verdict"] != "pass" or outcomes, item
            assert item["cause"] != "internal", item
        counted = {name: sum(item["verdict"] == said for item in verdicts.values()) for name, said in COUNTS.items()}
        assert counted == {name: state[name] for name in COUNTS}
        return cls(state, verdicts)

    def reading(self, dataset: str) -> dict[str, dict[str, Any]]:
        """The verdicts that need this dataset, by control."""
        found = {}
        for key, item in self.verdicts.items():
            check = check_of(key)
            if check is not None and dataset in {one.name for one in check.reads}:
                found[key] = item
        assert found, dataset
        return found

    def outcome(self, dataset: str) -> dict[str, Any]:
        """How the dataset stood, the same to all who read it."""
        told = [one for item in self.verdicts.values() for one in item["sources"] if one["dataset"] == dataset]
        assert all(one == told[0] for one in told)
        found: dict[str, Any] = told[0]
        return found


COUNTS = {
    "passed": "pass",
    "failed": "fail",
    "errors": "error",
    "manual": "manual",
    "not_applicable": "not_applicable",
}


def scan(alice: Client, key: str, status: str = "completed") -> Scanned:
    scan_id = alice.post(f"{SCANS}/start", {"m365_tenant_id": key}).json()["scan_id"]
    return Scanned.of(alice, finished(alice, scan_id, status))


@dataclass(frozen=True)
class Trouble:
    """A fault of the cloud, the dataset it costs, and what has to be said about it."""

    fault: dict[str, Any]
    dataset: str
    outcome: str
    cause: str
    missing: str | None = None


TROUBLES = {
    "Graph throttles": Trouble(
        {"kind": "throttle", "service": "graph", "path": "authorizationPolicy", **TOO_LONG},
        "entra.authorization_policy",
        "throttled",
        "throttled",
    ),
    "Graph refuses": Trouble(
        {"kind": "forbidden", "service": "graph", "path": "authorizationPolicy", **ALWAYS},
        "entra.authorization_policy",
        "no_access",
        "permission_missing",
        "Policy.Read.All",
    ),
    "a list is refused": Trouble(
        {"kind": "forbidden", "service": "graph", "path": "/groups", **ALWAYS},
        "entra.groups",
        "no_access",
        "permission_missing",
        "Group.Read.All",
    ),
    "one cmdlet is throttled": Trouble(
        {"kind": "throttle", "service": "exchange", "path": "InvokeCommand/Get-TransportRule$", **TOO_LONG},
        "exchange.transport_rules",
        "throttled",
        "throttled",
    ),
    "one cmdlet is refused": Trouble(
        {"kind": "forbidden", "service": "exchange", "path": "InvokeCommand/Get-TransportRule$", **ALWAYS},
        "exchange.transport_rules",
        "no_access",
        "permission_missing",
        EXCHANGE,
    ),
    "the batch of cmdlets is refused": Trouble(
        {"kind": "forbidden", "service": "exchange", "path": r"\$batch$", **ALWAYS},
        "exchange.organization_config",
        "no_access",
        "permission_missing",
        EXCHANGE,
    ),
    "the batch of cmdlets is garbled": Trouble(
        {"kind": "malformed", "service": "exchange", "path": r"\$batch$", **ALWAYS},
        "exchange.organization_config",
        "failed",
        "unavailable",
    ),
    "Fabric throttles": Trouble(
        {"kind": "throttle", "service": "fabric", **TOO_LONG}, "fabric.tenant_settings", "throttled", "throttled"
    ),
    "Teams is garbled": Trouble(
        {"kind": "malformed", "service": "teams-admin", "path": "TeamsMeetingPolicy", **ALWAYS},
        "teams.meeting_policy",
        "failed",
        "unavailable",
    ),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_what_one_dataset_lacks_costs_its_controls_alone(
    operated: Operated, alice: Client, key: str, name: str
) -> None:
    trouble = TROUBLES[name]
    operated.cloud.order("faults", trouble.fault)
    scanned = scan(alice, key)
    stood = scanned.outcome(trouble.dataset)
    assert (stood["outcome"], stood["collected_at"], stood["digest"]) == (trouble.outcome, None, None)
    for item in scanned.reading(trouble.dataset).values():
        if item["verdict"] == "error":
            assert (item["cause"], item["missing_permission"]) == (trouble.cause, trouble.missing), item
        else:
            assert item["verdict"] in ("fail", "manual", "not_applicable"), item
    assert scanned.state["passed"] > 0, "the others are judged"


def test_no_answer_of_the_public_dns_is_no_record(operated: Operated, alice: Client, key: str) -> None:
    operated.cloud.order("faults", {"kind": "servfail", "service": "dns", **ALWAYS})
    scanned = scan(alice, key)
    for name in ("mail.spf", "mail.dmarc"):
        assert scanned.verdicts[name]["verdict"] == "error", scanned.verdicts[name]


def test_a_role_that_was_taken_away_is_named(operated: Operated, alice: Client, row: dict[str, Any], key: str) -> None:
    operated.cloud.order("changes", {"kind": "entra_role_changed", "tenant": row["id"], "granted": False})
    scanned = scan(alice, key)
    for item in scanned.reading("exchange.organization_config").values():
        assert item["verdict"] in ("error", "manual", "not_applicable"), item
        assert item["verdict"] != "error" or item["missing_permission"] == EXCHANGE, item
    operated.cloud.order("changes", {"kind": "entra_role_changed", "tenant": row["id"], "granted": True})
    assert scan(alice, key).outcome("exchange.organization_config")["outcome"] == "complete"


def test_consent_that_is_taken_back_midway_passes_nothing(operated: Operated, alice: Client, key: str) -> None:
    operated.cloud.order("faults", {"kind": "revoked_consent", "service": "graph", "skip": 6})
    operated.cloud.order("faults", {"kind": "expired_token", "service": "graph", "skip": 6, **ALWAYS})
    scan_id = alice.post(f"{SCANS}/start", {"m365_tenant_id": key}).json()["scan_id"]
    until(lambda: alice.get(f"{SCANS}/{scan_id}/status").json()["status"] not in ("pending", "running"))
    scanned = Scanned.of(alice, alice.get(f"{SCANS}/{scan_id}/status").json())
    assert scanned.state["errors"] > 0


def test_a_credential_that_is_not_accepted_any_more_is_a_scan_that_failed(
    operated: Operated, alice: Client, key: str
) -> None:
    """All of its verdicts say that nothing was verified, and stay; run again, the job makes another scan."""
    operated.cloud.order("faults", {"kind": "aadsts", "service": "entra", "code": 7000222, **ALWAYS})
    operated.cloud.order("faults", {"kind": "expired_token", **ALWAYS})
    scanned = scan(alice, key, "failed")
    assert scanned.state["error_message"].startswith("Microsoft let us read nothing")
    assert {item["verdict"] for item in scanned.verdicts.values()} <= {"error", "manual"}
    assert scanned.state["errors"] > 0
    operated.cloud.order("faults", method="DELETE")

    job_id = scanned.state["job_id"]
    assert alice.post(f"/api/v1/jobs/{job_id}/retry").status == 200
    operated.idle(key)
    newest, oldest = alice.get(SCANS, m365_tenant_id=key).json()["items"]
    assert oldest == scanned.state
    assert (newest["status"], newest["passed"] > 0) == ("completed", True)
    assert Scanned.of(alice, oldest).verdicts == scanned.verdicts, "stored verdicts stay what they are"


def test_a_scan_waits_for_a_collection_that_is_under_way(operated: Operated, alice: Client, key: str) -> None:
    operated.cloud.order("faults", {"kind": "slow_body", "service": "graph", "seconds": 2, "times": 8})
    assert alice.post(f"{BASE}/{key}/collect").status == 202
    scanned = scan(alice, key)
    assert scanned.state["errors"] < scanned.state["total_checks"] / 2
    operated.idle(key)
    assert {job["state"] for job in alice.get("/api/v1/jobs", subject_id=key).json()["items"]} == {"succeeded"}


def test_of_two_scans_at_once_one_is_refused(operated: Operated, alice: Client, key: str) -> None:
    operated.cloud.order("faults", {"kind": "slow_body", "service": "graph", "seconds": 2, "times": 4})
    first, second = (alice.post(f"{SCANS}/start", {"m365_tenant_id": key}) for _ in range(2))
    assert (first.status, second.status) == (202, 409)
    Scanned.of(alice, finished(alice, first.json()["scan_id"]))
    assert alice.get(SCANS, m365_tenant_id=key).json()["total"] == 1


def test_offboarding_ends_a_scan_without_a_verdict(operated: Operated, alice: Client, key: str) -> None:
    operated.cloud.order("faults", {"kind": "throttle", "service": "graph", "seconds": 20, "times": 100})
    scan_id = alice.post(f"{SCANS}/start", {"m365_tenant_id": key}).json()["scan_id"]
    until(lambda: alice.get(f"{SCANS}/{scan_id}/status").json()["status"] == "running")
    assert alice.request("DELETE", f"/msp/cspm/m365-tenants/{key}").status == 200
    finished(alice, scan_id, "cancelled")
    assert alice.get(f"{SCANS}/{scan_id}/results").json()["total"] == 0
    assert alice.post(f"{SCANS}/start", {"m365_tenant_id": key}).status == 409


def test_a_pause_lets_a_running_scan_end_and_no_other_begin(operated: Operated, alice: Client, key: str) -> None:
    operated.cloud.order("faults", {"kind": "slow_body", "service": "graph", "seconds": 2, "times": 4})
    scan_id = alice.post(f"{SCANS}/start", {"m365_tenant_id": key}).json()["scan_id"]
    until(
        lambda: alice.get(f"{SCANS}/{scan_id}/status").json()["started_at"] is not None
    )  # one that waits may not begin
    assert alice.post(f"{BASE}/{key}/pause").status == 200
    Scanned.of(alice, finished(alice, scan_id))
    assert alice.post(f"{SCANS}/start", {"m365_tenant_id": key}).status == 409
