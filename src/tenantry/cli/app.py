"""The command tree. A command's module is imported when the command is named: most need much, none needs all."""

import sys
import traceback
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

_COMMANDS: Final = {
    "init": ("setup", "init"),
    "serve": ("web", "serve"),
    "worker": ("web", "worker"),
    "openapi": ("web", "openapi"),
    "demo": ("demo", "demo"),
    "collect": ("collecting", "collect"),
    "reproject": ("collecting", "reproject"),
    "run": ("operations", "run"),
    "controls": ("posture", "controls"),
    "scan": ("posture", "app"),
    "operations": ("operations", "app"),
    "microsoft-tenants": ("estate", "app"),
    "jobs": ("jobs", "app"),
    "keys": ("keys", "app"),
    "audit": ("audit", "app"),
    "powershell": ("powershell", "app"),
}
"""Where each is: a module beside this one, and the function or the group of commands in it."""


class Commands(TyperGroup):
    """Finds commands by their names."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        found = getattr(import_module(f"tenantry.cli.{module}"), name)
        if not isinstance(found, typer.Typer):
            function, found = found, typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            found.command(cmd_name)(function)
        command = typer.main.get_command(found)
        command.name = cmd_name
        return command


app = typer.Typer(
    name="tenantry",
    cls=Commands,
    help="One control plane for many Microsoft 365 and Azure tenants.",
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage (scan has more). Settings: docs/reference/settings.md.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tenantry {version('tenantry')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """What stands before the command."""


def main() -> None:
    """Runs a command. What nobody foresaw is told in a line, too; its traceback is for TENANTRY_LOG_LEVEL=DEBUG."""
    try:
        app()
    except Exception as error:  # noqa: BLE001 - the last place that can turn it into a sentence
        _tell_unforeseen(error)


def _tell_unforeseen(error: Exception) -> None:
    from tenantry.cli.context import EXIT_FAILED, messages, wants_tracebacks  # a command that works needs none of it
    from tenantry.kit.redaction import redacted

    messages.print(f"[red]internal_error[/red] {type(error).__name__}: ", end="")
    words = redacted(f"{error}").splitlines() or [""]
    messages.print(words[0][:300], markup=False, highlight=False)
    if wants_tracebacks():
        messages.print(redacted(traceback.format_exc()), markup=False, highlight=False, soft_wrap=True)
    else:
        messages.print("TENANTRY_LOG_LEVEL=DEBUG shows where.")
    sys.exit(EXIT_FAILED)
