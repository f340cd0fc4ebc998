"""`tenantry audit`: sealing and verifying the chain."""

import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import select

from tenantry.cli.context import (
    EXIT_FAILED,
    JsonOption,
    TenantOption,
    console,
    opened_platform,
    operator_work,
    print_json,
    print_table,
)
from tenantry.kit.pagination import PageQuery
from tenantry.platform.audit.models import Outcome
from tenantry.platform.audit.seal import Seals, Verification
from tenantry.platform.audit.service import record_now
from tenantry.platform.audit_trail.queries import AuditFilter, every_event, page_of_events
from tenantry.platform.setup import operator
from tenantry.platform.tenancy.models import Tenant
from tenantry.platform.work import Platform

app = typer.Typer(help="The audit trail and its chain.", no_args_is_help=True)

Action = Annotated[str | None, typer.Option(help="Such as role.updated; role.* for all of a kind.")]
Who = Annotated[str | None, typer.Option(help="Who did it, as the trail names them.")]
How = Annotated[Outcome | None, typer.Option(help="How it ended.")]


@app.command("list")
def list_(
    action: Action = None,
    actor: Who = None,
    outcome: How = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many, newest first.")] = 20,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """List audit events, newest first."""
    with operator_work(tenant, read_only=True) as work:
        wanted = AuditFilter(action=action, actor=actor, outcome=outcome)
        events = page_of_events(work, wanted, PageQuery(limit, None), count=False).items
        rows = [event.model_dump(mode="json") for event in events]
    if as_json:
        print_json(rows)
    else:
        columns = {"At": "at", "Who": "actor_label", "Did": "action", "To": "target_label", "Outcome": "outcome"}
        print_table(columns, [{**row, "at": row["at"][:19].replace("T", " ")} for row in rows])


@app.command()
def export(action: Action = None, actor: Who = None, outcome: How = None, tenant: TenantOption = None) -> None:
    """Write every matching event as a line of JSON, with its seal and the one before, so that gaps show."""
    with operator_work(tenant, read_only=True) as work:
        record_now(work.platform.databases, work.actor, work.clock, "audit.exported")
        for event in every_event(work, AuditFilter(action=action, actor=actor, outcome=outcome)):
            sys.stdout.write(event.model_dump_json() + "\n")


@app.command()
def seal(as_json: JsonOption = False) -> None:
    """Seal everything recorded so far. The running product does this every minute."""
    with opened_platform() as (platform, _):
        count = sum(_seal(platform, tenant) for tenant in _tenants(platform))
    if as_json:
        print_json({"sealed": count})
    else:
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
