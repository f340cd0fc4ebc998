"""`tenantry run` and `tenantry operations`: acting on a Microsoft tenant from the command line."""

import asyncio
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.markup import escape
from rich.table import Table

from tenantry.cli.context import (
    EXIT_FAILED,
    console,
    find_tenant,
    messages,
    opened_platform,
    print_json,
    reporting_errors,
)
from tenantry.estate.configuration import BadConfiguration, read_tenants_file
from tenantry.estate.gateway import Gateway, Reach
from tenantry.estate.models import Access, Lifecycle
from tenantry.estate.schemas import MicrosoftTenantIn
from tenantry.kit.errors import InvalidInput
from tenantry.kit.ids import new_id
from tenantry.microsoft import Priority, UpstreamError
from tenantry.operations.registry import OperationKind, Plan, Result, all_operations, operation_named
from tenantry.operations.service import checked_arguments
from tenantry.platform.setup import operator
from tenantry.settings import Settings
from tenantry.slices import load_slices

app = typer.Typer(help="What can be done in a Microsoft tenant.", no_args_is_help=True)


@app.command("list")
def list_() -> None:
    """List the operations there are."""
    load_slices()
    table = Table("Operation", "What it does", "Changes something")
    for kind in all_operations():
        table.add_row(kind.name, kind.label, "yes" if kind.writes else "no")
    console.print(table)


def run(
    config: Annotated[Path, typer.Option(help="YAML file with the Microsoft tenant and its credential's reference.")],
    operation: Annotated[str, typer.Option(help="Such as list-users; see `tenantry operations list`.")],
    tenant_id: Annotated[UUID, typer.Option(help="Directory (tenant) id in that file.")],
    argument: Annotated[list[str] | None, typer.Option(help="name=value, as often as needed.")] = None,
    dry_run: Annotated[bool, typer.Option(help="Only show what would be sent.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run one operation on a Microsoft tenant of a configuration file. It is audited like any other."""
    load_slices()
    with reporting_errors():
        kind = operation_named(operation)
        arguments = checked_arguments(kind, _arguments(argument or []))
        wanted = _chosen(config, tenant_id)
    with opened_platform() as (platform, settings):
        actor = operator(find_tenant(platform, None).id)
        try:
            plan, result = asyncio.run(_perform(kind, arguments, wanted, settings, dry_run=dry_run))
        except UpstreamError as error:
            messages.print(f"[red]{error.kind.value}[/red] {error.advice} {error.message}", highlight=False)
            raise typer.Exit(EXIT_FAILED) from error
        with platform.work(actor) as work:
            work.audit.record(
                f"operation.{kind.name}", entra_tenant_id=str(tenant_id), dry_run=dry_run, effect=plan.effect
            )
    _print(plan, result, as_json=as_json)


async def _perform(
    kind: OperationKind[Any], arguments: Any, wanted: MicrosoftTenantIn, settings: Settings, *, dry_run: bool
) -> tuple[Plan, Result | None]:
    gateway = Gateway.of(settings)
    try:
        connection = await gateway.connect(_reach(wanted, settings), Priority.INTERACTIVE)
        plan = await kind.plan(connection, arguments)
        return plan, None if dry_run else await kind.apply(connection, arguments, str(new_id()))
    finally:
        await gateway.close()


def _chosen(config: Path, tenant_id: UUID) -> MicrosoftTenantIn:
    for wanted in read_tenants_file(config):
        if wanted.entra_tenant_id == tenant_id and wanted.credential is not None:
            return wanted
    raise BadConfiguration(file=config.name, why=f"it has no Microsoft tenant {tenant_id} with a credential")


def _reach(wanted: MicrosoftTenantIn, settings: Settings) -> Reach:
    credential = wanted.credential
    if credential is None:
        raise InvalidInput(why="the Microsoft tenant has no credential")
    return Reach(
        microsoft_tenant_id=new_id(),
        name=wanted.name,
        cloud=wanted.cloud or settings.cloud,
        entra_tenant_id=str(wanted.entra_tenant_id),
        home_tenant_id=str(wanted.entra_tenant_id),
        access=Access.APP_REGISTRATION,
        lifecycle=Lifecycle.ACTIVE,
        kind=credential.kind,
        client_id=str(credential.client_id or ""),
        reference=credential.reference,
        secret=credential.value,
    )


def _arguments(pairs: list[str]) -> dict[str, Any]:
    parts = (pair.partition("=") for pair in pairs)
    return {name: int(value) if value.isdigit() else value for name, _, value in parts}


def _print(plan: Plan, result: Result | None, *, as_json: bool) -> None:
    if as_json:
        rows = result.rows if result else []
        print_json({"plan": plan.effect, "requests": plan.requests, "result": result and result.summary, "rows": rows})
        return
    console.print(plan.effect, markup=False)
    if result is None:
        return
    console.print(result.summary, markup=False)
    if result.rows:
        heads = list(result.rows[0])[:5]
        table = Table(*heads)
        for row in result.rows:
            table.add_row(*(_plain(row.get(head)) for head in heads))
        console.print(table)


def _plain(value: Any) -> str:
    """Text of a Microsoft tenant in a terminal: no control characters, no markup."""
    return escape("".join(letter for letter in str(value if value is not None else "") if letter.isprintable()))
