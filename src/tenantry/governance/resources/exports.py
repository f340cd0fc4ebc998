"""Exactly what is filtered, in the order of the page, as rows of a file."""

from collections.abc import Iterator
from typing import Final

from tenantry.governance.resources import queries
from tenantry.governance.resources.models import Resource
from tenantry.governance.resources.queries import Names, ResourceFilter, names_of
from tenantry.kit.pagination import Page, PageQuery
from tenantry.platform.every_row import every_row
from tenantry.platform.work import Work
from tenantry.web.downloads import Row

COLUMNS: Final = (
    *("Microsoft tenant", "Name", "Type", "Kind", "Location", "Resource group", "Subscription", "Subscription id"),
    *("SKU", "Created", "Orphan", "Tags", "Azure id", "Access lost"),
)


def resource_rows(work: Work, wanted: ResourceFilter, sort: tuple[str, bool]) -> Iterator[Row]:
    def read(own: Work, page: PageQuery) -> Page[Row]:
        found = queries.resources(own, wanted, page, sort, count=False)
        names = names_of(own, found.items)
        return found.map(lambda row: _row(row, names))

    return every_row(work, read)


def _row(row: Resource, names: Names) -> Row:
    lost = names.lost(row)
    return (
        names.tenants.get(row.microsoft_tenant_id),
        row.name,
        row.resource_type,
        row.kind,
        row.location,
        row.resource_group,
        names.subscription(row),
        row.subscription_key,
        row.sku,
        row.created_on,
        row.orphan_reason,
        [f"{name}={value}" for name, value in row.tags.items()],
        row.item_key,
        lost.lost_at if lost else None,
    )
