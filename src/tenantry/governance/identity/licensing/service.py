"""Stating what licences cost. Prices are the organisation's: they hold for all of its Microsoft tenants."""

from decimal import Decimal
from typing import Final

from sqlalchemy import select

from tenantry.governance.identity.licensing.models import LicencePrice
from tenantry.governance.identity.licensing.permissions import PRICE
from tenantry.kit.errors import Conflict, Forbidden, NotFound
from tenantry.platform.work import Work

MICRO: Final = 1_000_000
MOST_PRICES: Final = 1000


class PriceForAll(Forbidden):
    """A price holds for all Microsoft tenants of the organisation, and you look after some of them."""


def state_price(work: Work, part_number: str, price: Decimal, currency: str) -> LicencePrice:
    """Sets or replaces the price of a seat and month. Raises PriceForAll, and Conflict beyond what a page can show."""
    _require(work)
    row = _stated(work, part_number)
    if row is None:
        if len(work.session.scalars(select(LicencePrice.id).limit(MOST_PRICES)).all()) >= MOST_PRICES:
            raise Conflict(why=f"{MOST_PRICES} prices are stated already; take some back first")
        row = LicencePrice(part_number=part_number.upper())
        work.session.add(row)
    row.micros, row.currency = int(price * MICRO), currency
    row.stated_by, row.stated_at = work.actor.label[:320], work.clock.now()
    work.session.flush()
    return row


def withdraw_price(work: Work, part_number: str) -> None:
    """Raises PriceForAll, and NotFound for a licence without a price."""
    _require(work)
    row = _stated(work, part_number)
    if row is None:
        raise NotFound(what="price")
    work.session.delete(row)


def _require(work: Work) -> None:
    work.actor.require(PRICE)
    if work.actor.scope is not None:
        raise PriceForAll(permission=PRICE.name)


def _stated(work: Work, part_number: str) -> LicencePrice | None:
    query = select(LicencePrice).where(LicencePrice.part_number == part_number.upper())
    return work.session.scalars(query).one_or_none()
