"""Evidence out of the observation store: the datasets of a Microsoft tenant as they stood when they were collected."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, bindparam, or_, select

from tenantry.kit.db import Base, TenantSession
from tenantry.kit.db.bulk import bulk_rows
from tenantry.observe.bodies import unpack
from tenantry.observe.datasets import Dataset, dataset_named
from tenantry.observe.models import DatasetState, Observation, ObservationBody, Outcome
from tenantry.posture.facts import Facts
from tenantry.posture.scans.models import ScanSource
from tenantry.posture.verdicts import Collected, NotCollected

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
    request: str = ""
    """What Microsoft was asked, in the words of the dataset."""

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
    known = dataset_named(name)
    request = known.fetch.request if known is not None else ""
    if row is None:
        return SourceState(name, NEVER, request=request)
    complete = row.outcome is Outcome.COMPLETE
    return SourceState(
        name,
        row.outcome.value if row.outcome is not Outcome.RUNNING else NEVER,
        row.complete_at if complete else None,
        row.items if complete else None,
        digests.get(name, _EMPTY) if complete else None,
        row.missing_permission,
        row.problem_message,
        request,
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
        self._collected: dict[str, Collected] = {}
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
            keys = wanted[start : start + _CHUNK]
            rows = self._rows(_FOUND, dataset=dataset.name, collected_at=source.collected_at, keys=keys)
            found.update({key: Facts(dataset.name, unpack(body)) for _, key, body in rows})
        return found

    def collected(self, dataset: Dataset) -> Collected:
        """Nearly every dataset is asked about by several controls, and written out once."""
        if (known := self._collected.get(dataset.name)) is None:
            known = self._collected[dataset.name] = self._as_collected(dataset)
        return known

    def _as_collected(self, dataset: Dataset) -> Collected:
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
        for name, key, body in self._rows(_SHORT, scan_id=scan_id, datasets=list(held)):
            held[name][key] = Facts(name, unpack(body))
        return held

    def _streamed(self, source: SourceState) -> Iterator[dict[str, Any]]:
        last = ""
        while rows := self._rows(_PAGE, dataset=source.dataset, collected_at=source.collected_at, last=last):
            for _, _key, body in rows:
                yield unpack(body)
            last = rows[-1][1]

    def _rows(self, query: Select[Any], **values: Any) -> Sequence[Any]:
        return bulk_rows(self._session, query, microsoft_tenant_id=self._microsoft_tenant_id, **values)


def _as_of(dataset: ColumnElement[str], collected_at: ColumnElement[datetime]) -> Select[Any]:
    """The items that were current when the dataset was collected: its name, their keys and bodies."""
    observed, bodies = _table(Observation).c, _table(ObservationBody).c
    return (
        select(observed.dataset, observed.item_key, bodies.body)
        .where(bodies.id == observed.body_id)
        .where(observed.microsoft_tenant_id == bindparam("microsoft_tenant_id"), observed.dataset == dataset)
        .where(observed.seen_from <= collected_at)
        .where(or_(observed.seen_to.is_(None), observed.seen_to > collected_at))
        .order_by(observed.dataset, observed.item_key)
    )


def _table(model: type[Base]) -> Table:
    return Base.metadata.tables[model.__tablename__]


_KEPT: Final = _table(ScanSource).c
_SHORT: Final = _as_of(_KEPT.dataset, _KEPT.collected_at).where(
    _KEPT.scan_id == bindparam("scan_id"), _KEPT.dataset.in_(bindparam("datasets", expanding=True))
)
_ONE: Final = _as_of(bindparam("dataset"), bindparam("collected_at"))
_FOUND: Final = _ONE.where(_table(Observation).c.item_key.in_(bindparam("keys", expanding=True)))
_PAGE: Final = _ONE.where(_table(Observation).c.item_key > bindparam("last")).limit(_CHUNK)
