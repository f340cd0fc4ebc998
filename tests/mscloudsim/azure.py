"""What the Azure tests of the simulator are told in: tokens for ARM, paging, queries."""

import json
from collections.abc import Iterator
from typing import Any

from tests.mscloudsim.cloud import Answer, Cloud

ARM = "https://management.azure.com/.default"
SUBSCRIPTIONS = "/subscriptions?api-version=2022-12-01"
QUERY = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
EVERYTHING = "resources | project id, name, type, resourceGroup, subscriptionId, managedBy, tags, properties"
Item = dict[str, Any]


def items(cloud: Cloud, path: str, token: str) -> Iterator[Item]:
    """Every item of a list, page by page."""
    link: str | None = path
    while link:
        answer = cloud.get(link.removeprefix(cloud.url), token)
        assert answer.status == 200, answer.body
        yield from answer.json()["value"]
        link = answer.json().get("nextLink")


def subscriptions(cloud: Cloud, token: str) -> list[Item]:
    return list(items(cloud, SUBSCRIPTIONS, token))


def ask(cloud: Cloud, token: str, query: str, *, scope: list[str] | None = None, **options: Any) -> Answer:
    """One page of a query; options as `top=…`, `skipToken=…`, `resultFormat=…`."""
    bare = ("resultFormat", "authorizationScopeFilter")
    dollared = {name if name in bare else f"${name}": value for name, value in options.items()}
    body: Item = {"query": query, "options": dollared}
    if scope is not None:
        body["subscriptions"] = scope
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    return cloud.call(QUERY, json.dumps(body).encode(), headers, "POST")


def rows(cloud: Cloud, token: str, query: str, top: int = 1000) -> list[Item]:
    """Every row of a query. Throttling has to be off: a test is no good citizen."""
    found: list[Item] = []
    token_of_page: str | None = None
    while True:
        options: Item = {"top": top} | ({"skipToken": token_of_page} if token_of_page else {})
        answer = ask(cloud, token, query, **options)
        assert answer.status == 200, answer.body
        found += answer.json()["data"]
        token_of_page = answer.json().get("$skipToken")
        if token_of_page is None:
            assert answer.json()["resultTruncated"] == "false"
            return found
