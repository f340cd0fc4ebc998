"""What an answer rests on: for each dataset in how many Microsoft tenants it stands how, and how old it is."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from tenantry.estate.models import Access, Lifecycle, MicrosoftTenant
from tenantry.observe.datasets import Needs, dataset_named
from tenantry.observe.models import DatasetState, Outcome
from tenantry.platform.work import Work

NEVER: Final = "never"
OUT_OF_REACH: Final = "out_of_reach"


@dataclass(slots=True)
class Coverage:
    """One dataset. `known` are the Microsoft tenants of which something is shown, `oldest` is the age of the oldest."""

    dataset: str
    title: str
    tenants: int
    states: Counter[str] = field(default_factory=Counter)
    known: int = 0
    oldest: datetime | None = None
    permissions: set[str] = field(default_factory=set)

    @property
    def is_whole(self) -> bool:
        return self.states[Outcome.COMPLETE.value] == self.tenants


def coverage(work: Work, datasets: Sequence[str], microsoft_tenant_id: UUID | None = None) -> list[Coverage]:
    """In the order asked for. Two queries, however many Microsoft tenants there are."""
    rows = work.session.execute(_reached(work, microsoft_tenant_id))
    reached: dict[Access, int] = {row[0]: row[1] for row in rows}
    total, apps = sum(reached.values()), reached.get(Access.APP_REGISTRATION, 0)
    found = _found(work, datasets, microsoft_tenant_id)
    return [_of(name, total, apps, found[name]) for name in datasets]


def _of(name: str, total: int, apps: int, rows: Sequence[Any]) -> Coverage:
    declared = dataset_named(name)
    made = Coverage(name, declared.title if declared else name, total)
    for row in rows:
        made.states[row.outcome.value] += row.tenants
        made.known += row.known
        made.oldest = min(filter(None, (made.oldest, row.oldest)), default=None)
        if row.missing_permission:
            made.permissions.add(row.missing_permission)
    reachable = total if declared and declared.needs is Needs.AZURE else apps
    for state, count in ((OUT_OF_REACH, total - reachable), (NEVER, reachable - sum(made.states.values()))):
        if count > 0:
            made.states[state] = count
    return made


def _found(work: Work, datasets: Sequence[str], microsoft_tenant_id: UUID | None) -> Mapping[str, list[Any]]:
    state = DatasetState
    query = (
        select(
            *(state.dataset, state.outcome, state.missing_permission),
            func.count().label("tenants"),
            func.count(state.complete_at).label("known"),
            func.min(state.complete_at).label("oldest"),
        )
        .join(MicrosoftTenant, MicrosoftTenant.id == state.microsoft_tenant_id)
        .where(state.dataset.in_(datasets), *within(work, microsoft_tenant_id))
        .group_by(state.dataset, state.outcome, state.missing_permission)
    )
    found: dict[str, list[Any]] = defaultdict(list)
    for row in work.session.execute(query):
        found[row.dataset].append(row)
    return found


def _reached(work: Work, microsoft_tenant_id: UUID | None) -> Any:
    counted = select(MicrosoftTenant.access, func.count()).where(*within(work, microsoft_tenant_id))
    return counted.group_by(MicrosoftTenant.access)


def within(work: Work, microsoft_tenant_id: UUID | None) -> list[Any]:
    """The Microsoft tenants that are shown: not offboarded, in the actor's scope, and the one that is asked for."""
    conditions: list[Any] = [MicrosoftTenant.lifecycle != Lifecycle.OFFBOARDED]
    if work.actor.scope is not None:
        conditions.append(MicrosoftTenant.id.in_(work.actor.scope))
    if microsoft_tenant_id is not None:
        conditions.append(MicrosoftTenant.id == microsoft_tenant_id)
    return conditions
