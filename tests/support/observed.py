"""Microsoft tenants whose datasets were collected: what the pages show, without a cloud to collect it from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from tests.support.estate import add_microsoft_tenant

from tenantry.observe.datasets import dataset_named
from tenantry.observe.events import tell_collected
from tenantry.observe.models import Collection, DatasetState, Outcome
from tenantry.observe.store import SeenItem, merge, stage
from tenantry.platform.access import Actor
from tenantry.platform.work import Platform, Work

Items = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Observed:
    """One Microsoft tenant of an actor's, to collect into."""

    platform: Platform
    actor: Actor
    id: UUID

    @classmethod
    def onboard(cls, platform: Platform, actor: Actor, name: str) -> "Observed":
        return cls(platform, actor, add_microsoft_tenant(platform, actor, name))

    def collect(self, **datasets: Items) -> None:
        """One complete collection of each: `azure_resources=[…]` stands for `azure.resources`."""
        for name, items in datasets.items():
            with self.platform.work(self.actor) as work:
                self._merge(work, name.replace("_", ".", 1), items)
        with self.platform.work(self.actor) as work:
            tell_collected(work, self.id)

    def refuse(self, *datasets: str, outcome: Outcome = Outcome.NO_ACCESS, permission: str | None = None) -> None:
        """One attempt at each that brought nothing."""
        with self.platform.work(self.actor) as work:
            for name in datasets:
                state = self._state(work, name)
                state.outcome, state.missing_permission = outcome, permission
        with self.platform.work(self.actor) as work:
            tell_collected(work, self.id)

    def _merge(self, work: Work, name: str, items: Items) -> None:
        declared, now = dataset_named(name), work.clock.now()
        assert declared is not None, name
        row = Collection(
            microsoft_tenant_id=self.id, dataset=name, outcome=Outcome.COMPLETE, is_delta=False, started_at=now
        )
        work.session.add(row)
        work.session.flush()
        stage(work.session, row, [SeenItem(declared.key_of(dict(item)), orjson.dumps(item)) for item in items])
        state = self._state(work, name)
        state.outcome, state.complete_at, state.missing_permission = Outcome.COMPLETE, now, None
        state.items = merge(work.session, row, now).items

    def _state(self, work: Work, name: str) -> DatasetState:
        query = select(DatasetState).where(DatasetState.microsoft_tenant_id == self.id, DatasetState.dataset == name)
        state = work.session.scalars(query).one_or_none()
        if state is None:
            state = DatasetState(microsoft_tenant_id=self.id, dataset=name, outcome=Outcome.RUNNING)
            work.session.add(state)
        state.attempted_at = work.clock.now()
        return state
