"""Onboarding, losing and ending a Microsoft tenant with a worker, over the protocols of the simulated cloud."""

from datetime import datetime
from typing import Any

import pytest
from tests.estate.conftest import BASE, Operated, assert_sound, until
from tests.mscloudsim.credentials import make_certificate
from tests.support.web import Client

PURGE = "purge"


@pytest.fixture
def healthy(operated: Operated) -> dict[str, Any]:
    return operated.cloud.customer(flaw="none", reach="app_registration")


def test_a_sound_one_is_onboarded_collected_and_scheduled(operated: Operated, healthy: dict[str, Any]) -> None:
    key = operated.onboard(healthy).json()["id"]
    tenant = operated.idle(key)
    until(lambda: operated.get(key)["step"] == "done")
    assert (tenant["lifecycle"], tenant["connection"], tenant["missing"]) == ("active", "working", [])
    assert tenant["default_domain"] == healthy["domain"]
    datasets = operated.alice.get(f"{BASE}/{key}/datasets").json()["items"]
    assert_sound(operated.outcomes(key))
    assert all(item["next_at"] for item in datasets)


def test_without_consent_the_link_of_its_cloud_is_offered(operated: Operated) -> None:
    row = operated.cloud.customer(flaw="no_consent")
    key = operated.onboard(row).json()["id"]
    tenant = operated.idle(key)
    assert (tenant["step"], tenant["connection"], tenant["problem_code"]) == ("token", "broken", "no_consent")
    assert tenant["consent_url"].startswith(
        f"{operated.cloud.url}/{row['id']}/adminconsent?client_id={row['client_id']}"
    )
    page = operated.alice.get(f"/microsoft-tenants/{key}/onboarding").text
    assert "adminconsent" in page
    assert "Another credential" in page


def test_an_onboarding_goes_on_with_a_corrected_secret(operated: Operated, healthy: dict[str, Any]) -> None:
    key = operated.onboard(healthy, value="wrong~wrong~wrong~wrong").json()["id"]
    tenant = operated.idle(key)
    assert (tenant["step"], tenant["problem_code"]) == ("token", "credential_wrong")
    again = {"kind": "client_secret", "client_id": healthy["client_id"], "value": healthy["client_secret"]}
    assert operated.alice.request("PUT", f"{BASE}/{key}/credential", again).status == 200
    until(lambda: operated.get(key)["step"] == "done")
    assert operated.get(key)["problem_code"] is None


def test_what_is_lost_without_a_permission_is_said(operated: Operated, healthy: dict[str, Any]) -> None:
    """And a tenant whose consent is withdrawn altogether becomes broken by its next collection."""
    rest = [name for name in healthy["consented"] if name != "AuditLog.Read.All"]
    operated.cloud.order("consent", {"tenant": healthy["id"], "permissions": rest})
    try:
        key = operated.onboard(healthy).json()["id"]
        tenant = operated.idle(key)
        assert tenant["connection"] == "limited"
        (loss,) = tenant["missing"]
        assert (loss["permission"], "stale accounts, last sign-in" in loss["without_it"]) == ("AuditLog.Read.All", True)
        assert "without <code>AuditLog.Read.All</code>" in operated.alice.get(f"/microsoft-tenants/{key}").text
    finally:
        operated.cloud.order("consent", {"tenant": healthy["id"], "permissions": healthy["consented"]})


def test_an_application_without_any_permission_stops_at_that_step(operated: Operated, healthy: dict[str, Any]) -> None:
    operated.cloud.order("consent", {"tenant": healthy["id"], "permissions": ["Mail.Read"]})
    try:
        tenant = operated.idle(operated.onboard(healthy).json()["id"])
        assert (tenant["step"], tenant["lifecycle"]) == ("permissions", "onboarding")
        assert tenant["problem_code"] == "no_access"
        assert len(tenant["missing"]) > 10
    finally:
        operated.cloud.order("consent", {"tenant": healthy["id"], "permissions": healthy["consented"]})


def test_offboarding_deletes_everything_and_certifies_it(operated: Operated, healthy: dict[str, Any]) -> None:
    """A second Microsoft tenant of the same organisation keeps every row."""
    other = operated.onboard(operated.cloud.partner).json()["id"]
    key = operated.onboard(healthy).json()["id"]
    until(lambda: {operated.get(row)["step"] for row in (key, other)} == {"done"})
    operated.idle(key)
    before = operated.alice.get(f"{BASE}/{other}/datasets").json()
    answer = operated.alice.post(f"{BASE}/{key}/offboard", {"confirm": healthy["name"], "data": PURGE})
    assert answer.status == 200, answer.text

    certificate: dict[str, Any] = {}

    def deleted() -> bool:
        certificate.update(operated.alice.get(f"{BASE}/{key}/offboarding").json())
        return certificate["deleted_at"] is not None

    until(deleted)
    assert certificate["offboarded_by"] == "alice@tenantry.example"
    assert certificate["deleted_rows"]["directory_user"] > 0
    assert certificate["deleted_rows"]["observation_body"] > 0
    assert all(item["items"] is None for item in operated.alice.get(f"{BASE}/{key}/datasets").json()["items"])
    assert "Certificate of offboarding" in operated.alice.get(f"/microsoft-tenants/{key}").text
    after = operated.alice.get(f"{BASE}/{other}/datasets").json()
    assert [item["items"] for item in after["items"]] == [item["items"] for item in before["items"]]
    assert healthy["client_secret"] not in operated.alice.get("/audit.json").text


def test_delegating_customers_are_found_and_onboarded_with_one_click(operated: Operated) -> None:
    managing = operated.onboard(operated.cloud.partner).json()["id"]
    path = f"/api/v1/lighthouse/{managing}/customers"
    assert operated.alice.get(path).json() == {"listed_at": None, "items": []}
    assert "Not asked yet" in operated.alice.get(f"/lighthouse?managing={managing}").text
    operated.idle(managing)
    assert operated.alice.post(path).status == 202
    until(lambda: bool(operated.alice.get(path).json()["listed_at"]))
    found = operated.alice.get(path).json()["items"]
    delegating = {row["id"] for row in operated.cloud.tenants if row["managed_by"]}
    assert {item["entra_tenant_id"] for item in found} >= delegating
    assert all(item["subscriptions"] for item in found)

    chosen = found[0]["entra_tenant_id"]
    added = operated.alice.post(f"{path}/{chosen}/onboard", {"name": "Tailspin"})
    assert (added.status, added.json()["access"]) == (201, "lighthouse")
    until(lambda: operated.get(added.json()["id"])["step"] == "done")
    assert operated.alice.post(f"{path}/{chosen}/onboard", {"name": "Again"}).json()["code"] == "already_onboarded"
    listed = {item["entra_tenant_id"]: item for item in operated.alice.get(path).json()["items"]}
    assert listed[chosen]["microsoft_tenant_name"] == "Tailspin"


def test_strangers_delegations_cannot_be_onboarded(operated: Operated, charlie: Client) -> None:
    managing = operated.onboard(operated.cloud.partner).json()["id"]
    unseen = "99999999-9999-4999-8999-999999999999"
    path = f"/api/v1/lighthouse/{managing}/customers"
    assert operated.alice.post(f"{path}/{unseen}/onboard", {"name": "x"}).status == 404
    assert charlie.get(path).status == 404
    assert charlie.post(path).status == 404


@pytest.fixture
def registered(operated: Operated) -> dict[str, Any]:
    """One with a registration of its own, which it can look at; the partner's lies in the partner's tenant."""
    rows = operated.cloud.tenants
    clients = [row["client_id"] for row in rows]
    return next(row for row in rows if row["flaw"] == "none" and clients.count(row["client_id"]) == 1)


def test_the_end_of_a_secret_is_read_where_it_is_registered_and_warned_of(
    operated: Operated, registered: dict[str, Any]
) -> None:
    fresh = "fresh~secret~of~twelve~days"
    operated.cloud.order("credentials", {"tenant": registered["id"], "secret": fresh, "days": 12})
    try:
        key = operated.onboard(registered, value=fresh).json()["id"]
        credential = operated.idle(key)["credential"]
        assert (credential["expiry"], credential["expiry_source"]) == ("expiring", "application")
        assert "the credential ends on" in overview(operated)
        operated.cloud.order(
            "credentials", {"tenant": registered["id"], "secret": registered["client_secret"], "days": 365}
        )
        again = {"kind": "client_secret", "client_id": registered["client_id"], "value": registered["client_secret"]}
        assert operated.alice.request("PUT", f"{BASE}/{key}/credential", again).status == 200
        until(lambda: operated.get(key)["credential"]["expiry"] == "valid")
        assert "the credential ends on" not in overview(operated)
    finally:
        operated.cloud.order(
            "credentials", {"tenant": registered["id"], "secret": registered["client_secret"], "days": 365}
        )


def test_a_certificate_says_itself_when_it_ends(operated: Operated, healthy: dict[str, Any]) -> None:
    certified = make_certificate()
    operated.cloud.order("credentials", {"tenant": healthy["id"], "certificate": certified.pem})
    value = certified.pem_with_key.decode()
    key = operated.onboard(healthy, kind="certificate", value=value).json()["id"]
    credential = operated.idle(key)["credential"]
    assert datetime.fromisoformat(credential["expires_at"]) == certified.certificate.not_valid_after_utc
    assert (credential["expiry_source"], credential["expiry"]) == ("certificate", "expiring")


def overview(operated: Operated) -> str:
    browser = Client(operated.alice.base_url, operated.alice.token, {"Accept": "text/html"})
    return browser.get("/").text
