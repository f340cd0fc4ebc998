"""What resources cost, a row per resource and calendar month: the days of one are some bytes.

A row per resource and day would be hundreds of millions in a large fleet, and nearly all of them are read as a month.
"""

import sys
import zlib
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, delete, select

from tenantry.governance.costs.models import CostResource, CostSource
from tenantry.governance.costs.period import Period
from tenantry.kit.db import Base, TenantSession
from tenantry.kit.db.bulk import bulk_rows, bulk_upsert
from tenantry.kit.ids import new_id

ResourceDay = tuple[date, str, str]
"""Day, resource key, currency."""
Days = list[int]
"""Millionths of each day of a month, the first one first."""

_ROWS: Final = Base.metadata.tables[CostResource.__tablename__]
_MONTHS_OF: Final = select(_ROWS.c.month, _ROWS.c.resource_key, _ROWS.c.currency, _ROWS.c.days).where(
    _ROWS.c.microsoft_tenant_id == bindparam("microsoft_tenant_id"),
    _ROWS.c.month.between(bindparam("first_month"), bindparam("last_month")),
)
_OF_SUBSCRIPTION: Final = _MONTHS_OF.where(_ROWS.c.subscription_key == bindparam("subscription_key"))


@dataclass(frozen=True, slots=True)
class ResourceMonth:
    """What one resource cost on each day of a month."""

    month: date
    resource_key: str
    currency: str
    days: Days

    def within(self, period: Period) -> Iterator[tuple[date, int]]:
        """The days of a period that cost something."""
        for number, micros in enumerate(self.days):
            day = self.month + timedelta(days=number)
            if micros and period.first <= day <= period.last:
                yield day, micros


def keep_resources(session: TenantSession, source: CostSource, period: Period, sums: Mapping[ResourceDay, int]) -> None:
    """Replaces the days of a period in the months it touches."""
    known = _with_days(resource_months(session, source.microsoft_tenant_id, period, source.subscription_key))
    for key, days in known.items():
        _clear(days, key[0], period)
    for (day, resource_key, currency), micros in sums.items():
        if period.first <= day <= period.last:
            known[day.replace(day=1), resource_key, currency][day.day - 1] = micros
    first, last = months_of(period)
    session.execute(
        delete(CostResource).where(
            CostResource.microsoft_tenant_id == source.microsoft_tenant_id,
            CostResource.subscription_key == source.subscription_key,
            CostResource.month.between(first, last),
        )
    )
    _insert(session, source, known)


def resource_months(
    session: TenantSession, microsoft_tenant_id: UUID, period: Period, subscription_key: str | None = None
) -> Iterator[ResourceMonth]:
    """Every resource that cost something in the months a period touches, those of one subscription if it is named."""
    first, last = months_of(period)
    values = {"microsoft_tenant_id": microsoft_tenant_id, "first_month": first, "last_month": last}
    if subscription_key is None:
        rows = bulk_rows(session, _MONTHS_OF, **values)
    else:
        rows = bulk_rows(session, _OF_SUBSCRIPTION, subscription_key=subscription_key, **values)
    return (ResourceMonth(month, key, currency, unpacked(days)) for month, key, currency, days in rows)


def months_of(period: Period) -> tuple[date, date]:
    """The first and the last month a period touches, by their first days."""
    return period.first.replace(day=1), period.last.replace(day=1)


def packed(days: Sequence[int]) -> bytes:
    """Eight bytes a day, little-endian, deflated."""
    numbers = array("q", days)
    if sys.byteorder == "big":
        numbers.byteswap()
    return zlib.compress(numbers.tobytes(), 1)


def unpacked(data: bytes) -> Days:
    numbers = array("q")
    numbers.frombytes(zlib.decompress(data))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tolist()


def _with_days(rows: Iterable[ResourceMonth]) -> defaultdict[tuple[date, str, str], Days]:
    found: defaultdict[tuple[date, str, str], Days] = defaultdict(lambda: [0] * 31)
    found.update({(row.month, row.resource_key, row.currency): row.days for row in rows})
    return found


def _clear(days: Days, month: date, period: Period) -> None:
    for number in range(len(days)):
        if period.first <= month + timedelta(days=number) <= period.last:
            days[number] = 0


def _insert(session: TenantSession, source: CostSource, months: Mapping[tuple[date, str, str], Days]) -> None:
    columns = ["id", "microsoft_tenant_id", "subscription_key", "month", "resource_key", "currency", "micros", "days"]
    owner = source.microsoft_tenant_id, source.subscription_key
    rows: Iterator[tuple[Any, ...]] = (
        (new_id(), *owner, *key, sum(days), packed(days)) for key, days in months.items() if any(days)
    )
    key = ["microsoft_tenant_id", "resource_key", "month", "currency"]
    bulk_upsert(session, _ROWS, columns, rows, key=key, update=["subscription_key", "micros", "days"])
