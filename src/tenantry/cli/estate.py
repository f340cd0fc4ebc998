"""`tenantry microsoft-tenants` and `tenantry collect`: the estate from the command line."""

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table
from sqlalchemy import or_, select

from tenantry.cli.context import (
    EXIT_FAILED,
    console,
    find_tenant,
    messages,
    opened_platform,
    operator_work,
    print_json,
    reporting_errors,
)
from tenantry.cli.following import follow
from tenantry.cli.web import running_jobs
from tenantry.estate.configuration import read_tenants_file
from tenantry.estate.flows import offboard_tenant
from tenantry.estate.models import Credential, MicrosoftTenant
from tenantry.estate.needs import lost_without
from tenantry.estate.schemas import OffboardIn
from tenantry.estate.service import AlreadyOnboarded, MicrosoftTenants
from tenantry.kit.errors import NotFound
from tenantry.platform.jobs import JobAlreadyRunning, Jobs
from tenantry.platform.setup import operator
from tenantry.platform.work import Work
from tenantry.slices import load_slices

app = typer.Typer(help="Microsoft tenants: onboarding, testing, offboarding.", no_args_is_help=True)
TenantOption = Annotated[
    str | None, typer.Option("--tenant", help="Slug of your organisation, when there are several.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="Our id, the directory (tenant) id, or the name.")]


@app.command("list")
def list_(tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """List Microsoft tenants and the state of their connections."""
    load_slices()
    with operator_work(tenant, read_only=True) as work:
        query = select(MicrosoftTenant, Credential).outerjoin(
            Credential, Credential.microsoft_tenant_id == MicrosoftTenant.id
        )
        rows = [_shown(row[0], row[1]) for row in work.session.execute(query.order_by(MicrosoftTenant.name_key))]
    if as_json:
        print_json(rows)
        return
    table = Table("Name", "Tenant id", "Lifecycle", "Connection", "Without")
    for row in rows:
        table.add_row(
            row["name"], row["entra_tenant_id"], row["lifecycle"], row["connection"], ", ".join(row["missing"])
        )
    console.print(table)


@app.command()
def add(
    config: Annotated[Path, typer.Option(help="YAML file, see config/tenants.example.yaml.")],
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Onboard every Microsoft tenant of a file; those that are onboarded already are left as they are."""
    load_slices()
    with reporting_errors():
        wanted = read_tenants_file(config)
    with opened_platform() as (platform, settings):
        found = find_tenant(platform, tenant)
        started: list[UUID] = []
        known: list[str] = []
        for item in sorted(wanted, key=lambda entry: entry.managed_by is not None):
            try:
                with platform.work(operator(found.id)) as work:
                    added = MicrosoftTenants(work).add(item, settings.cloud)
                    arguments = {"microsoft_tenant_id": str(added.id)}
                    started.append(Jobs(work).enqueue("estate.onboard", arguments, subject_id=added.id).id)
            except AlreadyOnboarded:
                known.append(item.name)
        with running_jobs(platform, settings, "cli"):
            failed = follow(platform, found.id, show=not as_json)
    if as_json:
        print_json({"started": len(started), "already_onboarded": known, "failed": failed})
    elif known:
        messages.print(f"Onboarded before: {', '.join(known)}", highlight=False)
    if failed:
        raise typer.Exit(EXIT_FAILED)


@app.command("test")
def check_connection(name: Name, tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """Ask Microsoft for a token and for what the application may do."""
    _run("estate.test", name, tenant, as_json=as_json)
    with operator_work(tenant, read_only=True) as work:
        found = _find(work, name)
        for permission in found.missing_permissions if not as_json else ():
            console.print(f"without {permission}: {', '.join(lost_without(permission))}", highlight=False)


@app.command()
def offboard(
    name: Name,
    confirm: Annotated[str, typer.Option(prompt="Type the name to confirm", help="The name, as confirmation.")],
    purge: Annotated[bool, typer.Option(help="Also delete what was collected.")] = False,
    tenant: TenantOption = None,
) -> None:
    """Stop collecting, forget the credential, and keep or delete the data."""
    load_slices()
    with operator_work(tenant) as work:
        wanted = OffboardIn(confirm=confirm, data="purge" if purge else "keep")
        offboard_tenant(work, _find(work, name).id, wanted)
    messages.print("Offboarded." + (" The data is deleted by the next worker that runs." if purge else ""))


def collect(
    name: Annotated[str | None, typer.Argument(help="One Microsoft tenant; all of them without it.")] = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Collect now, and wait for the end."""
    _run("observe.collect", name, tenant, as_json=as_json)


def _run(kind: str, name: str | None, tenant: str | None, *, as_json: bool) -> None:
    """Enqueues a job per Microsoft tenant, runs what is open, and exits with 1 when any failed."""
    load_slices()
    with opened_platform() as (platform, settings):
        found = find_tenant(platform, tenant)
        with platform.work(operator(found.id)) as work:
            chosen = [_find(work, name)] if name else list(work.session.scalars(select(MicrosoftTenant)))
            for row in chosen:
                _enqueue(work, kind, row.id)
        with running_jobs(platform, settings, "cli"):
            failed = follow(platform, found.id, show=not as_json)
    if as_json:
        print_json({"failed": failed})
    if failed:
        raise typer.Exit(EXIT_FAILED)


def _enqueue(work: Work, kind: str, microsoft_tenant_id: UUID) -> None:
    try:
        Jobs(work).enqueue(kind, {"microsoft_tenant_id": str(microsoft_tenant_id)}, subject_id=microsoft_tenant_id)
    except JobAlreadyRunning:
        return


def _find(work: Work, name: str) -> MicrosoftTenant:
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


def _shown(row: MicrosoftTenant, credential: Credential | None) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "entra_tenant_id": str(row.entra_tenant_id),
        "name": row.name,
        "lifecycle": row.lifecycle.value,
        "step": row.step.value,
        "connection": row.connection.value,
        "problem": row.problem_message,
        "missing": row.missing_permissions,
        "credential": credential.kind.value if credential else None,
    }
