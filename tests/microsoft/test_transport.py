"""One request: what is retried, how long we stay away, what ends it."""

import asyncio
import itertools
import json
import logging
import time

import pytest
from tests.microsoft.counterparts import (
    CONTOSO,
    FABRIKAM,
    QUICK,
    SECRET,
    Script,
    connect,
    hangs,
    refuses,
    resets,
    says,
    says_text,
)

from tenantry.kit.secret import Secret
from tenantry.microsoft import ClientSecret, Connection, Kind, Microsoft, Priority, RetryPolicy, UpstreamError

USERS = "/v1.0/users"


async def test_a_retry_after_is_obeyed_by_everybody_who_shares_the_budget(script: Script, contoso: Connection) -> None:
    script.on(USERS, refuses(429, "TooManyRequests", Retry_After="1"), says({"value": []}))
    script.on("/v1.0/groups", says({"value": []}))

    async def neighbour() -> None:
        await asyncio.sleep(0.2)
        await contoso.graph.get("/groups")

    await asyncio.gather(contoso.graph.get("/users"), neighbour())

    refused_at = script.times(USERS)[0]
    assert script.times(USERS)[1] - refused_at >= 1.0
    assert script.times("/v1.0/groups")[0] - refused_at >= 1.0


async def test_another_microsoft_tenant_does_not_wait_for_a_throttled_one(
    script: Script, microsoft: Microsoft, contoso: Connection
) -> None:
    script.on(USERS, refuses(429, Retry_After="2"), says({"value": []}))
    script.on("/v1.0/groups", says({"value": []}))
    throttled = asyncio.create_task(contoso.graph.get("/users"))
    await asyncio.sleep(0.2)
    await connect(microsoft, FABRIKAM).graph.get("/groups")
    assert script.times("/v1.0/groups")[0] - script.times(USERS)[0] < 1.5
    await throttled


async def test_without_a_hint_the_waits_grow(script: Script, microsoft: Microsoft) -> None:
    policy = RetryPolicy(attempts=6, first_wait=0.1, longest_wait=5.0)
    script.on(USERS, *[refuses(429)] * 4, says({"value": []}))
    await connect(microsoft, CONTOSO, policy=policy).graph.get("/users")
    gaps = [later - earlier for earlier, later in itertools.pairwise(script.times(USERS))]
    assert len(gaps) == 4
    assert all(gap >= 0.05 * 2**number for number, gap in enumerate(gaps, 1))


@pytest.mark.parametrize("status", [499, 500, 502, 503, 504])
async def test_a_passing_failure_is_retried(script: Script, contoso: Connection, status: int) -> None:
    script.on(USERS, says_text("<html>Bad gateway</html>", status), says({"value": [1]}))
    assert await contoso.graph.get("/users") == {"value": [1]}


async def test_a_broken_connection_is_retried(script: Script, contoso: Connection) -> None:
    script.on(USERS, resets(), resets(), says({"value": [1]}))
    assert await contoso.graph.get("/users") == {"value": [1]}


async def test_a_write_that_may_have_happened_is_not_sent_again(script: Script, contoso: Connection) -> None:
    script.on("/v1.0/groups", resets(), says({"id": "1"}, 201))
    with pytest.raises(UpstreamError) as caught:
        await contoso.graph.post("/groups", {"displayName": "Sales"})
    assert caught.value.kind is Kind.UNAVAILABLE
    assert len(script.seen) == 1


async def test_a_write_that_was_throttled_is_sent_again(script: Script, contoso: Connection) -> None:
    script.on("/v1.0/groups", refuses(429, Retry_After="0"), says({"id": "1"}, 201))
    assert await contoso.graph.post("/groups", {"displayName": "Sales"}) == {"id": "1"}


async def test_we_give_up_after_the_agreed_number_of_attempts(script: Script, contoso: Connection) -> None:
    script.on(USERS, refuses(503))
    with pytest.raises(UpstreamError) as caught:
        await contoso.graph.get("/users")
    assert caught.value.kind is Kind.UNAVAILABLE
    assert not caught.value.permanent
    assert len(script.seen) == QUICK.attempts


async def test_a_longer_wait_than_agreed_is_reported_and_still_obeyed(script: Script, contoso: Connection) -> None:
    script.on(USERS, refuses(429, Retry_After="60"), says({"value": []}))
    with pytest.raises(UpstreamError) as first:
        await contoso.graph.get("/users")
    with pytest.raises(UpstreamError) as second:
        await contoso.graph.get("/users")
    assert (first.value.kind, first.value.retry_after) == (Kind.THROTTLED, 60.0)
    assert second.value.retry_after is not None
    assert second.value.retry_after > 50
    assert len(script.seen) == 1, "the second call must not reach the service"


async def test_a_person_is_told_to_wait_sooner_than_scheduled_work(script: Script, microsoft: Microsoft) -> None:
    script.on(USERS, refuses(429, Retry_After="20"))
    person = microsoft.tenant(CONTOSO, ClientSecret("app", Secret(SECRET)), priority=Priority.INTERACTIVE)
    with pytest.raises(UpstreamError) as caught:
        await asyncio.wait_for(person.graph.get("/users"), 2)
    assert (caught.value.kind, caught.value.retry_after) == (Kind.THROTTLED, 20.0)


async def test_a_refusal_says_which_permission_is_missing(script: Script, contoso: Connection) -> None:
    script.on("/v1.0/auditLogs/signIns", refuses(403, "Authorization_RequestDenied", "Insufficient privileges"))
    with pytest.raises(UpstreamError) as caught:
        await contoso.graph.get("/auditLogs/signIns")
    assert caught.value.kind is Kind.NO_ACCESS
    assert caught.value.permanent
    assert caught.value.missing_permission == "AuditLog.Read.All"
    assert len(script.seen) == 1


async def test_intune_says_in_words_alone_that_it_is_not_licensed(script: Script, contoso: Connection) -> None:
    script.on("/v1.0/deviceManagement", refuses(400, "BadRequest", "Request not applicable to target tenant."))
    with pytest.raises(UpstreamError) as caught:
        await contoso.graph.get("/deviceManagement")
    assert caught.value.kind is Kind.NOT_LICENSED


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "Request_BadRequest", Kind.BAD_REQUEST),
        (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", Kind.NOT_LICENSED),
        (404, "Request_ResourceNotFound", Kind.NOT_FOUND),
        (409, "Request_MultipleObjectsWithSameKeyValue", Kind.CONFLICT),
        (302, "", Kind.BAD_REQUEST),
    ],
)
async def test_a_refusal_has_the_kind_that_tells_what_to_do(
    script: Script, contoso: Connection, status: int, code: str, kind: Kind
) -> None:
    script.on(USERS, refuses(status, code, "no", request_id="r-1", Location="https://elsewhere.example/"))
    with pytest.raises(UpstreamError) as caught:
        await contoso.graph.get("/users")
    assert (caught.value.kind, caught.value.status, caught.value.request_id) == (kind, status, "r-1")
    assert caught.value.advice


async def test_a_service_that_is_down_is_left_alone_until_it_may_be_tried_again(
    script: Script, microsoft: Microsoft, contoso: Connection
) -> None:
    script.on(USERS, refuses(503))
    with pytest.raises(UpstreamError):
        await contoso.graph.get("/users")
    asked = len(script.seen)
    with pytest.raises(UpstreamError) as caught:
        await contoso.graph.get("/users")
    assert caught.value.kind is Kind.UNAVAILABLE
    assert caught.value.retry_after is not None
    assert len(script.seen) == asked
    script.on(USERS, says({"value": []}))
    assert await connect(microsoft, FABRIKAM).graph.get("/users") == {"value": []}


async def test_cancelling_is_prompt_while_sending_and_while_waiting(script: Script, microsoft: Microsoft) -> None:
    patient = connect(microsoft, CONTOSO, policy=RetryPolicy())
    script.on(USERS, hangs())
    script.on("/v1.0/groups", refuses(429, Retry_After="100"))
    tasks = [asyncio.create_task(patient.graph.get(path)) for path in ("/users", "/groups", "/groups")]
    await asyncio.sleep(0.3)
    started = time.monotonic()
    for task in tasks:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert time.monotonic() - started < 0.5
    assert all(isinstance(answer, asyncio.CancelledError) for answer in answers)


async def test_a_body_without_end_is_cut_off(script: Script, microsoft: Microsoft) -> None:
    small = RetryPolicy(max_body=10_000)
    script.on(USERS, says({"value": ["x" * 100_000]}))
    with pytest.raises(UpstreamError) as caught:
        await connect(microsoft, CONTOSO, policy=small).graph.get("/users")
    assert caught.value.kind is Kind.MALFORMED


async def test_every_call_carries_its_id_and_its_priority(script: Script, microsoft: Microsoft) -> None:
    script.on(USERS, says({"value": []}))
    await connect(microsoft, CONTOSO, Priority.INTERACTIVE).graph.get("/users")
    await connect(microsoft, CONTOSO).graph.get("/users")
    first, second = (request.headers for request in script.seen)
    assert first["client-request-id"] != second["client-request-id"]
    assert (first["x-ms-throttle-priority"], second["x-ms-throttle-priority"]) == ("high", "low")
    assert first["User-Agent"].startswith("Tenantry/")
    assert "gzip" in first["Accept-Encoding"]


async def test_nothing_secret_reaches_the_log_or_an_error(
    script: Script, contoso: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    script.on(USERS, refuses(403, "Authorization_RequestDenied", "no"))
    with pytest.raises(UpstreamError) as caught:
        await contoso.graph.get("/users?$filter=mail eq 'alice@contoso.example'")
    told = "\n".join(json.dumps(record.__dict__, default=repr) for record in caplog.records)
    told += repr(caught.value) + str(caught.value) + repr(contoso)
    bearer = script.seen[0].headers["Authorization"].removeprefix("Bearer ")
    assert "microsoft refused" in told
    assert SECRET not in told
    assert bearer not in told
    assert "alice" not in told


async def test_our_id_of_a_call_is_logged_beside_microsofts(
    script: Script, contoso: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "tenantry.microsoft")
    # The library itself repeats a GET once when a kept connection turns out to be closed: that is one call of ours.
    script.on(USERS, resets(), resets(), says({"value": []}, request_id="theirs"))
    await contoso.graph.get("/users")
    ours = list(dict.fromkeys(request.headers["client-request-id"] for request in script.seen))
    lines = [record.__dict__ for record in caplog.records if record.__dict__.get("service") == "graph"]
    assert [line["client_request_id"] for line in lines] == ours
    assert len(ours) == 2
    assert lines[1]["microsoft_request_id"] == "theirs"
