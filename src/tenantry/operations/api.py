"""`/api/v1/operations`: what can be done, asking for it, and what came of it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from tenantry.kit.errors import Conflict, InvalidInput, NotFound
from tenantry.kit.pagination import PageQueryParameter, SortKey, paginate
from tenantry.operations.models import Operation, OperationState
from tenantry.operations.permissions import READ
from tenantry.operations.registry import all_operations
from tenantry.operations.service import KeyReused, Operations
from tenantry.platform.doors import Api
from tenantry.platform.work import Work

api = Api("/api/v1/operations", "operations")


class OperationIn(BaseModel):
    """An operation to run. `key` makes it idempotent; `dry_run` only plans."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, Field(max_length=64)]
    microsoft_tenant_id: UUID
    arguments: dict[str, Any] = {}
    key: Annotated[str | None, Field(min_length=8, max_length=80)] = None
    dry_run: bool = False


class OperationOut(BaseModel):
    """An operation and how it went."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    microsoft_tenant_id: UUID
    kind: str
    key: str
    arguments: dict[str, Any]
    is_dry_run: bool
    state: OperationState
    plan: dict[str, Any] | None
    result: dict[str, Any] | None
    problem: str | None
    requested_by: str
    created_at: datetime
    finished_at: datetime | None


class OperationPageOut(BaseModel):
    """A page of operations, newest first."""

    items: list[OperationOut]
    next_cursor: str | None
    total: int


class OperationKindOut(BaseModel):
    """What can be done, and what it wants."""

    name: str
    label: str
    writes: bool
    permission: str
    arguments: dict[str, Any]


@api.get("/kinds", needs=READ, response_model=list[OperationKindOut])
def kinds() -> list[OperationKindOut]:
    """The operations there are, with a JSON schema of their arguments."""
    return [
        OperationKindOut(
            name=kind.name,
            label=kind.label,
            writes=kind.writes,
            permission=kind.permission.name,
            arguments=kind.arguments.model_json_schema(),
        )
        for kind in all_operations()
    ]


@api.get("", needs=READ, response_model=OperationPageOut)
def list_operations(work: Work, page: PageQueryParameter) -> OperationPageOut:
    """Operations, newest first."""
    by = [SortKey(Operation.created_at, descending=True), SortKey(Operation.id, descending=True)]
    found = paginate(work.session, Operations(work).recent(), page, by, count=True)
    items = [OperationOut.model_validate(row) for row in found.items]
    return OperationPageOut(items=items, next_cursor=found.next_cursor, total=found.total or 0)


@api.post("", needs=READ, status_code=202, response_model=OperationOut, errors=[NotFound, KeyReused, InvalidInput])
def request(work: Work, wanted: OperationIn) -> OperationOut:
    """Asks for an operation; it runs in a job. Reading and changing have permissions of their own."""
    row = Operations(work).request(
        wanted.kind, wanted.microsoft_tenant_id, wanted.arguments, key=wanted.key, dry_run=wanted.dry_run
    )
    return OperationOut.model_validate(row)


@api.post(
    "/{operation_id}/apply", needs=READ, status_code=202, response_model=OperationOut, errors=[NotFound, Conflict]
)
def apply(work: Work, operation_id: UUID) -> OperationOut:
    """Carries out a plan. Applying the same plan again returns the same operation."""
    return OperationOut.model_validate(Operations(work).apply(operation_id))


@api.get("/{operation_id}", needs=READ, response_model=OperationOut, errors=[NotFound])
def get(work: Work, operation_id: UUID) -> OperationOut:
    """One operation, with its plan and its result."""
    return OperationOut.model_validate(Operations(work).get(operation_id))
