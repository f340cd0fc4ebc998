"""A pipeline scans, goes by the exit code, and keeps the report; a person reads the table."""

import json
from typing import Any
from uuid import uuid4

import pytest
from tests.cli.conftest import Ran, Terminal, entry
from tests.mscloudsim.cloud import Cloud

CONTOSO = "Contoso Health"
CHECK = "entra.users_cannot_register_applications"
SETTING = "entra.authorizationPolicy.defaultUserRolePermissions.allowedToCreateApps"
PASSES, FAILED, WRONG_USAGE, FAILS, NOT_VERIFIED = 0, 1, 2, 3, 4


@pytest.fixture
def onboarded(terminal: Terminal, cloud: Cloud) -> Terminal:
    contoso = cloud.customer(name=CONTOSO)
    terminal.settings["CONTOSO"] = contoso["client_secret"]
    path = terminal.folder / "tenants.yaml"
    path.write_text("microsoft_tenants:\n" + entry(contoso, "env:CONTOSO"))
    assert terminal.run("microsoft-tenants", "add", "--config", str(path)).code == 0
    return terminal


def may_register(cloud: Cloud, value: bool) -> None:
    tenant = cloud.customer(name=CONTOSO)["id"]
    cloud.order("changes", {"kind": "setting_changed", "tenant": tenant, "setting": SETTING, "value": value})


def fits(ran: Ran) -> bool:
    return all(len(line) <= 80 for line in (ran.out + ran.err).splitlines())


def scanned(ran: Ran, code: int) -> dict[str, Any]:
    """The only scan a command printed; it must have ended with this code, and say so."""
    assert ran.code == code, ran.out + ran.err
    told = json.loads(ran.out)
    assert told["exit_code"] == code
    (found,) = told["scans"]
    return dict(found)


def test_a_pipeline_goes_by_exit_codes_and_keeps_the_report(onboarded: Terminal, cloud: Cloud) -> None:
    one_check = ("scan", "--microsoft-tenant", CONTOSO, "--check", CHECK)
    may_register(cloud, False)
    first = scanned(onboarded.run(*one_check, "--json"), PASSES)
    assert first["score"]["in_words"] == "1 of 1 evaluated pass; 0 not applicable; 0 not verified; 0 manual"

    may_register(cloud, True)
    shown = onboarded.run(*one_check)
    assert shown.code == FAILS
    assert fits(shown)
    assert "5.1.2.2" in shown.out
    assert "Regressed" in " ".join(shown.out.split())

    cloud.order("faults", {"kind": "forbidden", "path": ".*authorizationPolicy.*", "times": 1000})
    last = scanned(onboarded.run(*one_check, "--json"), NOT_VERIFIED)
    cloud.order("faults", method="DELETE")
    assert last["score"]["in_words"] == "0 of 0 evaluated pass; 0 not applicable; 1 not verified; 0 manual"

    listed = onboarded.run("scan", "list", "--json").json()
    assert len(listed) == 3
    assert listed[-1]["id"] == first["scan_id"]
    assert fits(onboarded.run("scan", "list"))

    written = onboarded.run("scan", "report", first["scan_id"], "--format", "pdf", "--output", "report.pdf")
    assert written.code == 0, written.err
    assert (onboarded.folder / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert json.loads(onboarded.run("scan", "report", first["scan_id"], "--output", "-").out)["score"]["passed"] == 1
    trail = [json.loads(line) for line in onboarded.run("audit", "export").out.splitlines()]
    taken = [event for event in trail if event["action"] == "posture.exported"]
    assert {(event["target_id"], event["details"]["format"]) for event in taken} == {
        (first["scan_id"], "pdf"),
        (first["scan_id"], "json"),
    }
    ended = onboarded.run("scan", "cancel", first["scan_id"])
    assert (ended.code, "completed" in ended.err) == (FAILED, True)
    nowhere = onboarded.run("scan", "report", first["scan_id"], "--format", "csv", "--output", "/nowhere/x.csv")
    assert (nowhere.code, "cannot be written" in " ".join(nowhere.err.split())) == (FAILED, True)


def test_all_of_them_with_the_older_benchmark_at_level_one(onboarded: Terminal) -> None:
    ran = onboarded.run("scan", "start", "--all", "--benchmark", "5.0.0", "--level", "1", "--profile", "E3", "--json")
    found = scanned(ran, ran.code)
    assert ran.code in (PASSES, FAILS, NOT_VERIFIED)
    assert (found["benchmark"], found["profile"], found["level_1_only"]) == ("cis-m365-5.0.0", "E3", True)
    assert {(one["level"], one["licence"]) for one in found["results"]} == {("L1", "E3")}


def test_controls_are_listed_without_a_database(empty: Terminal) -> None:
    told = empty.run("controls", "--benchmark", "7.0.0", "--json").json()
    assert told.keys() == {"controls"}
    assert len(told["controls"]) == 160
    first = told["controls"][0]
    assert (first["key"], first["id"], first["level"], first["licence"], first["assessment"], first["service"]) == (
        *("entra.admins_are_cloud_only", "1.1.1", "L1", "E3", "automatic", "entra"),
    )
    table = empty.run("controls", "--benchmark", "cis-m365-5.0.0")
    assert fits(table)
    assert "8.2.4" in table.out
    assert list(empty.folder.iterdir()) == [], "nothing was set up"


MISTAKES = {
    ("scan",): "--microsoft-tenant",
    ("scan", "--all", "--microsoft-tenant", "Nobody"): "--microsoft-tenant",
    ("scan", "--all", "list"): "after its name",
    ("scan", "--all"): "no active Microsoft tenant",
    ("scan", "--microsoft-tenant", "Nobody"): "Nobody",
    ("scan", "--microsoft-tenant", "Nobody", "--benchmark", "6.0.0"): "7.0.0, 5.0.0",
    ("scan", "--microsoft-tenant", "Nobody", "--level", "3"): "less than or equal to 2",
    ("scan", "--microsoft-tenant", "Nobody", "--auth-method", "guessing"): "username_password",
    ("scan", "report", str(uuid4()), "--format", "docx"): "scan",
    ("scan", "report", "not-an-id"): "UUID",
    ("scan", "cancel", str(uuid4())): "scan",
    ("controls", "--benchmark", "1"): "7.0.0, 5.0.0",
}


def test_mistakes_are_told_on_standard_error(terminal: Terminal) -> None:
    for command, told in MISTAKES.items():
        ran = terminal.run(*command)
        assert (ran.code, ran.out) == (WRONG_USAGE, ""), ran.err
        assert told in " ".join(ran.err.split()), command
