"""What the rest of the month will cost: each weekday as it usually is, and monthly charges when they are due.

Our own, out of the ledger: Microsoft's takes a query of a narrow quota per subscription, and as much history.
"""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
from sqlalchemy import delete, func, select

from tenantry.governance.costs.models import CostEntry, CostForecast, CostSource
from tenantry.governance.costs.period import Period
from tenantry.governance.costs.shape import WEEK, Amounts, shape_of
from tenantry.kit.db import TenantSession

LEAST: Final = 28
"""Days of history without which nothing is foreseen."""
_MOST: Final = 56
_CHARGE: Final = 0.5
"""A day that is so much above the usual, a month ago, is a charge that comes again."""


def foresee(session: TenantSession, source: CostSource, now: datetime) -> None:
    """Replaces the forecast of this month by one from what is known now; by none with less than four weeks."""
    of = (
        CostForecast.microsoft_tenant_id == source.microsoft_tenant_id,
        CostForecast.subscription_key == source.subscription_key,
    )
    session.execute(delete(CostForecast).where(*of))
    if source.first_day is None or source.last_day is None:
        return
    known = Period(max(source.first_day, source.last_day - timedelta(days=_MOST - 1)), source.last_day)
    if (known.last - known.first).days + 1 < LEAST:
        return
    first = known.last + timedelta(days=1)
    ahead = Period(first, _last_of_month(first))
    for currency, history in _histories(session, source, known).items():
        row = CostForecast(
            microsoft_tenant_id=source.microsoft_tenant_id,
            subscription_key=source.subscription_key,
            month=first.replace(day=1),
            currency=currency,
            first_day=first,
            micros=round(sum(expected(history, ahead))),
            made_at=now,
        )
        session.add(row)


def expected(history: Amounts, ahead: Period) -> list[float]:
    """What each day of a period will cost, which begins right after the history; that is in days, the oldest first.

    Raises ValueError for less than a week of history.
    """
    whole = history[-min(_MOST, len(history) // WEEK * WEEK) :]
    days = list(ahead.days())
    usual = shape_of(whole[None, :]).ahead(len(days))[0]
    last = ahead.first - timedelta(days=1)
    return [float(amount) + _charge(history, last, day) for day, amount in zip(days, usual, strict=True)]


def _charge(history: Amounts, last: date, day: date) -> float:
    """What came on top of the usual on the same day of the month before; nothing of what is like every other day."""
    place = len(history) - 1 - (last - _month_before(day)).days
    if not 0 <= place < len(history):
        return 0.0
    usual = float(np.median(history))
    return max(0.0, float(history[place]) - usual) if history[place] > usual * (1 + _CHARGE) else 0.0


def _month_before(day: date) -> date:
    last = day.replace(day=1) - timedelta(days=1)
    return last.replace(day=min(day.day, last.day))


def _last_of_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _histories(session: TenantSession, source: CostSource, known: Period) -> dict[str, Amounts]:
    """The days of a period in millionths, by currency."""
    query = select(CostEntry.currency, CostEntry.day, func.sum(CostEntry.micros)).where(
        CostEntry.microsoft_tenant_id == source.microsoft_tenant_id,
        CostEntry.subscription_key == source.subscription_key,
        CostEntry.day.between(known.first, known.last),
    )
    length = (known.last - known.first).days + 1
    found: defaultdict[str, Amounts] = defaultdict(lambda: np.zeros(length))
    for currency, day, micros in session.execute(query.group_by(CostEntry.currency, CostEntry.day)):
        found[currency][(day - known.first).days] = float(micros)
    return dict(found)
