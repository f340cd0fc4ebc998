"""Deleting what was collected of one Microsoft tenant, and certifying it."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Delete, Table, delete, select

from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.kit.db import Base
from tenantry.kit.errors import Conflict
from tenantry.platform.work import Work

DELETED: Final = "microsoft_tenant.data_deleted"
_KEPT: Final = frozenset({"audit_event", "credential"})
"""The audit trail stays whatever happens; the credential was forgotten when the tenant was offboarded."""


def purge_data(work: Work, microsoft_tenant_id: UUID) -> None:
    """Every table that belongs to a Microsoft tenant, found in the metadata so that none is forgotten."""
    tenant = work.session.one(MicrosoftTenant, microsoft_tenant_id)
    if tenant.lifecycle is not Lifecycle.OFFBOARDED:
        raise Conflict(why=f"{tenant.name} is onboarded again, so its data stays")
    deleted: dict[str, int] = {}
    for name, statement in (*_states_of(tenant), *_rows_of(tenant)):
        result = work.session.execute(statement.execution_options(unscoped=True))
        deleted[str(name)] = getattr(result, "rowcount", 0)
    tenant.notes, tenant.default_domain, tenant.country = {}, None, None
    work.audit.record(DELETED, tenant, rows=deleted, total=sum(deleted.values()))


def _states_of(tenant: MicrosoftTenant) -> list[tuple[str, Delete]]:
    """Staged items, and the bodies nobody else was ever seen in: content is stored once for all Microsoft tenants."""
    tables = Base.metadata.tables
    staged, body, observation, run = (
        tables[n] for n in ("staged_item", "observation_body", "observation", "collection")
    )
    runs = select(run.c.id).where(*_owned(run, tenant))
    here = select(observation.c.body_id).where(*_owned(observation, tenant))
    elsewhere = select(observation.c.id).where(
        observation.c.tenant_id == tenant.tenant_id,
        observation.c.microsoft_tenant_id != tenant.id,
        observation.c.body_id == body.c.id,
    )
    waiting = select(staged.c.id).where(staged.c.tenant_id == tenant.tenant_id, staged.c.body_id == body.c.id)
    unused = body.c.id.in_(here), ~elsewhere.exists(), ~waiting.exists()
    return [
        (staged.name, delete(staged).where(staged.c.tenant_id == tenant.tenant_id, staged.c.collection_id.in_(runs))),
        (body.name, delete(body).where(body.c.tenant_id == tenant.tenant_id, *unused)),
    ]


def _rows_of(tenant: MicrosoftTenant) -> list[tuple[str, Delete]]:
    owned = [t for t in reversed(Base.metadata.sorted_tables) if "microsoft_tenant_id" in t.c and t.name not in _KEPT]
    return [(table.name, delete(table).where(*_owned(table, tenant))) for table in owned]


def _owned(table: Table, tenant: MicrosoftTenant) -> tuple[Any, Any]:
    return table.c.tenant_id == tenant.tenant_id, table.c.microsoft_tenant_id == tenant.id
