"""Sessions that keep tenants apart.

`TenantSession` belongs to one tenant for life. The guards below close what `with_loader_criteria` alone leaves open
(text and Core statements, bulk DML by parameter list, objects of another tenant), on SQLite and PostgreSQL alike; on
PostgreSQL forced row-level security stands behind them. The exits are greppable: `unscoped=True` on a statement, and
`SystemSession(reason=…)`; a structural test lists both.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Engine, event, false, inspect, select
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, UOWTransaction, with_loader_criteria

from tenantry.kit.db.models import PLATFORM_TENANT_ID, Base, MemberOwned, TenantOwned, TenantRow
from tenantry.kit.errors import NotFound

Row = TypeVar("Row", bound=Base)


class TenantViolation(Exception):
    """A statement or an object left the tenant this unit of work belongs to."""


class _ScopedSession(Session):
    """Settings every session shares: values stay readable after the edge has committed."""

    def __init__(self, engine: Engine, *, tenant_id: UUID | None, user_id: UUID | None, read_only: bool) -> None:
        bind = engine.execution_options(read_only=True) if read_only else engine
        super().__init__(bind, expire_on_commit=False, autoflush=True)
        self.info.update(tenant_id=tenant_id, user_id=user_id)
        self.after_commit_hooks: list[Callable[[], None]] = []

    def after_commit(self, hook: Callable[[], None]) -> None:
        """Runs `hook` once this transaction is durable; never when it is rolled back."""
        self.after_commit_hooks.append(hook)


class TenantSession(_ScopedSession):
    """A unit of work inside one tenant. It cannot be built without a tenant and no method changes it."""

    def __init__(self, engine: Engine, *, tenant_id: UUID, read_only: bool = False) -> None:
        super().__init__(engine, tenant_id=tenant_id, user_id=None, read_only=read_only)

    @property
    def tenant_id(self) -> UUID:
        tenant_id: UUID = self.info["tenant_id"]
        return tenant_id

    def one(self, model: type[Row], row_id: UUID, what: str | None = None) -> Row:
        """Returns the row of this tenant. Raises NotFound, the same for "missing" and "another tenant's"."""
        row = self.scalars(select(model).where(model.__table__.c.id == row_id)).one_or_none()
        if row is None:
            raise missing(model, what)
        return row


def missing(model: type[Base], what: str | None = None) -> NotFound:
    """The answer for a row that is not there, and for one that somebody may not know of."""
    return NotFound(what=what or model.__tablename__.replace("_", " "))


class GlobalSession(_ScopedSession):
    """Reaches global tables (users, tenants, web sessions) and a known user's own memberships; no tenant's data."""

    def __init__(self, engine: Engine, *, user_id: UUID | None = None, read_only: bool = False) -> None:
        # What happens here is audited under the platform's own tenant, so that is the one the database lets it write.
        super().__init__(engine, tenant_id=PLATFORM_TENANT_ID, user_id=user_id, read_only=read_only)


class SystemSession(_ScopedSession):
    """Crosses tenants. Every use states its reason, and the list of its importers is tested."""

    def __init__(self, engine: Engine, *, reason: str, read_only: bool = False) -> None:
        super().__init__(engine, tenant_id=None, user_id=None, read_only=read_only)
        self.info["reason"] = reason


@event.listens_for(_ScopedSession, "after_begin", propagate=True)
def _bind_setting(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    if connection.dialect.name == "postgresql":  # transaction-local, and bound again at every begin
        settings = (str(session.info["tenant_id"] or ""), str(session.info["user_id"] or ""))
        connection.exec_driver_sql(
            "select set_config('app.tenant_id', %s, true), set_config('app.user_id', %s, true)", settings
        )


@event.listens_for(_ScopedSession, "do_orm_execute", propagate=True)
def _read_anew_what_is_locked(state: ORMExecuteState) -> None:
    """A row that somebody holds already would otherwise stay as it was before the lock was waited for."""
    if getattr(state.statement, "_for_update_arg", None) is not None:
        state.update_execution_options(populate_existing=True)


@event.listens_for(_ScopedSession, "after_commit", propagate=True)
def _run_hooks(session: Session) -> None:
    if isinstance(session, _ScopedSession):
        hooks, session.after_commit_hooks = session.after_commit_hooks, []
        for hook in hooks:
            hook()


@event.listens_for(_ScopedSession, "after_rollback", propagate=True)
def _drop_hooks(session: Session) -> None:
    if isinstance(session, _ScopedSession):
        session.after_commit_hooks = []


@event.listens_for(TenantSession, "do_orm_execute")
def _scope_to_tenant(state: ORMExecuteState) -> None:
    if _is_guarded(state):
        tenant_id = state.session.info["tenant_id"]  # a plain value: calls inside the lambda raise
        state.statement = state.statement.options(
            with_loader_criteria(TenantRow, lambda cls: cls.tenant_id == tenant_id, include_aliases=True)
        )


@event.listens_for(GlobalSession, "do_orm_execute")
def _scope_to_user(state: ORMExecuteState) -> None:
    if _is_guarded(state):
        user_id = state.session.info["user_id"]
        state.statement = state.statement.options(
            with_loader_criteria(TenantOwned, lambda _cls: false(), include_aliases=True),
            with_loader_criteria(MemberOwned, lambda cls: cls.user_id == user_id, include_aliases=True),
        )


def _is_guarded(state: ORMExecuteState) -> bool:
    if state.execution_options.get("unscoped"):
        return False
    if not state.is_orm_statement or state.is_from_statement:
        message = "Core and text SQL need execution_options(unscoped=True)"
        raise TenantViolation(message)
    if state.is_insert or (state.is_update and state.is_executemany):
        message = "bulk DML by parameter list is not tenant-checked"
        raise TenantViolation(message)
    return not (state.is_column_load or state.is_relationship_load)


@event.listens_for(GlobalSession, "before_flush")
@event.listens_for(TenantSession, "before_flush")
def _stamp_and_check(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    tenant_id = session.info["tenant_id"]
    for row in session.new:
        if isinstance(row, TenantRow) and inspect(row).dict.get("tenant_id") is None:
            row.tenant_id = tenant_id
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, TenantRow) and row.tenant_id != tenant_id:
            message = f"{type(row).__name__} {row.id} belongs to another tenant"
            raise TenantViolation(message)
