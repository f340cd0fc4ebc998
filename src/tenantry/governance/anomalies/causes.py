"""What was changed where the money moved, on the day it began: who did what."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final

from sqlalchemy import ColumnElement, select

from tenantry.governance.anomalies.incidents import Level
from tenantry.governance.anomalies.models import CostAnomaly
from tenantry.governance.resources.changes.models import ResourceChange
from tenantry.platform.work import Work

MOST: Final = 20
_BEFORE: Final = timedelta(days=1)
"""What is changed in the evening costs a whole day only on the next one."""


def changes_around(work: Work, row: CostAnomaly) -> Sequence[ResourceChange]:
    """On its first day and the one before, the newest first. Whoever sees an anomaly sees the changes behind it."""
    begins = datetime.combine(row.first_day, time(), UTC)
    query = select(ResourceChange).where(
        ResourceChange.microsoft_tenant_id == row.microsoft_tenant_id,
        ResourceChange.subscription_key == row.subscription_key,
        ResourceChange.changed_at >= begins - _BEFORE,
        ResourceChange.changed_at < begins + timedelta(days=1),
        *_where(row),
    )
    return work.session.scalars(query.order_by(ResourceChange.changed_at.desc(), ResourceChange.id).limit(MOST)).all()


def _where(row: CostAnomaly) -> list[ColumnElement[bool]]:
    """In the resource itself, its group, or the groups that moved most; in all of it when none is named."""
    if row.level is Level.RESOURCE:
        return [ResourceChange.resource_key == row.name]
    named = [part["name"] for part in row.movers if part["level"] == Level.GROUP.value]
    groups = [row.name] if row.level is Level.GROUP else named
    keys = [f"/subscriptions/{row.subscription_key}/resourcegroups/{name}" for name in groups if name]
    return [ResourceChange.group_key.in_(keys)] if keys else []
