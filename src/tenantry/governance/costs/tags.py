"""What things with a tag cost: days of resources, added up by the values of the tags that they have now."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, delete, select

from tenantry.governance.costs.models import CostTag
from tenantry.governance.costs.months import resource_months
from tenantry.governance.costs.period import Period
from tenantry.governance.resources.models import Resource, ResourceTag
from tenantry.kit.db import Base, TenantSession
from tenantry.kit.db.bulk import bulk_rows, bulk_upsert
from tenantry.kit.ids import new_id

_MOST_NAMES: Final = 50
"""The tags that most resources of a Microsoft tenant have."""
_MOST_VALUES: Final = 200
"""A tag of more values tells things apart, and adds nothing up."""
_RESOURCES: Final = Base.metadata.tables[Resource.__tablename__]
_TAGS: Final = Base.metadata.tables[ResourceTag.__tablename__]
_SUMS: Final = Base.metadata.tables[CostTag.__tablename__]
_TAGS_OF: Final = (
    select(_RESOURCES.c.item_key, _TAGS.c.tag_key, _TAGS.c.value)
    .join(_TAGS, _TAGS.c.resource_id == _RESOURCES.c.id)
    .where(_RESOURCES.c.microsoft_tenant_id == bindparam("microsoft_tenant_id"))
)
Tags = Mapping[str, list[tuple[str, str]]]
"""By resource key."""
TagDay = tuple[str, date, str, str]
"""Tag, day, value, currency."""


def keep_tags(session: TenantSession, microsoft_tenant_id: UUID, period: Period) -> None:
    """Replaces what tags cost in the days of a period, over all subscriptions of a Microsoft tenant."""
    rows = bulk_rows(session, _TAGS_OF, microsoft_tenant_id=microsoft_tenant_id)
    tags = adding_up([(resource, name, value) for resource, name, value in rows])
    sums: defaultdict[TagDay, int] = defaultdict(int)
    for month in resource_months(session, microsoft_tenant_id, period):
        of_month = tags.get(month.resource_key, ())
        for day, micros in month.within(period):
            for name, value in of_month:
                sums[name, day, value, month.currency] += micros
    within = CostTag.day.between(period.first, period.last)
    session.execute(delete(CostTag).where(CostTag.microsoft_tenant_id == microsoft_tenant_id, within))
    columns = ["id", "microsoft_tenant_id", "tag_key", "day", "value", "currency", "micros"]
    written = ((new_id(), microsoft_tenant_id, *key, micros) for key, micros in sums.items())
    bulk_upsert(session, _SUMS, columns, written, key=columns[1:-1])


def adding_up(rows: Iterable[tuple[str, str, str]]) -> Tags:
    """The tags worth adding up by, of (resource, tag, value): those that many have, with few values."""
    values: defaultdict[str, set[str]] = defaultdict(set)
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    uses: Counter[str] = Counter()
    for resource, name, value in rows:
        values[name].add(value)
        uses[name] += 1
        found[resource].append((name, value))
    few = [name for name, _ in uses.most_common() if len(values[name]) <= _MOST_VALUES]
    chosen = frozenset(few[:_MOST_NAMES])
    return {resource: [pair for pair in pairs if pair[0] in chosen] for resource, pairs in found.items()}
