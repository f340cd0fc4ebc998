"""Azure subscriptions and resources, found by the beginning of their name."""

from collections.abc import Iterator

from tenantry.governance.resources.permissions import READ
from tenantry.governance.resources.queries import ContainerFilter, ResourceFilter, names_of, resources, subscriptions
from tenantry.kit.pagination import PageQuery
from tenantry.platform.search import Found, finder
from tenantry.platform.search.registry import EACH
from tenantry.platform.work import Work


@finder(READ)
def azure(work: Work, start: str) -> Iterator[Found]:
    page = PageQuery(EACH)
    for one in subscriptions(work, ContainerFilter(text=start), page, count=False).items:
        yield Found(one.display_name, f"/resources/subscriptions/{one.id}", "Subscription")
    found = resources(work, ResourceFilter(start=start), page, count=False).items
    names = names_of(work, found)
    for row in found:
        kind = row.resource_type.rpartition("/")[2]
        yield Found(row.name, f"/resources/{row.id}", f"{kind}, {names.tenants[row.microsoft_tenant_id]}")
