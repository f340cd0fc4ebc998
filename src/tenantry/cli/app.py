"""The command tree."""

import typer

from tenantry.cli import audit, demo, estate, keys, operations, setup, web

app = typer.Typer(
    name="tenantry",
    help="One control plane for many Microsoft 365 and Azure tenants.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("init")(setup.init)
app.command("serve")(web.serve)
app.command("worker")(web.worker)
app.command("openapi")(web.openapi)
app.command("demo")(demo.demo)
app.command("collect")(estate.collect)
app.command("run")(operations.run)
app.add_typer(operations.app, name="operations")
app.add_typer(estate.app, name="microsoft-tenants")
app.add_typer(keys.app, name="keys")
app.add_typer(audit.app, name="audit")


def main() -> None:
    app()
