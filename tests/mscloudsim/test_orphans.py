"""The documented orphan queries over the simulated world, each against the same condition in Python."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.mscloudsim.azure import ARM, EVERYTHING, Item, items, rows, subscriptions
from tests.mscloudsim.cloud import Cloud

Judge = Callable[[Item, list[Item]], bool]


def has(row: Item, *path: str) -> bool:
    """Whether a property is there and is not an empty list."""
    value: Any = row["properties"]
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return bool(value)


def untouched_disk(row: Item) -> bool:
    name, tags = row["name"].lower(), json.dumps(row["tags"] or {})
    ours = name.endswith("-asrreplica") or name.startswith(("ms-asr-", "asrseeddisk-"))
    return not ours and "kubernetes.io-created-for-pvc" not in tags and "RSVaultBackup" not in tags


DISK = """extend diskState = tostring(properties.diskState)
    | where (managedBy == '' and diskState != 'ActiveSAS') or diskState == 'Unattached'
    | where not(name endswith '-ASRReplica' or name startswith 'ms-asr-' or name startswith 'asrseeddisk-')
    | where tostring(tags) !contains 'kubernetes.io-created-for-pvc' and tostring(tags) !contains 'RSVaultBackup'"""
POOL = """extend pool = tolower(id)
    | join kind=leftouter (resources
        | where type =~ 'microsoft.sql/servers/databases'
        | extend pool = tolower(tostring(properties.elasticPoolId))
        | where pool != ''
        | summarize n = count() by pool) on pool
    | where isnull(n)"""
CARD = """where isnull(properties.privateEndpoint) and isnull(properties.privateLinkService)
    | where properties.hostedWorkloads == '[]' and tostring(properties) !has 'virtualMachine'"""
APPLICATION_GATEWAY = """mv-expand pool = properties.backendAddressPools
    | extend used = array_length(pool.properties.backendIPConfigurations)
    | extend named = array_length(pool.properties.backendAddresses)
    | summarize used = sum(used), named = sum(named) by id, name
    | where used == 0 and named == 0"""
PRIVATE_ENDPOINT = """extend manual = properties.manualPrivateLinkServiceConnections
    | extend chosen = iff(array_length(manual) > 0, manual[0], properties.privateLinkServiceConnections[0])
    | where chosen.properties.privateLinkServiceConnectionState.status =~ 'Disconnected'"""
GATEWAY = """where isempty(properties.vpnClientConfiguration) | extend gateway = tolower(id)
    | join kind=leftouter (resources
        | where type =~ 'microsoft.network/connections'
        | mv-expand end = pack_array(properties.virtualNetworkGateway1.id, properties.virtualNetworkGateway2.id)
        | extend gateway = tolower(tostring(end))
        | where gateway != ''
        | distinct gateway
        | extend connected = 1) on gateway
    | where isnull(connected)"""
CONNECTION = """extend connection = tolower(id)
    | join kind=leftouter (resources
        | where type =~ 'microsoft.logic/workflows'
        | mv-expand used = properties.parameters['$connections'].value
        | extend key = tostring(bag_keys(used)[0])
        | extend connection = tolower(tostring(used[key].connectionId))
        | distinct connection
        | extend called = 1) on connection
    | where isnull(called)"""
ORPHANS: list[tuple[str, str, Judge]] = [
    (
        "microsoft.web/serverfarms",
        "where properties.numberOfSites == 0",
        lambda row, _: row["properties"].get("numberOfSites") == 0,
    ),
    (
        "microsoft.compute/availabilitysets",
        "where properties.virtualMachines == '[]' | where name !endswith '-asr'",
        lambda row, _: not has(row, "virtualMachines"),
    ),
    (
        "microsoft.compute/disks",
        DISK,
        lambda row, _: not row["managedBy"] and row["properties"]["diskState"] != "ActiveSAS" and untouched_disk(row),
    ),
    (
        "microsoft.sql/servers/elasticpools",
        POOL,
        lambda row, every: (
            row["id"].lower() not in {str(other["properties"].get("elasticPoolId", "")).lower() for other in every}
        ),
    ),
    (
        "microsoft.network/publicipaddresses",
        "where properties.ipConfiguration == '' and properties.natGateway == '' and properties.publicIPPrefix == ''",
        lambda row, _: not any(has(row, name) for name in ("ipConfiguration", "natGateway", "publicIPPrefix")),
    ),
    (
        "microsoft.network/networkinterfaces",
        CARD,
        lambda row, _: (
            not any(
                has(row, name)
                for name in ("privateEndpoint", "privateLinkService", "hostedWorkloads", "virtualMachine")
            )
        ),
    ),
    (
        "microsoft.network/networksecuritygroups",
        "where isnull(properties.networkInterfaces) and isnull(properties.subnets)",
        lambda row, _: not has(row, "networkInterfaces") and not has(row, "subnets"),
    ),
    (
        "microsoft.network/routetables",
        "where isnull(properties.subnets)",
        lambda row, _: not has(row, "subnets"),
    ),
    (
        "microsoft.network/loadbalancers",
        "where properties.backendAddressPools == '[]' and properties.inboundNatRules == '[]'",
        lambda row, _: not has(row, "backendAddressPools") and not has(row, "inboundNatRules"),
    ),
    (
        "microsoft.network/frontdoorwebapplicationfirewallpolicies",
        "where properties.securityPolicyLinks == '[]'",
        lambda row, _: not has(row, "securityPolicyLinks"),
    ),
    (
        "microsoft.network/trafficmanagerprofiles",
        "where properties.endpoints == '[]'",
        lambda row, _: not has(row, "endpoints"),
    ),
    (
        "microsoft.network/virtualnetworks",
        "where properties.subnets == '[]'",
        lambda row, _: not has(row, "subnets"),
    ),
    (
        "microsoft.network/natgateways",
        "where isnull(properties.subnets)",
        lambda row, _: not has(row, "subnets"),
    ),
    (
        "microsoft.network/ipgroups",
        "where properties.firewalls == '[]' and properties.firewallPolicies == '[]'",
        lambda row, _: not has(row, "firewalls") and not has(row, "firewallPolicies"),
    ),
    (
        "microsoft.network/privatednszones",
        "where properties.numberOfVirtualNetworkLinks == 0",
        lambda row, _: row["properties"].get("numberOfVirtualNetworkLinks") == 0,
    ),
    (
        "microsoft.network/ddosprotectionplans",
        "where isnull(properties.virtualNetworks)",
        lambda row, _: not has(row, "virtualNetworks"),
    ),
    (
        "microsoft.network/applicationgateways",
        APPLICATION_GATEWAY,
        lambda row, _: not any(has(pool, "backendAddresses") for pool in row["properties"]["backendAddressPools"]),
    ),
    (
        "microsoft.network/privateendpoints",
        PRIVATE_ENDPOINT,
        lambda row, _: "'Disconnected'" in str(row["properties"]["privateLinkServiceConnections"]),
    ),
    (
        "microsoft.network/virtualnetworkgateways",
        GATEWAY,
        lambda row, every: (
            row["id"].lower()
            not in {
                str(other["properties"].get("virtualNetworkGateway1", {}).get("id")).lower()
                for other in every
                if other["type"] == "microsoft.network/connections"
            }
        ),
    ),
    (
        "microsoft.web/connections",
        CONNECTION,
        lambda row, every: (
            not any(
                row["id"] in json.dumps(other["properties"])
                for other in every
                if other["type"] == "microsoft.logic/workflows"
            )
        ),
    ),
    (
        "microsoft.web/certificates",
        "where todatetime(properties.expirationDate) <= now()",
        lambda row, _: str(row["properties"].get("expirationDate", "9")) <= "2026-11",
    ),
]


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who sees subscriptions, and everything in them."""

    token: str
    every: list[Item]


@pytest.fixture(scope="module")
def readers(running: Cloud) -> list[Reader]:
    """The applications of many tenants: what is rare in one is there in another."""
    running.order("throttling", {"enabled": False})
    willing = [row for row in running.tenants if row["consented"] and row["flaw"] != "expired_secret"]
    tokens = [running.token(tenant, ARM) for tenant in willing]
    leave_a_traffic_manager(running)
    found = [Reader(token, rows(running, token, EVERYTHING)) for token in tokens if subscriptions(running, token)]
    running.order("throttling", {"enabled": True})
    return found


def leave_a_traffic_manager(cloud: Cloud) -> None:
    """The world has traffic managers, but so small an estate forgot none."""
    tenant = cloud.customer(name="Contoso Health")
    subscription = subscriptions(cloud, cloud.token(tenant, ARM))[0]
    groups = items(cloud, f"{subscription['id']}/resourcegroups?api-version=2021-04-01", cloud.token(tenant, ARM))
    kind = "Microsoft.Network/trafficManagerProfiles"
    made = {"resource_type": kind, "name": "tm-old", "properties": {"endpoints": []}}
    order = {"kind": "resource_created", "tenant": tenant["id"], "group": next(groups)["id"]}
    cloud.order("changes", {**order, **made})


@pytest.mark.parametrize(("kind", "condition", "judge"), ORPHANS, ids=[kind for kind, _, _ in ORPHANS])
@pytest.mark.usefixtures("partner")
def test_an_orphan_query_finds_what_nothing_uses(
    cloud: Cloud, readers: list[Reader], kind: str, condition: str, judge: Judge
) -> None:
    """The documented condition as a query against the same condition in Python over everything there is."""
    of_kind = [(row, reader.every) for reader in readers for row in reader.every if row["type"] == kind]
    orphans = sorted(row["id"] for row, every in of_kind if judge(row, every))
    query = f"resources | where type =~ '{kind}' | {condition} | project id, name"
    assert sorted(row["id"] for reader in readers for row in rows(cloud, reader.token, query)) == orphans
    assert orphans


def test_unused_subnets_are_found_inside_their_networks(cloud: Cloud, partner: str) -> None:
    query = """resources
        | where type =~ 'microsoft.network/virtualnetworks'
        | mv-expand subnet = properties.subnets
        | where isnull(subnet.properties.ipConfigurations) and subnet.properties.delegations == '[]'
        | where isnull(subnet.properties.applicationGatewayIPConfigurations)
        | project id, subnet = tostring(subnet.id)
        | where subnet != ''"""
    networks = rows(
        cloud, partner, "resources | where type =~ 'microsoft.network/virtualnetworks' | project id, properties"
    )
    subnets = [subnet for network in networks for subnet in network["properties"]["subnets"]]
    unused = sorted(subnet["id"] for subnet in subnets if not has(subnet, "ipConfigurations"))
    assert 0 < len(unused) < len(subnets)
    assert sorted(row["subnet"] for row in rows(cloud, partner, query)) == unused


def test_empty_resource_groups_are_found_by_a_join(cloud: Cloud, partner: str) -> None:
    query = (
        "resourcecontainers | where type =~ 'microsoft.resources/subscriptions/resourcegroups' "
        "| extend place = strcat(resourceGroup, '|', subscriptionId) "
        "| join kind=leftouter (resources | extend place = strcat(resourceGroup, '|', subscriptionId) "
        "| summarize n = count() by place) on place | where isnull(n) | project id, name"
    )
    used = {(row["resourceGroup"], row["subscriptionId"]) for row in rows(cloud, partner, EVERYTHING)}
    groups = rows(
        cloud,
        partner,
        "resourcecontainers | where type has 'resourcegroups' | project id, resourceGroup, subscriptionId",
    )
    empty = sorted(row["id"] for row in groups if (row["resourceGroup"], row["subscriptionId"]) not in used)
    assert empty
    assert sorted(row["id"] for row in rows(cloud, partner, query)) == empty
