"""Whatever route is added: what somebody may not see does not exist for them, whichever way they ask.

Charlie is of another organisation than Alice; Bob is of hers, and limited to a Microsoft tenant that she has not asked
about.

The routes come from the OpenAPI document, so that a new one is tried without a line here.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from tests.governance import policies
from tests.support.cast import Cast
from tests.support.costs import out_of_line
from tests.support.observed import Observed
from tests.support.web import Client

from tenantry.main import openapi_document
from tenantry.platform.access import Actor
from tenantry.platform.doors import authentication
from tenantry.platform.work import Platform
from tenantry.posture.decisions.models import Disposition
from tenantry.posture.decisions.schemas import DispositionIn

GROUP = "/subscriptions/0f4c0d2e-1111-4222-8333-444455556666/resourceGroups/rg"
SUBSCRIPTION = {"subscriptionId": "0f4c0d2e-1111-4222-8333-444455556666", "displayName": "Production"}
DISK = {"id": f"{GROUP}/providers/Microsoft.Compute/disks/d", "name": "d", "type": "microsoft.compute/disks"}

ATTESTATION = {
    "control": "m365.sway_is_not_shared_externally",
    "holds": True,
    "owner": "Ida",
    "evidence": "Seen in the admin centre",
    "valid_until": "2027-01-31T00:00:00Z",
}
DECISION = {
    "control": "entra.users_cannot_register_applications",
    "kind": "excepted",
    "reason": "Developers need it",
    "approver": "Ida",
    "expires_at": "2027-01-31T00:00:00Z",
}

BODIES: dict[str, Any] = {
    "credential": {"kind": "client_secret", "client_id": str(uuid4()), "reference": "env:X"},
    "onboard": {"name": "Contoso"},
    "schedule": {"hours": {"entra.users": 6}},
    "offboard": {"confirm": "Contoso", "data": "purge"},
    "dispositions": DECISION,
    "attestations": ATTESTATION,
    "acknowledge": {"reason": "It is seen to"},
    "resolve": {"reason": "It is over"},
    "snooze": {"reason": "Later", "until": "2026-11-25T09:00:00Z"},
    "schedules/{m365_tenant_id}": {"every_hours": 24},
    "reason": {"reason": "It is seen to"},
    "policies/{microsoft_tenant_id}": {"rules": []},
}
"""By how their paths end."""


def body_for(path: str) -> Any:
    return next((body for end, body in BODIES.items() if path.endswith(end)), {})


WORDS = {"/sync/{kind}", "/licence-prices/{part_number}"}
"""Words, which name nothing of anybody's: their slices try them from outside by what they are given."""
ORGANISATION_WIDE = {"rate_id"}
"""Alice's whole organisation sees these; who looks after some of its Microsoft tenants changes none of them."""


def routes() -> Iterator[tuple[str, str]]:
    """Those that want to know who asks; the others are listed, and proven, one by one."""
    for path, methods in openapi_document()["paths"].items():
        if "{" in path and not any(word in path for word in WORDS):
            yield from ((method.upper(), path) for method, route in methods.items() if "401" in route["responses"])


@pytest.fixture
def ids(alice: Client, platform: Platform, cast: Cast) -> dict[str, str]:
    """One of each of Alice's things that a path can name."""
    credential = {"kind": "client_secret", "client_id": str(uuid4()), "reference": "env:CONTOSO"}
    body = {"entra_tenant_id": str(uuid4()), "name": "Contoso", "credential": credential}
    tenant = alice.post("/api/v1/microsoft-tenants", body).json()["id"]
    job = alice.get("/api/v1/jobs", subject_id=tenant).json()["items"][0]["id"]
    wanted = {"kind": "list-users", "microsoft_tenant_id": tenant}
    operation = alice.post("/api/v1/operations", wanted).json()["id"]
    customer = str(uuid4())
    named = {"microsoft_tenant_id": tenant, "managing_id": tenant, "customer_entra_id": customer}
    observed = Observed.onboard(platform, cast.alice.actor, "Fabrikam")
    observed.collect(
        azure_resources=[DISK],
        azure_subscriptions=[SUBSCRIPTION],
        azure_policy_assignments=[policies.assignment()],
        azure_policy_compliance=[policies.whole(compliant=6, noncompliant=2)],
        entra_users=[{"id": str(uuid4()), "displayName": "Ida", "userPrincipalName": "ida@fabrikam.example"}],
    )
    view = {"name": "Disks", "place": "resources", "options": {"q": "disk"}}
    found = {
        "policy_id": alice.get("/api/v1/compliance/policies").json()["items"][0]["id"],
        "user_id": alice.get("/api/v1/identity/people").json()["items"][0]["id"],
        "view_id": alice.post("/api/v1/resources/views", view).json()["id"],
    }
    resource = alice.get("/api/v1/resources").json()["items"][0]["id"]
    subscription = alice.get("/api/v1/subscriptions").json()["items"][0]["id"]
    wanted = {"name": "Operations", "kind": "mail", "recipients": ["ops@northwind.example"]}
    channel = alice.post("/api/v1/notifications/channels", wanted).json()["id"]
    test = alice.post(f"/api/v1/notifications/channels/{channel}/test").json()["id"]
    named |= {"channel_id": channel, "notification_id": test}
    found |= {"job_id": job, "operation_id": operation, "resource_id": resource, "subscription_id": subscription}
    found["anomaly_id"] = str(out_of_line(platform, cast.alice.actor, observed.id))
    worth = {"currency": "USD", "into": "EUR", "since": "2026-11-01", "rate": "0.9"}
    found["rate_id"] = alice.request("PUT", "/api/v1/costs/rates", worth).json()["id"]
    return {**named, **found, **posture(alice, observed), **alerted(alice, str(observed.id))}


def alerted(alice: Client, microsoft_tenant_id: str) -> dict[str, str]:
    """A rule about this Microsoft tenant alone, and the alert it opens at once."""
    fresh = {"name": "Fresh", "metric": "sync.hours_since_success", "comparison": "below", "threshold": 5}
    rule = alice.post("/api/v1/alerts/rules", {**fresh, "microsoft_tenant_ids": [microsoft_tenant_id]}).json()["id"]
    return {"rule_id": rule, "alert_id": alice.get("/api/v1/alerts", rule_id=rule).json()["items"][0]["id"]}


def posture(alice: Client, observed: Observed) -> dict[str, str]:
    """A scan, and what was decided about the Microsoft tenant that it is of."""
    scan = alice.post("/msp/cspm/scans/start", {"m365_tenant_id": str(observed.id)}).json()["scan_id"]
    attested = alice.post(f"/api/v1/posture/microsoft-tenants/{observed.id}/attestations", ATTESTATION).json()["id"]
    alice.request("PUT", f"/msp/cspm/schedules/{observed.id}", {"every_hours": 24})
    with observed.platform.work(observed.actor) as work:
        row = Disposition(
            microsoft_tenant_id=observed.id,
            decided_by=observed.actor.label,
            decided_at=work.clock.now(),
            **DispositionIn.model_validate(DECISION).model_dump(),
        )
        work.session.add(row)
    decided = str(row.id)
    named = {"scan_id": scan, "attestation_id": attested, "disposition_id": decided}
    return {**named, "m365_tenant_id": str(observed.id)}


def test_every_kind_of_id_in_a_path_is_tried(ids: dict[str, str]) -> None:
    named = {name.partition("}")[0] for _, path in routes() for name in path.split("{")[1:]}
    assert named <= ids.keys(), "give Alice one of these, so that Charlie can ask for it"


@pytest.fixture(params=["another organisation", "another Microsoft tenant"])
def outsider(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, cast: Cast, charlie: Client, bob: Client
) -> Client:
    """Charlie, or Bob with every permission on no Microsoft tenant of those that exist."""
    if request.param == "another organisation":
        return charlie
    actor_of = authentication._actor

    def limited(*given: Any) -> Actor:
        actor = actor_of(*given)
        is_bob = actor.user_id == cast.bob.user_id
        return replace(actor, scope=frozenset({uuid4()}), permissions=None) if is_bob else actor

    monkeypatch.setattr(authentication, "_actor", limited)
    return bob


@pytest.mark.parametrize(("method", "path"), list(routes()), ids=lambda value: value.strip("/").replace("/", "."))
def test_what_somebody_may_not_see_does_not_exist_for_them(
    alice: Client, bob: Client, outsider: Client, visitor: Client, ids: dict[str, str], method: str, path: str
) -> None:
    address, before = path.format(**ids), alice.get("/audit.json").json()["total"]
    body = None if method == "GET" else body_for(path)
    unknown = path.format(**{**ids, **{name: str(uuid4()) for name in ids}})
    theirs, nobodys = (outsider.request(method, where, body) for where in (address, unknown))
    assert theirs.status == nobodys.status
    is_theirs = outsider is bob and any(name in path for name in ORGANISATION_WIDE)
    assert theirs.status == (403 if is_theirs else 404), theirs.text
    assert (theirs.json()["code"], theirs.json()["detail"]) == (nobodys.json()["code"], nobodys.json()["detail"])
    assert visitor.request(method, address, body).status == 401
    tried = 2 if is_theirs else 0  # that somebody tried is written down
    assert alice.get("/audit.json").json()["total"] == before + tried, "nothing happened to it"
