"""The datasets of Azure. All of them need the role Reader on the subscriptions, or on a management group above them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from tenantry.microsoft import Connection, Page
from tenantry.observe import azure
from tenantry.observe.azure import ResourceGraphQuery, subscription_id, subscriptions_of
from tenantry.observe.datasets import Dataset, Needs, dataset
from tenantry.observe.sources import Source, Steps, page_of


async def _subscriptions(connection: Connection, _resume: str | None, scope: Sequence[str]) -> AsyncIterator[Page]:
    found = await subscriptions_of(connection, scope)
    yield replace(page_of(found), within=tuple(map(subscription_id, found)))


async def _delegations(connection: Connection, _resume: str | None, scope: Sequence[str]) -> AsyncIterator[Page]:
    within = tuple(map(subscription_id, await subscriptions_of(connection, scope)))
    for key in within:
        async for page in connection.arm.delegations(key):
            yield replace(page, next_link=None, within=within)


def _azure(name: str, title: str, fetch: Source, enables: str, **options: Any) -> Dataset:
    return dataset(Dataset(name, title, Needs.AZURE, fetch, (), enables, **options))


SUBSCRIPTIONS = _azure(
    azure.SUBSCRIPTIONS,
    "Subscriptions",
    Steps("GET /subscriptions", _subscriptions),
    "subscriptions",
    key="subscriptionId",
)
RESOURCE_GROUPS = _azure(
    "azure.resource_groups",
    "Resource groups",
    ResourceGraphQuery(
        "resourcecontainers | where type =~ 'microsoft.resources/subscriptions/resourcegroups' "
        "| project id, name, location, tags, managedBy, subscriptionId, tenantId, properties | order by id asc"
    ),
    "resource groups",
)
RESOURCES = _azure(
    "azure.resources",
    "Resources",
    ResourceGraphQuery(
        "resources | project id, name, type, kind, location, resourceGroup, subscriptionId, tenantId, sku, tags, "
        "managedBy, identity, zones, properties | order by id asc"
    ),
    "resources, tags and orphans",
)
ROLE_DEFINITIONS = _azure(
    "azure.role_definitions",
    "Azure roles",
    ResourceGraphQuery(
        "authorizationresources | where type =~ 'microsoft.authorization/roledefinitions' "
        "| project id, name, type, properties | order by id asc"
    ),
    "names of Azure roles",
    every=timedelta(hours=24),
)
ROLE_ASSIGNMENTS = _azure(
    "azure.role_assignments",
    "Azure role assignments",
    ResourceGraphQuery(
        "authorizationresources | where type =~ 'microsoft.authorization/roleassignments' "
        "| project id, name, type, subscriptionId, properties | order by id asc"
    ),
    "who holds which Azure role at which scope",
)
LIGHTHOUSE = _azure(
    "azure.lighthouse",
    "Lighthouse delegations",
    Steps("GET /subscriptions/{id}/providers/Microsoft.ManagedServices/registrationAssignments", _delegations),
    "who manages subscriptions from another Microsoft tenant",
    every=timedelta(hours=24),
)
CORE: Final = (SUBSCRIPTIONS.name, RESOURCE_GROUPS.name, RESOURCES.name)
"""What the explorer is made of."""
