"""Why nothing uses a resource, decided from its own properties. Pure: no clock, no database, no other resource.

Conditions are those of the public workbooks on orphaned resources. What Microsoft leaves out is not held against a
resource where a condition needs it: an absent list of machines says nothing, an empty one says that there is none.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tenantry.observe.reading import list_of, mapping_of, text_of

Item = Mapping[str, Any]

_REPLICA_NAMES: Final = ("ms-asr-", "asrseeddisk-")
_USED_BY_TAG: Final = ("kubernetes.io-created-for-pvc", "asr-replicadisk", "asrseeddisk", "rsvaultbackup")
"""Disks of stopped workloads, replicas and backups: unattached by design."""

REASONS: Final = {
    "unattached_disk": "No machine has this disk attached.",
    "unused_public_ip": "Nothing is reached by this address.",
    "unused_network_interface": "No machine or private endpoint uses this interface.",
    "unused_security_group": "No subnet or interface is protected by this group.",
    "unused_route_table": "No subnet uses these routes.",
    "empty_app_service_plan": "No app runs on this plan.",
    "empty_availability_set": "No machine is in this set.",
    "load_balancer_without_backend": "It has neither back ends nor address translation rules.",
    "application_gateway_without_backend": "None of its pools has a target.",
    "nat_gateway_without_subnet": "No subnet goes out through this gateway.",
    "empty_virtual_network": "It has no subnet.",
    "unused_ip_group": "No firewall or policy uses these addresses.",
    "private_dns_zone_without_links": "No virtual network resolves names by this zone.",
    "disconnected_private_endpoint": "The service at its other end has ended the connection.",
    "unused_ddos_plan": "No virtual network is protected by this plan.",
    "unused_firewall_policy": "No Front Door endpoint is protected by this policy.",
    "traffic_manager_without_endpoints": "It has nothing to send traffic to.",
}
BILLED: Final = frozenset(
    {
        "unattached_disk",
        "unused_public_ip",
        "empty_app_service_plan",
        "load_balancer_without_backend",
        "application_gateway_without_backend",
        "nat_gateway_without_subnet",
        "private_dns_zone_without_links",
        "disconnected_private_endpoint",
        "unused_ddos_plan",
    }
)
"""Reasons whose resources cost money while nothing uses them."""


def orphan_reason(item: Item) -> str | None:
    """A key of REASONS, or None for what is used, and for what its own properties do not tell."""
    rule = _RULES.get(text_of(item.get("type")).lower())
    if rule is None or not isinstance(item.get("properties"), dict):
        return None
    reason, condition = rule
    return reason if condition(item, mapping_of(item["properties"])) else None


def _disk(item: Item, properties: Item) -> bool:
    name, state = text_of(item.get("name")).lower(), properties.get("diskState")
    tags = " ".join(map(text_of, mapping_of(item.get("tags")))).lower()
    if name.endswith("-asrreplica") or name.startswith(_REPLICA_NAMES) or any(mark in tags for mark in _USED_BY_TAG):
        return False
    loose = "managedBy" in item and not item["managedBy"] and isinstance(state, str) and state != "ActiveSAS"
    return loose or state == "Unattached"


def _interface(_item: Item, properties: Item) -> bool:
    used = any(properties.get(name) for name in ("privateEndpoint", "privateLinkService", "virtualMachine"))
    return not used and _is_empty(properties, "hostedWorkloads")


def _gateway(_item: Item, properties: Item) -> bool:
    pools = properties.get("backendAddressPools")
    if not isinstance(pools, list):
        return False
    inside = [mapping_of(mapping_of(pool).get("properties")) for pool in pools]
    return not any(pool.get("backendIPConfigurations") or pool.get("backendAddresses") for pool in inside)


def _endpoint(_item: Item, properties: Item) -> bool:
    manual, automatic = (
        list_of(properties.get(name))
        for name in ("manualPrivateLinkServiceConnections", "privateLinkServiceConnections")
    )
    first = mapping_of(next(iter(manual or automatic), None))
    state = mapping_of(mapping_of(first.get("properties")).get("privateLinkServiceConnectionState"))
    return state.get("status") == "Disconnected"


def _is_empty(properties: Item, name: str) -> bool:
    return properties.get(name) == []


def _without(*names: str) -> Callable[[Item, Item], bool]:
    """None of the properties names a user."""
    return lambda _item, properties: not any(properties.get(name) for name in names)


def _empty(*names: str) -> Callable[[Item, Item], bool]:
    """All of these lists are there, and empty."""
    return lambda _item, properties: all(_is_empty(properties, name) for name in names)


def _zero(name: str) -> Callable[[Item, Item], bool]:
    return lambda _item, properties: properties.get(name) == 0 and not isinstance(properties[name], bool)


def _availability_set(item: Item, properties: Item) -> bool:
    return _is_empty(properties, "virtualMachines") and not text_of(item.get("name")).lower().endswith("-asr")


_RULES: Final[dict[str, tuple[str, Callable[[Item, Item], bool]]]] = {
    "microsoft.compute/disks": ("unattached_disk", _disk),
    "microsoft.compute/availabilitysets": ("empty_availability_set", _availability_set),
    "microsoft.web/serverfarms": ("empty_app_service_plan", _zero("numberOfSites")),
    "microsoft.network/publicipaddresses": (
        "unused_public_ip",
        _without("ipConfiguration", "natGateway", "publicIPPrefix"),
    ),
    "microsoft.network/networkinterfaces": ("unused_network_interface", _interface),
    "microsoft.network/networksecuritygroups": ("unused_security_group", _without("networkInterfaces", "subnets")),
    "microsoft.network/routetables": ("unused_route_table", _without("subnets")),
    "microsoft.network/natgateways": ("nat_gateway_without_subnet", _without("subnets")),
    "microsoft.network/ddosprotectionplans": ("unused_ddos_plan", _without("virtualNetworks")),
    "microsoft.network/loadbalancers": (
        "load_balancer_without_backend",
        _empty("backendAddressPools", "inboundNatRules"),
    ),
    "microsoft.network/applicationgateways": ("application_gateway_without_backend", _gateway),
    "microsoft.network/virtualnetworks": ("empty_virtual_network", _empty("subnets")),
    "microsoft.network/ipgroups": ("unused_ip_group", _empty("firewalls", "firewallPolicies")),
    "microsoft.network/privatednszones": ("private_dns_zone_without_links", _zero("numberOfVirtualNetworkLinks")),
    "microsoft.network/privateendpoints": ("disconnected_private_endpoint", _endpoint),
    "microsoft.network/frontdoorwebapplicationfirewallpolicies": (
        "unused_firewall_policy",
        _empty("securityPolicyLinks"),
    ),
    "microsoft.network/trafficmanagerprofiles": ("traffic_manager_without_endpoints", _empty("endpoints")),
}
