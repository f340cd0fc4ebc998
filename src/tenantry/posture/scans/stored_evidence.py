"""Evidence out of the observation store: the datasets of a Microsoft tenant as they stood when they were collected."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select

from tenantry.kit.db import Base, TenantSession
from tenantry.kit.db.bulk import bulk_rows
from tenantry.observe.bodies import unpack
from tenantry.observe.datasets import Dataset
from tenantry.observe.models import DatasetState, Observation, ObservationBody, Outcome
from tenantry.posture.facts import Facts
from tenantry.posture.scans.models import ScanSource
from tenantry.posture.verdicts import Collected, NotCollected

_OBSERVED: Final = Base.metadata.tables[Observation.__tablename__]
_BODIES: Final = Base.metadata.tables[ObservationBody.__tablename__]
_SOURCES: Final = Base.metadata.tables[ScanSource.__tablename__]
NEVER: Final = "never"
_LONG: Final = 1000
"""Datasets of more items are streamed, and not held."""
_CHUNK: Final = 1000


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a dataset stood: what a scan remembers of it."""

    dataset: str
    outcome: str
    collected_at: datetime | None = None
    items: int | None = None
    digest: str | None = None
    missing_permission: str | None = None
    problem: str | None = None

    @property
    def is_complete(self) -> bool:
        return self.outcome == Outcome.COMPLETE and self.collected_at is not None


def sources_now(session: TenantSession, microsoft_tenant_id: UUID, names: Collection[str]) -> list[SourceState]:
    """How these datasets stand at this moment. One whose last collection was not complete is not complete."""
    query = select(DatasetState).where(
        DatasetState.microsoft_tenant_id == microsoft_tenant_id, DatasetState.dataset.in_(names)
    )
    known = {row.dataset: row for row in session.scalars(query)}
    digests = _digests(session, microsoft_tenant_id, [name for name, row in known.items() if row.complete_at])
    return [_source(name, known.get(name), digests) for name in sorted(names)]


def _source(name: str, row: DatasetState | None, digests: Mapping[str, str]) -> SourceState:
    if row is None:
        return SourceState(name, NEVER)
    complete = row.outcome is Outcome.COMPLETE
    return SourceState(
        name,
        row.outcome.value if row.outcome is not Outcome.RUNNING else NEVER,
        row.complete_at if complete else None,
        row.items if complete else None,
        digests.get(name, _EMPTY) if complete else None,
        row.missing_permission,
        row.problem_message,
    )


def _digests(session: TenantSession, microsoft_tenant_id: UUID, names: Collection[str]) -> dict[str, str]:
    """The hash of everything that is known of each dataset, out of the keys and hashes of its items."""
    query = (
        select(Observation.dataset, Observation.item_key, Observation.body_id)
        .where(
            Observation.microsoft_tenant_id == microsoft_tenant_id,
            Observation.dataset.in_(names),
            Observation.seen_to.is_(None),
        )
        .order_by(Observation.dataset, Observation.item_key)
    )
    hashes: dict[str, Any] = {}
    for name, key, body in session.execute(query.execution_options(yield_per=_CHUNK * 10)):
        found = hashes.setdefault(name, hashlib.blake2b(digest_size=16))
        found.update(key.encode(errors="surrogatepass"))
        found.update(body.bytes)
    return {name: found.hexdigest() for name, found in hashes.items()}


_EMPTY: Final = hashlib.blake2b(digest_size=16).hexdigest()


class StoredEvidence:
    """What a scan judged, by the sources it kept. Short datasets are read at once, long ones streamed each time."""

    def __init__(
        self, session: TenantSession, microsoft_tenant_id: UUID, scan_id: UUID, sources: Sequence[SourceState]
    ) -> None:
        self._session = session
        self._microsoft_tenant_id = microsoft_tenant_id
        self._sources = {source.dataset: source for source in sources}
        self._held = self._read_short(scan_id)

    def each(self, dataset: Dataset) -> Iterator[Facts]:
        source = self._complete(dataset)
        if dataset.name in self._held:
            return iter(self._held[dataset.name].values())
        return (Facts(dataset.name, item) for item in self._streamed(source))

    def find(self, dataset: Dataset, keys: Collection[str]) -> dict[str, Facts]:
        source, wanted = self._complete(dataset), sorted({key.lower() for key in keys})
        if dataset.name in self._held:
            held = self._held[dataset.name]
            return {key: held[key] for key in wanted if key in held}
        found: dict[str, Facts] = {}
        for start in range(0, len(wanted), _CHUNK):
            query = self._rows_of(source).where(_OBSERVED.c.item_key.in_(wanted[start : start + _CHUNK]))
            rows = bulk_rows(self._session, query)
            found.update({key: Facts(dataset.name, unpack(body)) for _, key, body in rows})
        return found

    def collected(self, dataset: Dataset) -> Collected:
        source = self._sources.get(dataset.name)
        if source is None:
            return Collected(dataset, NEVER)
        at = source.collected_at.isoformat() if source.collected_at else None
        return Collected(dataset, source.outcome, at, source.digest, source.missing_permission, source.problem)

    def _complete(self, dataset: Dataset) -> SourceState:
        source = self._sources.get(dataset.name)
        if source is None or not source.is_complete:
            raise NotCollected(self.collected(dataset))
        return source

    def _read_short(self, scan_id: UUID) -> dict[str, dict[str, Facts]]:
        """All of them by one query, in the order of their keys."""
        held: dict[str, dict[str, Facts]] = {
            one.dataset: {} for one in self._sources.values() if one.is_complete and (one.items or 0) <= _LONG
        }
        kept = _SOURCES.c
        query = self._rows(_as_of(kept.dataset, kept.collected_at)).where(kept.scan_id == scan_id)
        query = query.where(kept.dataset.in_(held)).order_by(_OBSERVED.c.dataset, _OBSERVED.c.item_key)
        for name, key, body in bulk_rows(self._session, query):
            held[name][key] = Facts(name, unpack(body))
        return held

    def _streamed(self, source: SourceState) -> Iterator[dict[str, Any]]:
        last = ""
        while True:
            query = self._rows_of(source).where(_OBSERVED.c.item_key > last)
            rows = bulk_rows(self._session, query.order_by(_OBSERVED.c.item_key).limit(_CHUNK))
            for _, _key, body in rows:
                yield unpack(body)
            if len(rows) < _CHUNK:
                return
            last = rows[-1][1]

    def _rows_of(self, source: SourceState) -> Select[tuple[str, str, bytes]]:
        return self._rows(_as_of(source.dataset, source.collected_at))

    def _rows(self, condition: ColumnElement[bool]) -> Select[tuple[str, str, bytes]]:
        return (
            select(_OBSERVED.c.dataset, _OBSERVED.c.item_key, _BODIES.c.body)
            .join(_BODIES, _BODIES.c.id == _OBSERVED.c.body_id)
            .where(_OBSERVED.c.microsoft_tenant_id == self._microsoft_tenant_id, condition)
        )


def _as_of(dataset: Any, collected_at: Any) -> ColumnElement[bool]:
    """The items that were current when the dataset was collected. Takes values, and the columns that hold them."""
    seen_from, seen_to = _OBSERVED.c.seen_from, _OBSERVED.c.seen_to
    return and_(
        _OBSERVED.c.dataset == dataset, seen_from <= collected_at, or_(seen_to.is_(None), seen_to > collected_at)
    )
