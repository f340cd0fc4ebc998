"""What somebody who means harm sends to the posture's doors: a clear refusal each time, and nothing has changed."""

import base64
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.platform.test_every_route import ATTESTATION, DECISION
from tests.support.cast import Cast
from tests.support.observed import Observed
from tests.support.posture import judged
from tests.support.web import Answer, Client

from tenantry.platform.work import Platform
from tenantry.posture.evaluation import Verdict
from tenantry.posture.verdicts import Status

BASE = "/api/v1/posture/microsoft-tenants"


@dataclass(frozen=True, slots=True)
class Site:
    """A Microsoft tenant of Alice's in which a control fails, and the scan that found it."""

    alice: Client
    key: UUID
    scan: UUID

    def events(self) -> int:
        found: int = self.alice.get("/audit.json").json()["total"]
        return found


@pytest.fixture
def site(platform: Platform, cast: Cast, alice: Client) -> Site:
    key = Observed.onboard(platform, cast.alice.actor, "Contoso").id
    return Site(alice, key, judged(platform, cast.alice.actor, key, Verdict(DECISION["control"], Status.FAIL, "Open.")))


NUMBERS = (-(2**63), 2**31, 2**63, 2**64, 1e308)
MOMENTS = ("2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
FORGED: tuple[Any, ...] = (None, True, [], {}, "", "x", "a\x00", 5, *NUMBERS, *MOMENTS)


def test_a_forged_cursor_is_refused(site: Site) -> None:
    """A text is a place in a list by name, and 5 in one by number; in a list by moment neither is one."""
    results, names = f"/msp/cspm/scans/{site.scan}/results", "/msp/cspm/fleet"
    for path in ("/msp/cspm/scans", results, names, "/api/v1/posture/dispositions", "/posture?sort=open"):
        for value in FORGED:
            for more in ([], ["x"], [str(uuid4())], [1], [1, str(uuid4())]):
                cursor = base64.urlsafe_b64encode(json.dumps([value, *more]).encode()).decode()
                answer = site.alice.request("GET", f"{path}{'&' if '?' in path else '?'}cursor={cursor}")
                is_place = (path == names and (value is None or isinstance(value, str))) or value == 5
                assert answer.status in ((200, 400) if is_place else (400,)), (path, value, more, answer.text)


UNFIT: list[tuple[str, str, dict[str, Any], str]] = [
    ("POST", f"{BASE}/{{key}}/dispositions", {**DECISION, "reason": "be\x00cause"}, "reason"),
    ("POST", f"{BASE}/{{key}}/dispositions", {**DECISION, "object_id": "\ud800bc"}, "object_id"),
    ("POST", f"{BASE}/{{key}}/attestations", {**ATTESTATION, "evidence": "se\x00en"}, "evidence"),
    ("POST", f"{BASE}/{{key}}/attestations", {**ATTESTATION, "ow\x00ner": "Ida"}, "body"),
    ("PUT", f"{BASE}/{{key}}/settings", {"parameters": {"mfa_exceptions": ["\udfff"]}}, "parameters.mfa_exceptions.0"),
    ("PUT", f"{BASE}/{{key}}/settings", {"parameters": {"\ud83d": 1}}, "parameters"),
    ("PUT", "/msp/cspm/m365-tenants/{key}", {"description": "\x00"}, "description"),
    ("PUT", "/msp/cspm/m365-tenants/{key}", {"client_id": str(uuid4()), "client_secret": "\ud800"}, "client_secret"),
    ("POST", "/api/v1/notifications/channels", {"name": "x", "kind": "mail", "events": ["\ud800"]}, "events.0"),
]


def test_a_text_that_cannot_be_kept_is_refused_by_its_field(site: Site) -> None:
    before = site.events()
    for method, path, body, field in UNFIT:
        answer = site.alice.request(method, path.format(key=site.key), body)
        assert (answer.status, answer.json()["code"]) == (422, "invalid_input"), (body, answer.text)
        assert [(one["field"], "NUL" in one["message"]) for one in answer.json()["errors"]] == [(field, True)]
    assert site.events() == before


def test_json_in_another_encoding_smuggles_no_half_pair(site: Site) -> None:
    for encoding in ("utf-8", "utf-16", "utf-32"):
        body = json.dumps({**ATTESTATION, "owner": "half \ud800"}, ensure_ascii=False).encode(encoding, "surrogatepass")
        answer = site.alice.request("POST", f"{BASE}/{site.key}/attestations", body, Content_Type="application/json")
        assert 400 <= answer.status < 500, answer.text


def test_a_number_of_a_check_may_be_anything(site: Site) -> None:
    def asked(check: str) -> Answer:
        return site.alice.get(f"/msp/cspm/scans/{site.scan}/results", check_id=check)

    assert asked("\x00").status == 422
    assert asked("x" * 101).status == 422
    for nothing in ("", "\u202e", "'; drop table scan_result", "%"):
        assert asked(nothing).json()["total"] == 0
