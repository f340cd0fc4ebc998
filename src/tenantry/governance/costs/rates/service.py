"""Stating rates, and converting by them. Rates are the organisation's: they hold for all of its Microsoft tenants."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import select

from tenantry.governance.costs.permissions import READ
from tenantry.governance.costs.queries import CostFilter, trend
from tenantry.governance.costs.rates.models import CurrencyRate
from tenantry.governance.costs.rates.permissions import STATE
from tenantry.kit.errors import Conflict, Forbidden, InvalidInput
from tenantry.platform.work import Work

NANO: Final = 1_000_000_000
MOST: Final = 1000


class RateForAll(Forbidden):
    """A rate holds for all Microsoft tenants of the organisation, and you look after some of them."""


@dataclass(frozen=True, slots=True)
class Converted:
    """Millionths of one currency. Of those in `missing` not all is in it: nobody has stated a rate for some days."""

    currency: str
    micros: int
    missing: Sequence[str]


def rates(work: Work) -> Sequence[CurrencyRate]:
    """By currency, the newest first."""
    work.actor.require(READ)
    order = CurrencyRate.currency, CurrencyRate.into, CurrencyRate.since.desc()
    return work.session.scalars(select(CurrencyRate).order_by(*order)).all()


def state(work: Work, currency: str, into: str, since: date, rate: Decimal) -> CurrencyRate:
    """From a day on; replaces one of the same day. Raises RateForAll, InvalidInput, and Conflict beyond the most."""
    _require(work)
    if currency == into:
        raise InvalidInput(why=f"{currency} is worth itself")
    query = select(CurrencyRate).where(
        CurrencyRate.currency == currency, CurrencyRate.into == into, CurrencyRate.since == since
    )
    row = work.session.scalars(query).one_or_none()
    if row is None:
        if len(work.session.scalars(select(CurrencyRate.id).limit(MOST)).all()) >= MOST:
            raise Conflict(why=f"{MOST} rates are stated already; take some back first")
        row = CurrencyRate(currency=currency, into=into, since=since)
        work.session.add(row)
    row.nanos, row.stated_by, row.stated_at = round(rate * NANO), work.actor.label[:254], work.clock.now()
    work.session.flush()
    return row


def withdraw(work: Work, rate_id: UUID) -> None:
    """Raises RateForAll and NotFound."""
    _require(work)
    work.session.delete(work.session.one(CurrencyRate, rate_id, "rate"))


def converted(work: Work, wanted: CostFilter, into: str) -> Converted:
    """What a period cost in one currency, each day by the rate of that day."""
    stated, total, missing = _by_currency(work, into), 0, set()
    for one in trend(work, wanted):
        nanos = NANO if one.currency == into else _on(stated.get(one.currency, ()), one.day)
        if nanos is None:
            missing.add(one.currency)
        else:
            total += one.micros * nanos
    return Converted(into, round(Decimal(total) / NANO), sorted(missing))


def _by_currency(work: Work, into: str) -> Mapping[str, Sequence[CurrencyRate]]:
    """The oldest first."""
    found: defaultdict[str, list[CurrencyRate]] = defaultdict(list)
    query = select(CurrencyRate).where(CurrencyRate.into == into).order_by(CurrencyRate.since)
    for row in work.session.scalars(query):
        found[row.currency].append(row)
    return found


def _on(stated: Sequence[CurrencyRate], day: date) -> int | None:
    """The rate that holds on a day; None before the first."""
    place = bisect_right([row.since for row in stated], day)
    return stated[place - 1].nanos if place else None


def _require(work: Work) -> None:
    work.actor.require(STATE)
    if work.actor.scope is not None:
        raise RateForAll(permission=STATE.name)
