"""`tenantry keys`: making and rotating the keys that protect secrets."""

from typing import Annotated

import typer
from sqlalchemy import select

from tenantry.cli.context import messages, opened_platform, print_json, reporting_errors
from tenantry.kit.crypto import MasterKey
from tenantry.kit.errors import Conflict
from tenantry.kit.master_keys import add_generated_key
from tenantry.platform.setup import operator
from tenantry.platform.tenancy.models import Tenant
from tenantry.platform.work import Platform
from tenantry.settings import Settings

app = typer.Typer(help="Master keys and data keys.", no_args_is_help=True)


@app.command()
def generate() -> None:
    """Print a new master key, to put wherever TENANTRY_MASTER_KEYS will point."""
    typer.echo(MasterKey.generate_text())


@app.command()
def rotate(
    new_master_key: Annotated[
        bool, typer.Option(help="Also generate a new master key in the home folder's master.key.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Wrap every data key with the newest master key and seal every stored secret with a new data key."""
    with reporting_errors():
        settings = Settings()
        if new_master_key and settings.master_keys:
            raise Conflict(why="TENANTRY_MASTER_KEYS is set; put the new key first in that list instead")
        if new_master_key:
            add_generated_key(settings.home)
    with opened_platform() as (platform, _):
        resealed = {slug: _rotate(platform, tenant) for slug, tenant in _tenants(platform)}
        report = {"master_key": platform.keyring.current.id, "resealed": resealed}
    if as_json:
        print_json(report)
    else:
        messages.print(
            f"Master key {report['master_key']} wraps all data keys; {sum(resealed.values())} secrets resealed."
        )


def _tenants(platform: Platform) -> list[tuple[str, Tenant]]:
    with platform.databases.identity(read_only=True) as session:
        return [(tenant.slug, tenant) for tenant in session.scalars(select(Tenant).order_by(Tenant.slug)).all()]


def _rotate(platform: Platform, tenant: Tenant) -> int:
    with platform.work(operator(tenant.id)) as work:
        count = work.vault.rotate()
        work.audit.record("keys.rotated", resealed=count, master_key=platform.keyring.current.id)
        return count
