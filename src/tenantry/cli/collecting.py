"""`tenantry collect` and `tenantry reproject`: collecting or rebuilding now, and waiting for the end."""

from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy import select

from tenantry.cli.context import (
    EXIT_FAILED,
    JsonOption,
    TenantOption,
    console,
    find_tenant,
    opened_platform,
    print_json,
    print_table,
)
from tenantry.cli.estate import find_microsoft_tenant
from tenantry.cli.following import run_jobs
from tenantry.estate.flows import COLLECT, REPROJECT
from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.kit.errors import NotFound
from tenantry.observe.datasets import all_datasets
from tenantry.observe.models import DatasetState
from tenantry.observe.projections import projected
from tenantry.platform.jobs import JobAlreadyRunning, Jobs
from tenantry.platform.setup import operator
from tenantry.platform.work import Work


def collect(
    names: Annotated[list[str] | None, typer.Argument(help="Microsoft tenants; all active ones without any.")] = None,
    dataset: Annotated[list[str] | None, typer.Option(help="Such as entra.users, as often as needed.")] = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Collect now, and wait for the end. Exit code 1 when a job failed; what could not be read is in the table."""
    with opened_platform() as (platform, settings):
        _check(dataset, [item.name for item in all_datasets()])
        found = find_tenant(platform, tenant)
        with platform.work(operator(found.id)) as work:
            chosen = _chosen(work, names or [])
            for key in chosen:
                _ask(work, COLLECT, key, dataset)
        failed = run_jobs(platform, settings, found.id, chosen, show=not as_json)
        with platform.work(operator(found.id), read_only=True) as work:
            states = _states(work, chosen, dataset)
    if as_json:
        print_json({"failed": failed, "datasets": states})
    else:
        print_table({"Microsoft tenant": "name", "Dataset": "dataset", "Outcome": "outcome", "Items": "items"}, states)
    if failed:
        raise typer.Exit(EXIT_FAILED)


def reproject(
    names: Annotated[list[str] | None, typer.Argument(help="Microsoft tenants; all of them without any.")] = None,
    dataset: Annotated[list[str] | None, typer.Option(help="Such as entra.users, as often as needed.")] = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rebuild what is shown from what was collected, without asking Microsoft. Repeatable; run it after an upgrade."""
    with opened_platform() as (platform, settings):
        _check(dataset, projected())
        found = find_tenant(platform, tenant)
        with platform.work(operator(found.id)) as work:
            chosen = _collected(work, names or [])
            for key in chosen:
                _ask(work, REPROJECT, key, dataset)
        failed = run_jobs(platform, settings, found.id, chosen, show=not as_json)
    if as_json:
        print_json({"rebuilt": len(chosen) - failed, "failed": failed})
    else:
        console.print(f"Rebuilt {len(chosen) - failed} of {len(chosen)}.")
    if failed:
        raise typer.Exit(EXIT_FAILED)


def _check(datasets: list[str] | None, known: list[str]) -> None:
    for name in datasets or ():
        if name not in known:
            raise NotFound(what=f"dataset called {name}; there are {', '.join(known)}")


def _collected(work: Work, names: list[str]) -> list[UUID]:
    """Those of which anything was collected, whatever became of them."""
    if names:
        return [find_microsoft_tenant(work, name).id for name in names]
    return list(work.session.scalars(select(DatasetState.microsoft_tenant_id).distinct()))


def _chosen(work: Work, names: list[str]) -> list[UUID]:
    if names:
        return [find_microsoft_tenant(work, name).id for name in names]
    active = select(MicrosoftTenant.id).where(MicrosoftTenant.lifecycle == Lifecycle.ACTIVE)
    return list(work.session.scalars(active))


def _ask(work: Work, kind: str, microsoft_tenant_id: UUID, datasets: list[str] | None) -> None:
    arguments: dict[str, Any] = {"microsoft_tenant_id": str(microsoft_tenant_id)}
    if datasets:
        arguments["datasets"] = datasets
    with suppress(JobAlreadyRunning):  # then its end is waited for
        Jobs(work).enqueue(kind, arguments, subject_id=microsoft_tenant_id)


def _states(work: Work, chosen: list[UUID], datasets: list[str] | None) -> list[dict[str, Any]]:
    """How the newest attempt of each dataset ended. `items` is what is known, None when nothing ever was."""
    query = (
        select(MicrosoftTenant.name, DatasetState)
        .join(MicrosoftTenant, MicrosoftTenant.id == DatasetState.microsoft_tenant_id)
        .where(MicrosoftTenant.id.in_(chosen))
        .order_by(MicrosoftTenant.name_key, DatasetState.dataset)
    )
    if datasets:
        query = query.where(DatasetState.dataset.in_(datasets))
    return [
        {
            "name": name,
            "dataset": state.dataset,
            "outcome": state.outcome.value,
            "items": state.items,
            "complete_at": state.complete_at,
            "problem": state.problem_message,
        }
        for name, state in work.session.execute(query)
    ]
