"""Cmdlets over REST: batches, pages, regions, and what is refused before it is sent."""

import json
from collections import Counter
from typing import Any

import pytest
from aiohttp import web
from tests.microsoft.counterparts import CONTOSO, Script, refuses, says

from tenantry.microsoft import Cmdlet, Connection, Kind, Microsoft, UpstreamError

INVOKE = f"/exchange/adminapi/beta/{CONTOSO}/InvokeCommand"
BATCH = f"/exchange/adminapi/beta/{CONTOSO}/$batch"
BANNER = f"/compliance/adminapi/beta/{CONTOSO}/EXOBanner('AutogenSession')"
_ORGANIZATION = {"value": [{"verifiedDomains": [{"name": "contoso.onmicrosoft.com", "isInitial": True}]}]}
NO_ROLE = "The cmdlet 'Get-X' is not present in the role definition of the current user."


async def test_pages_are_followed_by_sending_the_cmdlet_again(script: Script, contoso: Connection) -> None:
    link = f"{script.address}{INVOKE}?skip=1"
    script.on(INVOKE, says({"value": [{"Name": "a"}], "@odata.nextLink": link}), says({"value": [{"Name": "b"}]}))
    asked = Cmdlet("Get-Mailbox", {"ResultSize": "Unlimited"}, ("Name",))
    assert [row["Name"] for row in await contoso.exchange.run(asked)] == ["a", "b"]
    assert [json.loads(seen.body) for seen in script.seen] == [asked.body] * 2
    assert script.seen[0].query == "$select=Name"
    sent = script.seen[0].headers
    assert sent["X-AnchorMailbox"] == f"APP:SystemMailbox{{bb558c35-97f1-4cb9-8ff7-d53741dc928c}}@{CONTOSO}"
    assert sent["Prefer"] == "odata.maxpagesize=1000"


async def test_a_saved_link_is_gone_on_with(script: Script, contoso: Connection) -> None:
    script.on(INVOKE, says({"value": [{"Name": "b"}]}))
    pages = [page async for page in contoso.exchange.pages(Cmdlet("Get-Mailbox"), f"{script.address}{INVOKE}?skip=1")]
    assert len(pages) == 1
    with pytest.raises(UpstreamError, match="same service"):
        [page async for page in contoso.exchange.pages(Cmdlet("Get-Mailbox"), "https://elsewhere.example/x")]


@pytest.mark.parametrize("name", ["Set-Mailbox", "Remove-Mailbox", "Get-Mailbox; Remove-Mailbox", "get-mailbox", ""])
async def test_only_cmdlets_that_read_are_sent(script: Script, contoso: Connection, name: str) -> None:
    with pytest.raises(UpstreamError, match="only reads"):
        await contoso.exchange.run(Cmdlet(name))
    with pytest.raises(UpstreamError, match="only reads"):
        await contoso.exchange.batch([Cmdlet("Get-Mailbox"), Cmdlet(name)])
    assert script.seen == []


async def test_ten_go_in_a_batch_and_each_has_a_fate_of_its_own(script: Script, contoso: Connection) -> None:
    asked: Counter[str] = Counter()

    async def answer(request: web.Request) -> web.StreamResponse:
        requests = (await request.json())["requests"]
        assert len(requests) <= 10
        return web.json_response({"responses": [{"id": one["id"], **decide(one)} for one in reversed(requests)]})

    def decide(one: dict[str, Any]) -> dict[str, Any]:
        name = one["body"]["CmdletInput"]["CmdletName"]
        asked[name] += 1
        if name == "Get-3" and asked[name] == 1:
            return {"status": 429, "headers": {"Retry-After": "1"}, "body": {"error": {"message": "slow down"}}}
        if name == "Get-5":
            return {"status": 403, "body": {"error": {"code": "x", "details": [{"message": NO_ROLE}]}}}
        if name == "Get-7" and "skip" not in one["url"]:
            return {"status": 200, "body": {"value": [{"page": 1}], "@odata.nextLink": f"{one['url']}?skip=1"}}
        if name == "Get-9":
            return {"status": 200, "body": {"@adminapi.warnings": ["nothing there"]}}
        return {"status": 200, "body": {"value": [{"name": name}]}}

    script.on(BATCH, answer)
    answers = await contoso.exchange.batch([Cmdlet(f"Get-{number}") for number in range(12)])
    assert [type(one) for one in answers if not isinstance(one, list)] == [UpstreamError]
    refused = answers[5]
    assert (refused.kind, NO_ROLE in refused.message) == (Kind.NO_ACCESS, True)
    assert answers[3] == [{"name": "Get-3"}]
    assert answers[7] == [{"page": 1}, {"name": "Get-7"}]
    assert answers[9] == []
    assert {name for name, times in asked.items() if times > 1} == {"Get-3", "Get-7"}


async def test_a_batch_that_answers_nothing_is_no_empty_result(script: Script, contoso: Connection) -> None:
    script.on(BATCH, says({"responses": []}))
    (answer,) = await contoso.exchange.batch([Cmdlet("Get-Mailbox")])
    assert answer.kind is Kind.UNAVAILABLE


@pytest.mark.parametrize(
    ("status", "body", "kind", "says_"),
    [
        (403, {"error": {"code": "Forbidden", "message": "no"}}, Kind.NO_ACCESS, "no"),
        (400, {"error": {"details": [{"message": NO_ROLE}], "message": "generic"}}, Kind.NO_ACCESS, NO_ROLE),
        (404, {"error": {"innererror": {"internalexception": {"message": "gone"}}}}, Kind.NOT_FOUND, "gone"),
        (401, {"error": {"message": "UnAuthorized"}}, Kind.NO_ACCESS, "UnAuthorized"),
        (400, {"error": "text"}, Kind.BAD_REQUEST, "text"),
        (400, None, Kind.BAD_REQUEST, ""),
    ],
)
async def test_refusals_are_read_where_the_text_is(
    script: Script, contoso: Connection, status: int, body: Any, kind: Kind, says_: str
) -> None:
    script.on(INVOKE, says(body, status))
    with pytest.raises(UpstreamError) as refused:
        await contoso.exchange.run(Cmdlet("Get-OrganizationConfig"))
    assert (refused.value.kind, refused.value.message) == (kind, says_)
    missing = "Exchange.ManageAsApp and the Entra role Global Reader" if kind is Kind.NO_ACCESS else None
    assert refused.value.missing_permission == missing


class TestRegion:
    """Security & Compliance lives in regions, and says in which."""

    async def test_it_is_asked_for_once_and_the_anchor_is_the_initial_domain(
        self, script: Script, microsoft: Microsoft, contoso: Connection
    ) -> None:
        region = f"{script.address}/compliance/eur02b"
        script.on("/v1.0/organization", says(_ORGANIZATION))
        script.on(BANNER, says({}, 302, Location=f"{region}/adminapi/beta/{CONTOSO}/EXOBanner"))
        script.on(f"/compliance/eur02b/adminapi/beta/{CONTOSO}/InvokeCommand", says({"value": [{"Mode": "Enable"}]}))
        for _ in range(2):
            found = await (await contoso.compliance()).run(Cmdlet("Get-DlpCompliancePolicy"))
            assert found == [{"Mode": "Enable"}]
        assert len(script.times(BANNER)) == 1
        anchor = script.seen[-1].headers["X-AnchorMailbox"]
        assert anchor == "UPN:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@contoso.onmicrosoft.com"
        assert microsoft.places["region", CONTOSO] == region

    @pytest.mark.parametrize(
        "location",
        [
            "https://evil.example/adminapi/beta/x",
            "//evil.example/adminapi/",
            "",
            "{base}@evil.example/adminapi/",
            "{base}x/adminapi/",
        ],
    )
    async def test_a_token_is_not_carried_to_a_place_that_is_none_of_the_service(
        self, script: Script, contoso: Connection, location: str
    ) -> None:
        script.on("/v1.0/organization", says(_ORGANIZATION))
        script.on(BANNER, says({}, 302, Location=location.format(base=f"{script.address}/compliance")))
        with pytest.raises(UpstreamError, match="none of the service"):
            await contoso.compliance()

    async def test_without_a_region_the_address_itself_serves(self, script: Script, contoso: Connection) -> None:
        script.on("/v1.0/organization", says(_ORGANIZATION))
        script.on(BANNER, says({"value": []}))
        assert (await contoso.compliance()).base == f"{script.address}/compliance"

    async def test_an_organization_without_initial_domain_is_said(self, script: Script, contoso: Connection) -> None:
        script.on("/v1.0/organization", says({"value": [{"verifiedDomains": []}]}))
        script.on(BANNER, says({}))
        with pytest.raises(UpstreamError, match="initial domain"):
            await contoso.compliance()


async def test_throttling_pauses_all_cmdlets_of_the_tenant(script: Script, contoso: Connection) -> None:
    script.on(INVOKE, refuses(429, "TooManyRequests", "wait", Retry_After="1"), says({"value": []}))
    assert await contoso.exchange.run(Cmdlet("Get-Mailbox")) == []
    first, second = script.times(INVOKE)
    assert second - first >= 1.0
