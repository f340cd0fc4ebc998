"""`tenantry powershell`: whether this machine can run the PowerShell engine."""

import asyncio
from dataclasses import asdict

import typer

from tenantry.cli.context import EXIT_FAILED, JsonOption, console, plain, print_json, reporting_errors
from tenantry.posture.powershell.environment import Environment, examine_environment
from tenantry.settings import Settings

app = typer.Typer(help="The PowerShell engine of scans.", no_args_is_help=True)


@app.command("test")
def examine(as_json: JsonOption = False) -> None:
    """Say which PowerShell and which modules are there, and what is missing. Exit code 1 when scans could not run."""
    with reporting_errors():
        found = asyncio.run(examine_environment(Settings()))
    if as_json:
        print_json({**asdict(found), "missing": found.missing, "ready": found.is_ready})
    else:
        _print(found)
    if not found.is_ready:
        raise typer.Exit(EXIT_FAILED)


@app.callback()
def powershell() -> None:
    """Keeps `test` a command of its own although it is the only one."""


def _print(found: Environment) -> None:
    lines = [f"PowerShell {found.version or 'not found'}"]
    lines += [f"{name} {version or 'missing'}" for name, version in found.modules.items()]
    for line in (*lines, *found.problems):
        console.print(plain(line), markup=False, highlight=False, soft_wrap=True)
