"""What single resources cost from a day of their own on, as far as the costs of their subscriptions are known."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select

from tenantry.governance.costs.models import CostSource
from tenantry.governance.costs.months import resource_months
from tenantry.governance.costs.period import Period
from tenantry.governance.resources.unused.money import Spent
from tenantry.kit.db import TenantSession
from tenantry.observe.azure_ids import subscription_of


def of_resources(
    session: TenantSession, microsoft_tenant_id: UUID, since: Mapping[str, date], until: date
) -> dict[str, Spent]:
    """By the keys of `since`. Left out are those of subscriptions whose costs of those days are not known at all."""
    known = _known_days(session, microsoft_tenant_id)
    asked = {key: _known_of(known.get(subscription_of(key)), Period(day, until)) for key, day in since.items()}
    periods = {key: period for key, period in asked.items() if period is not None}
    if not periods:
        return {}
    whole = Period(min(one.first for one in periods.values()), max(one.last for one in periods.values()))
    amounts: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for month in resource_months(session, microsoft_tenant_id, whole):
        if (period := periods.get(month.resource_key)) is not None:
            for _, micros in month.within(period):
                amounts[month.resource_key][month.currency] += micros
    return {key: Spent(dict(amounts.get(key, {})), period.first, period.last) for key, period in periods.items()}


def _known_days(session: TenantSession, microsoft_tenant_id: UUID) -> dict[str, Period]:
    query = select(CostSource).where(CostSource.microsoft_tenant_id == microsoft_tenant_id)
    return {
        row.subscription_key: Period(row.first_day, row.last_day)
        for row in session.scalars(query)
        if row.first_day is not None and row.last_day is not None
    }


def _known_of(known: Period | None, asked: Period) -> Period | None:
    """The days of a period that are known; None when there are none."""
    if known is None:
        return None
    both = Period(max(known.first, asked.first), min(known.last, asked.last))
    return both if both.first <= both.last else None
