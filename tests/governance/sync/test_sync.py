"""Syncing now, how often, and seeing how it stands: as a program asks for it."""

from typing import Any
from uuid import uuid4

import pytest
from tests.estate.conftest import Operated, until
from tests.support.web import Client

from tenantry.governance.sync.kinds import SyncType, datasets_of, type_of
from tenantry.observe.datasets import all_datasets
from tenantry.slices import load_slices

BASE = "/api/v1/sync"


def standing(alice: Client, kind: str, **more: Any) -> dict[str, Any]:
    (found,) = alice.get(f"{BASE}/status", type=kind, **more).json()["types"]
    assert found["type"] == kind
    return dict(found)


def begun(alice: Client, kind: str, *keys: str) -> dict[str, Any]:
    answer = alice.post(f"{BASE}/{kind}", {"microsoft_tenant_ids": list(keys)} if keys else None)
    assert answer.status == 202, answer.text
    return dict(answer.json())


def test_every_dataset_is_of_one_kind() -> None:
    load_slices()
    found = [dataset.name for kind in SyncType for dataset in datasets_of(kind)]
    assert sorted(found) == [dataset.name for dataset in all_datasets()]
    assert {kind for kind in SyncType if datasets_of(kind)} == set(SyncType) - {SyncType.COSTS}


@pytest.mark.parametrize(
    ("dataset", "kind"),
    [
        ("azure.policy_states", SyncType.COMPLIANCE),
        ("azure.secure_scores", SyncType.COMPLIANCE),
        ("azure.role_assignments", SyncType.IDENTITY),
        ("entra.users", SyncType.IDENTITY),
        ("azure.resources", SyncType.RESOURCES),
        ("exchange.dkim", SyncType.POSTURE),
        ("compliance.dlp_policies", SyncType.POSTURE),
    ],
)
def test_what_belongs_where(dataset: str, kind: SyncType) -> None:
    assert type_of(dataset) is kind


def test_a_kind_is_synced_now_and_seen(operated: Operated, alice: Client, charlie: Client) -> None:
    key = str(operated.onboard(operated.cloud.customer(flaw="none", reach="app_registration")).json()["id"])
    operated.idle(key)
    before = standing(alice, "compliance", microsoft_tenant_id=key)
    assert before["never"] == 0
    assert before["states"] == {"complete": len(datasets_of(SyncType.COMPLIANCE))}

    told = begun(alice, "compliance", key)
    (order,) = told["items"]
    assert (told["started"], order["outcome"], order["microsoft_tenant_id"]) == (1, "started", key)
    job = alice.get(f"/api/v1/jobs/{order['job_id']}").json()
    assert (job["kind"], job["subject_id"]) == ("observe.collect", key)
    (again,) = begun(alice, "compliance")["items"]
    assert again == {"microsoft_tenant_id": key, "outcome": "already_running", "job_id": order["job_id"]}
    until(lambda: alice.get(f"/api/v1/jobs/{order['job_id']}").json()["state"] == "succeeded", 120)
    after = standing(alice, "compliance", microsoft_tenant_id=key)
    assert after["oldest"] > before["oldest"]
    jobs = alice.get(f"{BASE}/status", type="compliance", microsoft_tenant_id=key, limit=1).json()
    assert (jobs["jobs"][0]["id"], jobs["jobs"][0]["total"]) == (order["job_id"], len(datasets_of(SyncType.COMPLIANCE)))
    assert jobs["next_cursor"]

    # how often
    assert alice.request("PUT", f"{BASE}/compliance/interval", {"microsoft_tenant_id": key, "hours": 3}).status == 204
    assert alice.request("PUT", f"{BASE}/costs/interval", {"microsoft_tenant_id": key, "hours": 12}).status == 204
    shown = alice.get(f"/api/v1/microsoft-tenants/{key}/datasets").json()["items"]
    hours = {one["name"]: one["every_hours"] for one in shown}
    assert {hours[dataset.name] for dataset in datasets_of(SyncType.COMPLIANCE)} == {3}
    assert hours["entra.users"] != 3

    # nobody else's
    assert charlie.post(f"{BASE}/compliance", {"microsoft_tenant_ids": [key]}).status == 404
    assert standing(charlie, "compliance")["states"] == {}
    assert charlie.request("PUT", f"{BASE}/costs/interval", {"microsoft_tenant_id": key, "hours": 2}).status == 404

    # a pause leaves nothing to sync
    assert alice.post(f"/api/v1/microsoft-tenants/{key}/pause").status == 200
    assert [one["outcome"] for one in begun(alice, "resources", key)["items"]] == ["nothing_to_sync"]
    assert begun(alice, "resources")["items"] == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "everything", None, 422),
        ("POST", "costs", {"microsoft_tenant_ids": []}, 422),
        ("POST", "costs", {"microsoft_tenant_ids": ["x"]}, 422),
        ("POST", "costs", {"microsoft_tenant_ids": [str(uuid4())]}, 404),
        ("POST", "costs", {"tenants": []}, 422),
        ("PUT", "costs/interval", {"microsoft_tenant_id": str(uuid4()), "hours": 2}, 404),
        ("PUT", "costs/interval", {"microsoft_tenant_id": str(uuid4()), "hours": 25}, 422),
        ("PUT", "costs/interval", {"microsoft_tenant_id": str(uuid4()), "hours": 0}, 422),
        ("GET", "status?type=everything", None, 422),
        ("GET", "status?cursor=x", None, 400),
    ],
)
def test_what_cannot_be_synced_is_refused(alice: Client, method: str, path: str, body: Any, status: int) -> None:
    assert alice.request(method, f"{BASE}/{path}", body).status == status
