"""Licences with what they cost: per Microsoft tenant, and added up per licence. Never over two currencies."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from tenantry.estate.models import MicrosoftTenant
from tenantry.governance.identity.coverage import within
from tenantry.governance.identity.licensing.models import LicencePrice
from tenantry.governance.identity.licensing.seats import FREE, free_seats, is_paid_for
from tenantry.governance.identity.models import LicenceSku
from tenantry.governance.identity.permissions import READ
from tenantry.kit.filtering import begins_with
from tenantry.kit.pagination import COUNT_TO, AnySelect, Page, PageQuery, SortKey, paginate
from tenantry.platform.work import Work

DATASETS: Final = ("entra.subscribed_skus", "entra.users", "entra.sign_in_activity")
SORTS: Final[dict[str, Any]] = {
    "licence": LicenceSku.part_number,
    "tenant": MicrosoftTenant.name_key,
    "paid": LicenceSku.enabled_units,
    "assigned": LicenceSku.consumed_units,
    "free": free_seats(),
    "disabled": LicenceSku.on_disabled,
    "stale": LicenceSku.on_stale,
}
_MAY_BE_NULL: Final = frozenset({"disabled", "stale"})


@dataclass(frozen=True, slots=True)
class Seats:
    """A licence, its seats that serve nobody, and what one costs a month; None is not known, or not stated."""

    part_number: str
    paid: int
    assigned: int
    free: int
    on_disabled: int | None
    on_stale: int | None
    currency: str | None
    micros: int | None
    is_free: bool
    """Costs nothing by itself: no price is missing."""

    @property
    def wasted(self) -> int:
        """Of what is known."""
        return self.free + (self.on_disabled or 0) + (self.on_stale or 0)

    @property
    def wasted_micros(self) -> int | None:
        return None if self.micros is None else self.wasted * self.micros

    @property
    def is_priced(self) -> bool:
        return self.micros is not None


@dataclass(frozen=True, slots=True)
class Waste:
    """What is wasted a month in one currency, in millionths."""

    currency: str
    free: int
    on_disabled: int
    on_stale: int

    @property
    def micros(self) -> int:
        return self.free + self.on_disabled + self.on_stale


@dataclass(frozen=True, slots=True)
class Total:
    """All licences together. `unpriced` are those with wasted seats and no price: they are in no amount."""

    amounts: Sequence[Waste]
    unpriced: Sequence[Seats]
    licences: Sequence[Seats]


def seats_of_tenants(
    work: Work,
    microsoft_tenant_id: UUID | None,
    text: str | None,
    page: PageQuery,
    sort: tuple[str, bool] = ("licence", False),
    *,
    count_to: int | None = COUNT_TO,
) -> Page[tuple[Seats, MicrosoftTenant]]:
    """A licence of a Microsoft tenant a row. Raises NotFound for one outside the actor's scope."""
    work.actor.require(READ, on=microsoft_tenant_id)
    statement: AnySelect = (
        select(LicenceSku, free_seats().label("free"), MicrosoftTenant)
        .join(MicrosoftTenant, MicrosoftTenant.id == LicenceSku.microsoft_tenant_id)
        .where(*within(work, microsoft_tenant_id))
    )
    if text:
        statement = statement.where(begins_with(LicenceSku.part_number, text))
    keys = [
        SortKey(SORTS[sort[0]], sort[1], sort[0] not in _MAY_BE_NULL),
        SortKey(LicenceSku.id, never_null=True),
    ]
    found = paginate(work.session, statement, page, keys, count_to=count_to)
    prices = prices_of(work)
    return found.map(lambda row: (_seats(row[0].part_number, row[0], row[1], prices), row[2]))


def total(work: Work, microsoft_tenant_id: UUID | None = None) -> Total:
    """Every licence once, the largest waste of money first. Raises NotFound as above."""
    work.actor.require(READ, on=microsoft_tenant_id)
    sku = LicenceSku
    query = (
        select(
            sku.part_number,
            func.sum(sku.enabled_units).label("enabled_units"),
            func.sum(sku.consumed_units).label("consumed_units"),
            func.sum(free_seats()).label("free"),
            func.sum(sku.on_disabled).label("on_disabled"),
            func.sum(sku.on_stale).label("on_stale"),
        )
        .join(MicrosoftTenant, MicrosoftTenant.id == sku.microsoft_tenant_id)
        .where(*within(work, microsoft_tenant_id), is_paid_for())
        .group_by(sku.part_number)
    )
    prices = prices_of(work)
    found = [_seats(row.part_number, row, row.free, prices) for row in work.session.execute(query)]
    found.sort(key=lambda one: (-(one.wasted_micros or 0), -one.wasted, one.part_number))
    return Total(_amounts(found), [one for one in found if one.wasted and not one.is_priced], found)


def prices_of(work: Work) -> dict[str, LicencePrice]:
    """What is stated, by part number in upper case."""
    return {row.part_number: row for row in work.session.scalars(select(LicencePrice))}


def _seats(part_number: str, row: Any, free: int, prices: dict[str, LicencePrice]) -> Seats:
    price = prices.get(part_number.upper())
    return Seats(
        part_number=part_number,
        paid=int(row.enabled_units),
        assigned=int(row.consumed_units),
        free=int(free),
        on_disabled=_number(row.on_disabled),
        on_stale=_number(row.on_stale),
        currency=price.currency if price else None,
        micros=price.micros if price else None,
        is_free=part_number in FREE,
    )


def _number(value: Any) -> int | None:
    return None if value is None else int(value)


def _amounts(found: Iterable[Seats]) -> list[Waste]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in found:
        if one.currency is not None and one.micros is not None:
            for at, seats in enumerate((one.free, one.on_disabled, one.on_stale)):
                sums[one.currency][at] += (seats or 0) * one.micros
    made = [Waste(currency, *parts) for currency, parts in sums.items()]
    return sorted(made, key=lambda waste: (-waste.micros, waste.currency))
