"""`tenantry jobs`: background work, seen and cancelled from the command line."""

from typing import Annotated, Any
from uuid import UUID

import typer

from tenantry.cli.context import JsonOption, TenantOption, messages, operator_work, print_json, print_table
from tenantry.platform.job_board.api import JobOut
from tenantry.platform.jobs import Jobs
from tenantry.platform.jobs.models import Job, JobState

app = typer.Typer(help="Background work.", no_args_is_help=True)


@app.command("list")
def list_(
    state: Annotated[JobState | None, typer.Option(help="Only jobs in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 20,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """List jobs, newest first."""
    with operator_work(tenant, read_only=True) as work:
        found = work.session.scalars(Jobs(work).recent(state=state).order_by(Job.id.desc()).limit(limit)).all()
        rows = [_as_json(row) for row in found]
    if as_json:
        print_json(rows)
    else:
        print_table({"Job": "id", "Kind": "kind", "State": "state", "Done": "done", "Note": "told"}, rows)


@app.command()
def cancel(
    job_id: Annotated[UUID, typer.Argument(help="As `tenantry jobs list` shows it.")],
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a queued job at once, and ask a running one to stop."""
    with operator_work(tenant) as work:
        row = _as_json(Jobs(work).cancel(job_id))
    if as_json:
        print_json(row)
    else:
        messages.print("The job is cancelled." if row["state"] == "cancelled" else "The job is being stopped.")


def _as_json(row: Job) -> dict[str, Any]:
    values: dict[str, Any] = JobOut.model_validate(row).model_dump(mode="json")
    return {**values, "told": row.note or row.error_message}
