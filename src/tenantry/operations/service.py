"""Asking for operations, and recording how they went."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import select

from tenantry.estate.models import Access, MicrosoftTenant
from tenantry.kit.errors import Conflict, InvalidInput
from tenantry.kit.ids import new_id
from tenantry.kit.text import holds_nul
from tenantry.operations.models import Operation, OperationState
from tenantry.operations.permissions import READ
from tenantry.operations.registry import OperationKind, Plan, Result, operation_named
from tenantry.platform.jobs import Jobs
from tenantry.platform.work import Work


class KeyReused(Conflict):
    """The key {key} belongs to another operation. Use a new one."""


@dataclass(frozen=True, slots=True)
class Operations:
    """The operations of the actor's tenant."""

    work: Work

    def request(
        self, kind_name: str, microsoft_tenant_id: UUID, arguments: dict[str, Any], *, key: str | None, dry_run: bool
    ) -> Operation:
        """Asks for an operation; the same key again returns the first one. Raises InvalidInput, NotFound, KeyReused."""
        kind = operation_named(kind_name)
        self.work.actor.require(kind.permission, on=microsoft_tenant_id)
        tenant = self.work.session.one(MicrosoftTenant, microsoft_tenant_id)
        if tenant.access is Access.LIGHTHOUSE:
            raise InvalidInput(why="Lighthouse reaches Azure only; this operation needs an app in the Microsoft tenant")
        checked = checked_arguments(kind, arguments).model_dump(mode="json")
        if key is not None and (earlier := self._by_key(key)) is not None:
            if (earlier.kind, earlier.microsoft_tenant_id, earlier.arguments) != (kind.name, tenant.id, checked):
                raise KeyReused(key=key, why="")
            return earlier
        return self._start(kind, tenant, checked, key or str(new_id()), dry_run=dry_run)

    def apply(self, operation_id: UUID) -> Operation:
        """Carries out a plan, once: applying it again returns the same operation. Raises Conflict without a plan."""
        planned = self.get(operation_id)
        if not planned.is_dry_run or planned.state is not OperationState.PLANNED:
            raise Conflict(why="only a finished plan can be applied")
        key = f"plan-{planned.id}"
        return self.request(planned.kind, planned.microsoft_tenant_id, planned.arguments, key=key, dry_run=False)

    def applied(self, planned: Operation) -> Operation | None:
        """The operation that carried out a plan."""
        return self._by_key(f"plan-{planned.id}")

    def get(self, operation_id: UUID) -> Operation:
        """Raises NotFound, also for one on a Microsoft tenant outside the actor's scope."""
        self.work.actor.require(READ)
        return self.work.one(Operation, operation_id)

    def recent(self) -> Any:
        """A statement over the operations on the actor's Microsoft tenants, for paging."""
        self.work.actor.require(READ)
        query = select(Operation)
        scope = self.work.actor.scope
        return query if scope is None else query.where(Operation.microsoft_tenant_id.in_(scope))

    def planned(self, operation_id: UUID, plan: Plan) -> None:
        row = self.work.session.one(Operation, operation_id)
        row.plan = {"effect": plan.effect, "requests": plan.requests}
        if row.is_dry_run:
            row.state, row.finished_at = OperationState.PLANNED, self.work.clock.now()

    def succeeded(self, operation_id: UUID, result: Result) -> None:
        row = self.work.session.one(Operation, operation_id)
        row.state, row.finished_at = OperationState.SUCCEEDED, self.work.clock.now()
        row.result = {"summary": result.summary, "rows": result.rows}
        self.work.audit.record(f"operation.{row.kind}", row, summary=result.summary)

    def failed(self, operation_id: UUID, problem: str) -> None:
        row = self.work.session.one(Operation, operation_id)
        row.state, row.finished_at, row.problem = OperationState.FAILED, self.work.clock.now(), problem[:2000]

    def _by_key(self, key: str) -> Operation | None:
        return self.work.session.scalars(select(Operation).where(Operation.key == key)).one_or_none()

    def _start(
        self, kind: OperationKind[Any], tenant: MicrosoftTenant, arguments: dict[str, Any], key: str, *, dry_run: bool
    ) -> Operation:
        row = Operation(
            microsoft_tenant_id=tenant.id,
            kind=kind.name,
            key=key,
            arguments=arguments,
            is_dry_run=dry_run,
            state=OperationState.REQUESTED,
            requested_by=self.work.actor.label[:254],
            created_at=self.work.clock.now(),
        )
        self.work.session.add(row)
        self.work.session.flush()
        Jobs(self.work).enqueue("operations.run", {"operation_id": str(row.id)})
        return row


def checked_arguments(kind: OperationKind[Any], arguments: dict[str, Any]) -> Any:
    """The arguments as the operation takes them. Raises InvalidInput in words."""
    if holds_nul(arguments):
        raise InvalidInput(why="a text holds the character NUL, which cannot be stored")
    try:
        return kind.arguments.model_validate(arguments)
    except ValidationError as error:
        words = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise InvalidInput(why=words) from None
