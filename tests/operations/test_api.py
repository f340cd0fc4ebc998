"""Operations over the API: who may ask for what, keys, and what is refused."""

from typing import Any
from uuid import uuid4

import pytest
from tests.support.web import Client

BASE = "/api/v1/operations"


@pytest.fixture
def contoso(alice: Client) -> str:
    credential = {"kind": "client_secret", "client_id": str(uuid4()), "reference": "env:CONTOSO"}
    body = {"entra_tenant_id": str(uuid4()), "name": "Contoso", "credential": credential}
    return str(alice.post("/api/v1/microsoft-tenants", body).json()["id"])


def wanted(contoso: str, **changes: Any) -> dict[str, Any]:
    arguments = {"name": "Auditors"}
    return {"kind": "create-security-group", "microsoft_tenant_id": contoso, "arguments": arguments} | changes


def test_the_same_key_is_the_same_operation(alice: Client, contoso: str) -> None:
    first = alice.post(BASE, wanted(contoso, key="ticket-4711"))
    again = alice.post(BASE, wanted(contoso, key="ticket-4711"))
    assert (first.status, again.json()["id"]) == (202, first.json()["id"])
    other = alice.post(BASE, wanted(contoso, key="ticket-4711", arguments={"name": "Other"}))
    assert other.json()["code"] == "key_reused"
    assert alice.get(BASE).json()["total"] == 1


def test_bob_may_look_and_not_change(bob: Client, contoso: str) -> None:
    assert bob.post(BASE, wanted(contoso)).status == 403
    assert bob.get(BASE).json()["total"] == 0


def test_charlie_cannot_reach_alices_microsoft_tenant(charlie: Client, contoso: str) -> None:
    assert charlie.post(BASE, wanted(contoso)).status == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "delete-everything"},
        {"arguments": {}},
        {"arguments": {"name": " "}},
        {"arguments": {"name": "x" * 300}},
        {"arguments": {"name": "x", "colour": "red"}},
        {"key": "short"},
        {"microsoft_tenant_id": "contoso"},
    ],
)
def test_wrong_requests_change_nothing(alice: Client, contoso: str, changes: dict[str, Any]) -> None:
    assert alice.post(BASE, wanted(contoso, **changes)).status in (404, 422)
    assert alice.get(BASE).json()["total"] == 0
