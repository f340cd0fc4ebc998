"""Resource Graph from outside: queries, paging, quota, formats, and the documented orphan queries over the world."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.mscloudsim.azure import ARM, QUERY, Item, ask, items, rows, subscriptions
from tests.mscloudsim.cloud import Cloud

EVERYTHING = "resources | project id, name, type, resourceGroup, subscriptionId, managedBy, tags, properties"


@pytest.fixture
def partner(cloud: Cloud) -> Iterator[str]:
    """Sees the most: its own subscriptions and those of its Lighthouse customers. Nobody counts its queries."""
    cloud.order("throttling", {"enabled": False})
    yield cloud.token(cloud.partner, ARM)
    cloud.order("throttling", {"enabled": True})


@pytest.mark.parametrize("top", [1000, 50, 7])
def test_paging_loses_and_doubles_nothing(cloud: Cloud, partner: str, top: int) -> None:
    found = [row["id"] for row in rows(cloud, partner, "resources | project id, name", top)]
    assert len(found) == len(set(found)) == ask(cloud, partner, "resources | project id").json()["totalRecords"]


def test_a_query_that_drops_the_id_is_cut_off_without_a_token(cloud: Cloud, partner: str) -> None:
    answer = ask(cloud, partner, "resources | project name", top=5).json()
    assert (answer["resultTruncated"], answer["count"], "$skipToken" in answer) == ("true", 5, False)


def test_the_table_format_has_columns_and_rows(cloud: Cloud, partner: str) -> None:
    answer = ask(cloud, partner, "resources | project id, tags", top=3, resultFormat="table").json()["data"]
    assert answer["columns"] == [{"name": "id", "type": "string"}, {"name": "tags", "type": "object"}]
    assert [len(row) for row in answer["rows"]] == [2, 2, 2]


def test_counting_by_type_agrees_with_listing(cloud: Cloud, partner: str) -> None:
    counted = rows(cloud, partner, "resources | summarize n = count() by type | order by n desc, type asc")
    listed = [row["type"] for row in rows(cloud, partner, "resources | project id, type")]
    assert {row["type"]: row["n"] for row in counted} == {kind: listed.count(kind) for kind in set(listed)}
    assert [row["n"] for row in counted] == sorted((row["n"] for row in counted), reverse=True)


def test_the_scope_narrows(cloud: Cloud, partner: str) -> None:
    one = subscriptions(cloud, partner)[0]["subscriptionId"]
    answer = ask(cloud, partner, "resources | project id, subscriptionId", scope=[one], top=1000).json()
    assert {row["subscriptionId"] for row in answer["data"]} == {one}


def test_whoever_sees_no_subscription_is_told_so(cloud: Cloud, partner: str) -> None:
    answer = ask(cloud, cloud.token(cloud.tenants[8], ARM), "resources | project id")
    assert answer.status == 400
    assert answer.json()["error"]["details"][-1]["code"] == "NoValidSubscriptionsInQueryRequest"
    foreign = ask(cloud, partner, "resources | project id", scope=["00000000-0000-4000-8000-000000000000"])
    assert foreign.status == 400


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("resources | where", "ParserFailure"),
        ("resources | project colour", "InvalidQuery"),
        ("nothing | project id", "DisallowedLogicalTableName"),
        ("resources | summarize count() by properties", "InvalidQuery"),
    ],
)
def test_bad_queries_are_explained(cloud: Cloud, partner: str, query: str, code: str) -> None:
    answer = ask(cloud, partner, query)
    assert (answer.status, answer.json()["error"]["code"]) == (400, "BadRequest")
    assert answer.json()["error"]["details"][-1]["code"] == code


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"query": 1}',
        b'{"query": "resources", "options": {"$top": 1001}}',
        b'{"query": "resources", "options": {"$skipToken": "x"}}',
        b'{"query": "resources", "subscriptions": "all"}',
    ],
)
def test_bad_bodies_are_refused(cloud: Cloud, partner: str, body: bytes) -> None:
    headers = {"authorization": f"Bearer {partner}", "content-type": "application/json"}
    assert cloud.call(QUERY, body, headers, "POST").status == 400


def test_the_quota_is_fifteen_in_five_seconds(cloud: Cloud) -> None:
    token = cloud.token(cloud.partner, ARM)
    first = ask(cloud, token, "resources | take 1")
    assert first.headers["x-ms-user-quota-remaining"] == "14"
    answers = [ask(cloud, token, "resources | take 1") for _ in range(60)]
    refused = next(answer for answer in answers if answer.status == 429)
    assert refused.json()["error"]["code"] == "RateLimiting"
    assert refused.headers["x-ms-user-quota-remaining"] == "0"


def test_changes_say_who_changed_what(cloud: Cloud, partner: str) -> None:
    disk = rows(cloud, partner, "resources | where type =~ 'microsoft.compute/disks' | project id, tenantId")[0]
    order = {"kind": "resource_tagged", "tenant": disk["tenantId"], "resource": disk["id"], "tags": {"owner": "eve"}}
    cloud.order("changes", {**order, "actor": "eve@cascadia.example"})
    query = (
        "resourcechanges | extend who = tostring(properties.changeAttributes.changedBy) | project id, who, properties"
    )
    change = rows(cloud, partner, query)[-1]
    assert change["who"] == "eve@cascadia.example"
    assert change["properties"]["changes"]["tags.owner"]["newValue"] == "eve"


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


def test_a_management_group_is_a_tenant_whole(cloud: Cloud, partner: str) -> None:
    customer = cloud.customer(reach="lighthouse")
    body = {"query": "resources | project id, tenantId", "managementGroups": [customer["id"]]}
    headers = {"authorization": f"Bearer {partner}", "content-type": "application/json"}
    answer = cloud.call(QUERY, json.dumps(body).encode(), headers, "POST").json()
    assert {row["tenantId"] for row in answer["data"]} == {customer["id"]}


def test_pages_of_a_sorted_answer_are_cut_from_one_moment(cloud: Cloud, partner: str) -> None:
    """What happens between two pages belongs to the next query."""
    query = "resources | project id, name | order by name desc, id asc"
    whole = [row["id"] for row in rows(cloud, partner, query)]
    first = ask(cloud, partner, query, top=20).json()
    lost = whole[1]
    cloud.order("changes", {"kind": "resource_deleted", "tenant": owner_of(cloud, partner, lost), "resource": lost})
    second = ask(cloud, partner, query, top=20, skipToken=first["$skipToken"]).json()
    assert [row["id"] for row in first["data"] + second["data"]] == whole[:40]
    assert lost not in [row["id"] for row in rows(cloud, partner, query)]


def owner_of(cloud: Cloud, partner: str, resource: str) -> str:
    return str(rows(cloud, partner, f"resources | where id == '{resource}' | project id, tenantId")[0]["tenantId"])


@pytest.mark.parametrize(
    "query",
    [
        "resources | where name matches regex '('",
        "resources | where todatetime('x') > ago('x') or ago(1) > now()",
        "resources | extend x = ago()",
        "resources | summarize sum()",
        "resources | summarize count(id, name)",
        "resources | extend x = substring(name)",
        "resources | extend x = array_slice(properties.subnets, 'a', 'b')",
        "resources | extend x = extract('(', 1, name)",
        "resources | extend x = bin(1, 0) | extend y = 1 / 0 | extend z = round(name, 'b')",
        "resources | where name in (" + "(" * 3000,
        "resources | take 99999999999999999999999",
        "resources | extend x = split(name, '')",
        "resources | extend x = 999999999d + now()",
        "resources | extend x = trim('(', name)",
        "resources | take " + "9" * 5000,
        "resources | where todatetime(name) > ago(99999999999999999999d)",
    ],
)
def test_a_senseless_query_never_breaks_the_service(cloud: Cloud, partner: str, query: str) -> None:
    assert ask(cloud, partner, query).status in (200, 400)


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
