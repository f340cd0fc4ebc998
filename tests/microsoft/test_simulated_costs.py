"""Our cost client against the simulated Cost Management: to the cent, within its quotas, whatever goes wrong."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.microsoft.counterparts import Cloud

from tenantry.kit.secret import Secret
from tenantry.microsoft import ClientSecret, Connection, Microsoft, RetryPolicy, UpstreamError, simulator
from tenantry.microsoft.cost import CostKind, CostQuery, CostRow, CostState, CostWaits, Granularity, cost_state_of
from tenantry.microsoft.limits import Limit

POLICY = RetryPolicy(attempts=8, first_wait=0.02, longest_wait=0.5, longest_retry_after=60.0, timeout=10.0)
WAITS = CostWaits(floor=0.05, extra=0.05)
QUERY = CostQuery(("ResourceGroupName", "ServiceName", "ResourceId"), CostKind.ACTUAL)
OCTOBER = date(2026, 10, 1), date(2026, 10, 31)
Totals = dict[tuple[str, str], Decimal]


@asynccontextmanager
async def connected(cloud: Cloud, *tenants: dict[str, Any]) -> AsyncIterator[list[Connection]]:
    """A process of its own, with fresh budgets, connected to these tenants."""
    async with Microsoft(simulator(cloud.address), cost_waits=WAITS) as microsoft:
        yield [
            microsoft.tenant(row["id"], ClientSecret(row["client_id"], Secret(row["client_secret"])), policy=POLICY)
            for row in tenants
        ]


async def subscriptions_of(connection: Connection, tenant: str = "") -> list[dict[str, Any]]:
    found = [item async for item in connection.arm.items("/subscriptions", "2022-12-01")]
    return [item for item in found if tenant in ("", item["tenantId"])]


async def production_of(connection: Connection, tenant: str) -> str:
    own = await subscriptions_of(connection, tenant)
    return str(next(item["id"] for item in own if item["displayName"].endswith("Production")))


async def totals(rows: AsyncIterator[CostRow]) -> Totals:
    found = defaultdict[tuple[str, str], Decimal](Decimal)
    async for row in rows:
        assert row.day is not None
        found[row.day.isoformat(), row.currency] += row.amount
    return dict(found)


async def ledger(cloud: Cloud, tenant: str, scope: str, first: date, last: date) -> Totals:
    """What the simulation says it told, exactly."""
    asked = f"tenant={tenant}&subscription={scope.rpartition('/')[2]}&from={first}&to={last}"
    rows = (await cloud.order(f"costs/ledger?{asked}", method="GET"))["rows"]
    return {(row["day"], row["currency"]): Decimal(row["told"]) / 1_000_000 for row in rows if row["told"]}


async def offer(cloud: Cloud, tenant: str, scope: str, what: str) -> None:
    order = {"kind": "cost_offer_changed", "tenant": tenant, "subscription": scope, "offer": what}
    await cloud.order("changes", order)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "throttle", "times": 3, "seconds": 1},
        {"kind": "throttle_without_hint", "times": 3},
        {"kind": "server_error", "times": 3},
        {"kind": "unavailable", "times": 2, "seconds": 1},
        {"kind": "reset", "times": 2},
        {"kind": "slow_body", "times": 1, "seconds": 1},
        {"kind": "malformed", "times": 2},
        {"kind": "truncated", "times": 2},
        {"kind": "expired_token", "times": 1},
        {"kind": "empty_page", "times": 1, "skip": 0},
        {"kind": "repeated_link", "times": 1, "skip": 0},
    ],
    ids=lambda fault: fault["kind"],
)
async def test_a_fault_in_the_middle_loses_and_doubles_no_cent(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any]
) -> None:
    monkeypatch.setattr("tenantry.microsoft.rates.COST_ENTITY", Limit(100, 100))
    monkeypatch.setattr("tenantry.microsoft.cost._TOP", 2500)
    tenant = cloud.tenant()
    async with connected(cloud, tenant) as (connection,):
        scope = await production_of(connection, tenant["id"])
        where = {"service": "arm", "path": "CostManagement/query", "tenant": tenant["id"]}
        await cloud.order("faults", {**where, "skip": 1, **fault})
        seen = await totals(connection.cost.rows(scope, QUERY, *OCTOBER))
        hits = sum(order["hits"] for order in await cloud.order("faults", method="GET"))
        stats = await cloud.order("stats", method="GET")
    assert hits == fault["times"], "the fault has to have happened"
    assert stats["too_early"] == {}, "nobody comes back before the time they were told"
    assert seen == await ledger(cloud, tenant["id"], scope, *OCTOBER)


async def test_many_subscriptions_of_several_tenants_stay_within_every_quota(cloud: Cloud) -> None:
    """The partner with its own and its customers' subscriptions, and a customer by itself, side by side."""
    window = date(2026, 9, 1), date(2026, 10, 31)
    query = CostQuery(("ServiceName",), CostKind.ACTUAL)
    async with connected(cloud, cloud.tenants[0], cloud.tenant()) as connections:
        asked = [(each, item) for each in connections for item in await subscriptions_of(each)]
        for _, item in asked:
            await offer(cloud, item["tenantId"], item["id"], "available")
        seen = await asyncio.gather(*(totals(each.cost.rows(item["id"], query, *window)) for each, item in asked))
        stats = await cloud.order("stats", method="GET")
    assert stats["throttled"] == stats["too_early"] == {}
    assert len(asked) >= 10
    for (_, item), found in zip(asked, seen, strict=True):
        assert found == await ledger(cloud, item["tenantId"], item["id"], *window)


async def test_a_quota_that_another_node_used_up_is_waited_out_and_nobody_else_waits(cloud: Cloud) -> None:
    """Nodes without a common store know nothing of each other: the answers have to tell."""
    drained, other = cloud.tenant(), cloud.tenants[2]
    year = CostQuery((), granularity=Granularity.NONE)
    async with connected(cloud, drained) as (node,), connected(cloud, drained, other) as (ours, theirs):
        scopes = [await production_of(ours, drained["id"]), await production_of(theirs, other["id"])]
        assert [row async for row in node.cost.rows(scopes[0], year, date(2025, 10, 1), date(2026, 9, 30))]
        started = time.monotonic()

        async def seconds(connection: Connection, scope: str) -> tuple[Totals, float]:
            found = await totals(connection.cost.rows(scope, QUERY, *OCTOBER))
            return found, time.monotonic() - started

        (slow, slow_seconds), (quick, quick_seconds) = await asyncio.gather(
            seconds(ours, scopes[0]), seconds(theirs, scopes[1])
        )
        stats = await cloud.order("stats", method="GET")
    assert stats["throttled"]
    assert stats["too_early"] == {}
    assert slow_seconds >= 1 > quick_seconds
    assert slow == await ledger(cloud, drained["id"], scopes[0], *OCTOBER)
    assert quick == await ledger(cloud, other["id"], scopes[1], *OCTOBER)


@pytest.mark.parametrize(
    ("what", "state"),
    [
        ("offer_not_supported", CostState.UNSUPPORTED),
        ("no_valid_offer", CostState.UNSUPPORTED),
        ("not_supported", CostState.UNSUPPORTED),
        ("invalid_query", CostState.UNSUPPORTED),
        ("account_disabled", CostState.UNSUPPORTED),
        ("subscription_disabled", CostState.UNSUPPORTED),
        ("blocked_by_partner", CostState.BLOCKED_BY_PARTNER),
        ("access_denied", CostState.NO_ACCESS),
        ("unauthorized", CostState.NO_ACCESS),
        ("too_new", CostState.TOO_NEW),
        ("no_usage", None),
    ],
)
async def test_every_reason_is_recognised(cloud: Cloud, what: str, state: CostState | None) -> None:
    tenant = cloud.tenant()
    async with connected(cloud, tenant) as (connection,):
        scope = await production_of(connection, tenant["id"])
        await offer(cloud, tenant["id"], scope, what)
        try:
            found: object = [row async for row in connection.cost.rows(scope, QUERY, *OCTOBER)]
        except UpstreamError as error:
            found = cost_state_of(error)
        await offer(cloud, tenant["id"], scope, "available")
    assert found == ([] if state is None else state)


async def test_without_a_role_and_after_a_lost_delegation_there_is_no_access(cloud: Cloud) -> None:
    customer = next(row for row in cloud.tenants if row["reach"] == "lighthouse")
    async with connected(cloud, cloud.tenants[0]) as (partner,):
        scope = await production_of(partner, customer["id"])
        assert [row async for row in partner.cost.rows(scope, QUERY, *OCTOBER)]
        await cloud.order("delegation", {"tenant": customer["id"], "delegated": False})
        with pytest.raises(UpstreamError) as lost:
            [row async for row in partner.cost.rows(scope, QUERY, *OCTOBER)]
        await cloud.order("delegation", {"tenant": customer["id"], "delegated": True})
    assert cost_state_of(lost.value) is CostState.NO_ACCESS


async def test_forecasts_and_budgets_are_read(cloud: Cloud) -> None:
    tenant = cloud.tenant()
    today = datetime.fromtimestamp((await cloud.order("clock", {"seconds": 0}))["now"], UTC).date()
    async with connected(cloud, tenant) as (connection,):
        own = await subscriptions_of(connection, tenant["id"])
        scope = await production_of(connection, tenant["id"])
        window = today - timedelta(days=3), today + timedelta(days=10)
        rows = [row async for row in connection.cost.forecast(scope, *window)]
        budgets = []
        for item in own:
            await offer(cloud, tenant["id"], item["id"], "available")
            budgets += [budget async for budget in connection.cost.budgets(item["id"])]
    assert {row["CostStatus"] for row in rows if (row.day or today) < today} == {"Actual"}
    assert {row["CostStatus"] for row in rows if (row.day or today) >= today} == {"Forecast"}
    assert budgets
    assert all(budget.amount > 0 and budget.spent is not None and budget.thresholds for budget in budgets)
