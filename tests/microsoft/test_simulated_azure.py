"""Our clients of Azure against the simulated cloud, under its real limits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.microsoft.counterparts import Cloud

from tenantry.kit.secret import Secret
from tenantry.microsoft import ClientSecret, Connection, Kind, Microsoft, UpstreamError, simulator


@asynccontextmanager
async def connected(cloud: Cloud, index: int) -> AsyncIterator[Connection]:
    tenant = cloud.tenants[index]
    async with Microsoft(simulator(cloud.address)) as microsoft:
        yield microsoft.tenant(tenant["id"], ClientSecret(tenant["client_id"], Secret(tenant["client_secret"])))


async def test_the_partner_lists_its_own_and_delegated_subscriptions(cloud: Cloud) -> None:
    async with connected(cloud, 0) as partner:
        seen = {item["tenantId"] async for item in partner.arm.items("/subscriptions", "2022-12-01")}
    assert seen == {cloud.tenants[0]["id"], *(row["id"] for row in cloud.tenants if row["reach"] == "lighthouse")}


async def test_a_query_brings_every_resource_once_within_the_quota(cloud: Cloud) -> None:
    async with connected(cloud, 0) as partner:
        found: list[str] = []
        total = 0
        async for page in partner.resource_graph.pages("resources | project id, name, type"):
            found += [msgspec.json.decode(row)["id"] for row in page.rows]
            total = page.count or 0
    assert len(found) == len(set(found)) == total > 0


async def test_many_queries_wait_their_turn_and_none_is_refused(cloud: Cloud) -> None:
    async with connected(cloud, 0) as partner:
        for _ in range(20):
            assert [row async for row in partner.resource_graph.items("resources | summarize n = count()")]
    assert (await cloud.order("stats", method="GET"))["throttled"] == {}


async def test_without_a_role_there_is_no_access_rather_than_no_resource(cloud: Cloud) -> None:
    async with connected(cloud, 8) as tenant:
        with pytest.raises(UpstreamError) as caught:
            [row async for row in tenant.resource_graph.items("resources | project id")]
    assert (caught.value.kind, caught.value.missing_permission) == (Kind.NO_ACCESS, "Reader on a subscription")


async def test_the_activity_log_and_delegations_are_read_by_the_partner(cloud: Cloud) -> None:
    async with connected(cloud, 0) as partner:
        subscriptions = [item async for item in partner.arm.items("/subscriptions", "2022-12-01")]
        delegated = next(item for item in subscriptions if item["managedByTenants"])["subscriptionId"]
        now = datetime.fromtimestamp((await cloud.order("clock", {"seconds": 0}))["now"], UTC)
        pages = [page async for page in partner.arm.activity(delegated, now - timedelta(days=80), now)]
        events = [msgspec.json.decode(row) for page in pages for row in page.rows]
        assignments = [
            msgspec.json.decode(row) async for page in partner.arm.delegations(delegated) for row in page.rows
        ]
    assert {event["subscriptionId"] for event in events} == {delegated}
    definition = assignments[0]["properties"]["registrationDefinition"]["properties"]
    assert definition["managedByTenantId"] == cloud.tenants[0]["id"]


async def test_a_delegation_lost_while_listing_leaves_the_others_whole(cloud: Cloud) -> None:
    customer = next(row for row in cloud.tenants if row["reach"] == "lighthouse")
    query = "resources | project id, tenantId"
    async with connected(cloud, 0) as partner:
        before = [row async for row in partner.resource_graph.items(query)]
        fault = {"kind": "lost_delegation", "service": "resource-graph", "target": customer["id"]}
        await cloud.order("faults", fault)
        after = [row async for row in partner.resource_graph.items(query)]
        await cloud.order("delegation", {"tenant": customer["id"], "delegated": True})
    assert after == [row for row in before if row["tenantId"] != customer["id"]]
    assert len(after) < len(before)
