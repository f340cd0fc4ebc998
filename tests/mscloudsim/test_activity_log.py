"""The activity log from outside: the window one has to name, pages, and what named actors leave behind."""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from tests.mscloudsim.azure import ARM, Item, items, subscriptions
from tests.mscloudsim.cloud import Cloud

VALUES = "/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01"
DAY = 86_400


@pytest.fixture
def token(cloud: Cloud) -> str:
    return cloud.token(cloud.customer(name="Contoso Health"), ARM)


@pytest.fixture
def subscription(cloud: Cloud, token: str) -> Item:
    return subscriptions(cloud, token)[0]


def instant(cloud: Cloud, days: float = 0) -> str:
    """A moment so many days ago."""
    now = cloud.order("clock", {"seconds": 0})["now"]
    return datetime.fromtimestamp(now - days * DAY, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def log(subscription: Item, expression: str, rest: str = "") -> str:
    return f"{subscription['id']}{VALUES}&$filter={quote(expression)}{rest}"


def window(cloud: Cloud, days: float, until: float = -1) -> str:
    return f"eventTimestamp ge '{instant(cloud, days)}' and eventTimestamp le '{instant(cloud, until)}'"


def a_resource(cloud: Cloud, token: str, subscription: Item) -> str:
    return str(next(items(cloud, f"{subscription['id']}/resources?api-version=2021-04-01", token))["id"])


def change(cloud: Cloud, resource: str, actor: str, owner: str) -> None:
    tenant = cloud.customer(name="Contoso Health")["id"]
    order = {"kind": "resource_tagged", "tenant": tenant, "resource": resource, "tags": {"owner": owner}}
    cloud.order("changes", {**order, "by": actor})


def test_a_quarter_is_listed_newest_first_and_inside_its_window(cloud: Cloud, token: str, subscription: Item) -> None:
    events = list(items(cloud, log(subscription, window(cloud, 89, 30)), token))
    moments = [event["eventTimestamp"] for event in events]
    assert events
    assert moments == sorted(moments, reverse=True)
    assert instant(cloud, 90) < moments[-1] <= moments[0] <= instant(cloud, 29)
    assert {event["subscriptionId"] for event in events} == {subscription["subscriptionId"]}
    assert len({event["eventDataId"] for event in events}) == len(events)


def test_more_than_a_page_of_changes_is_told_once_each(cloud: Cloud, token: str, subscription: Item) -> None:
    resource = a_resource(cloud, token, subscription)
    for number in range(230):
        change(cloud, resource, f"robot-{number}@contoso.example", str(number))
        cloud.order("clock", {"seconds": 1})
    path = log(subscription, f"{window(cloud, 1)} and resourceUri eq '{resource}'")
    assert "nextLink" in cloud.get(path, token).json()
    robots = [event["caller"] for event in items(cloud, path, token) if event["caller"].startswith("robot-")]
    assert robots == [f"robot-{number}@contoso.example" for number in reversed(range(230))]


def test_a_change_is_told_with_who_made_it(cloud: Cloud, token: str, subscription: Item) -> None:
    resource = a_resource(cloud, token, subscription)
    change(cloud, resource, "mallory@contoso.example", "mallory")
    found = cloud.get(f"{resource}?api-version=2023-01-01", token).json()
    assert found["tags"] == {"owner": "mallory"}
    newest = next(items(cloud, log(subscription, window(cloud, 1)), token))
    assert (newest["caller"], newest["resourceId"]) == ("mallory@contoso.example", resource)
    assert newest["operationName"]["value"] == "Microsoft.Resources/tags/write"


@pytest.mark.parametrize("name", ["resourceGroupName", "resourceProvider", "correlationId", "caller"])
def test_one_more_condition_narrows(cloud: Cloud, token: str, subscription: Item, name: str) -> None:
    reads = {
        "resourceGroupName": lambda event: event["resourceGroupName"],
        "resourceProvider": lambda event: event["resourceProviderName"]["value"],
        "correlationId": lambda event: event["correlationId"],
        "caller": lambda event: event["caller"],
    }
    every = list(items(cloud, log(subscription, window(cloud, 60)), token))
    value = reads[name](every[-1])
    found = list(items(cloud, log(subscription, f"{window(cloud, 60)} and {name} eq '{value}'"), token))
    assert [event["id"] for event in found] == [event["id"] for event in every if reads[name](event) == value]


def test_only_what_was_selected_comes(cloud: Cloud, token: str, subscription: Item) -> None:
    path = log(subscription, window(cloud, 60), "&$select=caller,eventTimestamp")
    assert {frozenset(event) for event in items(cloud, path, token)} == {frozenset({"caller", "eventTimestamp"})}


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "caller eq 'x'",
        "eventTimestamp ge 'yesterday'",
        "eventTimestamp ge '2000-01-01T00:00:00Z'",
        "eventTimestamp ge '{now}' and eventTimestamp le '{then}'",
        "eventTimestamp ge '{then}' and caller eq 'a' and status eq 'b'",
        "eventTimestamp ge '{then}' and colour eq 'red'",
    ],
)
def test_a_wrong_window_is_refused(cloud: Cloud, token: str, subscription: Item, expression: str) -> None:
    answer = cloud.get(log(subscription, expression.format(now=instant(cloud), then=instant(cloud, 2))), token)
    assert (answer.status, answer.json()["code"]) == (400, "BadRequest")
    assert answer.json()["message"]
