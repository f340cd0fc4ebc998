"""What does not fulfil the tagging policy as a file: exactly what is filtered, in the order of the page."""

from collections.abc import Iterator
from typing import Final

from tenantry.governance.resources.models import Resource
from tenantry.governance.resources.queries import Names, names_of
from tenantry.governance.resources.tagging import queries
from tenantry.governance.resources.tagging.models import TagFinding
from tenantry.governance.resources.tagging.queries import TagFilter
from tenantry.kit.pagination import Page, PageQuery
from tenantry.platform.every_row import every_row
from tenantry.platform.work import Work
from tenantry.web.downloads import Row

COLUMNS: Final = (
    *("Microsoft tenant", "Name", "Type", "Resource group", "Subscription", "Subscription id", "Tag", "Fault"),
    *("Value", "From the resource group", "Azure id"),
)


def finding_rows(work: Work, wanted: TagFilter) -> Iterator[Row]:
    def read(own: Work, page: PageQuery) -> Page[Row]:
        found = queries.findings(own, wanted, page, count=False)
        names = names_of(own, [row for row, _ in found.items])
        return found.map(lambda pair: _row(*pair, names))

    return every_row(work, read)


def _row(row: TagFinding, resource: Resource, names: Names) -> Row:
    return (
        names.tenants.get(row.microsoft_tenant_id),
        resource.name,
        row.resource_type,
        resource.resource_group,
        names.subscription(row),
        row.subscription_key,
        row.tag,
        row.fault.value,
        row.value,
        row.is_inherited,
        resource.item_key,
    )
