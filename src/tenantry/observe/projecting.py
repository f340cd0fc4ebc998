"""Writing projections: what a merge changed, or all of it anew from the observations that are current."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select, type_coerce
from sqlalchemy.orm import aliased
from sqlalchemy.types import NullType

from tenantry.kit.db import TenantSession
from tenantry.kit.db.bulk import bulk_upsert
from tenantry.observe.bodies import derived_id, unpack
from tenantry.observe.models import Observation, ObservationBody
from tenantry.observe.projections import Parts, Projection, projection_of

_CHUNK: Final = 5000


def project_merged(
    session: TenantSession, microsoft_tenant_id: UUID, dataset: str, opened_at: datetime | None, *, removed: int
) -> None:
    """Rewrites the projected rows of items opened by a merge and drops those that vanished."""
    if (projection := projection_of(dataset)) is None:
        return
    if opened_at is not None:
        for rows in _current(session, microsoft_tenant_id, dataset, opened_at):
            _upsert(session, projection, microsoft_tenant_id, rows, unless_equal="body_id")
    if removed:
        drop_vanished(session, microsoft_tenant_id, dataset)


def rebuild(session: TenantSession, microsoft_tenant_id: UUID, dataset: str) -> int:
    """Makes the projection what the current observations say, whatever it holds. Returns how many rows it has then.

    A row that is right keeps what was counted for it; the caller keeps collections of the dataset away meanwhile.
    """
    if (projection := projection_of(dataset)) is None:
        return 0
    count = 0
    for rows in _current(session, microsoft_tenant_id, dataset):
        _upsert(session, projection, microsoft_tenant_id, rows, unless_equal=None)
        count += len(rows)
    drop_vanished(session, microsoft_tenant_id, dataset)
    return count


def drop_vanished(session: TenantSession, microsoft_tenant_id: UUID, dataset: str) -> None:
    """Deletes the projected rows of items that have no current observation."""
    if (projection := projection_of(dataset)) is None:
        return
    current = aliased(Observation)
    table = projection.table
    gone = delete(table).where(
        table.c.tenant_id == session.tenant_id,
        table.c.microsoft_tenant_id == microsoft_tenant_id,
        ~select(current.id)
        .where(
            current.tenant_id == table.c.tenant_id,
            current.microsoft_tenant_id == table.c.microsoft_tenant_id,
            current.dataset == dataset,
            current.item_key == table.c.item_key,
            current.seen_to.is_(None),
        )
        .exists(),
    )
    session.execute(gone.execution_options(unscoped=True))


def _current(
    session: TenantSession, microsoft_tenant_id: UUID, dataset: str, opened_at: datetime | None = None
) -> Iterator[Sequence[Any]]:
    """Current items by key, a few thousand at a time; those opened at a moment when one is given."""
    as_stored = type_coerce(Observation.body_id, NullType()).label("body_id")  # it only goes on into the projection
    query = (
        select(Observation.item_key, as_stored, ObservationBody.body)
        .join(ObservationBody, ObservationBody.id == Observation.body_id)
        .where(
            Observation.microsoft_tenant_id == microsoft_tenant_id,
            Observation.dataset == dataset,
            Observation.seen_to.is_(None),
        )
        .order_by(Observation.item_key)
        .limit(_CHUNK)
    )
    if opened_at is not None:
        query = query.where(Observation.seen_from == opened_at)
    last = ""
    while rows := session.execute(query.where(Observation.item_key > last)).all():
        yield rows
        last = rows[-1].item_key


def _upsert(
    session: TenantSession,
    projection: Projection,
    microsoft_tenant_id: UUID,
    rows: Sequence[Any],
    *,
    unless_equal: str | None,
) -> None:
    names = ["id", "microsoft_tenant_id", "item_key", "body_id", *projection.columns]
    items = [(_row_id(projection, microsoft_tenant_id, row.item_key), row, unpack(row.body)) for row in rows]
    values = ((key, microsoft_tenant_id, row.item_key, row.body_id, *projection.row(item)) for key, row, item in items)
    bulk_upsert(session, projection.table, names, values, update=names[3:], unless_equal=unless_equal)
    for parts in projection.parts:
        _replace_parts(session, parts, microsoft_tenant_id, [(key, item) for key, _, item in items])


def _row_id(projection: Projection, microsoft_tenant_id: UUID, item_key: str) -> UUID:
    return derived_id(str(microsoft_tenant_id), projection.dataset, item_key)


def _replace_parts(
    session: TenantSession, parts: Parts, microsoft_tenant_id: UUID, items: Sequence[tuple[UUID, Any]]
) -> None:
    owners = [owner for owner, _ in items]
    table = parts.table
    old = delete(table).where(table.c.tenant_id == session.tenant_id, table.c[parts.owner].in_(owners))
    session.execute(old.execution_options(unscoped=True))
    rows = (
        (derived_id(str(owner), str(index)), microsoft_tenant_id, owner, *values)
        for owner, item in items
        for index, values in enumerate(parts.rows(item))
    )
    bulk_upsert(session, table, ["id", "microsoft_tenant_id", parts.owner, *parts.columns], rows)
