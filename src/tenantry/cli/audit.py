"""`tenantry audit`: sealing and verifying the chain."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import select

from tenantry.cli.context import EXIT_FAILED, console, opened_platform, print_json
from tenantry.platform.audit.seal import Seals, Verification
from tenantry.platform.setup import operator
from tenantry.platform.tenancy.models import Tenant
from tenantry.platform.work import Platform

app = typer.Typer(help="The audit trail's chain.", no_args_is_help=True)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def seal() -> None:
    """Seal everything recorded so far. The running product does this every minute."""
    with opened_platform() as (platform, _):
        count = sum(_seal(platform, tenant) for tenant in _tenants(platform))
    console.print(f"{count} events sealed.")


@app.command()
def verify(as_json: JsonOption = False) -> None:
    """Recompute every seal. Exit code 1 when an event was changed, removed, added or reordered."""
    with opened_platform() as (platform, _):
        results = [(tenant.slug, _verify(platform, tenant)) for tenant in _tenants(platform)]
    if as_json:
        print_json([{"tenant": slug, **asdict(result)} for slug, result in results])
    else:
        _print(results)
    if any(result.broken_at is not None for _, result in results):
        raise typer.Exit(EXIT_FAILED)


def _print(results: list[tuple[str, Verification]]) -> None:
    table = Table("Tenant", "Sealed", "Not yet sealed", "Verdict", "Head")
    for slug, result in results:
        verdict = "[green]intact[/green]" if result.broken_at is None else f"[red]broken: {result.why}[/red]"
        table.add_row(slug, str(result.sealed), str(result.unsealed), verdict, result.head[:16])
    console.print(table)


def _tenants(platform: Platform) -> list[Tenant]:
    with platform.databases.identity(read_only=True) as session:
        return list(session.scalars(select(Tenant).order_by(Tenant.slug)))


def _seal(platform: Platform, tenant: Tenant) -> int:
    sealed = 0
    while True:
        with platform.work(operator(tenant.id)) as work:
            count = Seals(work.session, work.vault, work.clock).seal_pending()
        sealed += count
        if count == 0:
            return sealed


def _verify(platform: Platform, tenant: Tenant) -> Verification:
    with platform.work(operator(tenant.id), read_only=True) as work:
        return Seals(work.session, work.vault, work.clock).verify()
