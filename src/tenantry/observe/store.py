"""The observation store: staging what a collection sees, and merging it when, and only when, it is complete.

Pages are staged as they arrive, each batch in one transaction together with the link to go on from; so a killed
collection resumes without losing a page. Nothing that is shown changes until the merge: one transaction closes what
changed or vanished, opens what is new, and brings the projection up to date.

What vanished is told from what is out of sight: items of a subscription that was not read stay as they were.
"""

from collections.abc import Collection as Some
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from sqlalchemy import TextClause, bindparam, delete, func, select, text

from tenantry.kit.db import Base, TenantSession
from tenantry.kit.db.bulk import bulk_upsert, comparing_many, known_ids
from tenantry.kit.ids import new_id
from tenantry.observe.azure import SUBSCRIPTIONS
from tenantry.observe.bodies import body_id, derived_id, pack, unpack
from tenantry.observe.datasets import dataset_named
from tenantry.observe.models import Collection, Observation, ObservationBody, Outcome, StagedItem
from tenantry.observe.projecting import project_merged

_STAGED: Final = Base.metadata.tables[StagedItem.__tablename__]
_BODIES: Final = Base.metadata.tables[ObservationBody.__tablename__]


@dataclass(frozen=True, slots=True)
class SeenItem:
    """One item of a page: its key and its canonical JSON, or None when the service said that it was removed."""

    key: str
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did to the current state. `items` are those seen, without what is out of sight."""

    items: int
    added: int
    changed: int
    removed: int


def stage(session: TenantSession, collection: Collection, items: Sequence[SeenItem]) -> None:
    """Adds a batch to a collection. A repeated batch changes nothing; a later state of an item replaces an earlier."""
    seen = {item.key: item.body for item in items}
    owner = _owner(collection)
    states = {key: body_id(body, owner) if body is not None else None for key, body in seen.items()}
    _keep(session, {state: body for state, body in zip(states.values(), seen.values(), strict=True) if state and body})
    rows = ((new_id(), collection.id, key, states[key]) for key in sorted(states))
    columns = ["id", "collection_id", "item_key", "body_id"]
    bulk_upsert(session, _STAGED, columns, rows, key=["collection_id", "item_key"], update=["body_id"])


def _owner(collection: Collection) -> UUID | None:
    """Whose a state is alone: an entry of a log's, so that it can be forgotten without asking who else has it."""
    declared = dataset_named(collection.dataset)
    is_log = declared is not None and declared.log is not None
    return derived_id(str(collection.microsoft_tenant_id), collection.dataset) if is_log else None


def _keep(session: TenantSession, bodies: Mapping[UUID, bytes]) -> None:
    """Stores the states never seen before, in the order of their ids: two collections that do so must not deadlock."""
    unknown = sorted(bodies.keys() - known_ids(session, _BODIES, bodies.keys()), key=attrgetter("int"))
    bulk_upsert(session, _BODIES, ["id", "body"], ((state, pack(bodies[state])) for state in unknown))


def merge(session: TenantSession, collection: Collection, now: datetime, within: Some[str] | None = None) -> Merged:
    """Makes what the collection saw the current state. A full collection also closes what it did not see.

    `within` are the subscriptions it was read in: what belongs to another one was not looked at, and is not closed.
    """
    values = {
        "tenant": session.tenant_id,
        "microsoft_tenant": collection.microsoft_tenant_id,
        "dataset": collection.dataset,
        "collection": collection.id,
        "now": now,
    }
    if within is not None:
        values["within"] = sorted(within)
    full = not collection.is_delta
    with comparing_many(session):
        closed = _run(session, _closing(collection, within), values)
        opened = _run(session, _OPEN, values)
        removed = _vanished(session, values) if closed else 0
        items = staged_count(session, collection) if full else current_count(session, collection)
    project_merged(
        session, collection.microsoft_tenant_id, collection.dataset, now if opened else None, removed=removed
    )
    discard(session, collection)
    collection.outcome = Outcome.COMPLETE
    changed = closed - removed
    return Merged(items, opened - changed, changed, removed)


def _closing(collection: Collection, within: Some[str] | None) -> TextClause:
    """Subscriptions themselves are only ever changed by a list: one that is not in it is out of sight, not gone."""
    if collection.is_delta or (within is not None and collection.dataset == SUBSCRIPTIONS):
        return _CLOSE_DELTA
    return _CLOSE_FULL if within is None else _CLOSE_WITHIN


def forget_before(session: TenantSession, collection: Collection, moment: datetime) -> int:
    """Forgets the entries of a log that were first seen before a moment, and returns how many of them were current."""
    values = {
        "tenant": session.tenant_id,
        "microsoft_tenant": collection.microsoft_tenant_id,
        "dataset": collection.dataset,
        "now": moment,
    }
    before = current_count(session, collection)
    for statement in (_FORGET_BODIES, _FORGET):
        _run(session, statement, values)
    return before - current_count(session, collection)


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
    bound = [bindparam(name, type_=type_) for name, type_ in typed.items() if f":{name}" in sql]
    return text(sql).bindparams(*bound, *([bindparam("within", expanding=True)] if ":within" in sql else []))


_OF_DATASET: Final = """
    tenant_id = :tenant AND microsoft_tenant_id = :microsoft_tenant AND dataset = :dataset AND seen_to IS NULL
"""
_CLOSE_FULL: Final = _statement(f"""
    UPDATE observation SET seen_to = :now WHERE {_OF_DATASET} AND NOT EXISTS (
        SELECT 1 FROM staged_item s WHERE s.tenant_id = :tenant AND s.collection_id = :collection
        AND s.item_key = observation.item_key AND s.body_id = observation.body_id)
""")
_CLOSE_WITHIN: Final = _statement(f"""
    {_CLOSE_FULL.text} AND (item_key NOT LIKE '/subscriptions/%' OR substr(item_key, 16, 36) IN :within)
""")
"""The id of a resource begins with that of its subscription, which has 36 characters."""
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
_FORGET_BODIES: Final = _statement("""
    DELETE FROM observation_body WHERE tenant_id = :tenant AND id IN (
        SELECT x.body_id FROM observation x WHERE x.tenant_id = :tenant AND x.microsoft_tenant_id = :microsoft_tenant
        AND x.dataset = :dataset AND x.seen_from < :now AND NOT EXISTS (
            SELECT 1 FROM observation y WHERE y.tenant_id = :tenant AND y.microsoft_tenant_id = :microsoft_tenant
            AND y.dataset = :dataset AND y.item_key = x.item_key AND y.body_id = x.body_id AND y.seen_from >= :now))
""")
_FORGET: Final = _statement("""
    DELETE FROM observation WHERE tenant_id = :tenant AND microsoft_tenant_id = :microsoft_tenant
    AND dataset = :dataset AND seen_from < :now
""")
_VANISHED: Final = _statement("""
    SELECT count(*) FROM observation o WHERE o.tenant_id = :tenant AND o.microsoft_tenant_id = :microsoft_tenant
    AND o.dataset = :dataset AND o.seen_to = :now AND NOT EXISTS (
        SELECT 1 FROM observation c WHERE c.tenant_id = :tenant AND c.microsoft_tenant_id = :microsoft_tenant
        AND c.dataset = :dataset AND c.item_key = o.item_key AND c.seen_to IS NULL)
""")
