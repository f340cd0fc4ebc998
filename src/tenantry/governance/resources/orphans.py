"""Why nothing uses a resource, decided from its own properties. Pure: no clock, no database, no other resource.

What takes a look at others is in `related`.

Conditions are those of the public workbooks on orphaned resources. What Microsoft leaves out is not held against a
resource where a condition needs it: an absent list of machines says nothing, an empty one says that there is none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from tenantry.observe.reading import list_of, mapping_of, text_of

Item = Mapping[str, Any]

_REPLICA_NAMES: Final = ("ms-asr-", "asrseeddisk-")
_USED_BY_TAG: Final = ("kubernetes.io-created-for-pvc", "asr-replicadisk", "asrseeddisk", "rsvaultbackup")
"""Disks of stopped workloads, replicas and backups: unattached by design."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something counts as unused: a sentence for people, and the condition as it is checked."""

    sentence: str
    condition: str
    is_billed: bool = False
    is_idle: bool = False
    after: timedelta = timedelta()
    """How long it has to hold before it counts."""


ALL_REASONS: Final[Mapping[str, Reason]] = {
    "unattached_disk": Reason(
        "No machine has this disk attached.",
        "managedBy is empty and diskState is not ActiveSAS, or diskState is Unattached; replicas of Site Recovery, "
        "volumes of Kubernetes and disks of backup vaults are spared",
        is_billed=True,
    ),
    "unused_public_ip": Reason(
        "Nothing is reached by this address.",
        "neither ipConfiguration nor natGateway nor publicIPPrefix",
        is_billed=True,
    ),
    "unused_network_interface": Reason(
        "No machine or private endpoint uses this interface.",
        "no virtualMachine, privateEndpoint or privateLinkService, and hostedWorkloads is empty",
    ),
    "unused_security_group": Reason(
        "No subnet or interface is protected by this group.", "neither networkInterfaces nor subnets"
    ),
    "unused_route_table": Reason("No subnet uses these routes.", "no subnets"),
    "empty_app_service_plan": Reason("No app runs on this plan.", "numberOfSites is 0", is_billed=True),
    "empty_availability_set": Reason(
        "No machine is in this set.", "virtualMachines is empty, and the name does not end in -asr"
    ),
    "load_balancer_without_backend": Reason(
        "It has neither back ends nor address translation rules.",
        "backendAddressPools and inboundNatRules are empty",
        is_billed=True,
    ),
    "application_gateway_without_backend": Reason(
        "None of its pools has a target.",
        "backendIPConfigurations and backendAddresses are empty in every pool",
        is_billed=True,
    ),
    "nat_gateway_without_subnet": Reason("No subnet goes out through this gateway.", "no subnets", is_billed=True),
    "empty_virtual_network": Reason("It has no subnet.", "subnets is empty"),
    "unused_subnet": Reason(
        "Nothing is in this subnet, and it is delegated to nothing.",
        "neither ipConfigurations nor applicationGatewayIPConfigurations, and delegations is empty",
    ),
    "unused_ip_group": Reason(
        "No firewall or policy uses these addresses.", "firewalls and firewallPolicies are empty"
    ),
    "private_dns_zone_without_links": Reason(
        "No virtual network resolves names by this zone.", "numberOfVirtualNetworkLinks is 0", is_billed=True
    ),
    "disconnected_private_endpoint": Reason(
        "The service at its other end has ended the connection.",
        "the first connection, a manual one before an automatic one, is Disconnected",
        is_billed=True,
    ),
    "gateway_without_connection": Reason(
        "No connection leads through this gateway, and nobody dials in.",
        "no vpnClientConfiguration, and no connection names it as virtualNetworkGateway1 or 2",
        is_billed=True,
    ),
    "unused_ddos_plan": Reason("No virtual network is protected by this plan.", "no virtualNetworks", is_billed=True),
    "unused_firewall_policy": Reason(
        "No Front Door endpoint is protected by this policy.", "securityPolicyLinks is empty"
    ),
    "traffic_manager_without_endpoints": Reason("It has nothing to send traffic to.", "endpoints is empty"),
    "empty_elastic_pool": Reason("No database is in this pool.", "no database has its elasticPoolId", is_billed=True),
    "empty_resource_group": Reason("No resource is in this group.", "no resource names it as its resource group"),
    "unused_api_connection": Reason(
        "No Logic App uses this connection.", "no workflow names it in parameters.$connections"
    ),
    "expired_certificate": Reason("It has expired.", "expirationDate is past"),
    "old_snapshot": Reason(
        "It is over 30 days old, and the disk it was taken of is gone.",
        "timeCreated is more than 30 days ago, and no disk has the id of creationData.sourceResourceId",
        is_billed=True,
    ),
    "stopped_machine": Reason(
        "It is stopped but not deallocated: it is billed as if it ran.",
        "the power state is stopped",
        is_billed=True,
        is_idle=True,
    ),
    "deallocated_machine": Reason(
        "It has been deallocated for 30 days or more; its disks are billed all the same.",
        "the power state has been deallocated at every look for 30 days",
        is_billed=True,
        is_idle=True,
        after=timedelta(days=30),
    ),
}
REASONS: Final = {key: reason.sentence for key, reason in ALL_REASONS.items()}
BILLED: Final = frozenset(key for key, reason in ALL_REASONS.items() if reason.is_billed)
"""Reasons whose resources cost money while nothing uses them."""
ORPHANED: Final = frozenset(key for key, reason in ALL_REASONS.items() if not reason.is_idle)
_OF_PARTS: Final = frozenset({"empty_resource_group", "unused_subnet"})
OF_RESOURCES: Final = ORPHANED - _OF_PARTS
"""Reasons that resources are filtered by: groups and subnets are in no list of resources."""


def orphan_reason(item: Item) -> str | None:
    """A key of ALL_REASONS, or None for what is used, and for what its own properties do not tell."""
    rule = _RULES.get(text_of(item.get("type")).lower())
    if rule is None or not isinstance(item.get("properties"), dict):
        return None
    reason, condition = rule
    return reason if condition(item, mapping_of(item["properties"])) else None


def idle_reason(item: Item) -> str | None:
    """A key of ALL_REASONS for a machine that runs for nobody."""
    if text_of(item.get("type")).lower() != "microsoft.compute/virtualmachines":
        return None
    extended = mapping_of(mapping_of(item.get("properties")).get("extended"))
    state = mapping_of(mapping_of(extended.get("instanceView")).get("powerState")).get("code")
    return _POWER.get(text_of(state).lower())


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


_POWER: Final = {"powerstate/stopped": "stopped_machine", "powerstate/deallocated": "deallocated_machine"}
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
