"""What somebody who means harm sends to the posture's doors: a clear refusal each time, and nothing has changed."""

import base64
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Timer
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.platform.test_every_route import ATTESTATION, DECISION
from tests.posture.test_cspm_api import events
from tests.support.cast import Cast
from tests.support.observed import Observed
from tests.support.posture import judged
from tests.support.web import Answer, Client

from tenantry.platform.doors import authentication
from tenantry.platform.work import Platform
from tenantry.posture.evaluation import Verdict
from tenantry.posture.scans.models import Scan
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


def at_once(ask: Callable[[int], Answer], times: int = 8) -> list[int]:
    """How each of many requests of the same moment was answered."""
    with ThreadPoolExecutor(times) as pool:
        return sorted(answer.status for answer in pool.map(ask, range(times)))


def test_many_who_decide_at_once_decide_once(site: Site) -> None:
    """Two decisions in force would leave one behind when the other is ended: the finding would never be open again."""
    asked = at_once(lambda _: site.alice.post(f"{BASE}/{site.key}/dispositions", DECISION))
    assert asked == [201, *[409] * 7]
    assert len(site.alice.get("/api/v1/posture/dispositions").json()["items"]) == 1

    assert at_once(lambda _: site.alice.post(f"{BASE}/{site.key}/attestations", ATTESTATION)) == [201] * 8
    attested = site.alice.get("/api/v1/posture/attestations").json()["items"]
    assert len([one for one in attested if one["withdrawn_at"] is None]) == 1

    golden = {"is_reference": True}
    assert at_once(lambda _: site.alice.request("PUT", f"{BASE}/{site.key}/settings", golden)) == [200] * 8


def test_who_comes_second_is_told_to_look_again(site: Site) -> None:
    """Where the database is the one that notices: never a crash, and never two of something."""
    every = {"every_hours": 24}
    named = {"m365_tenant_id": str(uuid4()), "m365_tenant_name": "Fabrikam", "client_id": str(uuid4())}
    told = at_once(lambda _: site.alice.request("PUT", f"/msp/cspm/schedules/{site.key}", every))
    assert set(told) <= {200, 409}
    assert len(site.alice.get("/msp/cspm/schedules").json()) == 1
    told = at_once(lambda _: site.alice.post("/msp/cspm/m365-tenants", {**named, "client_secret": "hunter2-hunter2"}))
    assert told == [201, *[409] * 7]


def test_two_microsoft_tenants_are_never_the_reference_at_once(platform: Platform, cast: Cast, site: Site) -> None:
    keys = [site.key, *(Observed.onboard(platform, cast.alice.actor, f"Golden {number}").id for number in range(7))]
    told = at_once(lambda number: site.alice.request("PUT", f"{BASE}/{keys[number]}/settings", {"is_reference": True}))
    assert set(told) <= {200, 409}
    settings = [site.alice.get(f"{BASE}/{key}/settings").json() for key in keys]
    assert [one["is_reference"] for one in settings].count(True) == 1


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch, site: Site) -> None:
    """Everybody looks after this Microsoft tenant, and after no other."""
    actor_of = authentication._actor
    monkeypatch.setattr(authentication, "_actor", lambda *given: replace(actor_of(*given), scope=frozenset({site.key})))


def test_who_looks_after_some_does_not_dethrone_the_reference_of_others(
    platform: Platform, cast: Cast, site: Site, request: pytest.FixtureRequest
) -> None:
    other, golden = Observed.onboard(platform, cast.alice.actor, "Golden").id, {"is_reference": True}
    judged(platform, cast.alice.actor, other)
    assert site.alice.request("PUT", f"{BASE}/{other}/settings", golden).status == 200
    request.getfixturevalue("limited")
    answer = site.alice.request("PUT", f"{BASE}/{site.key}/settings", golden)
    assert (answer.status, "golden reference" in answer.json()["detail"]) == (409, True)
    assert site.alice.get(f"{BASE}/{site.key}/settings").json()["is_reference"] is False
    assert str(other) not in site.alice.get("/posture/compare", left="", right=str(site.key)).text


def test_the_reference_that_gives_way_is_in_the_audit_trail(platform: Platform, cast: Cast, site: Site) -> None:
    other = Observed.onboard(platform, cast.alice.actor, "Golden").id
    for key in (other, site.key):
        assert site.alice.request("PUT", f"{BASE}/{key}/settings", {"is_reference": True}).status == 200
    changed = site.alice.get("/audit.json", action="posture_settings.updated").json()["items"]
    assert [True, False] in [one["changes"].get("is_reference") for one in changed]


def test_what_a_decision_is_about_is_named_whole(site: Site) -> None:
    """The name of one object over an exception of the whole control would hide in a report what is excepted."""
    for about in ({"object_name": "Only this app"}, {"object_id": ""}, {"object_id": "  ", "object_name": "x"}):
        answer = site.alice.post(f"{BASE}/{site.key}/dispositions", {**DECISION, **about})
        assert answer.status == 422, answer.text
    assert site.alice.get("/api/v1/posture/dispositions").json()["items"] == []


def test_a_benchmark_without_a_name_is_none(site: Site) -> None:
    for path, body in (
        ("/msp/cspm/scans/start", {"m365_tenant_id": str(site.key), "benchmark": ""}),
        ("/msp/cspm/reevaluate", {"scan_ids": [str(site.scan)], "benchmark": ""}),
    ):
        assert site.alice.post(path, body).status == 422
    assert site.alice.get("/msp/cspm/scans").json()["total"] == 1


def test_what_cannot_be_judged_again_is_named_as_a_scan(site: Site) -> None:
    nothing = str(uuid4())
    (refused,) = site.alice.post("/msp/cspm/reevaluate", {"scan_ids": [nothing]}).json()["refused"]
    assert (refused["scan_id"], refused["m365_tenant_id"], refused["code"]) == (nothing, None, "not_found")


def test_a_stream_ends_with_its_scan(platform: Platform, cast: Cast, site: Site) -> None:
    """Its Microsoft tenant may be purged while somebody looks on."""
    scan = site.alice.post("/msp/cspm/scans/start", {"m365_tenant_id": str(site.key)}).json()["scan_id"]

    def purge() -> None:
        with platform.work(cast.alice.actor) as work:
            work.session.delete(work.session.one(Scan, UUID(scan)))

    timer = Timer(1, purge)
    timer.start()
    status, seen = events(site.alice, scan)
    timer.join()
    assert (status, [one["event"] for one in seen]) == (200, ["progress"])
    assert site.alice.get(f"/msp/cspm/stream/{scan}").status == 404


@pytest.mark.parametrize("last", ["", "x" * 100, "\xff\xfe", "completed-100-0.0.0.0.0", "a: b", "\t"])
def test_whatever_a_client_says_it_was_told_last_it_is_told_where_the_scan_stands(site: Site, last: str) -> None:
    status, seen = events(site.alice, str(site.scan), last)
    assert (status, [one["event"] for one in seen]) == (200, ["complete"])


def test_parameters_are_names_and_not_books(site: Site) -> None:
    before = site.alice.get(f"{BASE}/{site.key}/settings").json()
    for names, says in (
        (["x" * 401], "at most 400"),
        ([""], "at least 1"),
        (["x"] * 1001, "at most 1000"),
        ("x", "str"),
    ):
        answer = site.alice.request("PUT", f"{BASE}/{site.key}/settings", {"parameters": {"mfa_exceptions": names}})
        assert (answer.status, says in answer.text) == (422, True), answer.text
    assert site.alice.get(f"{BASE}/{site.key}/settings").json() == before


def test_who_takes_a_report_away_is_in_the_audit_trail(site: Site) -> None:
    """It says where a customer is weak, so it leaves a trace like every other export; a refusal leaves none."""
    for chosen, status in (("pdf", 200), ("csv", 200), ("exe", 422)):
        assert site.alice.get(f"/msp/cspm/scans/{site.scan}/export", format=chosen).status == status
    assert site.alice.get(f"/msp/cspm/scans/{uuid4()}/export", format="csv").status == 404
    found = site.alice.get("/audit.json", action="posture.exported").json()["items"]
    assert sorted(one["details"]["format"] for one in found) == ["csv", "pdf"]
    assert {(one["target_id"], one["microsoft_tenant_id"]) for one in found} == {(str(site.scan), str(site.key))}
