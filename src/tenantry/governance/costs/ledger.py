"""Keeping costs: some days of a subscription are replaced whole, so that a correction replaces what it corrects."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select

from tenantry.governance.costs.models import CostDay, CostEntry, CostSource
from tenantry.kit.db import Base, TenantSession
from tenantry.kit.db.bulk import bulk_upsert
from tenantry.kit.ids import new_id
from tenantry.microsoft.cost import CostRow, CostState

GROUPING: Final = ("ResourceGroupName", "ServiceName")
MICRO: Final = Decimal(1_000_000)
_ENTRIES: Final = Base.metadata.tables[CostEntry.__tablename__]
_DAYS: Final = Base.metadata.tables[CostDay.__tablename__]

Key = tuple[date, str, str, str]
"""Day, resource group, service, currency."""


@dataclass(frozen=True, slots=True)
class Period:
    """From a day to a day, both included."""

    first: date
    last: date


def added_up(rows: Iterable[CostRow]) -> Mapping[Key, int]:
    """Millionths per day, group, service and currency. What adds up to nothing is left out.

    Rounded is each sum, not each row. Raises ValueError for a row without a day.
    """
    sums: dict[Key, Decimal] = defaultdict(Decimal)
    for row in rows:
        if row.day is None:
            raise ValueError("a ledger needs a day")
        group, service = (row.values.get(name, "") for name in GROUPING)
        sums[row.day, group.lower()[:256], service[:200], row.currency[:8]] += row.amount
    micros = {key: round(amount * MICRO) for key, amount in sums.items()}
    return {key: amount for key, amount in micros.items() if amount}


def keep(session: TenantSession, source: CostSource, period: Period, sums: Mapping[Key, int], now: datetime) -> None:
    """Replaces the days of a period, and what follows from them. Days outside of it are left out of `sums`."""
    inside = {key: amount for key, amount in sums.items() if period.first <= key[0] <= period.last}
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
