"""What one series of the ledger cost day by day, for the chart beside an incident."""

from datetime import date, timedelta
from typing import Final

from sqlalchemy import func, select

from tenantry.governance.anomalies.incidents import Level
from tenantry.governance.anomalies.models import CostAnomaly
from tenantry.governance.costs.models import CostEntry
from tenantry.governance.costs.months import resource_months
from tenantry.governance.costs.period import Period
from tenantry.platform.work import Work

BEFORE: Final = timedelta(days=56)
AFTER: Final = timedelta(days=14)


def days_around(work: Work, row: CostAnomaly, known_until: date) -> list[tuple[date, int]]:
    """Millionths of each day from eight weeks before an incident to two weeks after it, as far as they are known."""
    period = Period(row.first_day - BEFORE, min(row.last_day + AFTER, known_until))
    known = _of_resource(work, row, period) if row.level is Level.RESOURCE else _of_entries(work, row, period)
    return [(day, known.get(day, 0)) for day in period.days()]


def _of_resource(work: Work, row: CostAnomaly, period: Period) -> dict[date, int]:
    months = resource_months(work.session, row.microsoft_tenant_id, period, row.subscription_key)
    mine = (month for month in months if (month.resource_key, month.currency) == (row.name, row.currency))
    return {day: micros for month in mine for day, micros in month.within(period)}


def _of_entries(work: Work, row: CostAnomaly, period: Period) -> dict[date, int]:
    query = select(CostEntry.day, func.sum(CostEntry.micros)).where(
        CostEntry.microsoft_tenant_id == row.microsoft_tenant_id,
        CostEntry.subscription_key == row.subscription_key,
        CostEntry.currency == row.currency,
        CostEntry.day.between(period.first, period.last),
    )
    if row.level is Level.GROUP:
        query = query.where(CostEntry.group_key == row.name)
    if row.level is Level.SERVICE:
        query = query.where(CostEntry.service == row.name)
    return {day: int(micros) for day, micros in work.session.execute(query.group_by(CostEntry.day))}
