"""How Azure's items become rows: what is decided, and that nothing Microsoft sends can stop a collection."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from tests.governance import azure
from tests.governance.anything import VALUES

from tenantry.governance.resources import projections
from tenantry.governance.resources.orphans import BILLED, REASONS, orphan_reason
from tenantry.observe.history import differences
from tenantry.observe.projections import projection_of

NETWORK = "Microsoft.Network/"
GONE = {"properties": {"privateLinkServiceConnectionState": {"status": "Disconnected"}}}
HERE = {"properties": {"privateLinkServiceConnectionState": {"status": "Approved"}}}
POOL = {"properties": {"backendAddresses": [{"fqdn": "shop.example"}]}}


@pytest.mark.parametrize(
    ("kind", "properties", "reason"),
    [
        ("Microsoft.Compute/disks", {"diskState": "Unattached"}, "unattached_disk"),
        ("Microsoft.Compute/disks", {"diskState": "Attached"}, None),
        ("Microsoft.Compute/availabilitySets", {"virtualMachines": []}, "empty_availability_set"),
        ("Microsoft.Compute/availabilitySets", {"virtualMachines": [{"id": "vm"}]}, None),
        ("Microsoft.Compute/availabilitySets", {}, None),
        ("Microsoft.Web/serverFarms", {"numberOfSites": 0}, "empty_app_service_plan"),
        ("Microsoft.Web/serverFarms", {"numberOfSites": 2}, None),
        ("Microsoft.Web/serverFarms", {"numberOfSites": False}, None),
        ("Microsoft.Web/serverFarms", {}, None),
        (NETWORK + "publicIPAddresses", {}, "unused_public_ip"),
        (NETWORK + "publicIPAddresses", {"ipConfiguration": {"id": "nic"}}, None),
        (NETWORK + "publicIPAddresses", {"natGateway": {"id": "nat"}}, None),
        (NETWORK + "publicIPAddresses", {"publicIPPrefix": {"id": "prefix"}}, None),
        (NETWORK + "networkInterfaces", {"hostedWorkloads": []}, "unused_network_interface"),
        (NETWORK + "networkInterfaces", {"hostedWorkloads": [], "virtualMachine": {"id": "vm"}}, None),
        (NETWORK + "networkInterfaces", {"hostedWorkloads": [], "privateEndpoint": {"id": "pe"}}, None),
        (NETWORK + "networkInterfaces", {}, None),
        (NETWORK + "networkSecurityGroups", {}, "unused_security_group"),
        (NETWORK + "networkSecurityGroups", {"subnets": [{"id": "s"}]}, None),
        (NETWORK + "routeTables", {}, "unused_route_table"),
        (NETWORK + "routeTables", {"subnets": [{"id": "s"}]}, None),
        (NETWORK + "natGateways", {}, "nat_gateway_without_subnet"),
        (NETWORK + "ddosProtectionPlans", {}, "unused_ddos_plan"),
        (
            NETWORK + "loadBalancers",
            {"backendAddressPools": [], "inboundNatRules": []},
            "load_balancer_without_backend",
        ),
        (NETWORK + "loadBalancers", {"backendAddressPools": [], "inboundNatRules": [{}]}, None),
        (NETWORK + "applicationGateways", {"backendAddressPools": [{}]}, "application_gateway_without_backend"),
        (NETWORK + "applicationGateways", {"backendAddressPools": [{}, POOL]}, None),
        (NETWORK + "applicationGateways", {}, None),
        (NETWORK + "virtualNetworks", {"subnets": []}, "empty_virtual_network"),
        (NETWORK + "virtualNetworks", {"subnets": [{}]}, None),
        (NETWORK + "ipGroups", {"firewalls": [], "firewallPolicies": []}, "unused_ip_group"),
        (NETWORK + "privateDnsZones", {"numberOfVirtualNetworkLinks": 0}, "private_dns_zone_without_links"),
        (NETWORK + "privateEndpoints", {"privateLinkServiceConnections": [GONE]}, "disconnected_private_endpoint"),
        (NETWORK + "privateEndpoints", {"privateLinkServiceConnections": [HERE]}, None),
        (
            NETWORK + "privateEndpoints",
            {"manualPrivateLinkServiceConnections": [GONE], "privateLinkServiceConnections": [HERE]},
            "disconnected_private_endpoint",
        ),
        (NETWORK + "frontDoorWebApplicationFirewallPolicies", {"securityPolicyLinks": []}, "unused_firewall_policy"),
        (NETWORK + "trafficManagerProfiles", {"endpoints": []}, "traffic_manager_without_endpoints"),
        ("Microsoft.Storage/storageAccounts", {}, None),
    ],
)
def test_what_is_an_orphan(kind: str, properties: dict[str, Any], reason: str | None) -> None:
    assert orphan_reason({"type": kind, "name": "x", "properties": properties}) == reason


@pytest.mark.parametrize(
    "spared",
    [
        {"name": "vm-ASRReplica"},
        {"name": "ms-asr-1"},
        {"tags": {"kubernetes.io-created-for-pvc-name": "data"}},
        {"properties": {"diskState": "ActiveSAS"}},
        {"properties": None},
        {"managedBy": "/vm", "properties": {"diskState": "Reserved"}},
    ],
    ids=str,
)
def test_disks_that_are_unattached_by_design_are_no_orphans(spared: dict[str, Any]) -> None:
    assert orphan_reason(azure.disk("disk") | spared) is None


def test_every_reason_can_be_given_and_is_explained() -> None:
    from tenantry.governance.resources.orphans import _RULES

    assert {reason for reason, _ in _RULES.values()} == set(REASONS)
    assert set(REASONS) > BILLED


def test_a_resource_in_columns() -> None:
    item = azure.resource("VM-Shop", tags={"Env": "prod"}, sku={"name": "Standard_D2s_v5"}) | {"kind": "linux"}
    row = dict(zip(_columns("azure.resources"), projections.resource(item), strict=True))
    assert row["name_key"] == "vm-shop"
    assert (row["resource_type"], row["kind"], row["sku"]) == (azure.VM.lower(), "linux", "Standard_D2s_v5")
    assert row["group_key"] == projections.group_key(azure.SUBSCRIPTION.upper(), "RG-Shop")
    assert (row["tags"], row["tag_count"]) == ('{"Env":"prod"}', 1)
    assert list(projections.tags(item)) == [("env", "prod", "vm-shop")]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(old=VALUES, new=VALUES)
def test_differences_are_found_between_any_two_documents(old: Any, new: Any) -> None:
    assert bool(differences(old, new)) == (old != new)
    assert all(len(str(value)) <= 310 for pair in differences(old, new).values() for value in pair)


def test_differences_name_the_path() -> None:
    old = {"a": {"b": 1, "c": [1, 2]}, "gone": "x"}
    assert differences(old, {"a": {"b": 2, "c": [1, 2]}}) == {"a.b": ("1", "2"), "gone": ("x", None)}


def _columns(dataset: str) -> list[str]:
    found = projection_of(dataset)
    assert found is not None
    return list(found.columns)
