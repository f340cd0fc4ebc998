"""`tenantry microsoft-tenants`: the estate from the command line."""

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer
from sqlalchemy import or_, select

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
    validated,
)
from tenantry.cli.following import run_jobs
from tenantry.estate import flows
from tenantry.estate.configuration import read_tenants_file
from tenantry.estate.models import CredentialKind, MicrosoftTenant
from tenantry.estate.presentation import shown
from tenantry.estate.schemas import CredentialIn, OffboardIn
from tenantry.estate.service import MicrosoftTenants
from tenantry.kit.errors import NotFound
from tenantry.platform.setup import operator
from tenantry.platform.work import Work
from tenantry.settings import Settings

app = typer.Typer(help="Microsoft tenants: onboarding, testing, offboarding.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Our id, the directory (tenant) id, or the name.")]
_COLUMNS: Final = {
    "Name": "name",
    "Directory id": "entra_tenant_id",
    "Lifecycle": "lifecycle",
    "Connection": "connection",
}


@app.command("list")
def list_(tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """List Microsoft tenants and the state of their connections."""
    with operator_work(tenant, read_only=True) as work:
        found = work.session.scalars(select(MicrosoftTenant).order_by(MicrosoftTenant.name_key)).all()
        rows = [_as_json(work, row) for row in found]
    if as_json:
        print_json(rows)
    else:
        print_table(_COLUMNS, rows)


@app.command()
def show(name: Name, tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """Show one Microsoft tenant: its connection, what is missing, its credential (masked)."""
    with operator_work(tenant, read_only=True) as work:
        row = _as_json(work, find_microsoft_tenant(work, name))
    if as_json:
        print_json(row)
        return
    told = {**row, "missing": [f"{loss['permission']}: {', '.join(loss['without_it'])}" for loss in row["missing"]]}
    told["credential"] = ", ".join(f"{key} {value}" for key, value in (row["credential"] or {}).items() if value)
    for key in ("granted_permissions", "facts"):
        told.pop(key)
    print_table(
        {"Field": "field", "Value": "value"},
        [
            {"field": key.replace("_", " "), "value": value}
            for key, value in told.items()
            if value not in (None, "", [])
        ],
    )


@app.command()
def add(
    config: Annotated[Path, typer.Option(help="YAML file, see config/tenants.example.yaml.")],
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Onboard every Microsoft tenant of a file; those that are onboarded already are left as they are."""
    with reporting_errors():
        wanted = read_tenants_file(config)
    with opened_platform() as (platform, settings):
        found = find_tenant(platform, tenant)
        with platform.work(operator(found.id)) as work:
            imported = flows.import_tenants(work, wanted, settings.cloud)
        started = {
            entry.microsoft_tenant_id for entry in imported if entry.outcome == "started" and entry.microsoft_tenant_id
        }
        failed = run_jobs(platform, settings, found.id, started, show=not as_json)
        with platform.work(operator(found.id), read_only=True) as work:
            _tell_problems(work, started)
    of = {kind: [entry for entry in imported if entry.outcome == kind] for kind in ("started", "known", "refused")}
    refused = [{"name": entry.wanted.name, "reason": entry.why} for entry in of["refused"]]
    if as_json:
        known = [entry.wanted.name for entry in of["known"]]
        print_json({"started": len(of["started"]), "already_onboarded": known, "refused": refused, "failed": failed})
    for entry in () if as_json else (*of["known"], *of["refused"]):
        messages.print(f"{entry.wanted.name}: {entry.why}", markup=False, highlight=False)
    if failed or refused:
        raise typer.Exit(EXIT_FAILED)


@app.command("test")
def check_connection(name: Name, tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """Ask Microsoft for a token and for what the application may do. Exit code 1 when the connection is broken."""
    with opened_platform() as (platform, settings):
        found = find_tenant(platform, tenant)
        with platform.work(operator(found.id)) as work:
            key = find_microsoft_tenant(work, name).id
            flows.ask(work, flows.TEST, key)
        failed = run_jobs(platform, settings, found.id, [key], show=not as_json)
        with platform.work(operator(found.id), read_only=True) as work:
            row = _as_json(work, find_microsoft_tenant(work, str(key)))
    if as_json:
        print_json({key: row[key] for key in ("name", "connection", "problem_code", "problem_message", "missing")})
    else:
        _tell_connection(row)
    if failed:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def credential(
    name: Name,
    kind: Annotated[CredentialKind, typer.Option(help="What vouches for the application.")],
    client_id: Annotated[UUID | None, typer.Option(help="The application's id; none for a managed identity.")] = None,
    reference: Annotated[
        str | None, typer.Option(help="Where the secret or certificate is: env:NAME, file:/path or keyvault:https://…")
    ] = None,
    expires_at: Annotated[datetime | None, typer.Option(help="When it expires, in UTC.")] = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put another credential in the place of the current one, and test it. Secrets are given as references only."""
    wanted = {"kind": kind, "client_id": client_id, "reference": reference, "expires_at": expires_at}
    with opened_platform() as (platform, settings):
        checked = _checked(wanted)
        found = find_tenant(platform, tenant)
        with platform.work(operator(found.id)) as work:
            key = flows.give_credential(work, find_microsoft_tenant(work, name).id, checked).id
        failed = run_jobs(platform, settings, found.id, [key], show=not as_json)
        with platform.work(operator(found.id), read_only=True) as work:
            row = _as_json(work, find_microsoft_tenant(work, str(key)))
    if as_json:
        print_json(row)
    else:
        _tell_connection(row)
    if failed:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def pause(name: Name, tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """Stop collecting until it is resumed. What is known stays, and ages visibly."""
    with operator_work(tenant) as work:
        row = _as_json(work, flows.pause(work, find_microsoft_tenant(work, name).id))
    _tell(row, f"{row['name']} is paused.", as_json=as_json)


@app.command()
def resume(name: Name, tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """End a pause, or go on with a half-finished onboarding."""
    with opened_platform() as (platform, settings):
        found = find_tenant(platform, tenant)
        with platform.work(operator(found.id)) as work:
            key = find_microsoft_tenant(work, name).id
            job = flows.resume(work, key)
        if job is None:
            messages.print(flows.RESUMED_UNREACHABLE, markup=False, highlight=False)
        failed = run_jobs(platform, settings, found.id, [key], show=not as_json) if job else 0
        with platform.work(operator(found.id), read_only=True) as work:
            row = _as_json(work, find_microsoft_tenant(work, str(key)))
    _tell(row, f"{row['name']} is {row['lifecycle']}.", as_json=as_json)
    if failed:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def offboard(
    name: Name,
    confirm: Annotated[str, typer.Option(prompt="Type the name to confirm", help="The name, as confirmation.")],
    purge: Annotated[bool, typer.Option(help="Also delete what was collected.")] = False,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Stop collecting, forget the credential, and keep or delete the data."""
    with operator_work(tenant) as work:
        wanted = OffboardIn(confirm=confirm[:256], data="purge" if purge else "keep")
        row = _as_json(work, flows.offboard_tenant(work, find_microsoft_tenant(work, name).id, wanted))
    later = " The data is deleted by the next worker that runs." if purge else ""
    _tell(row, f"{row['name']} is offboarded.{later}", as_json=as_json)


def _tell_problems(work: Work, ids: Collection[UUID]) -> None:
    """Why the connection to some of them does not work, a line each on standard error."""
    broken = (MicrosoftTenant.id.in_(ids), MicrosoftTenant.problem_message.is_not(None))
    for row in work.session.scalars(select(MicrosoftTenant).where(*broken).order_by(MicrosoftTenant.name_key)):
        messages.print(plain(f"{row.name}: {row.problem_message}"), markup=False, highlight=False)


def find_microsoft_tenant(work: Work, name: str) -> MicrosoftTenant:
    """Raises NotFound for what is neither an id nor a name."""
    query = select(MicrosoftTenant).where(MicrosoftTenant.name_key == name.casefold())
    try:
        key = UUID(name)
    except ValueError:
        pass
    else:
        query = select(MicrosoftTenant).where(or_(MicrosoftTenant.id == key, MicrosoftTenant.entra_tenant_id == key))
    found = work.session.scalars(query.limit(1)).one_or_none()
    if found is None:
        raise NotFound(what=f"Microsoft tenant {name!r}")
    return found


def _as_json(work: Work, row: MicrosoftTenant) -> dict[str, Any]:
    """What the API shows too: everything but secrets."""
    values: dict[str, Any] = shown(MicrosoftTenants(work), row, Settings()).model_dump(mode="json")
    return values


def _checked(wanted: dict[str, Any]) -> CredentialIn:
    """Raises InvalidInput in words."""
    return validated(CredentialIn, {name: value for name, value in wanted.items() if value is not None})


def _tell_connection(row: dict[str, Any]) -> None:
    console.print(f"{plain(row['name'])}: {row['connection']}", markup=False, highlight=False)
    if row["problem_message"]:
        messages.print(plain(row["problem_message"]), markup=False, highlight=False)
    for loss in row["missing"]:
        console.print(f"without {loss['permission']}: {', '.join(loss['without_it'])}", markup=False, highlight=False)


def _tell(row: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(row)
    else:
        messages.print(sentence, markup=False, highlight=False)
