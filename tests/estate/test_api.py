"""Onboarding over the API: what is stored, what is shown, what is refused, and who may do it."""

from typing import Any
from uuid import uuid4

import pytest
from tests.support.web import Client

BASE = "/api/v1/microsoft-tenants"
SECRET = "Sup3r~secret~value~of~contoso"


def body(**changes: Any) -> dict[str, Any]:
    credential = {"kind": "client_secret", "client_id": str(uuid4()), "value": SECRET}
    return {"entra_tenant_id": str(uuid4()), "name": "Contoso", "credential": credential, **changes}


@pytest.fixture
def contoso(alice: Client) -> dict[str, Any]:
    answer = alice.post(BASE, body())
    assert answer.status == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created


def test_an_onboarding_starts_with_a_job(alice: Client, contoso: dict[str, Any]) -> None:
    assert (contoso["lifecycle"], contoso["step"], contoso["connection"]) == ("onboarding", "token", "untested")
    (job,) = alice.get("/api/v1/jobs", subject_id=contoso["id"]).json()["items"]
    assert (job["kind"], job["state"]) == ("estate.onboard", "queued")


def test_a_secret_is_never_shown_again(alice: Client, contoso: dict[str, Any]) -> None:
    seen = [
        str(contoso),
        alice.get(f"{BASE}/{contoso['id']}").text,
        alice.get("/audit.json").text,
        alice.get("/api/v1/audit/export").text,
    ]
    assert not any(SECRET in text for text in seen)
    assert contoso["credential"]["hint"] == f"…{SECRET[-4:]}"


def test_the_same_microsoft_tenant_twice_is_refused(alice: Client, contoso: dict[str, Any]) -> None:
    answer = alice.post(BASE, body(entra_tenant_id=contoso["entra_tenant_id"]))
    assert (answer.status, answer.json()["code"]) == (409, "already_onboarded")


def test_another_organisation_may_have_the_same_one(charlie: Client, contoso: dict[str, Any]) -> None:
    assert charlie.post(BASE, body(entra_tenant_id=contoso["entra_tenant_id"])).status == 201


def test_bob_sees_and_may_not_manage(bob: Client, contoso: dict[str, Any]) -> None:
    assert bob.get(BASE).json()["total"] == 1
    assert bob.post(BASE, body()).status == 403
    assert bob.post(f"{BASE}/{contoso['id']}/pause").status == 403
    assert bob.post(f"{BASE}/{contoso['id']}/offboard", {"confirm": "Contoso", "data": "keep"}).status == 403


def test_charlie_cannot_tell_that_it_exists(charlie: Client, contoso: dict[str, Any]) -> None:
    assert charlie.get(BASE).json()["total"] == 0
    for method, path, sent in (
        ("GET", "", None),
        ("PATCH", "", {"name": "x"}),
        ("POST", "/test", None),
        ("POST", "/pause", None),
        ("POST", "/resume", None),
        ("POST", "/offboard", {"confirm": "Contoso", "data": "purge"}),
    ):
        assert charlie.request(method, f"{BASE}/{contoso['id']}{path}", sent).status == 404, path


def test_offboarding_wants_the_name_and_forgets_the_credential(alice: Client, contoso: dict[str, Any]) -> None:
    path = f"{BASE}/{contoso['id']}/offboard"
    assert alice.post(path, {"confirm": "contoso?", "data": "keep"}).json()["code"] == "not_confirmed"
    answer = alice.post(path, {"confirm": "Contoso", "data": "keep"}).json()
    assert (answer["lifecycle"], answer["credential"]) == ("offboarded", None)


@pytest.mark.parametrize(
    "changes",
    [
        {"entra_tenant_id": "contoso.onmicrosoft.com"},
        {"name": ""},
        {"name": "x" * 300},
        {"credential": None},
        {"credential": {"kind": "client_secret", "client_id": str(uuid4())}},
        {"credential": {"kind": "client_secret", "client_id": str(uuid4()), "reference": "plain-text-secret"}},
        {"access": "lighthouse"},
        {"unknown": 1},
    ],
)
def test_wrong_input_is_refused_and_changes_nothing(alice: Client, changes: dict[str, Any]) -> None:
    answer = alice.post(BASE, body(**changes))
    assert answer.status == 422, answer.text
    assert "plain-text-secret" not in answer.text
    assert alice.get(BASE).json()["total"] == 0


def test_lighthouse_needs_its_managing_tenant_first(alice: Client) -> None:
    wanted = body(access="lighthouse", managed_by=str(uuid4()), credential=None)
    assert alice.post(BASE, wanted).json()["code"] == "unknown_managing_tenant"


def test_cross_site_requests_are_refused(alice: Client) -> None:
    cookie = {"Cookie": f"tenantry_session={alice.token}"}
    stranger = Client(alice.base_url, headers={**cookie, "Sec-Fetch-Site": "cross-site"})
    assert (stranger.post(BASE, body()).status, alice.get(BASE).json()["total"]) == (403, 0)
    assert Client(alice.base_url, headers=cookie).post(BASE, body()).status == 403
    own = Client(alice.base_url, headers={**cookie, "Sec-Fetch-Site": "same-origin"})
    assert own.post(BASE, body()).status == 201
