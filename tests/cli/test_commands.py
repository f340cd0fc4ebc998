"""The command tree: each command is there, and only what it needs is imported."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Terminal
from typer.testing import CliRunner

from tenantry.cli.app import _COMMANDS, app


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_command_of_the_table_helps(name: str) -> None:
    told = CliRunner().invoke(app, [name, "--help"])
    assert told.exit_code == 0, told.output
    assert f"{name} [OPTIONS]" in " ".join(told.output.split())


def test_the_version_is_told_and_what_is_no_command_refused(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    assert terminal.run("--version").out.startswith("tenantry 0.")
    wrong = terminal.run("colect")
    assert (wrong.code, "No such command 'colect'" in wrong.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (["--version"], ["sqlalchemy", "fastapi", "aiohttp", "pydantic"]),
        (["keys", "--help"], ["fastapi", "uvicorn", "dbos", "redis", "numpy"]),
        (["scan", "--help"], ["uvicorn", "redis", "typst", "numpy"]),
    ],
    ids=["version", "keys", "scan"],
)
def test_what_a_command_does_not_need_is_not_imported(arguments: list[str], absent: list[str]) -> None:
    """Each of these takes a tenth of a second or more."""
    look = (
        f"import sys; sys.argv[1:] = {arguments}\nfrom tenantry.cli import main\ntry: main()\nexcept SystemExit: pass\n"
    )
    look += f"print('imported:', [name for name in {absent} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=120, check=True)
    assert ran.stdout.splitlines()[-1] == "imported: []"
