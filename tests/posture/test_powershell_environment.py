"""`tenantry powershell test` says what this machine lacks, in words that lead to what has to be done."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.powershell import Shell

from tenantry.posture.powershell.environment import MODULES, examine_environment

ALL = dict.fromkeys(MODULES, "1.2.3")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Only the stand-in: which modules a real machine has is not ours to say."""
    return Shell.install(tmp_path / "scripts")


def command(shell: Shell, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    own = {"TENANTRY_POWERSHELL": shell.executable, "TENANTRY_POWERSHELL_SCRIPTS": str(shell.folder), **variables}
    arguments = [sys.executable, "-m", "tenantry", "powershell", "test", *options]
    return subprocess.run(arguments, env={**os.environ, **own}, capture_output=True, text=True, check=False)


def test_a_machine_that_has_everything_is_ready(shell: Shell) -> None:
    shell.has_modules(ALL)
    done = command(shell, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["version"], found["missing"], found["ready"]) == ("7.5.4", [], True)
    assert command(shell).stdout.splitlines()[:2] == ["PowerShell 7.5.4", "Microsoft.Graph 1.2.3"]


def test_missing_modules_are_named(shell: Shell) -> None:
    shell.has_modules({name: version for name, version in ALL.items() if "P" not in name})
    done = command(shell)
    assert done.returncode == 1
    assert "Modules are missing: PnP.PowerShell, MicrosoftPowerBIMgmt." in done.stdout
    assert "PnP.PowerShell missing" in done.stdout


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"TENANTRY_POWERSHELL": "no-such-pwsh"}, "there is no executable no-such-pwsh"),
        ({"TENANTRY_POWERSHELL": "/bin/false"}, "/bin/false does not answer as PowerShell does."),
        ({"TENANTRY_POWERSHELL": "/bin/cat"}, "/bin/cat does not answer as PowerShell does."),
        ({"TENANTRY_POWERSHELL_SCRIPTS": "/nowhere"}, "there is no Start-Checks.ps1 in /nowhere"),
    ],
)
def test_what_cannot_run_says_why(shell: Shell, variables: dict[str, str], says: str) -> None:
    shell.has_modules(ALL)
    done = command(shell, **variables)
    assert (done.returncode, says in done.stdout) == (1, True), done


@pytest.mark.parametrize("told", ["", "[]", "{}", '{"modules": []}', '{"modules": {}, "version": 7}', "x" * 100_000])
async def test_whatever_it_answers_is_not_taken_for_modules(shell: Shell, told: str) -> None:
    (shell.folder / "environment.json").write_text(told)
    found = await examine_environment(shell.settings())
    assert not found.is_ready
    assert len(found.sentence) < 1000
