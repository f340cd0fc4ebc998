"""Collecting one dataset of one Microsoft tenant: fetch, stage, merge, and say honestly how it ended."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import select

from tenantry.microsoft import Connection, Kind, Page, UpstreamError
from tenantry.observe.bodies import canonical
from tenantry.observe.datasets import Dataset
from tenantry.observe.models import Collection, DatasetState, Outcome
from tenantry.observe.store import Merged, SeenItem, current_count, discard, merge, stage, staged_count
from tenantry.platform.jobs import JobContext
from tenantry.platform.work import Work

_BATCH: Final = 5000
"""Items staged per transaction: large enough for bulk writes, small enough that memory stays flat."""
_SUSPICIOUS: Final = 10
_FULL_AFTER: Final = timedelta(days=5)
"""Change queries drift over time, and their tokens live seven days; so everything is listed anew before that."""
_OUTCOMES: Final = {
    Kind.NO_ACCESS: Outcome.NO_ACCESS,
    Kind.NO_CONSENT: Outcome.NO_ACCESS,
    Kind.NOT_LICENSED: Outcome.NOT_LICENSED,
    Kind.UNSUPPORTED: Outcome.UNSUPPORTED,
    Kind.THROTTLED: Outcome.THROTTLED,
}

OnPage = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Target:
    """What is collected, from where, and within which subscriptions."""

    microsoft_tenant_id: UUID
    dataset: Dataset
    connection: Connection
    scope: Sequence[str] = ()


@dataclass(slots=True)
class Collector:
    """Runs one collection. Its job may die at any moment: the next run goes on from the last staged page."""

    context: JobContext
    target: Target
    on_page: OnPage

    async def run(self) -> Outcome:
        """Returns the outcome, which is stored too. Raises nothing that Microsoft answers."""
        collection = await self.context.in_work(_open, self.target, self.context.job_id)
        try:
            collection = await self._fetch(collection)
        except UpstreamError as error:
            if error.kind is Kind.RESYNC_REQUIRED and collection.is_delta:
                await self.context.in_work(_abandon_delta, collection.id)
                return await self.run()
            return await self.context.in_work(_fail, self.target, collection.id, error)
        return await self.context.in_work(_complete, self.target, collection.id)

    async def _fetch(self, collection: Collection) -> Collection:
        buffer: list[SeenItem] = []
        pages, delta_link = 0, collection.delta_link
        async for page in self._pages(collection):
            pages += 1
            delta_link = page.delta_link or delta_link
            # Decoding and hashing a hundred items takes well under a millisecond: no thread is worth it.
            buffer.extend(_seen(self.target.dataset, page))
            if len(buffer) >= _BATCH or page.next_link is None:
                collection = await self._stage(collection.id, buffer, pages, page.next_link, delta_link)
                await self.on_page(collection.items)
                buffer, pages = [], 0
            await asyncio.sleep(0)
        return collection

    async def _stage(
        self, collection_id: UUID, items: list[SeenItem], pages: int, link: str | None, delta_link: str | None
    ) -> Collection:
        return await self.context.in_work(_stage_batch, collection_id, items, pages, (link, delta_link))

    async def _pages(self, collection: Collection) -> AsyncIterator[Page]:
        """From where the last run stopped; otherwise the changes since the last time, or everything."""
        dataset, graph = self.target.dataset, self.target.connection.graph
        if collection.is_delta:
            async for page in graph.pages(collection.resume_link or collection.delta_link or dataset.delta or ""):
                yield page
            return
        if dataset.delta is not None and collection.resume_link is None:
            # Asked for before the list, so that no change between list and token is lost; seeing one twice is harmless.
            link = await graph.latest_delta_link(dataset.delta)
            await self.context.in_work(_remember_delta, collection.id, link)
        async for page in dataset.fetch(self.target.connection, collection.resume_link, self.target.scope):
            yield page


def _seen(dataset: Dataset, page: Page) -> list[SeenItem]:
    seen = []
    for row in page.rows:
        item: dict[str, Any] = orjson.loads(memoryview(row))
        if not (key := dataset.key_of(item)):
            continue
        seen.append(SeenItem(key, None if "@removed" in item else canonical(item, dataset.volatile)))
    return seen


def _open(work: Work, target: Target, job_id: UUID) -> Collection:
    """The unfinished collection of this dataset if there is one, otherwise a new one."""
    unfinished = select(Collection).where(
        Collection.microsoft_tenant_id == target.microsoft_tenant_id,
        Collection.dataset == target.dataset.name,
        Collection.outcome == Outcome.RUNNING,
    )
    found = work.session.scalars(unfinished.order_by(Collection.id.desc()).limit(1)).one_or_none()
    if found is not None:
        return found
    state = _state(work, target)
    due = state is None or state.full_at is None or work.clock.now() - state.full_at > _FULL_AFTER
    link = None if due or state is None or target.dataset.delta is None else state.delta_link
    row = Collection(
        microsoft_tenant_id=target.microsoft_tenant_id,
        dataset=target.dataset.name,
        job_id=job_id,
        outcome=Outcome.RUNNING,
        is_delta=link is not None,
        delta_link=link,
        started_at=work.clock.now(),
    )
    row.pages = row.items = row.added = row.changed = row.removed = 0
    work.session.add(row)
    return row


def _stage_batch(
    work: Work, collection_id: UUID, items: list[SeenItem], pages: int, links: tuple[str | None, str | None]
) -> Collection:
    row = work.session.one(Collection, collection_id)
    stage(work.session, row, items)
    row.pages, row.items = row.pages + pages, row.items + len(items)
    row.resume_link = links[0]
    row.delta_link = links[1] or row.delta_link
    return row


def _remember_delta(work: Work, collection_id: UUID, link: str) -> None:
    work.session.one(Collection, collection_id).delta_link = link


def _abandon_delta(work: Work, collection_id: UUID) -> None:
    """The change history is too old: this collection ends, and a full one follows."""
    row = work.session.one(Collection, collection_id)
    discard(work.session, row)
    row.outcome, row.finished_at = Outcome.PARTIAL, work.clock.now()
    row.problem_code, row.problem_message = (
        "resync_required",
        "The change history was too old; everything was listed anew.",
    )
    for state in work.session.scalars(
        select(DatasetState).where(
            DatasetState.microsoft_tenant_id == row.microsoft_tenant_id, DatasetState.dataset == row.dataset
        )
    ):
        state.delta_link, state.full_at = None, None


def _complete(work: Work, target: Target, collection_id: UUID) -> Outcome:
    """Merges, unless a list that held many items is suddenly empty: that is more often a fault than the truth."""
    row = work.session.one(Collection, collection_id)
    now = row.finished_at = work.clock.now()
    state = _state(work, target) or _new_state(work, target)
    if not row.is_delta and staged_count(work.session, row) == 0 and current_count(work.session, row) >= _SUSPICIOUS:
        discard(work.session, row)
        row.outcome, row.problem_code = Outcome.PARTIAL, "suddenly_empty"
        row.problem_message = "The list was empty although it had many items before; what was known is kept."
        return _note(state, row)
    merged: Merged = merge(work.session, row, now)
    row.outcome, row.resume_link = Outcome.COMPLETE, None
    row.added, row.changed, row.removed = merged.added, merged.changed, merged.removed
    state.complete_at, state.items, state.delta_link = now, merged.items, row.delta_link
    state.full_at = state.full_at if row.is_delta else now
    return _note(state, row)


def _fail(work: Work, target: Target, collection_id: UUID, error: UpstreamError) -> Outcome:
    row = work.session.one(Collection, collection_id)
    discard(work.session, row)
    row.outcome = _OUTCOMES.get(error.kind, Outcome.FAILED)
    row.finished_at = work.clock.now()
    row.problem_code, row.problem_message = error.kind.value, f"{error.advice} {error.message}".strip()[:2000]
    if row.outcome is Outcome.NO_ACCESS:
        row.missing_permission = error.missing_permission or ", ".join(target.dataset.permissions) or "Reader"
    return _note(_state(work, target) or _new_state(work, target), row)


def _state(work: Work, target: Target) -> DatasetState | None:
    query = select(DatasetState).where(
        DatasetState.microsoft_tenant_id == target.microsoft_tenant_id, DatasetState.dataset == target.dataset.name
    )
    return work.session.scalars(query).one_or_none()


def _new_state(work: Work, target: Target) -> DatasetState:
    state = DatasetState(
        microsoft_tenant_id=target.microsoft_tenant_id,
        dataset=target.dataset.name,
        outcome=Outcome.RUNNING,
        attempted_at=work.clock.now(),
    )
    work.session.add(state)
    return state


def _note(state: DatasetState, row: Collection) -> Outcome:
    """The newest attempt, beside what the last complete one brought."""
    state.outcome, state.attempted_at = row.outcome, row.finished_at or row.started_at
    state.missing_permission = row.missing_permission
    state.problem_code, state.problem_message = row.problem_code, row.problem_message
    return row.outcome
