"""What resources cost that nothing uses, as far as it is known: of resource groups in which nothing is used.

Costs are kept per resource group and service, so the share of an orphan among used neighbours cannot be told. The sum
is a lower bound, and says so while there are such orphans.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, func, select, tuple_
from sqlalchemy.orm import aliased

from tenantry.estate.metering import KNOWN, Among, among_of
from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.governance.costs.models import CostDay, CostEntry
from tenantry.governance.resources.models import AzureSummary, Resource
from tenantry.observe.losses import is_lost
from tenantry.platform.work import Work

DAYS: Final = 30
_LAG: Final = timedelta(days=2)
"""Days that Microsoft still fills in are left out."""
_MOST_GROUPS: Final = 500
"""Of one statement: an answer about more of them is put together."""

Group = tuple[UUID, str, str]
"""Microsoft tenant, subscription, resource group in lower case."""


@dataclass(frozen=True, slots=True)
class Idle:
    """Of one Microsoft tenant: millionths per currency in a month, and whether orphans beside them have no price."""

    summary: AzureSummary
    micros: Mapping[str, int]
    has_unpriced: bool

    @property
    def is_known(self) -> bool:
        """Whether all resources were read: else there may be orphans that nobody saw."""
        return self.summary.state == KNOWN and self.summary.orphans is not None


def idle_costs(work: Work, among: Among) -> Iterator[Idle]:
    """Of every active Microsoft tenant with Azure. Without known costs there is no currency."""
    last = work.clock.now().date() - _LAG
    query = (
        select(AzureSummary)
        .join(MicrosoftTenant, MicrosoftTenant.id == AzureSummary.microsoft_tenant_id)
        .where(MicrosoftTenant.lifecycle == Lifecycle.ACTIVE, *among_of(AzureSummary.microsoft_tenant_id, among))
    )
    orphans, groups = _orphans(work, among), _idle_groups(work, among)
    in_days = last - timedelta(days=DAYS - 1), last
    costs = _costs(work, groups, in_days)
    currencies = _currencies(work, among, in_days)
    for row in work.session.scalars(query).all():
        key = row.microsoft_tenant_id
        micros = {currency: costs.get((key, currency), 0) for currency in currencies.get(key, ())}
        priced = sum(count for group, count in groups.items() if group[0] == key)
        yield Idle(row, micros, orphans.get(key, 0) > priced)


def _orphans(work: Work, among: Among) -> dict[UUID, int]:
    query = select(Resource.microsoft_tenant_id, func.count()).where(*_orphaned(among))
    return dict(work.session.execute(query.group_by(Resource.microsoft_tenant_id)).all())


def _idle_groups(work: Work, among: Among) -> dict[Group, int]:
    """Groups of orphans alone, and how many there are in each."""
    used = aliased(Resource)
    neighbour = select(used.id).where(
        used.microsoft_tenant_id == Resource.microsoft_tenant_id,
        used.group_key == Resource.group_key,
        used.orphan_reason.is_(None),
    )
    columns = (Resource.microsoft_tenant_id, Resource.subscription_key, func.lower(Resource.resource_group))
    query = select(*columns, func.count()).where(*_orphaned(among), ~neighbour.exists()).group_by(*columns)
    return {(key, subscription, group): count for key, subscription, group, count in work.session.execute(query)}


def _orphaned(among: Among) -> list[Any]:
    return [
        and_(Resource.orphan_reason.is_not(None), ~is_lost(Resource)),
        *among_of(Resource.microsoft_tenant_id, among),
    ]


def _costs(work: Work, groups: Mapping[Group, int], days: tuple[Any, Any]) -> dict[tuple[UUID, str], int]:
    found, wanted = defaultdict[tuple[UUID, str], int](int), list(groups)
    place = tuple_(CostEntry.microsoft_tenant_id, CostEntry.subscription_key, CostEntry.group_key)
    for start in range(0, len(wanted), _MOST_GROUPS):
        query = (
            select(CostEntry.microsoft_tenant_id, CostEntry.currency, func.sum(CostEntry.micros))
            .where(place.in_(wanted[start : start + _MOST_GROUPS]), CostEntry.day.between(*days))
            .group_by(CostEntry.microsoft_tenant_id, CostEntry.currency)
        )
        for key, currency, micros in work.session.execute(query):
            found[key, currency] += int(micros)
    return found


def _currencies(work: Work, among: Among, days: tuple[Any, Any]) -> dict[UUID, set[str]]:
    query = select(CostDay.microsoft_tenant_id, CostDay.currency).where(CostDay.day.between(*days)).distinct()
    found = defaultdict[UUID, set[str]](set)
    for key, currency in work.session.execute(query.where(*among_of(CostDay.microsoft_tenant_id, among))):
        found[key].add(currency)
    return found
