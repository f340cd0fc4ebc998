"""The clients against mscloudsim: everything arrives, once, whatever goes wrong on the way."""

import asyncio
from typing import Any

import pytest
from tests.microsoft.counterparts import Cloud, connect

from tenantry.kit.secret import Secret
from tenantry.microsoft import ClientSecret, Connection, Kind, Microsoft, RetryPolicy, UpstreamError, simulator

POLICY = RetryPolicy(attempts=8, first_wait=0.02, longest_wait=0.5, longest_retry_after=20.0, timeout=10.0)


def connection(microsoft: Microsoft, tenant: dict[str, Any]) -> Connection:
    credential = ClientSecret(tenant["client_id"], Secret(tenant["client_secret"]))
    return microsoft.tenant(tenant["id"], credential, policy=POLICY)


async def all_users(connected: Connection) -> list[str]:
    return [user["id"] async for user in connected.graph.items("/users?$select=id&$top=25")]


async def test_all_users_arrive_once(cloud: Cloud) -> None:
    tenant = cloud.tenant()
    async with Microsoft(simulator(cloud.address)) as microsoft:
        ids = await all_users(connection(microsoft, tenant))
    assert len(ids) == len(set(ids)) == tenant["users"]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "throttle", "times": 5, "seconds": 1},
        {"kind": "throttle_without_hint", "times": 4},
        {"kind": "server_error", "times": 3},
        {"kind": "unavailable", "times": 3, "seconds": 1},
        {"kind": "reset", "times": 3},
        {"kind": "slow_body", "times": 2, "seconds": 1},
        {"kind": "malformed", "times": 2},
        {"kind": "truncated", "times": 2},
        {"kind": "expired_token", "times": 1, "skip": 3},
        {"kind": "empty_page", "times": 3, "skip": 1},
        {"kind": "repeated_link", "times": 2, "skip": 2},
    ],
    ids=lambda fault: fault["kind"],
)
async def test_a_fault_in_the_middle_loses_and_doubles_nothing(cloud: Cloud, fault: dict[str, Any]) -> None:
    tenant = cloud.tenant()
    async with Microsoft(simulator(cloud.address)) as microsoft:
        connected = connection(microsoft, tenant)
        await connected.permissions()
        await cloud.order("faults", {"service": "graph", "path": "/users", "tenant": tenant["id"], "skip": 1, **fault})
        ids = await all_users(connected)
        stats = await cloud.order("stats", method="GET")
        hits = sum(order["hits"] for order in await cloud.order("faults", method="GET"))
    assert stats["too_early"] == {}, "nobody comes back before the time they were told"
    assert hits == fault["times"], "the fault has to have happened"
    assert len(ids) == len(set(ids)) == tenant["users"]


@pytest.mark.parametrize(
    ("flaw", "kind"), [("no_consent", Kind.NO_CONSENT), ("expired_secret", Kind.CREDENTIAL_EXPIRED)]
)
async def test_a_flawed_tenant_is_refused_with_its_reason(cloud: Cloud, flaw: str, kind: Kind) -> None:
    async with Microsoft(simulator(cloud.address)) as microsoft:
        with pytest.raises(UpstreamError) as caught:
            await connection(microsoft, cloud.tenant(flaw)).permissions()
    assert caught.value.kind is kind


async def test_we_keep_to_the_published_limits_without_being_told(cloud: Cloud) -> None:
    """One Conditional Access request a second is allowed, and its 429 has no hint: our own budget holds us back."""
    tenant = cloud.tenant()
    async with Microsoft(simulator(cloud.address)) as microsoft:
        connected = connection(microsoft, tenant)
        path = "/identity/conditionalAccess/policies"
        await asyncio.gather(*(connected.graph.get(path) for _ in range(4)))
    stats = await cloud.order("stats", method="GET")
    assert stats["throttled"] == stats["too_early"] == {}


async def test_a_wrong_secret_is_refused(cloud: Cloud) -> None:
    tenant = cloud.tenant()
    async with Microsoft(simulator(cloud.address)) as microsoft:
        wrong = microsoft.tenant(tenant["id"], ClientSecret(tenant["client_id"], Secret("wrong")))
        with pytest.raises(UpstreamError) as caught:
            await wrong.permissions()
        assert caught.value.kind is Kind.CREDENTIAL_WRONG
        with pytest.raises(UpstreamError) as unknown:
            await connect(microsoft, "99999999-9999-4999-8999-999999999999").permissions()
    assert unknown.value.kind is Kind.UNKNOWN_TENANT
