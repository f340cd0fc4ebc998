"""Keeping the ledger of what is unused: opening, closing, and what it costs. Run again, it changes nothing."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select, update

from tenantry.governance.resources.catalogue import RESOURCES
from tenantry.governance.resources.models import Resource, ResourceGroup
from tenantry.governance.resources.orphans import ALL_REASONS, BILLED
from tenantry.governance.resources.related import NETWORK, unused_subnets
from tenantry.governance.resources.unused.estimates import CURRENCY, monthly_estimate
from tenantry.governance.resources.unused.models import SpanEnd, UnusedSpan, UnusedSum
from tenantry.governance.resources.unused.money import Spent, spent
from tenantry.kit.db import Base, TenantSession
from tenantry.kit.db.bulk import bulk_upsert
from tenantry.kit.ids import new_id
from tenantry.observe.bodies import unpack
from tenantry.observe.datasets import bounded_key
from tenantry.observe.losses import lost_subscriptions
from tenantry.observe.models import DatasetState, ObservationBody
from tenantry.platform.work import Work

MONTH: Final = timedelta(days=30)
_CHUNK: Final = 500
_SPANS: Final = Base.metadata.tables[UnusedSpan.__tablename__]
_SUMS: Final = Base.metadata.tables[UnusedSum.__tablename__]
_PLACE: Final = (
    *("resource_id", "name", "name_key", "resource_type", "resource_group", "group_key", "subscription_key"),
    *("location", "sku"),
)
_MONEY: Final = ("currency", "monthly_micros", "accrued_micros", "is_estimated", "cost_from", "cost_until", "rank")
_COLUMNS: Final = (
    *("id", "microsoft_tenant_id", "item_key", "reason", "is_idle", "first_seen", "counts_from"),
    *_PLACE,
    *_MONEY,
)

Key = tuple[str, str]
"""An item and the reason it is unused for."""


@dataclass(frozen=True, slots=True)
class Unused:
    """Something that is unused now. `place` holds the values of _PLACE."""

    item_key: str
    reason: str
    place: tuple[Any, ...]
    estimate: int | None = None


@dataclass(frozen=True, slots=True)
class Money:
    """The values of _MONEY."""

    currency: str | None = None
    monthly: int | None = None
    accrued: int | None = None
    is_estimated: bool = False
    first: date | None = None
    last: date | None = None

    @property
    def row(self) -> tuple[Any, ...]:
        rank = -1 if self.monthly is None else self.monthly
        return self.currency, self.monthly, self.accrued, self.is_estimated, self.first, self.last, rank


def keep_ledger(work: Work, microsoft_tenant_id: UUID, seen_at: datetime) -> None:
    """Makes the open rows say what is unused now. `seen_at` is when what is shown was collected."""
    session, key = work.session, microsoft_tenant_id
    now = {(one.item_key, one.reason): one for one in _unused(session, key)}
    open_rows = {(row.item_key, row.reason): row for row in _open(session, key)}
    first = {known: open_rows[known].first_seen if known in open_rows else seen_at for known in now}
    money = _money(work, key, now, first)
    written = [
        row for known, one in now.items() if (row := _row(key, one, open_rows.get(known), first[known], money[known]))
    ]
    _close(session, key, [row for known, row in open_rows.items() if known not in now], seen_at)
    bulk_upsert(session, _SPANS, _COLUMNS, written, update=[*_PLACE, *_MONEY])
    _add_up(session, key, work.clock.now())


def keep_as_collected(work: Work, microsoft_tenant_id: UUID) -> None:
    """As of the collection that is shown; nothing before the first."""
    complete_at = collected_at(work.session, microsoft_tenant_id)
    if complete_at is not None:
        keep_ledger(work, microsoft_tenant_id, complete_at)


def collected_at(session: TenantSession, microsoft_tenant_id: UUID) -> datetime | None:
    """When the resources that are shown were collected."""
    query = select(DatasetState.complete_at).where(
        DatasetState.microsoft_tenant_id == microsoft_tenant_id, DatasetState.dataset == RESOURCES.name
    )
    return session.scalars(query).one_or_none()


def _unused(session: TenantSession, key: UUID) -> Iterator[Unused]:
    yield from _resources(session, key)
    groups = select(ResourceGroup).where(ResourceGroup.microsoft_tenant_id == key, ResourceGroup.resources == 0)
    for group in session.scalars(groups):
        names = (group.name, group.name_key, "microsoft.resources/subscriptions/resourcegroups", group.name)
        place = (None, *names, group.item_key, group.subscription_key, group.location, None)
        yield Unused(group.item_key, "empty_resource_group", place)
    yield from _subnets(session, key)


def _resources(session: TenantSession, key: UUID) -> Iterator[Unused]:
    rows = session.execute(
        select(Resource, ObservationBody.body)
        .join(ObservationBody, ObservationBody.id == Resource.body_id)
        .where(Resource.microsoft_tenant_id == key)
        .where(Resource.orphan_reason.is_not(None) | Resource.idle_reason.is_not(None))
    )
    for row, body in rows:
        for reason in filter(None, (row.orphan_reason, row.idle_reason)):
            estimate = monthly_estimate(reason, row.sku, unpack(body).get("properties")) if reason in BILLED else None
            yield Unused(row.item_key, reason, _place(row), estimate)


def _place(row: Resource) -> tuple[Any, ...]:
    return (
        *(row.id, row.name, row.name_key, row.resource_type, row.resource_group, row.group_key),
        *(row.subscription_key, row.location, row.sku),
    )


def _subnets(session: TenantSession, key: UUID) -> Iterator[Unused]:
    rows = session.execute(
        select(Resource, ObservationBody.body)
        .join(ObservationBody, ObservationBody.id == Resource.body_id)
        .where(Resource.microsoft_tenant_id == key, Resource.resource_type == NETWORK)
    )
    for row, body in rows:
        for subnet, name in unused_subnets(unpack(body)):
            names = (name, name.casefold()[:260], f"{NETWORK}/subnets", row.resource_group, row.group_key)
            place = (row.id, *names, row.subscription_key, row.location, None)
            yield Unused(bounded_key(subnet.lower()), "unused_subnet", place)


def _open(session: TenantSession, key: UUID) -> Sequence[UnusedSpan]:
    query = select(UnusedSpan).where(UnusedSpan.microsoft_tenant_id == key, UnusedSpan.ended_at.is_(None))
    return session.scalars(query.execution_options(populate_existing=True)).all()


def _row(key: UUID, one: Unused, held: UnusedSpan | None, first_seen: datetime, money: Money) -> tuple[Any, ...] | None:
    """What to write; None for what is kept just so already."""
    if held is not None and [getattr(held, name) for name in (*_PLACE, *_MONEY)] == [*one.place, *money.row]:
        return None
    reason = ALL_REASONS[one.reason]
    span_id = new_id() if held is None else held.id
    told = (one.item_key, one.reason, reason.is_idle, first_seen, first_seen + reason.after)
    return (span_id, key, *told, *one.place, *money.row)


def _close(session: TenantSession, key: UUID, rows: Sequence[UnusedSpan], at: datetime) -> None:
    there = set(_there(session, key, [row.item_key for row in rows]))
    ended: dict[SpanEnd, list[UUID]] = defaultdict(list)
    for row in rows:
        ended[SpanEnd.USED_AGAIN if _owner(row) in there else SpanEnd.GONE].append(row.id)
    for how, ids in ended.items():
        for part in _parts(ids):
            closing = update(UnusedSpan).where(UnusedSpan.id.in_(part)).values(ended_at=at, ending=how)
            session.execute(closing.execution_options(synchronize_session=False))


def _owner(row: UnusedSpan) -> str:
    """What has to be there for it to be in use again: of a subnet, its network."""
    return row.item_key.partition("/subnets/")[0] if row.reason == "unused_subnet" else row.item_key


def _there(session: TenantSession, key: UUID, item_keys: Sequence[str]) -> Iterator[str]:
    wanted = sorted({item.partition("/subnets/")[0] for item in item_keys}.union(item_keys))
    models: tuple[Any, ...] = (Resource, ResourceGroup)
    for model in models:
        for part in _parts(wanted):
            yield from session.scalars(
                select(model.item_key).where(model.microsoft_tenant_id == key, model.item_key.in_(part))
            )


def _parts(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))


def _money(work: Work, key: UUID, now: Mapping[Key, Unused], first: Mapping[Key, datetime]) -> dict[Key, Money]:
    today = work.clock.now().date()
    until = today - timedelta(days=1)
    since: dict[str, date] = {}
    for known in now:
        since[known[0]] = min(first[known].date(), since.get(known[0], today))
    month = spent(work, key, dict.fromkeys(since, until - MONTH + timedelta(days=1)), until)
    accrued = spent(work, key, since, until)
    return {
        known: _known(month.get(known[0]), accrued.get(known[0])) or _estimated(one, first[known], today)
        for known, one in now.items()
    }


def _known(month: Spent | None, accrued: Spent | None) -> Money | None:
    """What was billed; None where it is not known, or is of several currencies, which are never added up."""
    if month is None or accrued is None:
        return None
    currencies = sorted({*month.amounts, *accrued.amounts})
    if len(currencies) > 1:
        return None
    currency = currencies[0] if currencies else None
    amounts = (sum(month.amounts.values()), sum(accrued.amounts.values()))
    return Money(currency, *amounts, is_estimated=False, first=accrued.first, last=accrued.last)


def _estimated(one: Unused, first_seen: datetime, today: date) -> Money:
    if one.estimate is None:
        return Money()
    days = max((today - first_seen.date()).days, 0)
    accrued = one.estimate * days // MONTH.days
    return Money(CURRENCY, one.estimate, accrued, is_estimated=True, first=first_seen.date(), last=today)


def _add_up(session: TenantSession, key: UUID, now: datetime) -> None:
    sums: dict[tuple[bool, str, str, bool], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    lost = {row.subscription_key for row in lost_subscriptions(session, key)}
    for row in _open(session, key):
        if row.counts_from <= now and row.subscription_key not in lost:
            of = sums[row.is_idle, row.reason, row.currency or "", row.is_estimated]
            of[0] += 1
            of[1] += row.is_cost_known
            of[2] += row.monthly_micros or 0
            of[3] += row.accrued_micros or 0
    session.execute(delete(UnusedSum).where(UnusedSum.microsoft_tenant_id == key))
    columns = [
        *("id", "microsoft_tenant_id", "is_idle", "reason", "currency", "is_estimated"),
        *("resources", "known", "monthly_micros", "accrued_micros"),
    ]
    bulk_upsert(session, _SUMS, columns, ((new_id(), key, *of, *told) for of, told in sums.items()), key=columns[1:6])
