"""One pass over some datasets of one Microsoft tenant: long lists each for themselves, single requests in batches."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.gateway import Gateway, Reach
from tenantry.estate.models import Access
from tenantry.microsoft import Connection
from tenantry.observe.azure import NO_DELEGATION
from tenantry.observe.bundles import Bundle
from tenantry.observe.collector import Collector, Target
from tenantry.observe.datasets import Dataset
from tenantry.observe.models import Collection, Outcome
from tenantry.observe.sources import Batched, CmdletAsk, GraphAsk, Steps
from tenantry.platform.jobs import JobContext
from tenantry.platform.work import Work

_AT_A_TIME: Final = 8
"""Collections under way at once: most of their time is waiting for Microsoft."""

OnProgress = Callable[[Sequence[str], int], Awaitable[None]]
"""Is told which datasets have ended, and how many items were seen in all."""


@dataclass(slots=True)
class CollectionRun:
    """Each collection is recorded on its own, so that a killed job goes on with the unfinished ones."""

    context: JobContext
    gateway: Gateway
    reach: Reach
    datasets: Sequence[Dataset]
    on_progress: OnProgress | None = None
    outcomes: dict[str, str] = field(default_factory=dict)
    _items: dict[str, int] = field(default_factory=dict)

    async def all(self) -> dict[str, str]:
        """The outcome of every dataset. Raises nothing that Microsoft answers, but what keeps us from asking at all."""
        self.outcomes = await self.context.in_work(_complete_already, self.context.job_id, read_only=True)
        connection = await self.gateway.connect(self.reach)
        scope = await self._scope(connection)
        gate = asyncio.Semaphore(_AT_A_TIME)

        async def one(act: Callable[[], Awaitable[None]]) -> None:
            async with gate:
                await act()
                await self._report()

        async with asyncio.TaskGroup() as group:
            for act in self._acts(connection, scope):
                group.create_task(one(act))
        return self.outcomes

    async def _scope(self, connection: Connection) -> Sequence[str]:
        if self.reach.access is not Access.LIGHTHOUSE:
            return ()
        scope = await self.gateway.delegated_subscriptions(connection, self.reach.home_tenant_id)
        if not scope:  # without a scope, what the managing tenant sees would be taken for the customer's
            self.datasets = [replace(dataset, fetch=NO_DELEGATION) for dataset in self.datasets]
        return scope

    def _acts(self, connection: Connection, scope: Sequence[str]) -> list[Callable[[], Awaitable[None]]]:
        """What is to be done, what takes longest first: requests for each object, then lists, then batches."""
        waiting = [dataset for dataset in self.datasets if dataset.name not in self.outcomes]
        single, bundles = list[Dataset](), defaultdict[Batched, list[Dataset]](list)
        for dataset in waiting:
            if isinstance(dataset.fetch, GraphAsk | CmdletAsk):
                bundles[dataset.fetch.batch].append(dataset)
            else:
                single.append(dataset)
        single.sort(key=lambda dataset: not isinstance(dataset.fetch, Steps))
        acts: list[Callable[[], Awaitable[None]]] = [
            lambda dataset=dataset: self._collect(Target(self.reach.microsoft_tenant_id, dataset, connection, scope))  # type: ignore[misc]
            for dataset in single
        ]
        acts += [
            lambda batch=batch, some=some: self._bundle(
                Bundle(self.context, self.reach.microsoft_tenant_id, connection, batch, some)
            )  # type: ignore[misc]
            for batch, some in bundles.items()
        ]
        return acts

    async def _collect(self, target: Target) -> None:
        async def on_page(items: int) -> None:
            self._items[target.dataset.name] = items
            await self._report()

        self.outcomes[target.dataset.name] = (await Collector(self.context, target, on_page).run()).value

    async def _bundle(self, bundle: Bundle) -> None:
        for name, (outcome, items) in (await bundle.run()).items():
            self.outcomes[name], self._items[name] = outcome.value, items

    async def _report(self) -> None:
        if self.on_progress is not None:
            await self.on_progress(list(self.outcomes), sum(self._items.values()))
            return
        note = f"{sum(self._items.values()):,} items".replace(",", "\u202f")
        await self.context.progress(len(self.outcomes), len(self.datasets), note)


def _complete_already(work: Work, job_id: UUID) -> dict[str, str]:
    """What this job finished before its worker died."""
    query = select(Collection.dataset).where(Collection.job_id == job_id, Collection.outcome == Outcome.COMPLETE)
    return dict.fromkeys(work.session.scalars(query), Outcome.COMPLETE.value)
