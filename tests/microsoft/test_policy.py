"""Policy Insights: asked by POST, page after page, and honest about what it cannot answer."""

import msgspec
import pytest
from tests.microsoft.counterparts import Script, refuses, says, says_text

from tenantry.microsoft import Connection, Kind, UpstreamError

STATES = "/subscriptions/s1/providers/Microsoft.PolicyInsights/policyStates/latest"
ROWS, SUMS = f"{STATES}/queryResults", f"{STATES}/summarize"


async def test_the_next_page_is_asked_for_by_post_as_well(script: Script, contoso: Connection) -> None:
    following = f"{script.address}{ROWS}?api-version=2019-10-01&$skiptoken=two"
    script.on(
        ROWS,
        says({"@odata.nextLink": following, "value": [{"resourceId": "a"}]}),
        says({"@odata.nextLink": None, "value": [{"resourceId": "b"}]}),
    )
    pages = [page async for page in contoso.policy.states("s1", "complianceState eq 'NonCompliant'")]
    assert [msgspec.json.decode(row)["resourceId"] for page in pages for row in page.rows] == ["a", "b"]
    assert [request.method for request in script.seen] == ["POST", "POST"]
    first, second = script.seen
    assert "complianceState%20eq%20'NonCompliant'" in first.query
    assert second.query.endswith("$skiptoken=two")


async def test_an_empty_answer_is_asked_for_again_and_never_taken_for_compliance(
    script: Script, contoso: Connection
) -> None:
    script.on(SUMS, says_text(""), says({"value": [{"results": {"nonCompliantResources": 3}}]}))
    assert await contoso.policy.summary("s1") == {"results": {"nonCompliantResources": 3}}
    script.on(SUMS, says_text(""))
    with pytest.raises(UpstreamError) as caught:
        await contoso.policy.summary("s1")
    assert caught.value.kind is Kind.MALFORMED
    script.on(SUMS, says({"value": []}))
    with pytest.raises(UpstreamError) as caught:
        await contoso.policy.summary("s1")
    assert caught.value.kind is Kind.MALFORMED


async def test_what_is_too_large_is_not_our_fault(script: Script, contoso: Connection) -> None:
    script.on(SUMS, refuses(400, "ResponseTooLarge", "The response is too large."))
    with pytest.raises(UpstreamError) as caught:
        await contoso.policy.summary("s1")
    assert (caught.value.kind, caught.value.code) == (Kind.UNSUPPORTED, "ResponseTooLarge")
    script.on(SUMS, refuses(403, "AuthorizationFailed", "No."))
    with pytest.raises(UpstreamError) as caught:
        await contoso.policy.summary("s1")
    assert caught.value.kind is Kind.NO_ACCESS


async def test_a_table_that_a_cloud_does_not_have_is_unsupported(script: Script, contoso: Connection) -> None:
    details = [{"code": "DisallowedLogicalTableName", "message": "Table policyresources is invalid."}]
    script.on(
        "/providers/Microsoft.ResourceGraph/resources",
        says({"error": {"code": "BadRequest", "message": "Please provide below info", "details": details}}, 400),
    )
    with pytest.raises(UpstreamError) as caught:
        [row async for row in contoso.resource_graph.items("policyresources | project id")]
    assert caught.value.kind is Kind.UNSUPPORTED
