"""Running an operation: plan, apply unless it is a dry run, verify, record."""

from uuid import UUID

from tenantry.estate.gateway import Gateway, Reach, reach_of
from tenantry.kit.errors import AppError
from tenantry.microsoft import Priority, UpstreamError
from tenantry.operations.models import Operation
from tenantry.operations.registry import operation_named
from tenantry.operations.service import Operations, checked_arguments
from tenantry.platform.jobs import JobContext, job
from tenantry.platform.work import Work


@job("operations.run", "Operation")
async def run(context: JobContext, operation_id: str) -> None:
    """Runs once per key: an interrupted operation finds what it did before."""
    key = UUID(operation_id)
    row, reach = await context.in_work(_load, key, read_only=True)
    kind, gateway = operation_named(row.kind), _gateway(context)
    arguments = checked_arguments(kind, row.arguments)
    try:
        connection = await gateway.connect(reach, Priority.INTERACTIVE)
        plan = await kind.plan(connection, arguments)
        await context.in_work(lambda work: Operations(work).planned(key, plan))
        if not row.is_dry_run:
            result = await kind.apply(connection, arguments, row.key)
            await context.in_work(lambda work: Operations(work).succeeded(key, result))
    except (UpstreamError, AppError) as error:
        problem = error.detail if isinstance(error, AppError) else f"{error.advice} {error.message}"
        await context.in_work(lambda work: Operations(work).failed(key, problem))
        raise


def _load(work: Work, operation_id: UUID) -> tuple[Operation, Reach]:
    row = work.session.one(Operation, operation_id)
    return row, reach_of(work, row.microsoft_tenant_id)


def _gateway(context: JobContext) -> Gateway:
    gateway: Gateway = context.services
    return gateway
