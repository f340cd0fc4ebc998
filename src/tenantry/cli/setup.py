"""`tenantry init`: the first run."""

from typing import Annotated

import typer

from tenantry.cli.context import messages, print_json, reporting_errors
from tenantry.kit.clock import SystemClock
from tenantry.kit.db import Databases
from tenantry.kit.master_keys import add_generated_key, key_file
from tenantry.kit.references import Reference
from tenantry.migrations.runner import upgrade
from tenantry.platform.opening import open_keyring
from tenantry.platform.setup import set_up
from tenantry.settings import Settings


def init(
    email: Annotated[str, typer.Option(help="Sign-in address of the super admin.")],
    name: Annotated[str, typer.Option(help="Name of your organisation.")] = "My organisation",
    slug: Annotated[str, typer.Option(help="Short name of your organisation, for addresses.")] = "main",
    password: Annotated[
        str | None, typer.Option(help="Reference to the password: env:NAME or file:/path. Default: generated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Create the schema, the master key, the first tenant and its super admin. Safe to repeat: never overwrites."""
    with reporting_errors():
        settings = Settings()
        chosen = Reference.parse(password, "--password").resolve_local() if password else None
        if settings.master_keys:
            open_keyring(settings)  # keys that cannot be used are told before anything is made
        settings.home.mkdir(parents=True, exist_ok=True)
        upgrade(settings.database_urls)
        if not settings.master_keys and not key_file(settings.home).exists():
            add_generated_key(settings.home)
        databases = Databases(settings.database_urls)
        try:
            made = set_up(databases, SystemClock(), email=email, slug=slug, name=name, password=chosen)
        finally:
            databases.dispose()
    shown = None if chosen else made.password.reveal()
    if as_json:
        print_json({"tenant": made.tenant.slug, "email": made.admin.email, "password": shown})
        return
    messages.print(f"[green]Ready.[/green] Sign in at {settings.public_url} as {made.admin.email}")
    if shown:
        messages.print(f"Password (shown this once): {shown}", highlight=False)
