"""Resource Graph, ARM's two special lists, Key Vault, consent: what differs from a plain list."""

import json
from datetime import UTC, datetime

import pytest
from tests.microsoft.counterparts import CONTOSO, Script, says

from tenantry.kit.references import UnresolvedReference
from tenantry.kit.secret import Secret
from tenantry.microsoft import CHINA, PUBLIC, US_GOV, ClientSecret, Cloud, Connection, Microsoft, UpstreamError
from tenantry.microsoft.consent import consent_url

QUERY = "/providers/Microsoft.ResourceGraph/resources"


async def test_a_query_is_sent_again_with_the_token_of_the_page_before(script: Script, contoso: Connection) -> None:
    script.on(
        QUERY,
        says({"data": [{"id": 1}], "totalRecords": 2, "resultTruncated": "false", "$skipToken": "next"}),
        says({"data": [{"id": 2}], "totalRecords": 2, "resultTruncated": "false"}),
    )
    rows = [row async for row in contoso.resource_graph.items("resources | project id")]
    assert rows == [{"id": 1}, {"id": 2}]
    assert json.loads(script.seen[1].body)["options"]["$skipToken"] == "next"


async def test_a_result_that_is_cut_off_is_refused_loudly(script: Script, contoso: Connection) -> None:
    script.on(QUERY, says({"data": [{"name": "a"}], "totalRecords": 5000, "resultTruncated": "true"}))
    with pytest.raises(UpstreamError, match="must project id"):
        [row async for row in contoso.resource_graph.items("resources | project name")]


async def test_many_subscriptions_are_asked_in_batches_and_taken_up_again(script: Script, contoso: Connection) -> None:
    script.on(QUERY, says({"data": [{"id": 1}], "totalRecords": 1, "resultTruncated": "false"}))
    subscriptions = [f"s{number}" for number in range(450)]
    pages = [page async for page in contoso.resource_graph.pages("resources | project id", subscriptions)]
    assert [len(json.loads(request.body)["subscriptions"]) for request in script.seen] == [200, 200, 50]
    assert pages[-1].next_link is None
    script.seen.clear()
    resumed = contoso.resource_graph.pages("resources | project id", subscriptions, pages[1].next_link)
    assert len([page async for page in resumed]) == 1
    assert json.loads(script.seen[0].body)["subscriptions"] == subscriptions[400:]


async def test_a_spent_quota_is_waited_out_before_the_next_query(script: Script, contoso: Connection) -> None:
    answer = {"data": [], "totalRecords": 0, "resultTruncated": "false"}
    script.on(
        QUERY,
        says(answer, x_ms_user_quota_remaining="0", x_ms_user_quota_resets_after="00:00:05"),
        says(answer, x_ms_user_quota_remaining="14", x_ms_user_quota_resets_after="00:00:05"),
    )
    for _ in range(2):
        assert [row async for row in contoso.resource_graph.items("resources | project id")] == []
    first, second = script.times(QUERY)
    assert second - first >= 0.3, "three queries a second are allowed"


async def test_the_activity_log_is_asked_for_a_window_of_time(script: Script, contoso: Connection) -> None:
    path = "/subscriptions/s1/providers/Microsoft.Insights/eventtypes/management/values"
    script.on(path, says({"value": [{"operationName": {"value": "Microsoft.Compute/write"}}]}))
    window = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
    assert len([page async for page in contoso.arm.activity("s1", *window)]) == 1
    assert "eventTimestamp%20ge%20'2026-11-01T00:00:00Z'" in script.seen[0].query


async def test_a_vault_gives_a_secret_that_does_not_print(script: Script, contoso: Connection) -> None:
    script.on("/vaults/ours/secrets/contoso", says({"value": "hunter2", "id": "…"}))
    secret = await contoso.key_vault.secret(f"{script.address}/vaults/ours/secrets/contoso")
    assert secret.reveal() == "hunter2"
    assert "hunter2" not in f"{secret} {secret!r}"


@pytest.mark.parametrize(
    "address",
    [
        "https://vault.azure.net.evil.example/secrets/x",
        "https://evilvault.azure.net/secrets/x",
        "http://ours.vault.azure.net/secrets/x",
    ],
)
async def test_our_identity_is_not_shown_to_a_host_that_is_no_vault_nor_in_the_clear(address: str) -> None:
    async with Microsoft(PUBLIC) as microsoft:
        connection = microsoft.tenant(CONTOSO, ClientSecret("app", Secret("s")))
        with pytest.raises(UnresolvedReference, match=r"https://….vault.azure.net"):
            await connection.key_vault.secret(address)


@pytest.mark.parametrize("cloud", [PUBLIC, US_GOV, CHINA])
def test_every_cloud_keeps_to_its_own_hosts(cloud: Cloud) -> None:
    assert consent_url(cloud, CONTOSO, "app", "https://ours.example/back", "s").startswith(f"{cloud.login}/{CONTOSO}/")
    assert cloud.graph == cloud.graph_audience
    assert cloud.arm == cloud.arm_audience
