"""`tenantry run` and `tenantry operations`: acting on a Microsoft tenant from the command line."""

import asyncio
import os
import time
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from tenantry.cli.context import (
    EXIT_FAILED,
    JsonOption,
    TenantOption,
    console,
    find_tenant,
    messages,
    opened_platform,
    operator_work,
    plain,
    print_json,
    print_table,
    reporting_errors,
)
from tenantry.cli.estate import Name, find_microsoft_tenant
from tenantry.estate.configuration import BadConfiguration, read_tenants_file
from tenantry.estate.gateway import Gateway, Reach
from tenantry.estate.models import Access, Lifecycle
from tenantry.estate.schemas import MicrosoftTenantIn
from tenantry.kit.errors import InvalidInput, Unavailable
from tenantry.kit.ids import new_id
from tenantry.microsoft import Priority, UpstreamError
from tenantry.operations.api import OperationOut
from tenantry.operations.models import OperationState
from tenantry.operations.registry import OperationKind, Plan, Result, all_operations, operation_named
from tenantry.operations.service import Operations, checked_arguments
from tenantry.platform.setup import operator
from tenantry.platform.work import Platform
from tenantry.settings import Settings
from tenantry.slices import load_slices

_PATIENCE: Final = 600.0
app = typer.Typer(help="What can be done in a Microsoft tenant.", no_args_is_help=True)


Kind = Annotated[str, typer.Argument(help="Such as list-users; see `tenantry operations list`.")]
Arguments = Annotated[list[str] | None, typer.Option("--argument", help="name=value, as often as needed.")]


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List the operations there are, and what they want."""
    load_slices()
    rows = [
        {
            "name": kind.name,
            "label": kind.label,
            "writes": kind.writes,
            "arguments": list(kind.arguments.model_fields),
        }
        for kind in all_operations()
    ]
    if as_json:
        print_json(rows)
        return
    columns = {"Operation": "name", "What it does": "label", "Changes": "changes", "Arguments": "arguments"}
    print_table(columns, [{**row, "changes": "yes" if row["writes"] else "no"} for row in rows])


@app.command()
def plan(
    kind: Kind, name: Name, argument: Arguments = None, tenant: TenantOption = None, as_json: JsonOption = False
) -> None:
    """Show what an operation would send to an onboarded Microsoft tenant, and change nothing."""
    _ask(kind, name, argument, tenant, key=None, dry_run=True, as_json=as_json)


@app.command("run")
def run_onboarded(
    kind: Kind,
    name: Name,
    argument: Arguments = None,
    key: Annotated[str | None, typer.Option(help="The same key again is the same operation, not a second one.")] = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run an operation on an onboarded Microsoft tenant: planned, applied, verified, audited."""
    _ask(kind, name, argument, tenant, key=key, dry_run=False, as_json=as_json)


@app.command()
def show(
    operation_id: Annotated[UUID, typer.Argument(help="As `plan` and `run` tell it.")],
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what was asked for and what came of it."""
    with operator_work(tenant, read_only=True) as work:
        row = OperationOut.model_validate(Operations(work).get(operation_id))
    _show(row, as_json=as_json)


def _ask(
    kind: str,
    name: str,
    pairs: list[str] | None,
    tenant: str | None,
    *,
    key: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    from tenantry.cli.running import running_jobs  # the engine takes long to import

    with opened_platform() as (platform, settings):
        found = find_tenant(platform, tenant)
        with platform.work(operator(found.id)) as work:
            wanted, target = _arguments(pairs or []), find_microsoft_tenant(work, name).id
            asked = Operations(work).request(kind, target, wanted, key=key, dry_run=dry_run).id
        with running_jobs(platform, settings, f"cli-{os.getpid()}"):
            row = _ended(platform, found.id, asked)
    _show(row, as_json=as_json)
    if row.state is OperationState.FAILED:
        raise typer.Exit(EXIT_FAILED)


def _ended(platform: Platform, tenant_id: UUID, operation_id: UUID) -> OperationOut:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with platform.work(operator(tenant_id), read_only=True) as work:
            row = OperationOut.model_validate(Operations(work).get(operation_id))
        if row.finished_at is not None:
            return row
        time.sleep(0.1)
    raise Unavailable(what="The end of the operation")


def _show(row: OperationOut, *, as_json: bool) -> None:
    if as_json:
        print_json(row.model_dump(mode="json"))
        return
    console.print(f"{row.id}  {row.kind}  {row.state.value}", markup=False, highlight=False)
    if row.problem:
        messages.print(plain(row.problem), markup=False, highlight=False)
    planned = Plan(**row.plan) if row.plan else Plan("")
    _print(planned, Result(**row.result) if row.result else None, as_json=False)


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
            messages.print(f"[red]{error.kind.value}[/red] ", end="")
            messages.print(plain(f"{error.advice} {error.message}"), markup=False, highlight=False)
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
    parts = [pair.partition("=") for pair in pairs]
    if wrong := [name for name, equals, _ in parts if not (name and equals)]:
        raise InvalidInput(why=f"--argument wants name=value; {wrong[0]!r} is not")
    return {name: int(value) if value.isdigit() else value for name, _, value in parts}


def _print(plan: Plan, result: Result | None, *, as_json: bool) -> None:
    if as_json:
        rows = result.rows if result else []
        print_json({"plan": plan.effect, "requests": plan.requests, "result": result and result.summary, "rows": rows})
        return
    console.print(plain(plan.effect), markup=False, highlight=False)
    if result is None:
        return
    console.print(plain(result.summary), markup=False, highlight=False)
    if result.rows:
        heads = list(result.rows[0])[:5]
        print_table(dict(zip(heads, heads, strict=True)), result.rows)
