"""Collecting one dataset of one Microsoft tenant: fetch and stage page by page; a killed run is gone on with."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

import orjson

from tenantry.microsoft import Connection, Kind, Page, UpstreamError
from tenantry.observe import ledger
from tenantry.observe.bodies import canonical
from tenantry.observe.datasets import Dataset
from tenantry.observe.measuring import note_ended
from tenantry.observe.models import Collection, Outcome
from tenantry.observe.sources import formed
from tenantry.observe.store import SeenItem
from tenantry.platform.jobs import JobContext

_BATCH: Final = 5000
"""Items staged per transaction: large enough for bulk writes, small enough that memory stays flat."""
_LINK_IS_DEAD: Final = frozenset({Kind.RESYNC_REQUIRED, Kind.BAD_REQUEST, Kind.NOT_FOUND})
"""What a link to go on from is answered with when it has become too old."""

Result = TypeVar("Result")
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
        outcome = await self._run()
        note_ended(self.target.dataset.name, outcome)
        return outcome

    async def _run(self) -> Outcome:
        target = self.target
        opened = await ledger.opened(
            self.context,
            lambda work: ledger.open_collection(work, target.microsoft_tenant_id, target.dataset, self.context.job_id),
        )
        try:
            fetched = await self._fetch(opened)
        except UpstreamError as error:
            if error.kind in _LINK_IS_DEAD and self._goes_on_from_a_link(opened):
                await self._in_ledger(ledger.abandon, opened.id)
                return await self._run()
            return await self._in_ledger(ledger.fail, opened.id, error)
        except asyncio.CancelledError:
            if self.context.is_cancelled():  # and not merely stopped with its worker, to go on later
                await self._in_ledger(ledger.cancel, opened.id)
            raise
        return await self._in_ledger(ledger.complete, *fetched)

    def _goes_on_from_a_link(self, opened: Collection) -> bool:
        """Whether it began with a link that may be too old; a log begins with a moment."""
        return opened.resume_link is not None or (opened.is_delta and self.target.dataset.log is None)

    async def _in_ledger(self, act: Callable[..., Result], *arguments: Any) -> Result:
        target = self.target
        return await self.context.in_work(act, target.microsoft_tenant_id, target.dataset, *arguments)

    async def _fetch(self, collection: Collection) -> tuple[Collection, ledger.Batch]:
        """Stages all but the last batch."""
        batch = ledger.Batch(collection.delta_link)
        async for page in self._pages(collection):
            # Decoding and hashing a hundred items takes well under a millisecond: no thread is worth it.
            with formed(self.target.dataset.needs.value):
                self._take(batch, page)
            if len(batch.items) >= _BATCH:
                collection = await self.context.in_work(ledger.stage_batch, collection, batch)
                await self.on_page(collection.items)
                batch = ledger.Batch(batch.delta_link, within=batch.within)
            await asyncio.sleep(0)
        await self.on_page(collection.items + len(batch.items))
        return collection, batch

    def _take(self, batch: ledger.Batch, page: Page) -> None:
        dataset, now = self.target.dataset, self.context.platform.clock.now()
        batch.pages, batch.next_link = batch.pages + 1, page.next_link
        batch.delta_link, batch.within = page.delta_link or batch.delta_link, page.within or batch.within
        for row in page.rows:
            item: dict[str, Any] = orjson.loads(memoryview(row))
            if not (key := dataset.key_of(item)):
                continue
            batch.items.append(SeenItem(key, None if "@removed" in item else canonical(item, dataset.volatile)))
            if dataset.log is not None:
                batch.delta_link = dataset.log.mark_of(item, batch.delta_link, now)

    async def _pages(self, collection: Collection) -> AsyncIterator[Page]:
        """From where the last run stopped; otherwise what is new or changed since the last time, or everything."""
        dataset, graph = self.target.dataset, self.target.connection.graph
        resume = collection.resume_link
        if dataset.log is not None:
            resume = resume or dataset.log.link(collection.delta_link, self.context.platform.clock.now())
        elif collection.is_delta:
            async for page in graph.pages(collection.resume_link or collection.delta_link or dataset.delta or ""):
                yield page
            return
        elif dataset.delta is not None and resume is None:
            # Asked for before the list, so that no change between list and token is lost; seeing one twice is harmless.
            link = await graph.latest_delta_link(dataset.delta)
            await self.context.in_work(ledger.remember_delta, collection.id, link)
        with formed(dataset.needs.value):
            async for page in dataset.fetch(self.target.connection, resume, self.target.scope):
                yield page
