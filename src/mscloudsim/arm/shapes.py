"""How ARM writes subscriptions, groups and resources."""

from typing import Any

from mscloudsim.world.azure.cloud import Azure
from mscloudsim.world.azure.landscape import ResourceGroup, Subscription
from mscloudsim.world.azure.resource import Resource, arm_time
from mscloudsim.world.estate import Reach

Item = dict[str, Any]
SUCCEEDED = "Succeeded"


def subscription(azure: Azure, item: Subscription) -> Item:
    tenant = azure.tenant
    managed = tenant.reach is Reach.LIGHTHOUSE and tenant.managed_by is not None
    return {
        "id": item.scope,
        "authorizationSource": "RoleBased",
        "managedByTenants": [{"tenantId": tenant.managed_by}] if managed else [],
        "subscriptionId": item.id,
        "tenantId": tenant.id,
        "displayName": item.name,
        "state": item.state,
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": item.quota_id,
            "spendingLimit": "Off",
        },
    }


def group(azure: Azure, item: ResourceGroup) -> Item:
    shown: Item = {
        "id": item.id,
        "name": item.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": item.location,
        "properties": {"provisioningState": SUCCEEDED},
    }
    return {**shown, "tags": found} if (found := azure.tags_of(item)) else shown


def resource(azure: Azure, item: Resource, expand: frozenset[str] = frozenset()) -> Item:
    """A resource as lists show it: without its properties, and with what was asked to be expanded."""
    optional = {
        "tags": azure.tags_of(item),
        "kind": item.kind,
        "sku": item.sku,
        "identity": item.identity,
        "managedBy": item.managed_by,
        "zones": list(item.zones),
        "createdTime": arm_time(item.created) if "createdtime" in expand else None,
        "changedTime": arm_time(item.changed) if "changedtime" in expand else None,
        "provisioningState": SUCCEEDED if "provisioningstate" in expand else None,
    }
    shown: Item = {"id": item.id, "name": item.name, "type": item.type, "location": item.location}
    return shown | {name: value for name, value in optional.items() if value}


def whole_resource(azure: Azure, item: Resource) -> Item:
    """A resource as asking for it shows it."""
    return {**resource(azure, item), "properties": item.properties()}
