"""The observation store: staging what a collection sees, and merging it when, and only when, it is complete.

Pages are staged as they arrive, each batch in one transaction together with the link to go on from; so a killed
collection resumes without losing a page. Nothing that is shown changes until the merge: one transaction closes what
changed or vanished, opens what is new, and brings the projection up to date.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from sqlalchemy import TextClause, bindparam, delete, func, select, text, type_coerce
from sqlalchemy.orm import aliased
from sqlalchemy.types import NullType

from tenantry.kit.db import Base, TenantSession
from tenantry.kit.db.bulk import bulk_upsert, comparing_many, known_ids
from tenantry.kit.ids import new_id
from tenantry.observe.bodies import body_id, derived_id, pack, unpack
from tenantry.observe.models import Collection, Observation, ObservationBody, Outcome, StagedItem
from tenantry.observe.projections import Parts, Projection, projection_of

_CHUNK: Final = 5000
_STAGED: Final = Base.metadata.tables[StagedItem.__tablename__]
_BODIES: Final = Base.metadata.tables[ObservationBody.__tablename__]


@dataclass(frozen=True, slots=True)
class SeenItem:
    """One item of a page: its key and its canonical JSON, or None when the service said that it was removed."""

    key: str
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did to the current state."""

    items: int
    added: int
    changed: int
    removed: int


def stage(session: TenantSession, collection: Collection, items: Sequence[SeenItem]) -> None:
    """Adds a batch to a collection. A repeated batch changes nothing; a later state of an item replaces an earlier."""
    seen = {item.key: item.body for item in items}
    states = {key: body_id(body) if body is not None else None for key, body in seen.items()}
    _keep(session, {state: body for state, body in zip(states.values(), seen.values(), strict=True) if state and body})
    rows = ((new_id(), collection.id, key, states[key]) for key in sorted(states))
    columns = ["id", "collection_id", "item_key", "body_id"]
    bulk_upsert(session, _STAGED, columns, rows, key=["collection_id", "item_key"], update=["body_id"])


def _keep(session: TenantSession, bodies: Mapping[UUID, bytes]) -> None:
    """Stores the states never seen before, in the order of their ids: two collections that do so must not deadlock."""
    unknown = sorted(bodies.keys() - known_ids(session, _BODIES, bodies.keys()), key=attrgetter("int"))
    bulk_upsert(session, _BODIES, ["id", "body"], ((state, pack(bodies[state])) for state in unknown))


def merge(session: TenantSession, collection: Collection, now: datetime) -> Merged:
    """Makes what the collection saw the current state. A full collection also closes what it did not see."""
    values = {
        "tenant": session.tenant_id,
        "microsoft_tenant": collection.microsoft_tenant_id,
        "dataset": collection.dataset,
        "collection": collection.id,
        "now": now,
    }
    with comparing_many(session):
        closed = _run(session, _CLOSE_DELTA if collection.is_delta else _CLOSE_FULL, values)
        opened = _run(session, _OPEN, values)
        removed = _vanished(session, values) if closed else 0
    if (projection := projection_of(collection.dataset)) is not None:
        _project(session, projection, collection, now if opened else None, removed=removed)
    discard(session, collection)
    collection.outcome = Outcome.COMPLETE
    changed = closed - removed
    return Merged(current_count(session, collection), opened - changed, changed, removed)


def discard(session: TenantSession, collection: Collection) -> None:
    """Forgets what a collection staged. Its bodies stay until the clean-up; they are content, not state."""
    gone = delete(StagedItem).where(StagedItem.collection_id == collection.id)
    session.execute(gone.execution_options(synchronize_session=False))


def staged_count(session: TenantSession, collection: Collection) -> int:
    return session.execute(
        select(func.count()).select_from(StagedItem).where(StagedItem.collection_id == collection.id)
    ).scalar_one()


def current_count(session: TenantSession, collection: Collection) -> int:
    return session.execute(
        select(func.count())
        .select_from(Observation)
        .where(
            Observation.microsoft_tenant_id == collection.microsoft_tenant_id,
            Observation.dataset == collection.dataset,
            Observation.seen_to.is_(None),
        )
    ).scalar_one()


def items_at(
    session: TenantSession, microsoft_tenant_id: UUID, dataset: str, moment: datetime | None = None
) -> Iterator[tuple[str, Any]]:
    """Yields (key, item) of a dataset as it was at a moment, or as it is; a thousand at a time, never all in memory."""
    query = (
        select(Observation.item_key, ObservationBody.body)
        .join(ObservationBody, ObservationBody.id == Observation.body_id)
        .where(Observation.microsoft_tenant_id == microsoft_tenant_id, Observation.dataset == dataset)
        .order_by(Observation.item_key)
        .limit(1000)
    )
    if moment is None:
        query = query.where(Observation.seen_to.is_(None))
    else:
        still = Observation.seen_to.is_(None) | (Observation.seen_to > moment)
        query = query.where(Observation.seen_from <= moment, still)
    last = ""
    while rows := session.execute(query.where(Observation.item_key > last)).all():
        yield from ((row.item_key, unpack(row.body)) for row in rows)
        last = rows[-1].item_key


def _project(
    session: TenantSession, projection: Projection, collection: Collection, opened_at: datetime | None, *, removed: int
) -> None:
    """Rewrites the projected rows of items opened by this merge and drops those that vanished."""
    if opened_at is not None:
        for rows in _opened(session, collection, opened_at):
            _upsert_projected(session, projection, collection, rows)
    if removed:
        _drop_vanished(session, projection, collection)


def _opened(session: TenantSession, collection: Collection, now: datetime) -> Iterator[Sequence[Any]]:
    """Body ids come in the driver's form: they only go on into the projection."""
    query = (
        select(
            Observation.item_key, type_coerce(Observation.body_id, NullType()).label("body_id"), ObservationBody.body
        )
        .join(ObservationBody, ObservationBody.id == Observation.body_id)
        .where(
            Observation.microsoft_tenant_id == collection.microsoft_tenant_id,
            Observation.dataset == collection.dataset,
            Observation.seen_to.is_(None),
            Observation.seen_from == now,
        )
        .order_by(Observation.item_key)
        .limit(_CHUNK)
    )
    last = ""
    while rows := session.execute(query.where(Observation.item_key > last)).all():
        yield rows
        last = rows[-1].item_key


def _upsert_projected(
    session: TenantSession, projection: Projection, collection: Collection, rows: Sequence[Any]
) -> None:
    names = ["id", "microsoft_tenant_id", "item_key", "body_id", *projection.columns]
    of = str(collection.microsoft_tenant_id)
    bulk_upsert(
        session,
        projection.table,
        names,
        (
            (
                derived_id(of, collection.dataset, row.item_key),
                collection.microsoft_tenant_id,
                row.item_key,
                row.body_id,
                *projection.row(unpack(row.body)),
            )
            for row in rows
        ),
        update=names[3:],
        unless_equal="body_id",
    )
    if projection.parts is not None:
        items = [(derived_id(of, collection.dataset, row.item_key), unpack(row.body)) for row in rows]
        _replace_parts(session, projection.parts, collection.microsoft_tenant_id, items)


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


def _drop_vanished(session: TenantSession, projection: Projection, collection: Collection) -> None:
    current = aliased(Observation)
    table = projection.table
    gone = delete(table).where(
        table.c.tenant_id == session.tenant_id,
        table.c.microsoft_tenant_id == collection.microsoft_tenant_id,
        ~select(current.id)
        .where(
            current.tenant_id == table.c.tenant_id,
            current.microsoft_tenant_id == table.c.microsoft_tenant_id,
            current.dataset == collection.dataset,
            current.item_key == table.c.item_key,
            current.seen_to.is_(None),
        )
        .exists(),
    )
    session.execute(gone.execution_options(unscoped=True))


def _vanished(session: TenantSession, values: dict[str, Any]) -> int:
    return session.execute(_VANISHED.execution_options(unscoped=True), values).scalar_one()  # type: ignore[no-any-return]


def _run(session: TenantSession, statement: TextClause, values: dict[str, Any]) -> int:
    return _rowcount(session.execute(statement.execution_options(unscoped=True), values))


def _rowcount(result: Any) -> int:
    count: int = result.rowcount
    return count


def _statement(sql: str) -> TextClause:
    typed = {
        "tenant": Observation.__table__.c.tenant_id.type,
        "microsoft_tenant": Observation.__table__.c.microsoft_tenant_id.type,
        "collection": StagedItem.__table__.c.collection_id.type,
        "dataset": Observation.__table__.c.dataset.type,
        "now": Observation.__table__.c.seen_from.type,
    }
    return text(sql).bindparams(*(bindparam(name, type_=type_) for name, type_ in typed.items() if f":{name}" in sql))


_OF_DATASET: Final = """
    tenant_id = :tenant AND microsoft_tenant_id = :microsoft_tenant AND dataset = :dataset AND seen_to IS NULL
"""
_CLOSE_FULL: Final = _statement(f"""
    UPDATE observation SET seen_to = :now WHERE {_OF_DATASET} AND NOT EXISTS (
        SELECT 1 FROM staged_item s WHERE s.tenant_id = :tenant AND s.collection_id = :collection
        AND s.item_key = observation.item_key AND s.body_id = observation.body_id)
""")
_CLOSE_DELTA: Final = _statement(f"""
    UPDATE observation SET seen_to = :now WHERE {_OF_DATASET} AND EXISTS (
        SELECT 1 FROM staged_item s WHERE s.tenant_id = :tenant AND s.collection_id = :collection
        AND s.item_key = observation.item_key AND (s.body_id IS NULL OR s.body_id <> observation.body_id))
""")
_OPEN: Final = _statement("""
    INSERT INTO observation (tenant_id, id, microsoft_tenant_id, dataset, item_key, body_id, seen_from)
    SELECT s.tenant_id, s.id, :microsoft_tenant, :dataset, s.item_key, s.body_id, :now FROM staged_item s
    WHERE s.tenant_id = :tenant AND s.collection_id = :collection AND s.body_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM observation o WHERE o.tenant_id = :tenant AND o.microsoft_tenant_id = :microsoft_tenant
        AND o.dataset = :dataset AND o.item_key = s.item_key AND o.seen_to IS NULL)
    ORDER BY s.item_key
""")
_VANISHED: Final = _statement("""
    SELECT count(*) FROM observation o WHERE o.tenant_id = :tenant AND o.microsoft_tenant_id = :microsoft_tenant
    AND o.dataset = :dataset AND o.seen_to = :now AND NOT EXISTS (
        SELECT 1 FROM observation c WHERE c.tenant_id = :tenant AND c.microsoft_tenant_id = :microsoft_tenant
        AND c.dataset = :dataset AND c.item_key = o.item_key AND c.seen_to IS NULL)
""")
