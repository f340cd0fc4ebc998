"""Alice reads what scans found, decides about it and vouches for it; Bob may only look."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from tests.conftest import signed_in
from tests.support.cast import Cast
from tests.support.estate import add_microsoft_tenant
from tests.support.posture import judged
from tests.support.web import Answer, Client

from tenantry.kit.clock import SettableClock
from tenantry.observe.catalogue.identity import AUTHORIZATION_POLICY
from tenantry.platform.work import Platform
from tenantry.posture.controls.catalogue import Assessment, all_controls
from tenantry.posture.evaluation import Verdict
from tenantry.posture.scans.schedules import start
from tenantry.posture.verdicts import Affected, Cause, Collected, Status

REGISTER = "entra.users_cannot_register_applications"
FATIGUE = "authentication.authenticator_resists_fatigue"
HOSTILE = "<script>alert(1)</script>\u202eexe"


def failing(key: str = REGISTER, objects: int = 0) -> Verdict:
    affected = tuple(Affected(f"id-{n}", f"Person {n}", "has no second factor") for n in range(min(objects, 500)))
    source = Collected(AUTHORIZATION_POLICY, "complete", "2026-11-24T12:00:00+00:00", "ab12" * 8)
    seen = {"allowedToCreateApps": True, "name": HOSTILE}
    return Verdict(
        key,
        Status.FAIL,
        "Users may register applications.",
        observed=seen,
        affected=affected,
        affected_count=objects,
        review=("One policy is report-only.",),
        sources=(source,),
        inputs={"break_glass_accounts": []},
    )


def unverified(key: str = FATIGUE) -> Verdict:
    why = "Not verified: Policy.Read.All is missing."
    return Verdict(key, Status.ERROR, why, Cause.PERMISSION_MISSING, "Policy.Read.All")


@pytest.fixture
def contoso(platform: Platform, cast: Cast) -> UUID:
    return add_microsoft_tenant(platform, cast.alice.actor, "Contoso")


@pytest.fixture
def scan(platform: Platform, cast: Cast, contoso: UUID) -> UUID:
    return judged(platform, cast.alice.actor, contoso, failing(objects=60), unverified())


def page(client: Client, path: str) -> str:
    answer = client.request("GET", path, Accept="text/html")
    assert answer.status == 200, answer.text
    return answer.text


def words(html: str) -> str:
    """What is read, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\u202f", " ").replace("&#8239;", " ").split())


def row_of(html: str, name: str) -> str:
    return next(words(row) for row in re.findall(r"<tr.*?</tr>", html, re.DOTALL) if name in words(row))


def decided(client: Client, scan: UUID, clock: SettableClock, **changes: str) -> Answer:
    until = (clock.now() + timedelta(days=30)).date().isoformat()
    wanted = {"kind": "excepted", "reason": "Replaced in spring", "approver": "Dana", "expires_at": until}
    return client.submit(f"/posture/scans/{scan}/{REGISTER}/decide", **{**wanted, **changes})


def test_the_fleet_says_what_it_knows_and_out_of_how_many(
    alice: Client, platform: Platform, cast: Cast, scan: UUID, clock: SettableClock
) -> None:
    add_microsoft_tenant(platform, cast.alice.actor, "Fabrikam")
    row = row_of(page(alice, "/posture"), "Contoso")
    assert "99 % 158 of 159 evaluated" in row.replace("\xa0", " ").replace("&nbsp;", " ")
    assert "never scanned" in row_of(page(alice, "/posture"), "Fabrikam")
    assert "Contoso" not in words(page(alice, "/posture?show=unscanned")).partition("Connection and credential")[2]
    assert decided(alice, scan, clock).status == 303
    shown = page(alice, "/posture?show=failing")
    assert "No Microsoft tenant fits" in shown, "what is excepted is not open"
    assert "Ensure" in words(page(alice, "/posture")).partition("What fails most often")[2]


def test_the_empty_fleet_leads_to_onboarding(alice: Client) -> None:
    assert 'href="/microsoft-tenants/new"' in page(alice, "/posture")
    assert "No Microsoft tenant can be scanned" in page(alice, "/posture/scans/new")


def test_the_matrix_has_a_word_in_every_cell_and_leads_to_the_verdict(
    alice: Client, scan: UUID, clock: SettableClock
) -> None:
    everything = page(alice, "/posture/matrix")
    assert f'<td class="cell fail"><a href="/posture/scans/{scan}/{REGISTER}">' in everything
    assert f'<td class="cell error"><a href="/posture/scans/{scan}/{FATIGUE}">' in everything
    only = words(page(alice, "/posture/matrix?status=error"))
    assert "1 controls" in only
    assert "not verified" in only
    decided(alice, scan, clock)
    assert f'<td class="cell excepted"><a href="/posture/scans/{scan}/{REGISTER}">' in page(alice, "/posture/matrix")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 160),
        ("status=fail", 1),
        ("status=error", 1),
        ("only=open", 1),
        ("q=5.1.2", 6),
        ("q=register+applications", 1),
        ("service=authentication&level=L1&status=error", 1),
        ("q=nothing+like+it", 0),
        ("status=nonsense", 160),
    ],
)
def test_results_are_filtered(alice: Client, scan: UUID, query: str, count: int) -> None:
    shown = words(page(alice, f"/posture/scans/{scan}?{query}"))
    assert ("No verdict fits" in shown) if not count else re.search(rf"\b{count}\b(?= (First|Next|Details)|$)", shown)


def test_what_changed_since_the_scan_before_is_said(
    alice: Client, platform: Platform, cast: Cast, contoso: UUID, scan: UUID, clock: SettableClock
) -> None:
    assert "there is nothing to compare with" in page(alice, f"/posture/scans/{scan}")
    clock.advance(timedelta(minutes=10))
    later = judged(platform, cast.alice.actor, contoso, failing(FATIGUE))
    shown = words(page(alice, f"/posture/scans/{later}?changed=1"))
    assert "fixed 5.1.2.2" in shown
    assert "regressed" not in shown.partition("Control Verdict")[2].partition("5.2.3.1")[0]
    compared = words(page(alice, f"/posture/compare?left={scan}&right={later}"))
    assert "2 of 160 controls differ" in compared
    assert "2 of 160 controls differ" in words(page(alice, f"/posture/compare?left={scan}&right={contoso}"))
    old = page(alice, f"/posture/scans/{scan}/{REGISTER}")
    assert "A newer scan has judged this control" in old
    assert "Decide about it" not in old, "what passes now is not decided about"
    assert "2 scans, from 99 to 99 percent" in page(alice, f"/posture/{contoso}")


def test_a_verdict_shows_all_it_rests_on(alice: Client, scan: UUID) -> None:
    html = page(alice, f"/posture/scans/{scan}/{REGISTER}")
    shown = words(html)
    for part in ("Users may register applications.", "allowedToCreateApps true", "One policy is report-only."):
        assert part in shown
    for part in ("GET /policies/authorizationPolicy", "ab12ab12ab12", "break glass accounts", "1 to 25 of 60"):
        assert part in shown
    assert "<script>alert" not in html
    assert "\u202e" not in html
    assert "26 to 50 of 60" in words(page(alice, f"/posture/scans/{scan}/{REGISTER}?from=25"))
    missing = words(page(alice, f"/posture/scans/{scan}/{FATIGUE}"))
    assert "What to grant: Policy.Read.All" in missing
    assert "not verified" in missing


def test_an_exception_is_granted_listed_and_ended(
    alice: Client, scan: UUID, contoso: UUID, clock: SettableClock
) -> None:
    assert decided(alice, scan, clock).headers["Location"].startswith(f"/posture/scans/{scan}/{REGISTER}?done=")
    assert "Replaced in spring" in page(alice, f"/posture/scans/{scan}/{REGISTER}")
    listed = page(alice, "/posture/exceptions")
    assert "Dana" in listed
    assert "Replaced in spring" in page(alice, f"/posture/exceptions?tenant={contoso}&kind=excepted")
    assert "No decision fits" in page(alice, "/posture/exceptions?kind=false_positive")
    key = re.findall(r"/posture/exceptions/([0-9a-f-]{36})/end", listed)[0]
    assert alice.submit(f"/posture/exceptions/{key}/end", back=f"/posture/scans/{scan}").status == 303
    assert "Nothing is excepted" in page(alice, "/posture/exceptions")
    assert "taken back" in words(page(alice, "/posture/exceptions?held=ended"))


def test_an_exception_returns_by_itself(
    alice: Client, address: str, cast: Cast, scan: UUID, clock: SettableClock
) -> None:
    decided(alice, scan, clock)
    clock.advance(timedelta(days=31))
    alice = signed_in(address, cast.alice.email)
    assert "Nothing is excepted" in page(alice, "/posture/exceptions")
    assert "lapsed" in words(page(alice, "/posture/exceptions?held=ended"))
    assert "Contoso" in words(page(alice, "/posture?show=failing"))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"reason": ""}, "Say why"),
        ({"approver": ""}, "Name who approved it"),
        ({"expires_at": "2020-01-01"}, "Choose a day in the future"),
        ({"expires_at": "never"}, "Choose a day in the future"),
        ({"kind": "forgotten"}, "Choose what is decided"),
        ({"object_id": "somebody else"}, "Choose one of these"),
    ],
)
def test_a_form_with_a_fault_says_where_and_decides_nothing(
    alice: Client, scan: UUID, clock: SettableClock, changes: dict[str, str], fault: str
) -> None:
    answer = decided(alice, scan, clock, **changes)
    assert (answer.status, fault in answer.text, 'aria-invalid="true"' in answer.text) == (422, True, True)
    if "reason" not in changes:
        assert "Replaced in spring" in answer.text, "what was typed is kept"
    assert "Nothing is excepted" in page(alice, "/posture/exceptions")


def test_one_object_is_excepted_and_the_rest_stays_open(alice: Client, scan: UUID, clock: SettableClock) -> None:
    assert decided(alice, scan, clock, object_id="id-7").status == 303
    shown = words(page(alice, f"/posture/scans/{scan}/{REGISTER}"))
    assert "Person 7 excepted" in shown
    assert "only Person 7" in words(page(alice, "/posture/exceptions"))
    assert "Contoso" in words(page(alice, "/posture?show=failing"))


def test_deciding_twice_is_refused_with_a_sentence(alice: Client, scan: UUID, clock: SettableClock) -> None:
    decided(alice, scan, clock)
    again = decided(alice, scan, clock)
    assert again.status == 422
    assert "There is a decision about" in again.text


def test_a_control_no_machine_sees_is_attested_and_withdrawn(
    alice: Client, platform: Platform, cast: Cast, contoso: UUID, clock: SettableClock
) -> None:
    key = next(one.key for one in all_controls().values() if one.assessment is Assessment.ATTESTATION)
    scan = judged(platform, cast.alice.actor, contoso, Verdict(key, Status.MANUAL, "Somebody has to attest this."))
    assert "1 control waits" in words(page(alice, "/posture/attestations"))
    address = f"/posture/scans/{scan}/{key}"
    until = (clock.now() + timedelta(days=90)).date().isoformat()
    told = {"owner": "Security lead", "evidence": "Ticket 4711", "valid_until": until}
    refused = alice.submit(f"{address}/attest", holds="", **told)
    assert (refused.status, "Choose whether it holds" in refused.text) == (422, True)
    assert alice.submit(f"{address}/attest", holds="true", **told).status == 303
    assert "attested" in words(page(alice, address))
    listed = page(alice, "/posture/attestations")
    assert "Ticket 4711" in listed
    key = re.findall(r"/posture/attestations/([0-9a-f-]{36})/withdraw", listed)[0]
    assert alice.submit(f"/posture/attestations/{key}/withdraw").status == 303
    assert "Nothing is attested" in page(alice, "/posture/attestations")


def test_a_scan_is_started_for_several_each_for_itself(
    alice: Client, platform: Platform, cast: Cast, contoso: UUID
) -> None:
    fabrikam = add_microsoft_tenant(platform, cast.alice.actor, "Fabrikam")
    one = alice.submit("/posture/scans/new", tenant=str(contoso), levels="L1", check=["5.1.2.2"])
    assert one.status == 303
    waiting = words(page(alice, one.headers["Location"]))
    assert "Waiting for its turn" in waiting
    assert "1 controls" in waiting
    both = alice.submit("/posture/scans/new", tenant=[str(contoso), str(fabrikam)])
    assert "1+scans" in both.headers["Location"].replace("%20", "+")
    again = alice.submit("/posture/scans/new", tenant=str(contoso))
    assert (again.status, "is being scanned already" in again.text) == (409, True)
    assert "waiting" in row_of(page(alice, "/posture/scans"), "Fabrikam")
    assert alice.submit(f"{one.headers['Location']}/cancel").status == 303
    ended = words(page(alice, one.headers["Location"]))
    assert "The scan was cancelled." in ended
    assert "stored no verdicts" in ended


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({}, "choose at least one Microsoft tenant"),
        ({"benchmark": "cis-windows-95"}, "known benchmarks are"),
        ({"profile": "E7"}, "choose one of the benchmarks"),
        ({"check": "99.9"}, "has no control 99.9"),
    ],
)
def test_a_scan_that_cannot_be_asked_for_is_refused(
    alice: Client, contoso: UUID, form: dict[str, str], why: str
) -> None:
    answer = alice.submit("/posture/scans/new", **({"tenant": str(contoso), **form} if form else {}))
    assert (answer.status, why in answer.text) == (422, True)
    assert "No scan yet" in page(alice, "/posture/scans")


def test_a_scan_in_which_nothing_could_be_verified_says_nothing_about_safety(
    alice: Client, platform: Platform, cast: Cast, contoso: UUID
) -> None:
    scan = judged(platform, cast.alice.actor, contoso, *(unverified(key) for key in all_controls()))
    shown = words(page(alice, f"/posture/scans/{scan}"))
    assert "Nothing was evaluated." in shown
    assert "0 %" not in shown
    assert "100 %" not in shown


def test_parameters_are_changed_and_a_fault_changes_nothing(alice: Client, contoso: UUID) -> None:
    address = f"/posture/{contoso}/settings"
    form = {"benchmark": "cis-m365-5.0.0", "break_glass_accounts": "a@contoso.example\r\n\r\nb@contoso.example"}
    numbers = {"guest_review_days": "30", "emergency_assignments": "2"}
    assert alice.submit(address, **form, **numbers).status == 303
    held = alice.get(f"/api/v1/posture/microsoft-tenants/{contoso}/settings").json()
    assert held["benchmark"] == "cis-m365-5.0.0"
    assert held["parameters"]["break_glass_accounts"] == ["a@contoso.example", "b@contoso.example"]
    assert held["parameters"]["all_users_cover_roles"] is False
    for wrong in ({**numbers, "guest_review_days": "many"}, {**numbers, "guest_review_days": "900"}):
        answer = alice.submit(address, **form, **wrong)
        assert (answer.status, "Nothing was changed." in answer.text) == (422, True)
    assert alice.get(f"/api/v1/posture/microsoft-tenants/{contoso}/settings").json() == held
    assert alice.submit(f"/posture/{contoso}/reference").status == 303
    assert "This is the one others are compared with." in page(alice, address)


def test_scans_come_again_as_somebody_chose(alice: Client, contoso: UUID) -> None:
    address = f"/posture/{contoso}"
    assert alice.submit(f"{address}/schedule", every="week").status == 303
    assert re.search(r"Every week, the next in \d", words(page(alice, f"{address}/settings")))
    assert alice.submit(f"{address}/schedule", every="").status == 303
    assert "only when somebody asks" in page(alice, f"{address}/settings")


def test_a_scheduled_scan_starts_as_a_person_would_and_only_one(
    alice: Client, platform: Platform, cast: Cast, contoso: UUID
) -> None:
    for _ in range(2):
        with platform.work(cast.alice.actor) as work:
            start(work, contoso, {})
    assert words(page(alice, "/posture/scans")).count("waiting") == 2, "once as a filter, once as a scan"


def test_the_overview_and_the_profile_say_how_it_stands(alice: Client, contoso: UUID, scan: UUID) -> None:
    assert scan.version == 7
    for path, href in (("/", "/posture"), (f"/microsoft-tenants/{contoso}", f"/posture/{contoso}")):
        html = page(alice, path)
        assert "CIS posture" in words(html)
        assert "1 open failures" in words(html)
        assert f'href="{href}"' in html


def test_bob_may_look_and_decide_nothing(alice: Client, bob: Client, scan: UUID, clock: SettableClock) -> None:
    looked = page(bob, f"/posture/scans/{scan}/{REGISTER}")
    assert "posture:decide" in looked
    assert '<form method="post" action="/posture' not in looked
    assert "Start a scan" not in words(page(bob, "/posture"))
    assert decided(bob, scan, clock).status == 403
    assert bob.submit("/posture/scans/new").status == 403
    assert "Nothing is excepted" in page(alice, "/posture/exceptions")


def test_what_is_another_organisations_does_not_exist(charlie: Client, scan: UUID, contoso: UUID) -> None:
    for path in (f"/posture/scans/{scan}", f"/posture/scans/{scan}/{REGISTER}", f"/posture/{contoso}"):
        assert charlie.request("GET", path, Accept="text/html").status == 404
    assert charlie.submit(f"/posture/scans/{scan}/cancel").status == 404
    assert (
        charlie.submit(f"/posture/{contoso}/settings", guest_review_days="3", emergency_assignments="2").status == 404
    )
    assert charlie.request("GET", f"/posture/compare?left={scan}&right={scan}", Accept="text/html").status == 404
    assert "Contoso" not in page(charlie, "/posture")


@pytest.mark.parametrize(
    "path", ["/posture/scans/nothing", f"/posture/{UUID(int=1)}", "/posture/compare?left=x&right=y", "/posture/nowhere"]
)
def test_what_is_not_there_is_said(alice: Client, path: str) -> None:
    assert alice.request("GET", path, Accept="text/html").status == 404


def test_the_palette_finds_controls(alice: Client) -> None:
    found = alice.get("/search.json", q="register applications").json()["items"]
    assert [(item["kind"], item["href"]) for item in found] == [("Control", "/posture/matrix?q=5.1.2.2")]


@pytest.mark.usefixtures("scan")
def test_an_old_scan_is_called_stale(address: str, cast: Cast, clock: SettableClock) -> None:
    clock.advance(timedelta(days=45))
    assert "45 d ago stale" in row_of(page(signed_in(address, cast.alice.email), "/posture"), "Contoso")
