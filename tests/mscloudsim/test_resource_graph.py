"""Resource Graph from outside: queries, paging, quota, formats, and the documented orphan queries over the world."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.mscloudsim.azure import ARM, QUERY, Item, ask, rows, subscriptions
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
        "microsoft.web/certificates",
        "where todatetime(properties.expirationDate) <= now()",
        lambda row, _: str(row["properties"].get("expirationDate", "9")) <= "2026-11",
    ),
]


@pytest.mark.parametrize(("kind", "condition", "judge"), ORPHANS, ids=[kind for kind, _, _ in ORPHANS])
def test_an_orphan_query_finds_what_nothing_uses(
    cloud: Cloud, partner: str, kind: str, condition: str, judge: Judge
) -> None:
    """The documented condition as a query against the same condition in Python over everything there is."""
    every = rows(cloud, partner, EVERYTHING)
    of_kind = [row for row in every if row["type"] == kind]
    assert of_kind, "the simulated world has none of this type"
    found = rows(cloud, partner, f"resources | where type =~ '{kind}' | {condition} | project id, name")
    assert sorted(row["id"] for row in found) == sorted(row["id"] for row in of_kind if judge(row, every))


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
