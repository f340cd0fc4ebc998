"""Directories planted through the observation store, as a collection would bring them."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from tests.support.cast import Person
from tests.support.estate import add_microsoft_tenant

from tenantry.observe.models import Collection, DatasetState, Outcome
from tenantry.observe.store import SeenItem, merge, stage
from tenantry.platform.work import Platform


class Directory:
    """One Microsoft tenant of somebody's, and what is collected of it."""

    def __init__(self, platform: Platform, owner: Person, name: str) -> None:
        self._platform, self.owner = platform, owner
        self.id: UUID = add_microsoft_tenant(platform, owner.actor, name)

    def collected(self, dataset: str, items: Iterable[Mapping[str, Any]]) -> None:
        """A complete collection."""
        seen = [SeenItem(str(item["id"]).lower(), orjson.dumps(dict(item))) for item in items]
        with self._platform.work(self.owner.actor) as work:
            now = work.clock.now()
            collection = Collection(
                microsoft_tenant_id=self.id,
                dataset=dataset,
                outcome=Outcome.RUNNING,
                is_delta=False,
                started_at=now,
            )
            work.session.add(collection)
            work.session.flush()
            stage(work.session, collection, seen)
            merge(work.session, collection, now)
        self.ended(dataset, Outcome.COMPLETE)

    def ended(self, dataset: str, outcome: Outcome, permission: str | None = None) -> None:
        """How the newest attempt ended."""
        with self._platform.work(self.owner.actor) as work:
            now = work.clock.now()
            known = select(DatasetState).where(
                DatasetState.microsoft_tenant_id == self.id, DatasetState.dataset == dataset
            )
            state = work.session.scalars(known).one_or_none()
            if state is None:
                state = DatasetState(microsoft_tenant_id=self.id, dataset=dataset)
                work.session.add(state)
            state.outcome, state.attempted_at, state.missing_permission = outcome, now, permission
            if outcome is Outcome.COMPLETE:
                state.complete_at = now


def user(key: str, name: str, **properties: Any) -> dict[str, Any]:
    """A user as Graph gives it."""
    return {
        "id": key,
        "displayName": name,
        "userPrincipalName": f"{key}@contoso.example",
        "userType": "Member",
    } | properties
