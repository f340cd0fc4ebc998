"""Batches: twenty in a call, each with a fate of its own."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from aiohttp import web
from tests.microsoft.counterparts import Script

from tenantry.microsoft import BatchItem, Connection, Kind, UpstreamError

BATCH = "/v1.0/$batch"


def answers(decide: Callable[[str], dict[str, Any]]) -> Any:
    """A batch endpoint that asks `decide` about every item's url and answers in reverse order."""

    async def answer(request: web.Request) -> web.StreamResponse:
        items = (await request.json())["requests"]
        assert len(items) <= 20
        return web.json_response({"responses": [{"id": item["id"], **decide(item["url"])} for item in reversed(items)]})

    return answer


async def test_answers_come_in_the_order_of_the_questions(script: Script, contoso: Connection) -> None:
    script.on(BATCH, answers(lambda url: {"status": 200, "body": {"url": url}}))
    urls = [f"/users/{number}" for number in range(45)]
    assert await contoso.graph.batch([BatchItem(url) for url in urls]) == [{"url": url} for url in urls]
    assert len(script.seen) == 3


async def test_only_the_failed_items_are_sent_again_and_not_before_their_time(
    script: Script, contoso: Connection
) -> None:
    asked: Counter[str] = Counter()

    def decide(url: str) -> dict[str, Any]:
        asked[url] += 1
        if url == "/users/3" and asked[url] == 1:
            return {"status": 429, "headers": {"retry-after": "1"}, "body": {"error": {"code": "TooManyRequests"}}}
        if url == "/users/5" and asked[url] == 1:
            return {"status": 503}
        return {"status": 200, "body": url}

    script.on(BATCH, answers(decide))
    urls = [f"/users/{number}" for number in range(10)]
    assert await contoso.graph.batch([BatchItem(url) for url in urls]) == urls
    assert [url for url, times in asked.items() if times > 1] == ["/users/5", "/users/3"]
    first, second = script.times(BATCH)
    assert second - first >= 1.0


async def test_one_refusal_does_not_hide_the_rest(script: Script, contoso: Connection) -> None:
    def decide(url: str) -> dict[str, Any]:
        if url == "/users/gone":
            return {"status": 404, "body": {"error": {"code": "Request_ResourceNotFound", "message": "no"}}}
        return {"status": 200, "body": url}

    script.on(BATCH, answers(decide))
    first, second = await contoso.graph.batch([BatchItem("/users/gone"), BatchItem("/users/1")])
    assert isinstance(first, UpstreamError)
    assert (first.kind, second) == (Kind.NOT_FOUND, "/users/1")


async def test_a_list_inside_a_batch_is_followed_to_its_end(script: Script, contoso: Connection) -> None:
    def decide(url: str) -> dict[str, Any]:
        if url == "/groups/1/members":
            link = f"{script.address}/v1.0/groups/1/members?$skiptoken=x"
            return {"status": 200, "body": {"value": [1, 2], "@odata.nextLink": link}}
        return {"status": 200, "body": {"value": [3]}}

    script.on(BATCH, answers(decide))
    [members] = await contoso.graph.batch([BatchItem("/groups/1/members")])
    assert members["value"] == [1, 2, 3]
    assert "@odata.nextLink" not in members


async def test_a_write_in_doubt_is_not_repeated(script: Script, contoso: Connection) -> None:
    script.on(BATCH, answers(lambda _url: {"status": 503}))
    [answer] = await contoso.graph.batch([BatchItem("/groups", "POST", {"displayName": "Sales"})])
    assert isinstance(answer, UpstreamError)
    assert answer.kind is Kind.UNAVAILABLE
    assert len(script.seen) == 1
    sent = json.loads(script.seen[0].body)["requests"][0]
    assert sent["headers"] == {"Content-Type": "application/json"}
