"""The estate from the command line: onboarded from a file, shown, tested, collected, acted on, let go."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.cli.conftest import Ran, Terminal
from tests.mscloudsim.cloud import Cloud

CONTOSO = "Contoso Health"


@pytest.fixture
def onboarded(terminal: Terminal, tenants_file: Path) -> Terminal:
    ran = terminal.run("microsoft-tenants", "add", "--config", str(tenants_file), "--json")
    assert ran.code == 1, "one of the two has an expired secret"
    assert json.loads(ran.out) == {"started": 2, "already_onboarded": [], "refused": [], "failed": 1}
    return terminal


def fits(ran: Ran) -> bool:
    return all(len(line) <= 80 for line in (ran.out + ran.err).splitlines())


def test_a_life_from_the_first_to_the_last_command(onboarded: Terminal, tenants_file: Path, cloud: Cloud) -> None:
    run = onboarded.run
    again = run("microsoft-tenants", "add", "--config", str(tenants_file), "--json").json()
    assert (again["started"], CONTOSO in again["already_onboarded"]) == (0, True)

    listed = run("microsoft-tenants", "list")
    assert fits(listed)
    assert cloud.customer(name=CONTOSO)["id"] in listed.out
    shown = run("microsoft-tenants", "show", CONTOSO)
    assert fits(shown)
    secret = cloud.customer(name=CONTOSO)["client_secret"]
    assert secret not in shown.out + run("microsoft-tenants", "show", CONTOSO, "--json").out
    assert run("microsoft-tenants", "test", CONTOSO, "--json").json()["connection"] in ("working", "limited")

    collected = run("collect", CONTOSO, "--dataset", "entra.users", "--dataset", "entra.groups", "--json").json()
    assert [row["dataset"] for row in collected["datasets"]] == ["entra.groups", "entra.users"]
    assert {row["outcome"] for row in collected["datasets"]} == {"complete"}
    assert fits(run("collect", CONTOSO, "--dataset", "entra.users"))
    asked = cloud.order("stats", method="GET")
    assert run("reproject", CONTOSO, "--json").json() == {"rebuilt": 1, "failed": 0}
    assert fits(run("reproject", "--dataset", "entra.users"))
    assert cloud.order("stats", method="GET") == asked, "Microsoft is not asked"

    planned = run("operations", "plan", "list-users", CONTOSO, "--json").json()
    assert (planned["state"], planned["result"]) == ("planned", None)
    wanted = ("create-security-group", CONTOSO, "--argument", "name=Auditors", "--key", "ticket-4711")
    made = [run("operations", "run", *wanted, "--json").json() for _ in range(2)]
    assert made[0]["id"] == made[1]["id"]
    assert made[0]["state"] == "succeeded"
    assert "Auditors" in run("operations", "show", made[0]["id"]).out

    jobs = run("jobs", "list", "--json").json()
    assert {job["kind"] for job in jobs} >= {"estate.onboard", "observe.collect", "operations.run"}
    assert fits(run("jobs", "list"))
    assert run("jobs", "cancel", jobs[0]["id"]).code == 1, "it has ended"
    events = run("audit", "list", "--action", "microsoft_tenant.*", "--json").json()
    assert events
    assert fits(run("audit", "list"))
    exported = [json.loads(line) for line in run("audit", "export").out.splitlines()]
    assert {event["id"] for event in events} <= {event["id"] for event in exported}

    assert run("microsoft-tenants", "pause", CONTOSO, "--json").json()["lifecycle"] == "paused"
    assert run("microsoft-tenants", "resume", CONTOSO, "--json").json()["lifecycle"] == "active"
    assert run("microsoft-tenants", "offboard", CONTOSO, "--confirm", "wrong").code in (1, 2)
    gone = run("microsoft-tenants", "offboard", CONTOSO, "--confirm", CONTOSO, "--purge", "--json").json()
    assert (gone["lifecycle"], gone["credential"]) == ("offboarded", None)


def test_a_broken_connection_is_told_and_mended(onboarded: Terminal, cloud: Cloud) -> None:
    expired = cloud.customer(flaw="expired_secret")
    told = onboarded.run("microsoft-tenants", "test", expired["name"])
    assert told.code == 1
    assert "secret has expired" in told.err
    onboarded.settings["NEW"] = "not-the-secret-either"
    options = ("--kind", "client_secret", "--client-id", expired["client_id"], "--reference", "env:NEW")
    ran = onboarded.run("microsoft-tenants", "credential", expired["name"], *options)
    assert ran.code == 1
    assert "not-the-secret-either" not in ran.out + ran.err


def test_one_operation_straight_from_a_file(terminal: Terminal, tenants_file: Path, cloud: Cloud) -> None:
    """The entry point the product was founded with."""
    wanted = ("run", "--config", str(tenants_file), "--operation", "list-users", "--tenant-id")
    found = terminal.run(*wanted, cloud.customer(name=CONTOSO)["id"], "--json").json()
    assert len(found["rows"]) > 5
    assert fits(terminal.run(*wanted, cloud.customer(name=CONTOSO)["id"]))
    assert terminal.run(*wanted, str(uuid4())).code != 0
    events = terminal.run("audit", "list", "--action", "operation.*", "--json").json()
    assert events[0]["action"] == "operation.list-users"


@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        (("microsoft-tenants", "show", "Nobody"), 2, "Nobody"),
        (("microsoft-tenants", "show", "Nobody", "--tenant", "elsewhere"), 2, "elsewhere"),
        (("collect", "--dataset", "entra.unicorns"), 2, "entra.users"),
        (("reproject", "--dataset", "entra.unicorns"), 2, "entra.users"),
        (("operations", "plan", "delete-everything", "Nobody"), 2, "Nobody"),
        (("operations", "run", "list-users", "Nobody", "--argument", "novalue"), 2, "name=value"),
        (("jobs", "cancel", str(uuid4())), 2, "job"),
        (("jobs", "cancel", "not-an-id"), 2, "UUID"),
        (("jobs", "list", "--state", "tired"), 2, "tired"),
        (("microsoft-tenants", "add", "--config", "/nowhere.yaml"), 1, "nowhere.yaml"),
        (("microsoft-tenants", "credential", "Nobody", "--kind", "client_secret"), 2, "client_id"),
        (("unknown",), 2, "unknown"),
    ],
    ids=lambda value: value[0] + "-" + value[1] if isinstance(value, tuple) and len(value) > 1 else None,
)
def test_mistakes_are_told_on_standard_error(
    terminal: Terminal, command: tuple[str, ...], code: int, told: str
) -> None:
    ran = terminal.run(*command)
    assert (ran.code, ran.out) == (code, ""), ran.err
    assert told in " ".join(ran.err.split())


@pytest.mark.parametrize("command", [("jobs", "list"), ("audit", "verify"), ("microsoft-tenants", "list")])
def test_before_the_first_run_each_command_says_what_to_do(empty: Terminal, command: tuple[str, ...]) -> None:
    ran = empty.run(*command)
    assert ran.code == 1
    assert "tenantry init" in ran.err


def test_a_wrong_setting_is_named_and_its_value_is_not_shown(terminal: Terminal) -> None:
    ran = terminal.run("jobs", "list", TENANTRY_JOB_CONCURRENCY="s3cret")
    assert ran.code == 2
    assert "job_concurrency" in ran.err
    assert "s3cret" not in ran.err


def test_the_documents_describe_themselves(empty: Terminal) -> None:
    described: dict[str, Any] = empty.run("openapi").json()
    assert described["openapi"].startswith("3.")
    assert {row["name"] for row in empty.run("operations", "list", "--json").json()} >= {"list-users", "list-groups"}
    assert "Exit codes" in empty.run("--help").out
