"""Resource Graph from outside: queries, paging, quota, formats, refusals."""

import json

import pytest
from tests.mscloudsim.azure import ARM, QUERY, ask, rows, subscriptions
from tests.mscloudsim.cloud import Cloud


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
    cloud.order("changes", {**order, "by": "eve@cascadia.example"})
    query = (
        "resourcechanges | extend who = tostring(properties.changeAttributes.changedBy) "
        "| where who == 'eve@cascadia.example' | project id, who, properties"
    )
    (change,) = rows(cloud, partner, query)
    assert change["properties"]["targetResourceType"] == "microsoft.compute/disks"
    assert change["properties"]["changes"]["tags.owner"]["newValue"] == "eve"


def test_roles_are_known_once_and_what_holds_above_is_told_on_demand(cloud: Cloud, partner: str) -> None:
    kind = "authorizationresources | where type =~ 'microsoft.authorization/{}' | project id, properties"
    definitions = rows(cloud, partner, kind.format("roledefinitions"))
    names = {row["id"].rpartition("/")[2]: row["properties"]["roleName"] for row in definitions}
    assert len(names) == len(definitions), "however many tenants and subscriptions are asked for"
    assert {"Owner", "Contributor", "User Access Administrator"} <= set(names.values())
    inside = rows(cloud, partner, kind.format("roleassignments"))
    assert {row["properties"]["roleDefinitionId"].rpartition("/")[2] for row in inside} <= names.keys()
    assert all(row["properties"]["scope"].startswith("/subscriptions/") for row in inside)
    asked = ask(
        cloud, partner, kind.format("roleassignments"), top=1000, authorizationScopeFilter="AtScopeAboveAndBelow"
    )
    above = [row for row in asked.json()["data"] if not row["properties"]["scope"].startswith("/subscriptions/")]
    assert {row["properties"]["principalType"] for row in above} >= {"Group"}


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
