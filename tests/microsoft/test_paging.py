"""Lists: nothing lost, nothing doubled, whatever the service does with its links."""

import asyncio
import gc
import json
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from tests.microsoft.counterparts import Answer, Script, hangs, refuses, says, says_text

from tenantry.microsoft import Connection, Kind, Page, UpstreamError

USERS = "/v1.0/users"


def page(script: Script, rows: list[Any], following: str | None = None) -> Answer:
    link = {"@odata.nextLink": f"{script.address}{following}"} if following else {}
    return says({"value": rows, **link})


async def rows_of(pages: AsyncIterator[Page]) -> list[Any]:
    return [json.loads(bytes(row)) for page in [page async for page in pages] for row in page.rows]


async def test_an_empty_page_with_a_link_does_not_end_a_list(script: Script, contoso: Connection) -> None:
    script.on(USERS, page(script, [1, 2], "/b"))
    script.on("/b", page(script, [], "/c"))
    script.on("/c", page(script, [], "/d"))
    script.on("/d", page(script, [3]))
    assert await rows_of(contoso.graph.pages("/users")) == [1, 2, 3]


async def test_a_link_to_itself_restarts_the_list_without_doubling(script: Script, contoso: Connection) -> None:
    script.on(USERS, page(script, [1, 2], "/b"))
    script.on("/b", page(script, [3, 4], "/b"), page(script, [3, 4], "/c"))
    script.on("/c", page(script, [5]))
    assert await rows_of(contoso.graph.pages("/users")) == [1, 2, 3, 4, 5]


async def test_a_link_that_always_leads_back_is_an_error_not_an_end(script: Script, contoso: Connection) -> None:
    script.on(USERS, page(script, [1, 2], "/b"))
    script.on("/b", page(script, [3, 4], USERS))
    with pytest.raises(UpstreamError) as caught:
        await rows_of(contoso.graph.pages("/users"))
    assert caught.value.kind is Kind.MALFORMED
    assert len(script.seen) == 8, "the list is restarted three times"


async def test_our_token_never_follows_a_link_to_another_host(script: Script, contoso: Connection) -> None:
    script.on(USERS, says({"value": [1], "@odata.nextLink": "https://graph.microsoft.com.evil.example/v1.0/users"}))
    with pytest.raises(UpstreamError) as caught:
        await rows_of(contoso.graph.pages("/users"))
    assert caught.value.kind is Kind.MALFORMED
    with pytest.raises(UpstreamError):
        await rows_of(contoso.graph.pages("https://evil.example/v1.0/users"))
    with pytest.raises(UpstreamError):
        await contoso.arm.get("https://evil.example/subscriptions", "2022-12-01")
    assert len(script.seen) == 1


@pytest.mark.parametrize("tail", ["a b", "a\r\nHost: evil", "ä"])
async def test_a_link_that_could_smuggle_a_request_is_refused(script: Script, contoso: Connection, tail: str) -> None:
    script.on(USERS, page(script, [1], f"/b?{tail}"))
    with pytest.raises(UpstreamError) as caught:
        await rows_of(contoso.graph.pages("/users"))
    assert caught.value.kind is Kind.MALFORMED


async def test_a_link_is_followed_to_the_letter(script: Script, contoso: Connection) -> None:
    opaque = "$skiptoken=a%2Bb%2fc%27d+e%3D&$select=id%2CdisplayName"
    script.on(USERS, page(script, [1], f"/b?{opaque}"))
    script.on("/b", page(script, [2]))
    await rows_of(contoso.graph.pages("/users?$filter=startswith(displayName,'A B')"))
    assert script.seen[0].query == "$filter=startswith(displayName,'A%20B')"
    assert script.seen[1].query == opaque


async def test_a_list_is_taken_up_again_from_a_saved_link(script: Script, contoso: Connection) -> None:
    script.on(USERS, page(script, [1], "/b"))
    script.on("/b", page(script, [2], "/c"))
    script.on("/c", refuses(403), page(script, [3]))
    rows: list[Any] = []
    saved = ["/users"]

    async def collect() -> None:
        async for one in contoso.graph.pages(saved[-1]):
            rows.extend(json.loads(bytes(row)) for row in one.rows)
            saved.append(one.next_link or "")

    with pytest.raises(UpstreamError):
        await collect()
    await collect()
    assert rows == [1, 2, 3]


@pytest.mark.parametrize("broken", ['{"value": [{"id"', "<html></html>", "", "[]", '{"id": "1"}', '{"value": null}'])
async def test_an_unreadable_page_is_read_again_and_never_taken_for_an_empty_one(
    script: Script, contoso: Connection, broken: str
) -> None:
    script.on(USERS, says_text(broken), says_text(broken), page(script, [1]))
    assert await rows_of(contoso.graph.pages("/users")) == [1]
    script.on(USERS, says_text(broken))
    with pytest.raises(UpstreamError) as caught:
        await rows_of(contoso.graph.pages("/users"))
    assert caught.value.kind is Kind.MALFORMED


async def test_a_token_that_expires_in_the_middle_of_a_list_loses_nothing(script: Script, contoso: Connection) -> None:
    script.on(USERS, page(script, [1], "/b"))
    script.on("/b", refuses(401, "InvalidAuthenticationToken", "expired"), page(script, [2], "/c"))
    script.on("/c", page(script, [3]))
    assert await rows_of(contoso.graph.pages("/users")) == [1, 2, 3]
    assert len(script.token_requests) == 2


async def test_headers_are_sent_with_every_page(script: Script, contoso: Connection) -> None:
    script.on(USERS, page(script, [1], "/b"))
    script.on("/b", page(script, [2]))
    await rows_of(contoso.graph.pages("/users?$count=true", eventual=True))
    assert [request.headers["ConsistencyLevel"] for request in script.seen] == ["eventual", "eventual"]


async def test_changes_end_with_the_link_for_the_next_time_or_ask_for_a_new_start(
    script: Script, contoso: Connection
) -> None:
    delta = f"{script.address}{USERS}/delta?$deltatoken=abc"
    script.on(f"{USERS}/delta", says({"value": [1], "@odata.deltaLink": delta}), refuses(410, "resyncRequired"))
    pages = [page async for page in contoso.graph.pages("/users/delta")]
    assert pages[-1].delta_link == delta
    with pytest.raises(UpstreamError) as caught:
        await rows_of(contoso.graph.pages(delta))
    assert caught.value.kind is Kind.RESYNC_REQUIRED
    assert not caught.value.permanent


async def test_arm_lists_follow_their_own_kind_of_link(script: Script, contoso: Connection) -> None:
    link = f"{script.address}/subscriptions?api-version=2022-12-01&$skiptoken=x"
    script.on("/subscriptions", says({"value": [1], "nextLink": link}), says({"value": [2]}))
    assert await rows_of(contoso.arm.pages("/subscriptions", "2022-12-01")) == [1, 2]


async def test_cancelling_in_the_middle_of_a_list_is_prompt(script: Script, contoso: Connection) -> None:
    script.on(USERS, page(script, [1], "/b"))
    script.on("/b", hangs())
    task = asyncio.create_task(rows_of(contoso.graph.pages("/users")))
    await asyncio.sleep(0.2)
    task.cancel()
    async with asyncio.timeout(0.5):
        await asyncio.wait([task])
    assert task.cancelled()


async def test_memory_stays_flat_over_thousands_of_pages(script: Script, contoso: Connection) -> None:
    rows = [{"id": str(number), "displayName": "x" * 200} for number in range(20)]

    async def endless(request: web.Request) -> web.StreamResponse:
        number = int(request.query.get("page", "0"))
        link = f"{script.address}{USERS}?page={number + 1}"
        script.seen.clear()
        body = {"value": [{**row, "page": number} for row in rows]}
        return web.json_response(body if number == 3000 else {**body, "@odata.nextLink": link})

    script.on(USERS, endless)
    count, early, late = 0, 0, 0
    tracemalloc.start()
    async for one in contoso.graph.pages("/users"):
        count += len(one.rows)
        if count in {500 * 20, 2900 * 20}:
            gc.collect()
            early, late = (
                (tracemalloc.get_traced_memory()[0], 0) if not early else (early, tracemalloc.get_traced_memory()[0])
            )
    tracemalloc.stop()
    assert count == 3001 * 20
    assert late - early < 1_000_000, "3,000 pages of 5 kB each are 15 MB; nothing of that may stay"
