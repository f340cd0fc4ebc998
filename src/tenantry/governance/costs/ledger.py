"""Keeping costs: some days of a subscription are replaced whole, so that a correction replaces what it corrects."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Self, TypeVar
from uuid import UUID

from sqlalchemy import delete, func, select

from tenantry.governance.costs.models import CostDay, CostEntry, CostSource
from tenantry.governance.costs.months import ResourceDay, keep_resources
from tenantry.governance.costs.period import Period
from tenantry.governance.costs.tags import keep_tags
from tenantry.kit.db import Base, TenantSession
from tenantry.kit.db.bulk import bulk_upsert
from tenantry.kit.ids import new_id
from tenantry.microsoft.cost import CostRow, CostState
from tenantry.observe.datasets import bounded_key

PLACES: Final = ("ResourceGroupName", "ServiceName")
RESOURCE: Final = "ResourceId"
MICRO: Final = Decimal(1_000_000)
_ENTRIES: Final = Base.metadata.tables[CostEntry.__tablename__]
_DAYS: Final = Base.metadata.tables[CostDay.__tablename__]

Key = tuple[date, str, str, str]
"""Day, resource group, service, currency."""
AnyKey = TypeVar("AnyKey")


@dataclass(frozen=True, slots=True)
class Sums:
    """What was answered for some days, in millionths. What adds up to nothing is left out."""

    entries: Mapping[Key, int]
    resources: Mapping[ResourceDay, int]

    @classmethod
    def of(cls, by_place: Iterable[CostRow], by_resource: Iterable[CostRow]) -> Self:
        """Rounded are sums, not rows. The two may be the same rows. Raises ValueError for a row without a day."""
        resources = (row for row in by_resource if row.values.get(RESOURCE))
        return cls(_added_up(by_place, _place), _added_up(resources, _resource))


def _place(row: CostRow) -> Key:
    group, service = (row.values.get(name, "") for name in PLACES)
    return _day(row), group.lower()[:256], service[:200], row.currency[:8]


def _resource(row: CostRow) -> ResourceDay:
    return _day(row), bounded_key(row.values[RESOURCE].lower()), row.currency[:8]


def _day(row: CostRow) -> date:
    if row.day is None:
        raise ValueError("a ledger needs a day")
    return row.day


def _added_up(rows: Iterable[CostRow], key_of: Callable[[CostRow], AnyKey]) -> dict[AnyKey, int]:
    sums: dict[AnyKey, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[key_of(row)] += row.amount
    micros = {key: round(amount * MICRO) for key, amount in sums.items()}
    return {key: amount for key, amount in micros.items() if amount}


def keep(session: TenantSession, source: CostSource, period: Period, sums: Sums, now: datetime) -> None:
    """Replaces the days of a period, and what follows from them. Days outside of it are left out of `sums`."""
    inside = {key: amount for key, amount in sums.entries.items() if period.first <= key[0] <= period.last}
    within = CostEntry.day.between(period.first, period.last)
    of_source = (
        CostEntry.microsoft_tenant_id == source.microsoft_tenant_id,
        CostEntry.subscription_key == source.subscription_key,
    )
    session.execute(delete(CostEntry).where(*of_source, within))
    columns = ["id", "microsoft_tenant_id", "subscription_key", "day", "group_key", "service", "currency", "micros"]
    owner = source.microsoft_tenant_id, source.subscription_key
    rows = ((new_id(), *owner, *key, amount) for key, amount in inside.items())
    bulk_upsert(session, _ENTRIES, columns, rows, key=columns[1:-1])
    keep_resources(session, source, period, sums.resources)
    keep_tags(session, source.microsoft_tenant_id, period)
    _add_up_days(session, source.microsoft_tenant_id, period)
    source.first_day = min(period.first, source.first_day or period.first)
    source.last_day = max(period.last, source.last_day or period.last)
    is_used = bool(inside) or session.scalar(select(CostEntry.id).where(*of_source).limit(1)) is not None
    source.state = CostState.AVAILABLE if is_used else CostState.NO_USAGE
    source.fetched_at, source.problem, source.missing_permission = now, None, None


def _add_up_days(session: TenantSession, microsoft_tenant_id: UUID, period: Period) -> None:
    """The days of a Microsoft tenant anew, out of the entries of all its subscriptions."""
    days = delete(CostDay).where(
        CostDay.microsoft_tenant_id == microsoft_tenant_id, CostDay.day.between(period.first, period.last)
    )
    session.execute(days)
    entries = (
        select(CostEntry.day, CostEntry.currency, func.sum(CostEntry.micros))
        .where(CostEntry.microsoft_tenant_id == microsoft_tenant_id)
        .where(CostEntry.day.between(period.first, period.last))
        .group_by(CostEntry.day, CostEntry.currency)
    )
    columns = ["id", "microsoft_tenant_id", "day", "currency", "micros"]
    sums = session.execute(entries).all()
    rows = ((new_id(), microsoft_tenant_id, day, currency, int(micros)) for day, currency, micros in sums)
    bulk_upsert(session, _DAYS, columns, rows, key=columns[1:-1])
