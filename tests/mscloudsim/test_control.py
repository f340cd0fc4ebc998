"""Telling the cloud to misbehave, to change, and to say what it saw: over its control API and its command line."""

import http.client
import json
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from tests.mscloudsim.cloud import GRAPH, VAULT, Cloud, secret_form

USERS = "/v1.0/users?$top=5"


def healthy(cloud: Cloud) -> dict[str, Any]:
    return cloud.customer(name="Contoso Health")


def run(cloud: Cloud, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mscloudsim", *arguments, "--url", cloud.url]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("kind", "status", "hint"),
    [
        ("throttle", 429, "7"),
        ("throttle_without_hint", 429, None),
        ("server_error", 500, None),
        ("unavailable", 503, None),
        ("expired_token", 401, None),
        ("forbidden", 403, None),
    ],
)
def test_a_fault_hits_as_often_as_ordered_and_only_there(
    cloud: Cloud, kind: str, status: int, hint: str | None
) -> None:
    token, other = cloud.token(healthy(cloud)), cloud.token(cloud.partner)
    scope = {"service": "graph", "path": "/users$", "tenant": healthy(cloud)["id"]}
    cloud.order("faults", {"kind": kind, "times": 2, "skip": 1, "seconds": 7, **scope})
    answers = [cloud.get(USERS, token) for _ in range(4)]
    assert [answer.status for answer in answers] == [200, status, status, 200]
    assert cloud.get(USERS, other).status == 200
    assert answers[1].headers.get("retry-after") == hint
    error = answers[1].json()["error"]
    assert error["innerError"]["request-id"] == answers[1].headers["request-id"]
    assert error["innerError"]["date"] > "2026"
    stats = cloud.order("stats", method="GET")
    assert stats["faults"] == {kind: 2}
    assert stats["by_tenant"][healthy(cloud)["id"]]["graph"] == 4


def test_the_token_endpoint_can_be_told_its_refusal(cloud: Cloud) -> None:
    tenant = healthy(cloud)
    for number, error in (
        (50076, "interaction_required"),
        (53003, "access_denied"),
        (90055, "temporarily_unavailable"),
    ):
        cloud.order("faults", {"kind": "aadsts", "code": number, "service": "entra", "tenant": tenant["id"]})
        refusal = cloud.ask_token(tenant["id"], scope=GRAPH, **secret_form(tenant)).refusal
        assert refusal[1:] == (error, number)
    assert cloud.token(tenant)


def test_connections_break_and_bodies_are_spoilt(cloud: Cloud) -> None:
    token = cloud.token(healthy(cloud))
    for kind in ("reset", "truncated"):
        cloud.order("faults", {"kind": kind, "service": "graph"})
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            cloud.get(USERS, token)
    cloud.order("faults", {"kind": "malformed", "service": "graph"})
    with pytest.raises(json.JSONDecodeError):
        cloud.get(USERS, token).json()
    cloud.order("faults", {"kind": "slow_body", "service": "graph", "seconds": 0.5})
    started = time.monotonic()
    assert len(cloud.get(USERS, token).json()["value"]) == 5
    assert time.monotonic() - started >= 0.4


def test_a_consent_is_taken_back_between_two_requests(cloud: Cloud) -> None:
    tenant = cloud.customer(name="Trey Research")
    token = cloud.token(tenant)
    cloud.order("faults", {"kind": "revoked_consent", "service": "graph", "tenant": tenant["id"], "skip": 1})
    assert [cloud.get(USERS, token).status for _ in range(2)] == [200, 200]
    assert cloud.ask_token(tenant["id"], scope=GRAPH, **secret_form(tenant)).refusal[2] == 700016
    cloud.order("consent", {"tenant": tenant["id"], "permissions": tenant["consented"]})
    assert cloud.token(tenant)


def test_a_delegation_is_lost_and_given_back(cloud: Cloud) -> None:
    customer = cloud.customer(reach="lighthouse")
    cloud.order("faults", {"kind": "lost_delegation", "service": "entra", "target": customer["id"]})
    cloud.token(cloud.partner)

    def manager() -> Any:
        return next(t for t in cloud.order("tenants", method="GET") if t["id"] == customer["id"])["managed_by"]

    assert manager() is None
    cloud.order("delegation", {"tenant": customer["id"], "delegated": True})
    assert manager() == cloud.partner["id"]


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("faults", {"kind": "nonsense"}),
        ("faults", {"kind": "reset", "path": "("}),
        ("faults", {"kind": "reset", "times": 0}),
        ("faults", {"kind": "reset", "colour": "red"}),
        ("consent", {"tenant": "nobody.example", "permissions": []}),
        ("credentials", {"tenant": "cascadia.example", "certificate": "no PEM"}),
        ("changes", {"kind": "nonsense", "tenant": "cascadia.example"}),
        ("clock", {}),
        ("clock", None),
    ],
)
def test_a_wrong_order_is_refused_with_its_reason(cloud: Cloud, action: str, body: Any) -> None:
    answer = cloud.call(f"/_sim/{action}", json.dumps(body).encode())
    assert answer.status == 400
    assert answer.json()["error"]
    assert cloud.order("faults", method="GET") == []


def test_an_unknown_order_lists_the_known_ones(cloud: Cloud) -> None:
    answer = cloud.get("/_sim/nothing")
    assert answer.status == 404
    assert "POST faults" in answer.json()["known"]
    assert cloud.get("/nowhere").status == 404


def test_recorded_exchanges_hold_no_secret(cloud: Cloud, tmp_path: Path) -> None:
    tenant, out = cloud.partner, tmp_path / "exchanges.jsonl"
    cloud.order("recording", {"on": True})
    token = cloud.token(tenant, VAULT)
    cloud.get(f"/vaults/{tenant['vault']}/secrets/cascadia-client-secret?api-version=7.4", token)
    cloud.get(USERS, cloud.token(tenant))
    cloud.order("recording", {"on": False})
    text = cloud.get("/_sim/recording").body.decode()
    exchanges = [json.loads(line) for line in text.splitlines()]
    assert [exchange["service"] for exchange in exchanges] == ["entra", "key-vault", "entra", "graph"]
    assert tenant["client_secret"] not in text
    assert token not in text
    assert json.loads(exchanges[3]["response"]["body"])["value"]
    written = run(cloud, "record", "--out", str(out), "--seconds", "0.1")
    assert written.returncode == 0
    assert out.read_bytes() == b""


def test_the_command_line_orders_lists_and_ends_faults(cloud: Cloud) -> None:
    added = json.loads(run(cloud, "fault", "add", "throttle", "--service", "graph", "--times", "3").stdout)
    assert (added["kind"], added["times"], added["service"]) == ("throttle", 3, "graph")
    assert [order["id"] for order in json.loads(run(cloud, "fault", "list").stdout)] == [added["id"]]
    assert run(cloud, "fault", "clear", str(added["id"])).returncode == 0
    assert cloud.order("faults", method="GET") == []
    assert run(cloud, "fault", "add", "nonsense").returncode == 2


def test_the_command_line_shows_tenants_and_stats(cloud: Cloud) -> None:
    table = run(cloud, "tenants").stdout.splitlines()
    assert len(table) == len(cloud.tenants)
    assert json.loads(run(cloud, "tenants", "--json").stdout)[0]["id"] == cloud.partner["id"]
    assert json.loads(run(cloud, "stats").stdout)["total"] == 0


def test_the_command_line_changes_a_tenant_and_leaves_a_trace(cloud: Cloud) -> None:
    values = json.dumps({"name": "Ines Neu", "by": "hr@contosohealth.example"})
    made = run(cloud, "change", "user_joins", "--tenant", healthy(cloud)["domain"], "--values", values)
    user = json.loads(made.stdout)["id"]
    found = cloud.get(f"/v1.0/users/{user}?$select=id,displayName", cloud.token(healthy(cloud))).json()
    assert found["displayName"] == "Ines Neu"


def test_without_a_simulator_the_command_line_says_what_to_do() -> None:
    command = [sys.executable, "-m", "mscloudsim", "stats", "--url", "http://127.0.0.1:9"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "start one with `mscloudsim serve`" in done.stderr


def test_a_taken_port_is_said_in_one_line(cloud: Cloud) -> None:
    port = cloud.url.rpartition(":")[2]
    command = [sys.executable, "-m", "mscloudsim", "serve", "--port", port]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr


def test_https_is_trusted_through_the_local_authority(cloud: Cloud) -> None:
    trusting = ssl.create_default_context(cafile=cloud.ca_file)
    with urllib.request.urlopen(f"{cloud.tls_url}/_sim/tenants", context=trusting, timeout=20) as reply:
        assert len(json.load(reply)) == len(cloud.tenants)
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(f"{cloud.tls_url}/_sim/tenants", timeout=20)


def test_a_teams_webhook_keeps_cards_and_refuses_the_rest(cloud: Cloud) -> None:
    path = "/_sim/webhooks/teams/operations"
    card = {"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive"}]}
    assert cloud.call(path, json.dumps(card).encode()).status == 202
    assert cloud.call(path, b'{"text": "no card"}').status == 400
    assert cloud.call(path, json.dumps({**card, "padding": "x" * 30_000}).encode()).status == 413
    assert cloud.get(path).json() == [card]
    assert cloud.call(path, method="DELETE").status == 204
    assert cloud.get(path).json() == []
