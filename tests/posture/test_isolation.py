"""What lists, overviews and ids in bodies and queries tell of another organisation's posture: nothing."""

from typing import Any
from uuid import uuid4

import pytest
from tests.platform.test_every_route import ATTESTATION
from tests.support.cast import Cast
from tests.support.observed import Observed
from tests.support.web import Client

from tenantry.platform.work import Platform

LISTS = (
    "/msp/cspm/scans",
    "/msp/cspm/schedules",
    "/msp/cspm/fleet",
    "/msp/cspm/m365-tenants",
    "/api/v1/posture/dispositions",
    "/api/v1/posture/attestations",
)


@pytest.fixture
def theirs(alice: Client, platform: Platform, cast: Cast) -> dict[str, str]:
    """Alice's Microsoft tenant with a scan, a schedule and an attestation."""
    key = str(Observed.onboard(platform, cast.alice.actor, "Contoso").id)
    scan = alice.post("/msp/cspm/scans/start", {"m365_tenant_id": key}).json()["scan_id"]
    alice.request("PUT", f"/msp/cspm/schedules/{key}", {"every_hours": 24})
    assert alice.post(f"/api/v1/posture/microsoft-tenants/{key}/attestations", ATTESTATION).status == 201
    return {"tenant": key, "scan": scan}


def items(client: Client, path: str) -> list[Any]:
    answer = client.get(path)
    assert answer.status == 200, answer.text
    found = answer.json()
    return list(found if isinstance(found, list) else found["items"])


def test_lists_hold_what_is_ones_own(alice: Client, charlie: Client, theirs: dict[str, str]) -> None:
    for path in LISTS:
        assert items(charlie, path) == [], path
    for path in ("/msp/cspm/scans", "/msp/cspm/schedules", "/msp/cspm/m365-tenants", "/api/v1/posture/attestations"):
        assert len(items(alice, path)) == 1, path
    assert charlie.get("/msp/cspm/scans", m365_tenant_id=theirs["tenant"]).json()["total"] == 0


def test_a_foreign_id_is_answered_like_one_of_nothing(
    platform: Platform, cast: Cast, charlie: Client, theirs: dict[str, str]
) -> None:
    own = str(Observed.onboard(platform, cast.charlie.actor, "Fabrikam").id)
    mine = charlie.post("/msp/cspm/scans/start", {"m365_tenant_id": own}).json()["scan_id"]
    nothing = str(uuid4())

    def compared(other: str, *, first: bool) -> Any:
        left, right = (other, mine) if first else (mine, other)
        answer = charlie.get("/msp/cspm/compare", left=left, right=right)
        return answer.status, answer.json()["code"], answer.json()["detail"]

    for first in (True, False):
        assert compared(theirs["scan"], first=first) == compared(nothing, first=first)
        assert compared(nothing, first=first)[0] == 404

    def refused(path: str, name: str, key: str) -> list[Any]:
        answer = charlie.post(path, {name: [key]})
        assert (answer.status, answer.json()["scans"]) == (202, []), answer.text
        return [(one["code"], one["why"]) for one in answer.json()["refused"]]

    for path, name, key in (
        ("/msp/cspm/reevaluate", "scan_ids", theirs["scan"]),
        ("/msp/cspm/scans/start", "m365_tenant_ids", theirs["tenant"]),
    ):
        assert refused(path, name, key) == refused(path, name, nothing) != []


def test_everything_of_ones_own_is_judged_again_and_nothing_else(charlie: Client, theirs: dict[str, str]) -> None:
    answer = charlie.post("/msp/cspm/reevaluate", {"benchmark": "cis-m365-5.0.0"}).json()
    assert (answer["scans"], answer["refused"]) == ([], [])
