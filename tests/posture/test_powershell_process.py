"""Whatever the scripts do, they end, with everything they started, and nobody beside them sees a secret."""

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from tests.mscloudsim.credentials import make_certificate
from tests.support.powershell import SHELLS, Shell, files_that_show, is_alive, places_that_show

from tenantry.kit.secret import Secret
from tenantry.posture.controls.catalogue import controls_of
from tenantry.posture.powershell.engine import SCRIPTS_BENCHMARK, WRAPPER
from tenantry.posture.powershell.handover import Report, order_for
from tenantry.posture.powershell.masking import Mask
from tenantry.posture.powershell.process import Ended, Limits, run_script
from tenantry.posture.powershell.sign_in import SignIn
from tenantry.posture.scans.engines import Plan
from tenantry.posture.scans.models import AuthMethod

SECRET = "hunter2+/hunter2~hunter2"
REPORT = Report("http://localhost:8000/msp/cspm/webhook/progress/x", Secret("a-report-secret-of-a-scan"))
MASK = Mask.of((Secret(SECRET), REPORT.secret))
LONG = Limits(60, 70)
PLAN = Plan(UUID(int=1), UUID(int=2), SCRIPTS_BENCHMARK, controls_of(SCRIPTS_BENCHMARK))


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Shell:
    return Shell.install(tmp_path / "scripts", request.param)


def sign_in(method: AuthMethod = AuthMethod.CLIENT_SECRET, name: str = "the-app", secret: str = SECRET) -> SignIn:
    return SignIn(method, "entra-tenant", "public", name, Secret(secret))


def order(shell: Shell, folder: Path, plan: Plan = PLAN, identity: SignIn | None = None) -> bytes:
    return order_for(plan, identity or sign_in(), REPORT, shell.folder / "Start-Checks.ps1", folder / "out.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


async def run(shell: Shell, folder: Path, limits: Limits = LONG) -> Ended:
    return await run_script(shell.executable, WRAPPER, order(shell, folder), folder, limits, MASK)


async def happens(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.02)


async def test_the_scripts_are_told_everything_and_nobody_else_is(shell: Shell, folder: Path) -> None:
    shell.does(seconds=2)
    running = asyncio.ensure_future(run(shell, folder))
    await happens(lambda: shell.has_started)
    shown = places_that_show(SECRET) + places_that_show(REPORT.secret.reveal())
    assert shown == []
    assert files_that_show(SECRET, folder.parent) == []
    told = shell.seen["told"]
    assert told["ClientSecret"] == hashlib.sha256(SECRET.encode()).hexdigest()
    assert told["ProgressSecret"] == hashlib.sha256(REPORT.secret.reveal().encode()).hexdigest()
    assert (told["TenantId"], told["ClientId"], told["OutputFormat"]) == ("entra-tenant", "the-app", "json")
    assert told["OutputPath"] == str(folder / "out.json")
    assert (await running).code == 0


async def test_the_searcher_finds_what_is_there() -> None:
    process = await asyncio.create_subprocess_exec("/bin/sleep", "60", env={"LEAK": "leaked-into-the-environment"})
    shown = [f"/proc/{process.pid}/environ"]  # a moment after it has begun
    await happens(lambda: places_that_show("leaked-into-the-environment") == shown)
    process.kill()
    await process.wait()


async def test_our_own_environment_stays_ours(shell: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TENANTRY_DATABASE_URL", "CONTOSO_SECRET", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "x")
    shell.does()
    assert (await run(shell, folder)).code == 0
    seen = set(shell.seen["variables"])
    assert seen.isdisjoint({"TENANTRY_DATABASE_URL", "CONTOSO_SECRET", "AWS_SESSION_TOKEN"})
    assert {"PATH", "HOME", "PSModulePath"} <= seen


async def test_a_cancel_kills_them_and_their_children_at_once(shell: Shell, folder: Path) -> None:
    shell.does(seconds=600, stubborn=True, children=3)
    running = asyncio.ensure_future(run(shell, folder))
    await happens(lambda: shell.has_started)
    assert all(map(is_alive, shell.processes))
    started = time.monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await happens(lambda: not any(map(is_alive, shell.processes)), 2)
    assert time.monotonic() - started < 2


async def test_children_do_not_outlive_scripts_that_end(shell: Shell, folder: Path) -> None:
    shell.does(children=2)
    assert (await run(shell, folder)).code == 0
    await happens(lambda: not any(map(is_alive, shell.processes)), 2)


async def test_a_child_that_left_the_group_holds_nothing_up(shell: Shell, folder: Path) -> None:
    """It is the one thing that is not killed; it has no secret, and the scan does not wait for it."""
    shell.does(detached=1)
    started = time.monotonic()
    assert (await run(shell, folder)).code == 0
    assert time.monotonic() - started < 20
    os.kill(shell.seen["children"][0], signal.SIGKILL)


@pytest.mark.parametrize("is_stubborn", [False, True])
async def test_limits_ask_first_and_kill_then(shell: Shell, folder: Path, is_stubborn: bool) -> None:
    shell.does(seconds=600, stubborn=is_stubborn, children=1)
    ended = await run(shell, folder, Limits(3, 5))
    assert ended.told_to_stop
    if shell.executable.startswith(str(shell.folder)):  # the real one does not ignore what it is told
        assert ended.killed is is_stubborn
    await happens(lambda: not any(map(is_alive, shell.processes)), 2)


ALONE = """
import asyncio, sys
from pathlib import Path
from tenantry.posture.powershell.masking import Mask
from tenantry.posture.powershell.process import Limits, run_script
executable, script, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
asyncio.run(run_script(executable, script, sys.stdin.buffer.readline().strip(), folder, Limits(60, 70), Mask()))
"""


async def test_a_killed_worker_leaves_no_orphan(shell: Shell, folder: Path) -> None:
    shell.does(seconds=600, stubborn=True, children=2)
    command = [sys.executable, "-c", ALONE, shell.executable, str(WRAPPER), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as worker:  # noqa: ASYNC220 - told and killed at once
        assert worker.stdin is not None
        worker.stdin.write(order(shell, folder) + b"\n")
        worker.stdin.flush()
        await happens(lambda: shell.has_started)
        assert all(map(is_alive, shell.processes))
        worker.kill()
    await happens(lambda: not any(map(is_alive, shell.processes)), 2)


async def test_what_they_say_is_bounded_and_shows_no_secret(shell: Shell, folder: Path) -> None:
    shell.does(flood=5_000_000, says="signing in\nwith password {secret}\nand Bearer abcdefghijkl\x1b[31m failed\n")
    ended = await run(shell, folder)
    assert ended.output == "", "one endless line, whose beginning nobody saw, may be half a secret"
    assert ended.errors == "signing in\nwith password •••\nand Bearer •••[31m failed"


@pytest.mark.parametrize("form", ["{secret}", "before{secret}after\n{secret}"])
async def test_a_secret_at_the_cut_is_not_shown_in_half(shell: Shell, folder: Path, form: str) -> None:
    shell.does(says="\n".join([form] * 700))
    errors = (await run(shell, folder)).errors
    assert "•••" in errors
    assert "hunter2" not in errors
    assert len(errors) < 10_000


async def test_what_cannot_be_started_says_so(folder: Path) -> None:
    missing = Shell(folder, str(folder / "nothing-here"))
    ended = await run(missing, folder)
    assert (ended.code, "could not be started: No such file" in ended.errors) == (127, True)


def test_a_certificate_goes_as_pem_and_as_thumbprint(tmp_path: Path) -> None:
    certified = make_certificate()
    pem = certified.pem_with_key.decode()
    line = order(Shell(tmp_path, ""), tmp_path, identity=sign_in(AuthMethod.CERTIFICATE, secret=pem))
    told = orjson.loads(line)["parameters"]
    assert b"\n" not in line
    assert (told["ClientId"], told["CertificatePem"]) == ("the-app", pem)
    assert len(bytes.fromhex(told["CertificateThumbprint"])) == 20


async def test_a_user_goes_by_name_and_password_and_nobody_else_sees_it(shell: Shell, folder: Path) -> None:
    user = sign_in(AuthMethod.USERNAME_PASSWORD, "scanner@contoso.example", SECRET)
    shell.does(seconds=2, says="signing in with {secret}\n")
    line = order(shell, folder, identity=user)
    running = asyncio.ensure_future(run_script(shell.executable, WRAPPER, line, folder, LONG, MASK))
    await happens(lambda: shell.has_started)
    assert places_that_show(SECRET) + files_that_show(SECRET, folder.parent) == []
    told = shell.seen["told"]
    assert (told["Username"], told["Password"]) == (user.name, hashlib.sha256(SECRET.encode()).hexdigest())
    assert {name for name in told if name.startswith(("Client", "Certificate"))} == set()
    assert (await running).errors == "signing in with •••"


WHOLE = """param([pscredential] $Credential, [string] $Username, [securestring] $Password)
$found = if ($Credential) { $Credential } else { [pscredential]::new($Username, $Password) }
$both = [bool]$Credential -and [bool]$Username
"$($found.UserName) $($found.GetNetworkCredential().Password.Length) $both"
"""


@pytest.mark.parametrize("executable", SHELLS[1:])
@pytest.mark.parametrize("parameters", ["[pscredential] $Credential, ", ""])
async def test_a_script_that_asks_for_a_whole_credential_gets_that_alone(
    executable: str, parameters: str, folder: Path
) -> None:
    """Where PowerShell is installed: the stand-in declares nothing."""
    shell = Shell.install(folder.parent / "scripts", executable)
    (shell.folder / "Start-Checks.ps1").write_text(WHOLE.replace("[pscredential] $Credential, ", parameters))
    line = order(shell, folder, identity=sign_in(AuthMethod.USERNAME_PASSWORD, "scanner@contoso.example"))
    ended = await run_script(shell.executable, WRAPPER, line, folder, LONG, MASK)
    assert ended.output == f"scanner@contoso.example {len(SECRET)} False"


def test_chosen_checks_go_by_the_names_of_their_scripts(tmp_path: Path) -> None:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks/1.1.3_between_two_and_four.ps1").touch()
    chosen = [
        one for one in controls_of(SCRIPTS_BENCHMARK) if one.benchmarks[SCRIPTS_BENCHMARK].number in ("1.1.1", "1.1.3")
    ]
    plan = Plan(UUID(int=1), UUID(int=2), SCRIPTS_BENCHMARK, chosen, l1_only=True)
    shell = Shell(tmp_path, "")
    told = orjson.loads(order(shell, tmp_path, plan))["parameters"]
    assert (told["CheckIds"], told["L1Only"]) == (["1.1.1", "1.1.3_between_two_and_four"], True)
    assert orjson.loads(order(shell, tmp_path))["parameters"]["CheckIds"] is None
