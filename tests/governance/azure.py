"""Made-up Azure, in the shapes Resource Graph and ARM send."""

from typing import Any

SUBSCRIPTION = "0f4c0d2e-1111-4222-8333-444455556666"
VNET = "Microsoft.Network/virtualNetworks"
DISK = "Microsoft.Compute/disks"
VM = "Microsoft.Compute/virtualMachines"

Json = dict[str, Any]


def subscription(key: str = SUBSCRIPTION, **more: Any) -> Json:
    return {
        "id": f"/subscriptions/{key}",
        "subscriptionId": key,
        "displayName": "Production",
        "state": "Enabled",
        "subscriptionPolicies": {"quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off"},
    } | more


def group(name: str, key: str = SUBSCRIPTION, **more: Any) -> Json:
    return {
        "id": f"/subscriptions/{key}/resourceGroups/{name}",
        "name": name,
        "location": "westeurope",
        "tags": None,
        "subscriptionId": key,
    } | more


def resource(name: str, kind: str = VM, /, *, within: str = "rg-shop", key: str = SUBSCRIPTION, **more: Any) -> Json:
    return {
        "id": f"/subscriptions/{key}/resourceGroups/{within}/providers/{kind}/{name}",
        "name": name,
        "type": kind.lower(),
        "location": "westeurope",
        "resourceGroup": within,
        "subscriptionId": key,
        "tags": {},
        "properties": {},
    } | more


def disk(name: str, state: str = "Unattached", **more: Any) -> Json:
    return resource(name, DISK, **{"managedBy": "", "properties": {"diskState": state}, **more})
