"""Collecting small datasets that share a batch: opened in one transaction, asked for together, ended in another."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tenantry.microsoft import Connection, UpstreamError
from tenantry.observe import ledger
from tenantry.observe.bodies import canonical
from tenantry.observe.datasets import Dataset
from tenantry.observe.measuring import note_ended
from tenantry.observe.models import Collection, Outcome
from tenantry.observe.sources import Ask, Batched, ask_together, formed
from tenantry.observe.store import SeenItem
from tenantry.platform.jobs import JobContext
from tenantry.platform.work import Work

Ended = dict[str, tuple[Outcome, int]]


@dataclass(frozen=True, slots=True)
class Bundle:
    """Datasets of one Microsoft tenant whose sources are single requests of one batch."""

    context: JobContext
    microsoft_tenant_id: UUID
    connection: Connection
    batch: Batched
    datasets: Sequence[Dataset]

    async def run(self) -> Ended:
        """The outcome and the number of items of each dataset. Raises nothing that Microsoft answers."""
        opened = await ledger.opened(self.context, self._open)
        try:
            answers = await self._ask()
        except asyncio.CancelledError:
            if self.context.is_cancelled():
                await self.context.in_work(self._cancel, opened)
            raise
        ended = await self.context.in_work(self._end, opened, answers)
        for name, (outcome, _) in ended.items():
            note_ended(name, outcome)
        return ended

    async def _ask(self) -> Sequence[Any]:
        """Whatever keeps all of them from being asked is the answer to each."""
        asks: list[Ask] = [dataset.fetch for dataset in self.datasets]  # type: ignore[misc]  # their source is one
        try:
            with formed(self.batch.value):
                return await ask_together(self.connection, self.batch, asks)
        except UpstreamError as error:
            return [error] * len(asks)

    def _open(self, work: Work) -> dict[str, Collection]:
        return {
            dataset.name: ledger.open_collection(work, self.microsoft_tenant_id, dataset, self.context.job_id)
            for dataset in self.datasets
        }

    def _end(self, work: Work, opened: Mapping[str, Collection], answers: Sequence[Any]) -> Ended:
        return {
            dataset.name: self._end_one(work, dataset, opened[dataset.name], answer)
            for dataset, answer in zip(self.datasets, answers, strict=True)
        }

    def _end_one(self, work: Work, dataset: Dataset, opened: Collection, answer: Any) -> tuple[Outcome, int]:
        try:
            items = _seen(dataset, answer)
        except UpstreamError as error:
            return ledger.fail(work, self.microsoft_tenant_id, dataset, opened.id, error), 0
        rest = ledger.Batch(None, items, pages=1)
        return ledger.complete(work, self.microsoft_tenant_id, dataset, opened, rest), len(items)

    def _cancel(self, work: Work, opened: Mapping[str, Collection]) -> None:
        for dataset in self.datasets:
            ledger.cancel(work, self.microsoft_tenant_id, dataset, opened[dataset.name].id)


def _seen(dataset: Dataset, answer: Any) -> list[SeenItem]:
    """Raises UpstreamError for a refusal, and for an answer that has not the form of the dataset."""
    ask: Ask = dataset.fetch  # type: ignore[assignment]  # see Bundle
    with formed(ask.batch.value):
        items = ask.items(answer)
        return [SeenItem(key, canonical(item, dataset.volatile)) for item in items if (key := dataset.key_of(item))]
