"""The command tree."""

import sys
import traceback

import typer

from tenantry.cli import audit, collecting, demo, estate, jobs, keys, operations, posture, powershell, setup, web
from tenantry.cli.context import EXIT_FAILED, messages, wants_tracebacks
from tenantry.kit.redaction import redacted

app = typer.Typer(
    name="tenantry",
    help="One control plane for many Microsoft 365 and Azure tenants.",
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage (scan has more). Settings: docs/reference/settings.md.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("init")(setup.init)
app.command("serve")(web.serve)
app.command("worker")(web.worker)
app.command("openapi")(web.openapi)
app.command("demo")(demo.demo)
app.command("collect")(collecting.collect)
app.command("reproject")(collecting.reproject)
app.command("run")(operations.run)
app.command("controls")(posture.controls)
app.add_typer(posture.app, name="scan")
app.add_typer(operations.app, name="operations")
app.add_typer(estate.app, name="microsoft-tenants")
app.add_typer(jobs.app, name="jobs")
app.add_typer(keys.app, name="keys")
app.add_typer(audit.app, name="audit")
app.add_typer(powershell.app, name="powershell")


def main() -> None:
    """Runs a command. What nobody foresaw is told in a line, too; its traceback is for TENANTRY_LOG_LEVEL=DEBUG."""
    try:
        app()
    except Exception as error:  # noqa: BLE001 - the last place that can turn it into a sentence
        messages.print(f"[red]internal_error[/red] {type(error).__name__}: ", end="")
        words = redacted(f"{error}").splitlines() or [""]
        messages.print(words[0][:300], markup=False, highlight=False)
        if wants_tracebacks():
            messages.print(redacted(traceback.format_exc()), markup=False, highlight=False, soft_wrap=True)
        else:
            messages.print("TENANTRY_LOG_LEVEL=DEBUG shows where.")
        sys.exit(EXIT_FAILED)
