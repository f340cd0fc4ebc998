"""Networks and everything that hangs on them."""

from mscloudsim.world.azure.dice import guid, number
from mscloudsim.world.azure.machines import public_address, security_group
from mscloudsim.world.azure.resource import Json
from mscloudsim.world.azure.stamp import SUCCEEDED, Stamp, reference, references

VNET = "Microsoft.Network/virtualNetworks"
ROUTES, NAT = "Microsoft.Network/routeTables", "Microsoft.Network/natGateways"
GATEWAY = "Microsoft.Network/virtualNetworkGateways"
BALANCER, APPLICATION_GATEWAY = "Microsoft.Network/loadBalancers", "Microsoft.Network/applicationGateways"
PRIVATE_ENDPOINT = "Microsoft.Network/privateEndpoints"


def network(stamp: Stamp) -> None:
    for index in range(1, stamp.group.repeats + 1):
        hub(stamp, stamp.name("vnet", index))
    for describe in (
        load_balancer, application_gateway, traffic_manager, private_zone, private_endpoint, ip_group, firewall_policy,
    ):  # fmt: skip
        if stamp.happens(0.5):
            describe(stamp, used=not stamp.forgotten())
    if stamp.forgotten():
        stamp.add("Microsoft.Network/ddosProtectionPlans", stamp.name("ddos"), lambda: {"provisioningState": SUCCEEDED})
    if stamp.forgotten():
        virtual_network(stamp, stamp.name("vnet", 900), [])


def hub(stamp: Stamp, name: str) -> None:
    """A network with subnets, routes, rules, a way out and a way home; each sometimes forgotten."""
    subnets = [f"{stamp.id_of(VNET, name)}/subnets/{part}" for part in ("GatewaySubnet", "snet-app", "snet-data")]
    virtual_network(stamp, name, subnets)
    route_table(stamp, f"rt-{name}", subnets[1:] if not stamp.forgotten() else [])
    security_group(stamp, f"nsg-{name}", subnets=subnets[1:] if not stamp.forgotten() else [])
    nat_gateway(stamp, f"ng-{name}", subnets[1:2] if not stamp.forgotten() else [])
    vpn_gateway(stamp, f"vgw-{name}", connected=not stamp.forgotten())


def virtual_network(stamp: Stamp, name: str, subnets: list[str]) -> None:
    network_id = stamp.id_of(VNET, name)
    octet = number(network_id, below=200)

    def body() -> Json:
        return {
            "addressSpace": {"addressPrefixes": [f"10.{octet}.0.0/16"]},
            "subnets": [_subnet(subnet, octet, third) for third, subnet in enumerate(subnets)],
            "virtualNetworkPeerings": [],
            "enableDdosProtection": False,
            "resourceGuid": guid(network_id),
            "provisioningState": SUCCEEDED,
        }

    stamp.add(VNET, name, body)


def _subnet(subnet_id: str, octet: int, third: int) -> Json:
    """An unused subnet has no `ipConfigurations` at all."""
    used = number(subnet_id, "used", below=4) > 0
    users = {"ipConfigurations": references(f"{subnet_id}/ipConfigurations/ipconfig1")} if used else {}
    return {
        "name": subnet_id.rpartition("/")[2],
        "id": subnet_id,
        "properties": {
            "addressPrefix": f"10.{octet}.{third}.0/24",
            "delegations": [],
            "privateEndpointNetworkPolicies": "Disabled",
            "provisioningState": SUCCEEDED,
            **users,
        },
    }


def route_table(stamp: Stamp, name: str, subnets: list[str]) -> None:
    users = {"subnets": references(*subnets)} if subnets else {}
    route = {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.0.0.4"}
    stamp.add(ROUTES, name, lambda: {"routes": [{"name": "default", "properties": route}], **users})


def nat_gateway(stamp: Stamp, name: str, subnets: list[str]) -> None:
    address = public_address(stamp, f"pip-{name}", nat_gateway=stamp.id_of(NAT, name))
    users = {"subnets": references(*subnets)} if subnets else {}
    body = {
        "idleTimeoutInMinutes": 4,
        "publicIpAddresses": references(address),
        "provisioningState": SUCCEEDED,
        **users,
    }
    stamp.add(NAT, name, lambda: body, sku={"name": "Standard", "tier": "Regional"})


def vpn_gateway(stamp: Stamp, name: str, *, connected: bool) -> None:
    gateway_id = stamp.id_of(GATEWAY, name)
    address = public_address(stamp, f"pip-{name}", used_by=f"{gateway_id}/ipConfigurations/default")

    def body() -> Json:
        return {
            "gatewayType": "Vpn",
            "vpnType": "RouteBased",
            "sku": {"name": "VpnGw1", "tier": "VpnGw1", "capacity": 2},
            "ipConfigurations": [{"name": "default", "properties": {"publicIPAddress": reference(address)}}],
            "enableBgp": False,
            "provisioningState": SUCCEEDED,
        }

    stamp.add(GATEWAY, name, body)
    if connected:
        stamp.add(
            "Microsoft.Network/connections",
            f"cn-{name}",
            lambda: {
                "virtualNetworkGateway1": reference(gateway_id),
                "connectionType": "IPsec",
                "connectionStatus": "Connected",
                "provisioningState": SUCCEEDED,
            },
        )


def load_balancer(stamp: Stamp, *, used: bool) -> None:
    name = stamp.name("lb")
    pools = [{"name": "backend", "id": f"{stamp.id_of(BALANCER, name)}/backendAddressPools/backend"}] if used else []
    body = {"backendAddressPools": pools, "inboundNatRules": [], "frontendIPConfigurations": [], "probes": []}
    stamp.add(BALANCER, name, lambda: body, sku={"name": "Standard", "tier": "Regional"})


def application_gateway(stamp: Stamp, *, used: bool) -> None:
    name = stamp.name("agw")
    addresses = [{"fqdn": f"{stamp.group.department}.internal"}] if used else []

    def body() -> Json:
        pool: Json = {"name": "pool", "properties": {"backendAddresses": addresses, "provisioningState": SUCCEEDED}}
        return {
            "sku": {"name": "WAF_v2", "tier": "WAF_v2", "capacity": 1},
            "operationalState": "Running",
            "backendAddressPools": [pool],
            "enableHttp2": True,
            "provisioningState": SUCCEEDED,
        }

    stamp.add(APPLICATION_GATEWAY, name, body)


def traffic_manager(stamp: Stamp, *, used: bool) -> None:
    name = stamp.flat_name("tm")
    endpoint = {"name": "primary", "type": "Microsoft.Network/trafficManagerProfiles/externalEndpoints"}
    body = {
        "profileStatus": "Enabled",
        "trafficRoutingMethod": "Priority",
        "dnsConfig": {"relativeName": name, "fqdn": f"{name}.trafficmanager.net", "ttl": 60},
        "endpoints": [endpoint] if used else [],
    }
    stamp.add("Microsoft.Network/trafficManagerProfiles", name, lambda: body, location="global")


def private_zone(stamp: Stamp, *, used: bool) -> None:
    zone = f"{stamp.group.department}.{stamp.region}.internal"
    links = 1 if used else 0
    body = {"numberOfRecordSets": 4, "numberOfVirtualNetworkLinks": links, "provisioningState": SUCCEEDED}
    stamp.add("Microsoft.Network/privateDnsZones", zone, lambda: body, location="global")
    if used:
        link = {"virtualNetwork": reference(stamp.id_of(VNET, stamp.name("vnet"))), "registrationEnabled": False}
        kind = "Microsoft.Network/privateDnsZones/virtualNetworkLinks"
        stamp.add(kind, f"{zone}/link", lambda: link, location="global")


def private_endpoint(stamp: Stamp, *, used: bool) -> None:
    name = stamp.name("pep")
    target = stamp.id_of("Microsoft.Storage/storageAccounts", stamp.flat_name("st"))
    state = {"status": "Approved" if used else "Disconnected", "description": "", "actionsRequired": "None"}
    connection = {"privateLinkServiceId": target, "groupIds": ["blob"], "privateLinkServiceConnectionState": state}

    def body() -> Json:
        return {
            "subnet": reference(f"{stamp.id_of(VNET, stamp.name('vnet'))}/subnets/snet-data"),
            "privateLinkServiceConnections": [{"name": name, "properties": connection}],
            "manualPrivateLinkServiceConnections": [],
            "provisioningState": SUCCEEDED,
        }

    stamp.add(PRIVATE_ENDPOINT, name, body)


def ip_group(stamp: Stamp, *, used: bool) -> None:
    firewall = stamp.id_of("Microsoft.Network/azureFirewalls", stamp.name("afw"))
    body = {"ipAddresses": ["10.0.0.0/24"], "firewalls": references(firewall) if used else [], "firewallPolicies": []}
    stamp.add("Microsoft.Network/ipGroups", stamp.name("ipg"), lambda: body)


def firewall_policy(stamp: Stamp, *, used: bool) -> None:
    name = stamp.flat_name("waf")
    link = stamp.id_of("Microsoft.Cdn/profiles/securityPolicies", f"afd-{name}/{name}")
    body = {"policySettings": {"mode": "Prevention"}, "securityPolicyLinks": references(link) if used else []}
    sku = {"name": "Premium_AzureFrontDoor"}
    kind = "Microsoft.Network/FrontDoorWebApplicationFirewallPolicies"
    stamp.add(kind, name, lambda: body, location="global", sku=sku)
