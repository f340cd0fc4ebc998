"""Resource Manager from outside: what is listed, who may see it, and how it is refused."""

import json
from collections.abc import Callable

import pytest
from tests.mscloudsim.azure import ARM, SUBSCRIPTIONS, Item, items, subscriptions
from tests.mscloudsim.cloud import GRAPH, Answer, Cloud

RESOURCES = "/resources?api-version=2021-04-01"


@pytest.fixture
def token(cloud: Cloud) -> str:
    return cloud.token(cloud.customer(name="Contoso Health"), ARM)


@pytest.fixture
def subscription(cloud: Cloud, token: str) -> Item:
    return subscriptions(cloud, token)[0]


def test_an_application_sees_the_subscriptions_of_its_tenant(cloud: Cloud, token: str) -> None:
    tenant = cloud.customer(name="Contoso Health")
    seen = subscriptions(cloud, token)
    assert seen
    assert {item["tenantId"] for item in seen} == {tenant["id"]}


def test_the_partner_sees_delegated_subscriptions_too(cloud: Cloud) -> None:
    customers = {row["id"] for row in cloud.tenants if row["reach"] == "lighthouse"}
    seen = subscriptions(cloud, cloud.token(cloud.partner, ARM))
    assert {item["tenantId"] for item in seen} == {cloud.partner["id"], *customers}
    delegated = [item for item in seen if item["tenantId"] in customers]
    assert all(item["managedByTenants"] == [{"tenantId": cloud.partner["id"]}] for item in delegated)


def test_without_a_role_there_is_nothing_to_see(cloud: Cloud) -> None:
    """Somebody consented to everything in Entra and forgot the role in Azure."""
    tenant = cloud.tenants[8]
    assert subscriptions(cloud, cloud.token(tenant, ARM)) == []


def test_lists_are_whole_at_any_page_size(cloud: Cloud, token: str, subscription: Item) -> None:
    whole = [item["id"] for item in items(cloud, f"{subscription['id']}{RESOURCES}", token)]
    paged = [item["id"] for item in items(cloud, f"{subscription['id']}{RESOURCES}&$top=7", token)]
    assert len(whole) > 7
    assert paged == whole == sorted(set(whole))


def test_groups_hold_the_resources(cloud: Cloud, token: str, subscription: Item) -> None:
    groups = list(items(cloud, f"{subscription['id']}/resourcegroups?api-version=2021-04-01", token))
    inside = [item["id"] for group in groups for item in items(cloud, f"{group['id']}{RESOURCES}", token)]
    assert sorted(inside) == sorted(item["id"] for item in items(cloud, f"{subscription['id']}{RESOURCES}", token))


def test_a_resource_is_read_by_its_id_in_any_casing(cloud: Cloud, token: str, subscription: Item) -> None:
    found = next(items(cloud, f"{subscription['id']}{RESOURCES}&$expand=createdTime", token))
    assert "createdTime" in found
    assert "properties" not in found
    answer = cloud.get(f"{found['id'].upper()}?api-version=2023-01-01", token).json()
    assert (answer["id"], bool(answer["properties"])) == (found["id"], True)


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ("resourceType eq 'microsoft.compute/DISKS'", lambda item: item["type"] == "Microsoft.Compute/disks"),
        ("tagName eq 'application'", lambda item: "application" in item.get("tags", {})),
        (
            "tagName eq 'environment' and tagValue eq 'prod'",
            lambda item: item.get("tags", {}).get("environment") == "prod",
        ),
    ],
)
def test_filters_choose_what_they_say(
    cloud: Cloud, token: str, subscription: Item, expression: str, kept: Callable[[Item], bool]
) -> None:
    base = f"{subscription['id']}{RESOURCES}"
    wanted = [item["id"] for item in items(cloud, base, token) if kept(item)]
    found = items(cloud, f"{base}&$filter={expression.replace(' ', '%20')}", token)
    assert [item["id"] for item in found] == wanted
    assert wanted


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/subscriptions", 400, "MissingApiVersionParameter"),
        ("/subscriptions?api-version=latest", 400, "InvalidApiVersionParameter"),
        ("/subscriptions/{own}/resources?api-version=2021-04-01&$filter=red", 400, "InvalidFilterInQueryString"),
        ("/subscriptions/{own}/resources?api-version=2021-04-01&$top=none", 400, "InvalidTopValue"),
        ("/subscriptions/{own}/resources?api-version=2021-04-01&$skiptoken=@@", 400, "InvalidSkipToken"),
        ("/subscriptions/{own}/resourcegroups/none?api-version=2021-04-01", 404, "ResourceGroupNotFound"),
        ("/subscriptions/00000000-0000-4000-8000-000000000000?api-version=2022-12-01", 404, "SubscriptionNotFound"),
        ("/subscriptions/{other}?api-version=2022-12-01", 401, "InvalidAuthenticationTokenTenant"),
        ("/subscriptions/{own}/nothing?api-version=2022-12-01", 404, "InvalidResourceType"),
    ],
)  # fmt: skip
def test_refusals_are_arms_own(cloud: Cloud, token: str, subscription: Item, path: str, status: int, code: str) -> None:
    other = subscriptions(cloud, cloud.token(cloud.partner, ARM))[0]["subscriptionId"]
    answer = cloud.get(path.format(own=subscription["subscriptionId"], other=other), token)
    assert (answer.status, answer.json()["error"]["code"]) == (status, code)


def test_a_token_for_graph_is_refused(cloud: Cloud) -> None:
    answer = cloud.get(SUBSCRIPTIONS, cloud.token(cloud.partner, GRAPH))
    assert (answer.status, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert cloud.get(SUBSCRIPTIONS).json()["error"]["code"] == "AuthenticationFailed"


def test_the_bucket_empties_and_early_comers_wait_anew(cloud: Cloud, token: str, subscription: Item) -> None:
    path = f"{subscription['id']}?api-version=2022-12-01"
    header = "x-ms-ratelimit-remaining-subscription-reads"
    first = int(cloud.get(path, token).headers[header])
    assert first <= 249
    answers = (cloud.get(path, token) for _ in range(5000))
    refused = next(answer for answer in answers if answer.status != 200)
    assert (refused.status, refused.json()["error"]["code"]) == (429, "SubscriptionRequestsThrottled")
    assert int(refused.headers["retry-after"]) >= 1
    assert cloud.get(path, token).status == 429


def test_roles_name_the_reader_and_the_owners(cloud: Cloud, token: str, subscription: Item) -> None:
    path = f"{subscription['id']}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01"
    grants = [item["properties"] for item in items(cloud, path, token)]
    roles = {item["roleDefinitionId"].rpartition("/")[2] for item in grants}
    definitions = f"{subscription['id']}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01"
    names = {item["name"]: item["properties"]["roleName"] for item in items(cloud, definitions, token)}
    assert {"Reader", "Owner"} <= {names[role] for role in roles}
    at_scope = list(items(cloud, f"{path}&$filter=atScope()", token))
    places = {item["properties"]["scope"] for item in at_scope}
    assert subscription["id"] in places
    above = places - {subscription["id"]}
    assert all(place == "/" or "/managementGroups/" in place for place in above), "what is below is left out"
    assert above, "and what is inherited is not"
    person = next(item["principalId"] for item in grants if item["principalType"] == "User")
    held = items(cloud, f"{path}&$filter=principalId%20eq%20'{person}'", token)
    assert {item["properties"]["principalId"] for item in held} == {person}


def tags_of(found: Item) -> str:
    return f"{found['id']}/providers/Microsoft.Resources/tags/default?api-version=2021-04-01"


def write_tags(cloud: Cloud, token: str, found: Item, operation: str, tags: Item) -> Answer:
    body = json.dumps({"operation": operation, "properties": {"tags": tags}}).encode()
    return cloud.call(tags_of(found), body, {"authorization": f"Bearer {token}"}, "PATCH")


def test_tags_are_written_by_whoever_may(cloud: Cloud, token: str, subscription: Item) -> None:
    found = next(items(cloud, f"{subscription['id']}{RESOURCES}", token))
    tenant = cloud.customer(name="Contoso Health")["id"]
    refused = write_tags(cloud, token, found, "Merge", {"owner": "bob"})
    assert (refused.status, refused.json()["error"]["code"]) == (403, "AuthorizationFailed")
    cloud.order("changes", {"kind": "azure_role_granted", "tenant": tenant, "role": "Contributor"})
    assert write_tags(cloud, token, found, "Replace", {"owner": "bob", "stage": "x"}).status == 200
    assert write_tags(cloud, token, found, "Merge", {"owner": "alice"}).status == 200
    assert write_tags(cloud, token, found, "Delete", {"stage": "x"}).status == 200
    assert cloud.get(tags_of(found), token).json()["properties"]["tags"] == {"owner": "alice"}
    assert write_tags(cloud, token, found, "Paint", {"owner": "alice"}).status == 400
    cloud.order("changes", {"kind": "azure_role_granted", "tenant": tenant, "role": "Reader"})


def test_a_role_given_later_opens_the_subscriptions(cloud: Cloud) -> None:
    tenant = cloud.tenants[8]
    token = cloud.token(tenant, ARM)
    cloud.order("changes", {"kind": "azure_role_granted", "tenant": tenant["id"], "role": "Reader"})
    seen = subscriptions(cloud, token)
    cloud.order("changes", {"kind": "azure_role_granted", "tenant": tenant["id"], "role": "None"})
    refused = cloud.get(f"{seen[0]['id']}?api-version=2022-12-01", token)
    assert (refused.status, refused.json()["error"]["code"]) == (403, "AuthorizationFailed")
    assert subscriptions(cloud, token) == []


def test_a_list_survives_an_empty_page_and_can_run_in_circles(cloud: Cloud, token: str, subscription: Item) -> None:
    path = f"{subscription['id']}{RESOURCES}&$top=7"
    whole = [item["id"] for item in items(cloud, path, token)]
    cloud.order("faults", {"kind": "empty_page", "service": "arm"})
    assert [item["id"] for item in items(cloud, path, token)] == whole
    cloud.order("faults", {"kind": "repeated_link", "service": "arm"})
    assert cloud.get(path, token).json()["nextLink"].startswith(f"{cloud.url}{path}")


def test_a_list_goes_on_at_its_place_when_something_is_deleted(cloud: Cloud, token: str, subscription: Item) -> None:
    tenant = cloud.customer(name="Contoso Health")["id"]
    group = next(items(cloud, f"{subscription['id']}/resourcegroups?api-version=2021-04-01", token))
    order = {"tenant": tenant, "group": group["id"], "resource_type": "Microsoft.Compute/disks", "name": "aaa"}
    made = cloud.order("changes", {"kind": "resource_created", **order})["resource"]
    whole = [item["id"] for item in items(cloud, f"{subscription['id']}{RESOURCES}", token)]
    top = max(number for number, key in enumerate(whole) if key.startswith(f"{group['id']}/")) + 2
    first = cloud.get(f"{subscription['id']}{RESOURCES}&$top={top}", token).json()
    cloud.order("changes", {"kind": "resource_deleted", "tenant": tenant, "resource": made})
    rest = items(cloud, first["nextLink"].removeprefix(cloud.url), token)
    assert [item["id"] for item in (*first["value"], *rest)] == whole


def test_some_refusals_come_without_their_wrapper(cloud: Cloud, token: str) -> None:
    cloud.order("faults", {"kind": "throttle_without_hint", "service": "arm"})
    assert cloud.get(SUBSCRIPTIONS, token).json()["code"] == "TooManyRequests"


def test_resources_come_and_go(cloud: Cloud, token: str, subscription: Item) -> None:
    tenant = cloud.customer(name="Contoso Health")["id"]
    group = next(items(cloud, f"{subscription['id']}/resourcegroups?api-version=2021-04-01", token))
    order = {"tenant": tenant, "group": group["id"], "resource_type": "Microsoft.Compute/disks", "name": "lost-disk"}
    made = cloud.order("changes", {"kind": "resource_created", **order})["resource"]
    listed = f"{group['id']}{RESOURCES}"
    assert made in [item["id"] for item in items(cloud, listed, token)]
    cloud.order("changes", {"kind": "resource_deleted", "tenant": tenant, "resource": made})
    assert made not in [item["id"] for item in items(cloud, listed, token)]
    assert cloud.get(f"{made}?api-version=2023-01-01", token).json()["error"]["code"] == "ResourceNotFound"
