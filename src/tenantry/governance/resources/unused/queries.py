"""Lists of what is unused, and its sums: walks along indexes, and one row per Microsoft tenant and reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from tenantry.governance.resources.permissions import READ
from tenantry.governance.resources.queries import COUNT_TO, visible
from tenantry.governance.resources.unused.models import UnusedSpan, UnusedSum
from tenantry.governance.resources.words import words_in
from tenantry.kit.filtering import begins_with
from tenantry.kit.pagination import Page, PageQuery, SortKey, paginate
from tenantry.observe.losses import is_lost
from tenantry.platform.work import Work

SORTS: Final[dict[str, Any]] = {
    "cost": UnusedSpan.rank,
    "since": UnusedSpan.first_seen,
    "name": UnusedSpan.name_key,
    "ended": UnusedSpan.ended_at,
}


@dataclass(frozen=True, slots=True)
class UnusedFilter:
    """Which entries; None means any. `has_ended` asks for those that are in use again or gone."""

    microsoft_tenant_id: UUID | None = None
    subscription: str | None = None
    group: str | None = None
    type: str | None = None
    reason: str | None = None
    text: str | None = None
    min_days: int = 0
    """Unused for so many days at least."""
    is_idle: bool = False
    has_ended: bool = False


@dataclass(frozen=True, slots=True)
class Money:
    """What is unused, in one currency. An estimate is by list prices, and never added to what was billed."""

    currency: str
    is_estimated: bool
    resources: int
    monthly_micros: int
    accrued_micros: int


@dataclass(frozen=True, slots=True)
class Sums:
    """How much is unused, of how many the cost is not known, and how much it is."""

    resources: int
    unknown: int
    money: Sequence[Money]
    reasons: dict[str, int]


def unused(
    work: Work, wanted: UnusedFilter, page: PageQuery, sort: tuple[str, bool] = ("cost", True), *, count: bool = True
) -> Page[Any]:
    """A page of entries; what has ended by when it did, the newest first, unless another order is asked for."""
    work.actor.require(READ, on=wanted.microsoft_tenant_id)
    name, down = sort
    if (name == "ended") != wanted.has_ended and name in ("ended", "cost"):
        name, down = ("ended", True) if wanted.has_ended else ("cost", True)
    by = [SortKey(SORTS[name], down, never_null=True), SortKey(UnusedSpan.id, down, never_null=True)]
    statement = select(UnusedSpan).where(*_conditions(work, wanted))
    return paginate(work.session, statement, page, by, count_to=COUNT_TO if count else None)


def spans_of(work: Work, microsoft_tenant_id: UUID, item_key: str) -> Sequence[UnusedSpan]:
    """When, and why, one item was unused: the newest first."""
    query = select(UnusedSpan).where(
        UnusedSpan.microsoft_tenant_id == microsoft_tenant_id, UnusedSpan.item_key == item_key
    )
    return work.session.scalars(query.order_by(UnusedSpan.first_seen.desc(), UnusedSpan.id.desc()).limit(20)).all()


def sums(work: Work, microsoft_tenant_id: UUID | None, *, is_idle: bool) -> Sums:
    """Over all Microsoft tenants the actor may see, or one."""
    work.actor.require(READ, on=microsoft_tenant_id)
    added = [
        func.sum(column)
        for column in (UnusedSum.resources, UnusedSum.known, UnusedSum.monthly_micros, UnusedSum.accrued_micros)
    ]
    query = select(UnusedSum.reason, UnusedSum.currency, UnusedSum.is_estimated, *added)
    query = query.where(UnusedSum.is_idle.is_(is_idle), *visible(work.actor, UnusedSum))
    if microsoft_tenant_id is not None:
        query = query.where(UnusedSum.microsoft_tenant_id == microsoft_tenant_id)
    rows = work.session.execute(query.group_by(UnusedSum.reason, UnusedSum.currency, UnusedSum.is_estimated)).all()
    return _summed([(*row[:3], *map(int, row[3:])) for row in rows])


def _summed(rows: Sequence[tuple[Any, ...]]) -> Sums:
    reasons: dict[str, int] = {}
    money: dict[tuple[str, bool], list[int]] = {}
    for reason, currency, is_estimated, resources, known, monthly, accrued in rows:
        reasons[reason] = reasons.get(reason, 0) + resources
        if currency:
            of = money.setdefault((currency, is_estimated), [0, 0, 0])
            for place, amount in enumerate((known, monthly, accrued)):
                of[place] += amount
    ordered = sorted(money.items(), key=lambda one: (one[0][1], -one[1][1]))
    return Sums(
        sum(reasons.values()),
        sum(row[3] - row[4] for row in rows),
        [Money(*of, *amounts) for of, amounts in ordered],
        dict(sorted(reasons.items(), key=lambda one: -one[1])),
    )


def _conditions(work: Work, wanted: UnusedFilter) -> list[ColumnElement[bool]]:
    now = work.clock.now()
    state = UnusedSpan.ended_at.is_not(None) if wanted.has_ended else UnusedSpan.ended_at.is_(None)
    counts = UnusedSpan.counts_from <= (UnusedSpan.ended_at if wanted.has_ended else now)
    found = [UnusedSpan.is_idle.is_(wanted.is_idle), state, counts, *visible(work.actor, UnusedSpan)]
    if not wanted.has_ended:
        found.append(~is_lost(UnusedSpan))
    exact: dict[Any, Any] = {
        UnusedSpan.microsoft_tenant_id: wanted.microsoft_tenant_id,
        UnusedSpan.subscription_key: wanted.subscription and wanted.subscription.lower(),
        UnusedSpan.group_key: wanted.group and wanted.group.lower(),
        UnusedSpan.resource_type: wanted.type and wanted.type.lower(),
        UnusedSpan.reason: wanted.reason,
    }
    found += [column == value for column, value in exact.items() if value]
    if wanted.text and next(words_in(wanted.text), None):
        found.append(begins_with(UnusedSpan.name_key, wanted.text.strip().casefold()))
    if wanted.min_days > 0:
        found.append(UnusedSpan.first_seen <= now - timedelta(days=wanted.min_days))
    return found
