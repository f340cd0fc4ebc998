"""A scan by PowerShell from the outside: started, followed, cancelled, interrupted, and honest whatever happens."""

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from tests.estate.conftest import Operated, until
from tests.posture.test_powershell_results import ATTESTED, AUTOMATIC, BAD, row
from tests.support.cast import Cast
from tests.support.estate import add_microsoft_tenant
from tests.support.powershell import SHELLS, Shell, is_alive, places_that_show
from tests.support.user_credentials import PASSWORD, USERNAME, shows_the_password
from tests.support.web import Client

from tenantry.estate.gateway import Gateway
from tenantry.estate.models import Credential, CredentialKind
from tenantry.kit.clock import SystemClock
from tenantry.kit.crypto import Keyring
from tenantry.kit.db import Databases
from tenantry.kit.secret import Secret
from tenantry.platform.encryption.models import StoredSecret
from tenantry.platform.jobs import Jobs
from tenantry.platform.jobs.runner import JobRunner
from tenantry.platform.work import Platform
from tenantry.posture.controls.catalogue import controls_of
from tenantry.posture.powershell.engine import SCRIPTS_BENCHMARK
from tenantry.posture.powershell.rate import Rate
from tenantry.posture.powershell.tasks import TEST_JOB
from tenantry.posture.scans.models import Scan, ScanResult
from tenantry.posture.scans.service import hashed
from tenantry.posture.verdicts import Status

CSPM = "/msp/cspm"
ALL = len(controls_of(SCRIPTS_BENCHMARK))


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Shell:
    return Shell.install(tmp_path / "scripts", request.param)


@pytest.fixture
def platform(databases: Databases, keyring: Keyring, shell: Shell) -> Platform:
    return Platform(databases, keyring, SystemClock(), settings=shell.settings())


@pytest.fixture
def tenant(operated: Operated, platform: Platform, cast: Cast) -> dict[str, str]:
    """A Microsoft tenant that is reached with a client secret; `key` is our id of it."""
    key, secret = add_microsoft_tenant(platform, cast.alice.actor), "hunter2-of-contoso~8Q~hunter2"
    with platform.work(cast.alice.actor) as work:
        stored = work.vault.store(Secret(secret))
        work.session.flush()
        row = Credential(microsoft_tenant_id=key, kind=CredentialKind.CLIENT_SECRET, client_id=str(uuid4()))
        row.stored_secret_id, row.created_at = stored.id, work.clock.now()
        work.session.add(row)
    return {"key": str(key), "secret": secret}


def start(alice: Client, tenant: dict[str, str], **options: Any) -> str:
    wanted = {"m365_tenant_id": tenant["key"], "engine": "powershell", **options}
    answer = alice.post(f"{CSPM}/scans/start", wanted)
    assert answer.status == 202, answer.text
    return str(answer.json()["scan_id"])


def status(alice: Client, scan_id: str) -> dict[str, Any]:
    found: dict[str, Any] = alice.get(f"{CSPM}/scans/{scan_id}/status").json()
    return found


def ended(alice: Client, scan_id: str) -> dict[str, Any]:
    until(lambda: status(alice, scan_id)["status"] not in ("pending", "running"))
    return status(alice, scan_id)


def verdicts(platform: Platform, cast: Cast, scan_id: str) -> dict[str, ScanResult]:
    with platform.work(cast.alice.actor, read_only=True) as work:
        rows = work.session.scalars(select(ScanResult).where(ScanResult.scan_id == UUID(scan_id))).all()
        return {row.number: row for row in rows}


def test_the_scripts_rows_become_verdicts(
    operated: Operated, tenant: dict[str, str], shell: Shell, platform: Platform, cast: Cast, address: str
) -> None:
    reports = [
        {"progress_percentage": 40, "current_check": "1.1.1_a", "passed": 3, "failed": 2, "total_checks": 9},
        {"progress_percentage": 20, "current_check": "1.1.2\u202e_b", "passed": 1, "errors": 1, "unknown": "x"},
        {"progress_percentage": 100, "failed": 9999},
        {"progress_percentage": 5000},
        {"passed": "many"},
    ]
    rows = [row("Pass"), row("Fail", BAD, number="1.3.1"), row("Pass", number=ATTESTED), row("Pass", number="9.9.9")]
    shell.does(door=address, reports=reports, rows=rows, seconds=2, says="Connecting with {secret}\n")
    scan_id = start(operated.alice, tenant)
    until(lambda: status(operated.alice, scan_id)["progress_percentage"] == 99)
    assert places_that_show(tenant["secret"]) == []
    running = status(operated.alice, scan_id)
    counts = [running[name] for name in ("passed", "failed", "errors", "total_checks")]
    assert (running["current_check"], counts) == ("1.1.2_b", [3, ALL, 1, ALL]), "only forward, and never beyond all"

    found = ended(operated.alice, scan_id)
    assert (found["status"], found["passed"], found["failed"], found["progress_percentage"]) == ("completed", 1, 1, 100)
    assert "9.9.9_some_check" in json.dumps(found), "a check nobody knows is told"
    assert tenant["secret"] not in json.dumps(found)
    judged = verdicts(platform, cast, scan_id)
    assert len(judged) == ALL
    assert (judged[AUTOMATIC].status, judged["1.3.1"].status) == (Status.PASS, Status.FAIL)
    assert (judged["1.3.1"].affected, judged[ATTESTED].status) == (1, Status.MANUAL)
    rest = {one.status for number, one in judged.items() if number not in (AUTOMATIC, "1.3.1")}
    assert rest == {Status.NOT_RUN, Status.MANUAL}
    assert not any(map(is_alive, shell.processes))


FAULTS: list[tuple[str, dict[str, Any], str, str]] = [
    ("dies", {"exit": 9, "says": "AADSTS7000215: Invalid client secret {secret} provided.\n"}, "failed", "exit code 9"),
    ("nothing", {}, "failed", "no results"),
    ("garbage", {"raw": "Connect-MgGraph: {secret}"}, "failed", "not JSON"),
    ("an empty list", {"rows": []}, "failed", "none of the checks"),
    ("only unknown checks", {"rows": [row("Pass", number="9.9.9")]}, "failed", "9.9.9_some_check"),
    ("breaks off", {"raw": json.dumps([row("Pass"), row("Pass", number="1.3.1")])[:-20]}, "completed", "1 whole rows"),
    ("dies after some", {"rows": [row("Pass")], "exit": 3}, "completed", "exit code 3"),
]


def test_faults_end_honestly(
    operated: Operated, tenant: dict[str, str], shell: Shell, platform: Platform, cast: Cast
) -> None:
    """What was not told is an error, or was not run; and only what was told to pass passes."""
    for name, behaviour, state, says in FAULTS:
        shell.does(**behaviour)
        scan_id = start(operated.alice, tenant)
        found = ended(operated.alice, scan_id)
        told = json.dumps(found)
        assert (name, found["status"]) == (name, state)
        assert says in told, (name, told)
        assert tenant["secret"] not in told
        judged = verdicts(platform, cast, scan_id)
        assert len(judged) == ALL
        passed = {number for number, one in judged.items() if one.status is Status.PASS}
        assert passed == ({AUTOMATIC} if state == "completed" else set()), name
        missing = Status.NOT_RUN if behaviour.keys() == {"rows"} else Status.ERROR
        assert judged["1.3.1"].status is missing, name


def test_a_limit_ends_a_scan_honestly(
    operated: Operated, tenant: dict[str, str], shell: Shell, platform: Platform, cast: Cast
) -> None:
    object.__setattr__(platform, "settings", shell.settings(powershell_soft_seconds=2, powershell_hard_seconds=3))
    shell.does(rows=[row("Pass")], seconds=600, stubborn=True, children=1)
    scan_id = start(operated.alice, tenant)
    found = ended(operated.alice, scan_id)
    assert (found["status"], found["passed"]) == ("completed", 1), "what it wrote before counts"
    assert "were killed" in json.dumps(found) or "told to stop" in json.dumps(found)
    assert verdicts(platform, cast, scan_id)["1.3.1"].status is Status.ERROR
    until(lambda: not any(map(is_alive, shell.processes)), 2)


def test_a_cancel_ends_everything_within_two_seconds(
    operated: Operated, tenant: dict[str, str], shell: Shell, platform: Platform, cast: Cast
) -> None:
    shell.does(rows=[row("Pass")], seconds=600, stubborn=True, children=2)
    scan_id = start(operated.alice, tenant)
    until(lambda: shell.has_started)
    assert operated.alice.request("DELETE", f"{CSPM}/scans/{scan_id}/cancel").status == 200
    until(lambda: not any(map(is_alive, shell.processes)), 2)
    assert ended(operated.alice, scan_id)["status"] == "cancelled"
    assert verdicts(platform, cast, scan_id) == {}


@pytest.fixture
def another(operated: Operated, platform: Platform) -> Iterator[JobRunner]:
    """The worker as it starts again, after the first one stopped."""
    first = JobRunner.current
    assert first is not None
    again = JobRunner(platform, first.database_url, concurrency=8, services=Gateway(operated.cloud.url))
    yield again
    again.stop()


def test_a_worker_that_stops_leaves_no_orphan_and_the_scan_starts_anew(
    operated: Operated, tenant: dict[str, str], shell: Shell, another: JobRunner
) -> None:
    shell.does(seconds=600, stubborn=True, children=1)
    scan_id = start(operated.alice, tenant)
    until(lambda: shell.has_started)
    processes, secret = shell.processes, shell.seen["told"]["ProgressSecret"]
    assert JobRunner.current is not None
    JobRunner.current.stop()
    until(lambda: not any(map(is_alive, processes)), 2)
    assert status(operated.alice, scan_id)["status"] == "running"
    shell.does(rows=[row("Pass")])
    another.start()
    assert ended(operated.alice, scan_id)["status"] == "completed"
    assert shell.seen["told"]["ProgressSecret"] != secret, "what an earlier attempt still reports is refused"


def test_the_door_opens_to_the_secret_of_a_running_scan_only(
    operated: Operated, tenant: dict[str, str], shell: Shell, platform: Platform, cast: Cast, address: str
) -> None:
    shell.does(seconds=600)
    scan_id = start(operated.alice, tenant)
    until(lambda: shell.has_started)
    door = f"{CSPM}/webhook/progress"
    answers = [
        Client(address).post(f"{door}/{key}", {"passed": 1}, **headers)
        for key in (scan_id, str(uuid4()))
        for headers in ({}, {"X-Scan-Secret": ""}, {"X-Scan-Secret": "wrong"}, {"X-Scan-Secret": "x" * 200})
    ]
    told = {(answer.status, answer.json()["detail"]) for answer in answers}
    assert told == {(404, "There is no scan with this id, or you may not see it.")}
    assert operated.alice.post(f"{door}/{scan_id}", {"passed": 1}).status == 404, "a session is none"
    assert Client(address).post(f"{door}/{scan_id}", {"passed": -1}).status == 422
    assert Client(address).post(f"{door}/nonsense", {}).status == 422
    assert status(operated.alice, scan_id)["passed"] == 0
    operated.alice.request("DELETE", f"{CSPM}/scans/{scan_id}/cancel")


def test_reports_of_a_scan_that_has_ended_are_refused(
    operated: Operated, tenant: dict[str, str], shell: Shell, platform: Platform, cast: Cast, address: str
) -> None:
    """A late report, with the right secret."""
    shell.does(rows=[row("Pass")])
    scan_id = start(operated.alice, tenant)
    assert ended(operated.alice, scan_id)["status"] == "completed"
    with platform.work(cast.alice.actor) as work:
        work.session.one(Scan, UUID(scan_id)).webhook_hash = hashed(Secret("known"))
    late = Client(address).post(f"{CSPM}/webhook/progress/{scan_id}", {"passed": 50}, **{"X-Scan-Secret": "known"})
    assert (late.status, late.json()["code"]) == (409, "conflict")
    assert status(operated.alice, scan_id)["passed"] == 1


def test_a_flood_of_one_address_is_slowed_and_no_other() -> None:
    now = 5.0
    rate = Rate(2, lambda: now)
    assert [rate.admits("a") for _ in range(3)] == [True, True, False]
    assert rate.admits("b")
    now = 6.0
    assert rate.admits("a")


def test_what_cannot_work_is_refused_before_it_is_accepted(
    operated: Operated, tenant: dict[str, str], shell: Shell, platform: Platform
) -> None:
    wanted = {"m365_tenant_id": tenant["key"], "engine": "powershell"}
    other = operated.alice.post(f"{CSPM}/scans/start", {**wanted, "benchmark": "cis-m365-7.0.0"})
    assert (other.status, "knows cis-m365-5.0.0 only" in other.text) == (422, True)
    for settings, says in (
        (shell.settings().model_copy(update={"powershell_scripts": None}), "TENANTRY_POWERSHELL_SCRIPTS is not set"),
        (shell.settings().model_copy(update={"powershell_scripts": Path("/")}), "no Start-Checks.ps1"),
        (shell.settings().model_copy(update={"powershell": "no-such-pwsh"}), "no executable no-such-pwsh"),
        (shell.settings(powershell_soft_seconds=9000), "below the hard limit"),
    ):
        object.__setattr__(platform, "settings", settings)
        answer = operated.alice.post(f"{CSPM}/scans/start", wanted)
        assert (answer.status, answer.json()["code"]) == (409, "power_shell_not_installed")
        assert says in answer.json()["detail"]
    assert operated.alice.get(f"{CSPM}/scans").json()["items"] == []


def test_no_log_line_shows_what_the_scripts_were_told(
    operated: Operated, tenant: dict[str, str], shell: Shell, log: io.StringIO
) -> None:
    shell.does(rows=[row("Pass", error="{secret}")], says="Connect-MgGraph -ClientSecret {secret}\n", exit=1)
    ended(operated.alice, start(operated.alice, tenant))
    assert "-ClientSecret •••" in log.getvalue()
    assert tenant["secret"] not in log.getvalue()


def test_a_credential_that_scripts_cannot_use_is_refused(
    operated: Operated, tenant: dict[str, str], shell: Shell, platform: Platform, cast: Cast
) -> None:
    with platform.work(cast.alice.actor) as work:
        query = select(Credential).where(Credential.microsoft_tenant_id == UUID(tenant["key"]))
        work.session.scalars(query).one().kind = CredentialKind.MANAGED_IDENTITY
    answer = operated.alice.post(f"{CSPM}/scans/start", {"m365_tenant_id": tenant["key"], "engine": "powershell"})
    assert (answer.status, answer.json()["code"]) == (409, "cannot_sign_in")


def as_user(shell: Shell) -> dict[str, Any]:
    """What the scripts were told of who signs in, with the password's fingerprint."""
    return {name: value for name, value in shell.seen["told"].items() if name.startswith(("Client", "User", "Pass"))}


SIGNED_IN = {"Username": USERNAME, "Password": hashlib.sha256(PASSWORD.encode()).hexdigest()}


def test_a_user_name_and_a_password_are_enough_and_the_password_is_nowhere(
    operated: Operated, shell: Shell, log: io.StringIO
) -> None:
    entra_tenant_id = str(uuid4())
    names = {"m365_tenant_id": entra_tenant_id, "m365_tenant_name": "Contoso"}
    created = operated.alice.post(f"{CSPM}/m365-tenants", {**names, "username": USERNAME, "password": PASSWORD})
    assert (created.status, created.json()["auth_method"]) == (201, "username_password")
    key = created.json()["id"]
    shell.does(rows=[row("Pass", error="{secret}")], says="Connect-ExchangeOnline as {secret}\n", seconds=1, exit=1)
    scan_id = start(operated.alice, {"key": key})
    until(lambda: shell.has_started)
    assert places_that_show(PASSWORD) == []
    assert ended(operated.alice, scan_id)["passed"] == 1
    assert (shell.seen["told"]["TenantId"], as_user(shell)) == (entra_tenant_id, SIGNED_IN)

    scan, tenants = f"{CSPM}/scans/{scan_id}", f"{CSPM}/m365-tenants"
    looked_at = [f"{scan}/status", f"{scan}/results", tenants, f"{tenants}/{key}", f"{tenants}/{key}/credentials"]
    looked_at += [f"/posture/{key}/settings", f"/posture/scans/{scan_id}", "/audit", "/audit.json", "/api/v1/jobs"]
    answers = [created, *(operated.alice.get(path) for path in looked_at)]
    assert {answer.status for answer in answers} == {200, 201}
    assert [answer.text for answer in answers if shows_the_password(answer.text)] == []
    assert "Connect-ExchangeOnline as •••" in log.getvalue()
    assert not shows_the_password(log.getvalue())


def test_who_signs_in_is_chosen_or_the_first_that_is_there(
    operated: Operated, tenant: dict[str, str], shell: Shell, platform: Platform, cast: Cast
) -> None:
    """The application's client secret or certificate goes first, the user name and the password where it is neither."""
    alice, path = operated.alice, f"{CSPM}/m365-tenants/{tenant['key']}"
    assert alice.request("PUT", path, {"username": USERNAME, "password": PASSWORD}).status == 200

    def told(**options: Any) -> dict[str, Any]:
        shell.does(rows=[row("Pass")])
        assert ended(alice, start(alice, tenant, **options))["status"] == "completed"
        return as_user(shell)

    assert set(told()) == set(told(auth_method="client_secret")) == {"ClientId", "ClientSecret"}
    assert told(auth_method="username_password") == SIGNED_IN
    wanted = {"m365_tenant_id": tenant["key"], "engine": "powershell", "auth_method": "certificate"}
    refused = alice.post(f"{CSPM}/scans/start", wanted).json()
    assert refused["code"] == "cannot_sign_in"
    assert "asks for a certificate" in refused["detail"]
    assert "has a client secret and a user name and a password" in refused["detail"]
    native = alice.post(f"{CSPM}/scans/start", {**wanted, "engine": "native"})
    assert (native.status, "PowerShell engine's" in native.text) == (422, True)

    with platform.work(cast.alice.actor) as work:
        query = select(Credential).where(Credential.microsoft_tenant_id == UUID(tenant["key"]))
        work.session.scalars(query).one().kind = CredentialKind.MANAGED_IDENTITY
    assert told() == SIGNED_IN
    assert alice.request("PUT", path, {"username": None, "password": None}).status == 200
    del wanted["auth_method"]
    assert "has none of them" in alice.post(f"{CSPM}/scans/start", wanted).json()["detail"]


def test_a_person_chooses_who_signs_in_on_the_page(operated: Operated, tenant: dict[str, str], shell: Shell) -> None:
    alice, settings = operated.alice, f"/posture/{tenant['key']}/settings"
    given = alice.submit(f"/posture/{tenant['key']}/user-credential", username=USERNAME, password=PASSWORD)
    assert (given.status, given.headers["Location"].partition("?")[0]) == (303, settings)
    assert "User name and password" in alice.request("GET", "/posture/scans/new", Accept="text/html").text
    shell.does(rows=[row("Pass")])
    chosen = {"engine": "powershell", "benchmark": SCRIPTS_BENCHMARK, "auth_method": "username_password"}
    answer = alice.submit("/posture/scans/new", tenant=tenant["key"], **chosen)
    assert answer.status == 303, answer.text
    ended(alice, answer.headers["Location"].rpartition("/")[2])
    assert as_user(shell) == SIGNED_IN
    odd = alice.submit("/posture/scans/new", tenant=tenant["key"], **{**chosen, "auth_method": "telepathy"})
    assert odd.status == 422


def test_keys_turn_over_and_the_user_still_signs_in(
    operated: Operated, tenant: dict[str, str], shell: Shell, platform: Platform, cast: Cast
) -> None:
    given = {"username": USERNAME, "password": PASSWORD}
    operated.alice.request("PUT", f"{CSPM}/m365-tenants/{tenant['key']}", given)
    with platform.work(cast.alice.actor) as work:
        before = {row.id: row.sealed for row in work.session.scalars(select(StoredSecret))}
        assert work.vault.rotate() == 2
        assert all(row.sealed != before[row.id] for row in work.session.scalars(select(StoredSecret)))
    shell.does(rows=[row("Pass")])
    ended(operated.alice, start(operated.alice, tenant, auth_method="username_password"))
    assert as_user(shell) == SIGNED_IN


def test_the_job_that_tests_the_machine_says_what_is_missing(
    operated: Operated, shell: Shell, platform: Platform, cast: Cast
) -> None:
    shell.has_modules({"Microsoft.Graph": "2.28.0"})
    with platform.work(cast.alice.actor) as work:
        job_id = Jobs(work).enqueue(TEST_JOB, {}).id

    def told() -> dict[str, Any]:
        found: dict[str, Any] = operated.alice.get(f"/api/v1/jobs/{job_id}").json()
        return found

    until(lambda: told()["state"] in ("failed", "succeeded"))
    assert "So PowerShell scans cannot run here." in json.dumps(told())
