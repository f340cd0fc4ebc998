"""The datasets of Azure. All of them need the role Reader on the subscriptions, or on a management group above them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from tenantry.microsoft import Connection, Page
from tenantry.observe import azure
from tenantry.observe.azure import ResourceGraphLog, ResourceGraphQuery, subscription_id, subscriptions_of
from tenantry.observe.datasets import Log, azure_dataset
from tenantry.observe.sources import Steps, page_of


async def _subscriptions(connection: Connection, _resume: str | None, scope: Sequence[str]) -> AsyncIterator[Page]:
    found = await subscriptions_of(connection, scope)
    yield replace(page_of(found), within=tuple(map(subscription_id, found)))


async def _delegations(connection: Connection, _resume: str | None, scope: Sequence[str]) -> AsyncIterator[Page]:
    within = tuple(map(subscription_id, await subscriptions_of(connection, scope)))
    for key in within:
        async for page in connection.arm.delegations(key):
            yield replace(page, next_link=None, within=within)


SUBSCRIPTIONS = azure_dataset(
    azure.SUBSCRIPTIONS,
    "Subscriptions",
    Steps("GET /subscriptions", _subscriptions),
    "subscriptions",
    key="subscriptionId",
)
RESOURCE_GROUPS = azure_dataset(
    "azure.resource_groups",
    "Resource groups",
    ResourceGraphQuery(
        "resourcecontainers | where type =~ 'microsoft.resources/subscriptions/resourcegroups' "
        "| project id, name, location, tags, managedBy, subscriptionId, tenantId, properties | order by id asc"
    ),
    "resource groups",
)
RESOURCES = azure_dataset(
    "azure.resources",
    "Resources",
    ResourceGraphQuery(
        "resources | project id, name, type, kind, location, resourceGroup, subscriptionId, tenantId, sku, tags, "
        "managedBy, identity, zones, properties | order by id asc"
    ),
    "resources, tags and orphans",
)
ROLE_DEFINITIONS = azure_dataset(
    "azure.role_definitions",
    "Azure roles",
    ResourceGraphQuery(
        "authorizationresources | where type =~ 'microsoft.authorization/roledefinitions' "
        "| project id, name, type, properties | order by id asc"
    ),
    "names of Azure roles",
    every=timedelta(hours=24),
)
ROLE_ASSIGNMENTS = azure_dataset(
    "azure.role_assignments",
    "Azure role assignments",
    ResourceGraphQuery(
        "authorizationresources | where type =~ 'microsoft.authorization/roleassignments' "
        "| project id, name, type, subscriptionId, properties | order by id asc",
        above=True,
    ),
    "who holds which Azure role at which scope",
)
LIGHTHOUSE = azure_dataset(
    "azure.lighthouse",
    "Lighthouse delegations",
    Steps("GET /subscriptions/{id}/providers/Microsoft.ManagedServices/registrationAssignments", _delegations),
    "who manages subscriptions from another Microsoft tenant",
    every=timedelta(hours=24),
)
CHANGES = azure_dataset(
    "azure.resource_changes",
    "Changes of resources",
    ResourceGraphLog(
        "resourcechanges | extend timestamp = tostring(properties.changeAttributes.timestamp) "
        "| where todatetime(timestamp) >= datetime({since}) "
        "| project id, subscriptionId, timestamp, properties | order by id asc"
    ),
    "who changed which resource, from what to what",
    log=Log("", "timestamp", first=timedelta(days=14), overlap=timedelta(hours=1)),
)
"""Resource Graph keeps fourteen days, and shows a change within five minutes."""
CORE: Final = (SUBSCRIPTIONS.name, RESOURCE_GROUPS.name, RESOURCES.name)
"""What the explorer is made of."""
