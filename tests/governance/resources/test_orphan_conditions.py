"""Every documented condition of an orphan, once as it is and once as near to it as can be."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from tests.governance import azure
from tests.governance.anything import VALUES

from tenantry.governance.resources.orphans import ALL_REASONS, idle_reason, orphan_reason
from tenantry.governance.resources.related import READ, Users, noted, related_reason, unused_subnets
from tenantry.governance.resources.unused.estimates import monthly_estimate

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NETWORK = "Microsoft.Network/"
GONE = {"properties": {"privateLinkServiceConnectionState": {"status": "Disconnected"}}}
HERE = {"properties": {"privateLinkServiceConnectionState": {"status": "Approved"}}}
POOL = {"properties": {"backendAddresses": [{"fqdn": "shop.example"}]}}
ONE = [{"id": "somebody"}]

OWN = [
    ("unattached_disk", azure.DISK, {"diskState": "Unattached"}, {"diskState": "Attached"}),
    ("empty_availability_set", "Microsoft.Compute/availabilitySets", {"virtualMachines": []}, {}),
    ("empty_app_service_plan", "Microsoft.Web/serverFarms", {"numberOfSites": 0}, {"numberOfSites": 1}),
    ("unused_public_ip", NETWORK + "publicIPAddresses", {}, {"ipConfiguration": {"id": "nic"}}),
    ("unused_public_ip", NETWORK + "publicIPAddresses", {}, {"natGateway": {"id": "nat"}}),
    ("unused_public_ip", NETWORK + "publicIPAddresses", {}, {"publicIPPrefix": {"id": "prefix"}}),
    ("unused_network_interface", NETWORK + "networkInterfaces", {"hostedWorkloads": []}, {}),
    (
        "unused_network_interface",
        NETWORK + "networkInterfaces",
        {"hostedWorkloads": []},
        {"hostedWorkloads": [], "virtualMachine": {"id": "vm"}},
    ),
    (
        "unused_network_interface",
        NETWORK + "networkInterfaces",
        {"hostedWorkloads": []},
        {"hostedWorkloads": [], "privateEndpoint": {"id": "pe"}},
    ),
    ("unused_security_group", NETWORK + "networkSecurityGroups", {}, {"subnets": ONE}),
    ("unused_security_group", NETWORK + "networkSecurityGroups", {}, {"networkInterfaces": ONE}),
    ("unused_route_table", NETWORK + "routeTables", {}, {"subnets": ONE}),
    ("nat_gateway_without_subnet", NETWORK + "natGateways", {}, {"subnets": ONE}),
    ("unused_ddos_plan", NETWORK + "ddosProtectionPlans", {}, {"virtualNetworks": ONE}),
    (
        "load_balancer_without_backend",
        NETWORK + "loadBalancers",
        {"backendAddressPools": [], "inboundNatRules": []},
        {"backendAddressPools": [], "inboundNatRules": [{}]},
    ),
    (
        "application_gateway_without_backend",
        NETWORK + "applicationGateways",
        {"backendAddressPools": [{}]},
        {"backendAddressPools": [{}, POOL]},
    ),
    ("empty_virtual_network", NETWORK + "virtualNetworks", {"subnets": []}, {"subnets": [{}]}),
    ("unused_ip_group", NETWORK + "ipGroups", {"firewalls": [], "firewallPolicies": []}, {"firewalls": []}),
    (
        "private_dns_zone_without_links",
        NETWORK + "privateDnsZones",
        {"numberOfVirtualNetworkLinks": 0},
        {"numberOfVirtualNetworkLinks": 1},
    ),
    (
        "disconnected_private_endpoint",
        NETWORK + "privateEndpoints",
        {"privateLinkServiceConnections": [GONE]},
        {"privateLinkServiceConnections": [HERE, GONE]},
    ),
    (
        "disconnected_private_endpoint",
        NETWORK + "privateEndpoints",
        {"manualPrivateLinkServiceConnections": [GONE], "privateLinkServiceConnections": [HERE]},
        {"manualPrivateLinkServiceConnections": [HERE], "privateLinkServiceConnections": [GONE]},
    ),
    (
        "unused_firewall_policy",
        NETWORK + "frontDoorWebApplicationFirewallPolicies",
        {"securityPolicyLinks": []},
        {"securityPolicyLinks": ONE},
    ),
    (
        "traffic_manager_without_endpoints",
        NETWORK + "trafficManagerProfiles",
        {"endpoints": []},
        {"endpoints": ONE},
    ),
]


def machine(state: str) -> azure.Json:
    return azure.resource("vm", properties={"extended": {"instanceView": {"powerState": {"code": state}}}})


POOL_OF_DATABASES = azure.resource("sql/pool", "Microsoft.Sql/servers/elasticPools")
GATEWAY = azure.resource("vgw", NETWORK + "virtualNetworkGateways")
LINK = azure.resource("api", "Microsoft.Web/connections")
COPY = {"sourceResourceId": azure.disk("disk")["id"]}
OLD, YOUNG = ((NOW - timedelta(days=days)).isoformat() for days in (31, 29))
RELATED: list[tuple[str, azure.Json, list[azure.Json], azure.Json, list[azure.Json]]] = [
    (
        "empty_elastic_pool",
        *(POOL_OF_DATABASES, [azure.resource("sql/alone", "Microsoft.Sql/servers/databases")]),
        POOL_OF_DATABASES,
        [
            azure.resource(
                "sql/db",
                "Microsoft.Sql/servers/databases",
                properties={"elasticPoolId": POOL_OF_DATABASES["id"].upper()},
            )
        ],
    ),
    (
        "gateway_without_connection",
        *(GATEWAY, []),
        GATEWAY,
        [
            azure.resource(
                "link",
                NETWORK + "connections",
                properties={"virtualNetworkGateway2": {"id": GATEWAY["id"]}},
            )
        ],
    ),
    (
        "gateway_without_connection",
        *(GATEWAY, []),
        GATEWAY | {"properties": {"vpnClientConfiguration": {"vpnClientAddressPool": {}}}},
        [],
    ),
    (
        "unused_api_connection",
        *(LINK, [azure.resource("logic", "Microsoft.Logic/workflows")]),
        LINK,
        [
            azure.resource(
                "logic",
                "Microsoft.Logic/workflows",
                properties={"parameters": {"$connections": {"value": {"mail": {"connectionId": LINK["id"]}}}}},
            )
        ],
    ),
    (
        "expired_certificate",
        azure.resource("www", "Microsoft.Web/certificates", properties={"expirationDate": NOW.isoformat()}),
        [],
        azure.resource(
            "www",
            "Microsoft.Web/certificates",
            properties={"expirationDate": (NOW + timedelta(seconds=1)).isoformat()},
        ),
        [],
    ),
    *(
        (
            "old_snapshot",
            azure.resource("s", "Microsoft.Compute/snapshots", properties={"creationData": COPY, "timeCreated": OLD}),
            [],
            azure.resource("s", "Microsoft.Compute/snapshots", properties={"creationData": COPY, "timeCreated": made}),
            others,
        )
        for made, others in ((YOUNG, []), (OLD, [azure.disk("DISK")]))
    ),
]


def users(items: list[azure.Json]) -> Users:
    disks = frozenset(item["id"].lower() for item in items if item["type"] == azure.DISK.lower())
    return noted(items, Users(disks, frozenset({azure.SUBSCRIPTION})))


@pytest.mark.parametrize(("reason", "kind", "orphan", "near_miss"), OWN)
def test_what_its_own_properties_tell(reason: str, kind: str, orphan: Any, near_miss: Any) -> None:
    assert orphan_reason({"type": kind, "name": "x", "properties": orphan}) == reason
    assert orphan_reason({"type": kind, "name": "x", "properties": near_miss}) is None


@pytest.mark.parametrize(("reason", "orphan", "beside", "near_miss", "beside_that"), RELATED)
def test_what_a_look_at_others_tells(
    reason: str, orphan: azure.Json, beside: list[azure.Json], near_miss: azure.Json, beside_that: list[azure.Json]
) -> None:
    assert related_reason(orphan, users(beside), NOW) == reason
    assert related_reason(near_miss, users(beside_that), NOW) is None


def test_a_snapshot_of_a_disk_out_of_sight_is_not_held_to_be_left_over() -> None:
    source = {"sourceResourceId": azure.disk("disk", key="5f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5")["id"]}
    copy = azure.resource("s", "Microsoft.Compute/snapshots", properties={"creationData": source, "timeCreated": OLD})
    assert related_reason(copy, users([]), NOW) is None


@pytest.mark.parametrize(
    ("properties", "is_unused"),
    [
        ({"delegations": []}, True),
        ({"delegations": [], "ipConfigurations": ONE}, False),
        ({"delegations": [], "applicationGatewayIPConfigurations": ONE}, False),
        ({"delegations": ONE}, False),
        ({}, False),
    ],
    ids=str,
)
def test_subnets_that_nothing_is_in(properties: azure.Json, is_unused: bool) -> None:
    subnet = {"id": "/Vnet/subnets/App", "name": "App", "properties": properties}
    found = list(unused_subnets(azure.resource("vnet", azure.VNET, properties={"subnets": [subnet]})))
    assert found == ([("/Vnet/subnets/App", "App")] if is_unused else [])


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("PowerState/stopped", "stopped_machine"),
        ("PowerState/deallocated", "deallocated_machine"),
        ("PowerState/deallocating", None),
        ("PowerState/running", None),
        ("", None),
    ],
)
def test_machines_that_run_for_nobody(state: str, reason: str | None) -> None:
    assert idle_reason(machine(state)) == reason
    assert idle_reason(machine(state) | {"type": "microsoft.compute/virtualmachinescalesets"}) is None


@pytest.mark.parametrize(
    "spared",
    [
        {"name": "vm-ASRReplica"},
        {"name": "ms-asr-1"},
        {"name": "asrseeddisk-1"},
        {"tags": {"kubernetes.io-created-for-pvc-name": "data"}},
        {"tags": {"RSVaultBackup": "x"}},
        {"properties": {"diskState": "ActiveSAS"}},
        {"properties": None},
        {"managedBy": "/vm", "properties": {"diskState": "Reserved"}},
    ],
    ids=str,
)
def test_disks_that_are_unattached_by_design_are_no_orphans(spared: dict[str, Any]) -> None:
    assert orphan_reason(azure.disk("disk") | spared) is None


def test_every_reason_is_given_somewhere_here_and_explained() -> None:
    given = {row[0] for row in OWN} | {row[0] for row in RELATED}
    elsewhere = {"unused_subnet", "empty_resource_group", "stopped_machine", "deallocated_machine"}
    assert given | elsewhere == set(ALL_REASONS)
    documented = {key for key, reason in ALL_REASONS.items() if not reason.is_idle} - {"old_snapshot"}
    assert len(documented) == 23
    assert all(reason.sentence.endswith(".") and reason.condition for reason in ALL_REASONS.values())


@pytest.mark.parametrize(
    ("reason", "sku", "properties", "micros"),
    [
        ("unused_public_ip", "Standard", {}, 3_650_000),
        ("unattached_disk", "Premium_LRS", {"diskSizeGB": 64}, 10_210_000),
        ("unattached_disk", "Premium_LRS", {"diskSizeGB": 65}, 19_710_000),
        ("unattached_disk", "Standard_LRS", {"diskSizeGB": 4096}, None),
        ("unattached_disk", "UltraSSD_LRS", {"diskSizeGB": 64}, None),
        ("unattached_disk", "Premium_LRS", {"diskSizeGB": "64"}, None),
        ("old_snapshot", "Standard_ZRS", {"diskSizeGB": 100}, 5_000_000),
        ("load_balancer_without_backend", "Standard", {}, 18_250_000),
        ("load_balancer_without_backend", "Basic", {}, None),
        ("gateway_without_connection", "VpnGw1", {}, None),
    ],
)
def test_list_prices_are_given_where_they_tell_something(
    reason: str, sku: str, properties: Any, micros: int | None
) -> None:
    assert monthly_estimate(reason, sku, properties) == micros


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=VALUES, properties=VALUES)
def test_nothing_microsoft_may_send_stops_the_judging(value: Any, properties: Any) -> None:
    for kind in READ | {"microsoft.network/virtualnetworks", "microsoft.compute/virtualmachines"}:
        item = {"id": value, "type": kind, "name": value, "properties": properties}
        assert related_reason(item, noted([item], Users(frozenset(), frozenset())), NOW) in {None, *ALL_REASONS}
        assert idle_reason(item) in {None, *ALL_REASONS}
        assert list(unused_subnets(item)) is not None
