"""Budgets and the gate: who may send, when, and before whom; alone and shared between nodes."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from tests.microsoft.counterparts import CONTOSO, FABRIKAM, Script, connect, delayed, says

from tenantry.microsoft import HttpLimits, Microsoft, Priority, RedisStore, RetryPolicy, simulator
from tenantry.microsoft.budgets import Budgets
from tenantry.microsoft.gate import Gate
from tenantry.microsoft.limits import BudgetStore, Charge, Limit, MemoryStore
from tenantry.microsoft.rates import IDENTITY, arm_charges, graph_charges

SLOW = Charge("slow", Limit(5, 20))


@pytest.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[BudgetStore]:
    if request.param == "memory":
        yield MemoryStore()
        return
    redis = Redis.from_url(request.getfixturevalue("redis_address"))
    await redis.flushall()
    yield RedisStore(redis)
    await redis.aclose()


async def test_a_bucket_gives_its_burst_and_then_its_rate(store: BudgetStore) -> None:
    budgets, started = Budgets(store), time.monotonic()
    for _ in range(15):
        await budgets.acquire((SLOW,), Priority.NORMAL, 60)
    assert time.monotonic() - started >= (15 - 5) / 20 * 0.95


async def test_a_pause_holds_for_everybody_and_slows_down_what_follows(store: BudgetStore) -> None:
    budgets, started = Budgets(store), time.monotonic()
    await budgets.pause(SLOW.key, 0.5)
    await asyncio.gather(*(budgets.acquire((SLOW,), Priority.INTERACTIVE, 60) for _ in range(3)))
    assert time.monotonic() - started >= 0.5


async def test_what_the_service_says_remains_is_believed_when_it_is_less(store: BudgetStore) -> None:
    await store.lower(SLOW, 1)
    assert await store.take(SLOW) == 0
    assert await store.take(SLOW) > 0
    await store.lower(SLOW, 100)
    assert await store.take(SLOW) > 0, "more than we think remains is not believed: answers come out of order"


async def test_the_true_cost_is_charged_afterwards(store: BudgetStore) -> None:
    await store.adjust(SLOW, 15)
    assert await store.take(SLOW) >= 0.4


async def test_the_urgent_go_first(store: BudgetStore) -> None:
    budgets, order = Budgets(store), list[str]()
    await store.adjust(SLOW, 10)

    async def ask(name: str, priority: Priority) -> None:
        await budgets.acquire((SLOW,), priority, 60)
        order.append(name)

    scheduled = [asyncio.create_task(ask("scheduled", Priority.BACKGROUND)) for _ in range(5)]
    await asyncio.sleep(0.05)
    person = asyncio.create_task(ask("person", Priority.INTERACTIVE))
    await asyncio.gather(*scheduled, person)
    assert order[0] == "person"


async def test_who_gives_up_waiting_leaves_no_trace(store: BudgetStore) -> None:
    budgets = Budgets(store)
    await budgets.pause(SLOW.key, 0.3)
    waiters = [asyncio.create_task(budgets.acquire((SLOW,), Priority.NORMAL, 60)) for _ in range(20)]
    await asyncio.sleep(0.05)
    for waiter in waiters[:19]:
        waiter.cancel()
    await asyncio.wait_for(waiters[19], 2)
    assert budgets.waiting(SLOW.key) == 0


async def test_nodes_share_a_budget(redis_address: str) -> None:
    nodes = [Redis.from_url(redis_address) for _ in range(3)]
    await nodes[0].flushall()
    stores = [RedisStore(node) for node in nodes]
    charge = Charge("shared", Limit(10, 0.001))
    takes = await asyncio.gather(*(store.take(charge) for store in stores for _ in range(10)))
    assert sum(wait == 0 for wait in takes) == 10
    await stores[0].pause("shared", 30)
    assert await stores[1].paused("shared") > 29
    for node in nodes:
        await node.aclose()


async def test_without_redis_a_node_keeps_to_the_limits_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    redis = Redis.from_url("unix:///nonexistent/redis")
    store = RedisStore(redis)
    takes = [await store.take(Charge("alone", Limit(3, 0.001))) for _ in range(5)]
    assert [wait == 0 for wait in takes] == [True, True, True, False, False]
    assert "budgets are not shared" in caplog.text
    await redis.aclose()


async def test_a_flood_of_one_tenant_delays_its_neighbour_by_one_request(script: Script) -> None:
    script.on("/v1.0/users", delayed(0.05))
    async with Microsoft(simulator(script.address), limits=HttpLimits(4, 4, 0)) as microsoft:
        loud, quiet = connect(microsoft, CONTOSO), connect(microsoft, FABRIKAM)
        await asyncio.gather(loud.permissions(), quiet.permissions())
        flood = [asyncio.create_task(loud.graph.get("/users")) for _ in range(200)]
        await asyncio.sleep(0.1)
        served = len(script.seen)
        await quiet.graph.get("/users")
        assert len(script.seen) - served <= 4 * 4, "200 requests were waiting before it"
        for task in flood:
            task.cancel()
        await asyncio.wait(flood)


async def test_a_person_does_not_wait_behind_scheduled_work() -> None:
    gate = Gate(slots=4, per_tenant=4, reserved=1)
    for _ in range(3):
        assert not await gate.enter("contoso", Priority.BACKGROUND)
    scheduled = asyncio.create_task(gate.enter("contoso", Priority.BACKGROUND))
    await asyncio.sleep(0)
    await asyncio.wait_for(gate.enter("fabrikam", Priority.INTERACTIVE), 1)
    assert not scheduled.done()
    gate.leave("fabrikam")
    gate.leave("contoso")
    assert await asyncio.wait_for(scheduled, 1)


async def test_a_slow_tenant_cannot_hold_every_connection() -> None:
    gate = Gate(slots=8, per_tenant=3, reserved=0)
    held = [asyncio.create_task(gate.enter("slow", Priority.BACKGROUND)) for _ in range(8)]
    await asyncio.sleep(0)
    assert sum(task.done() for task in held) == 3
    await asyncio.wait_for(gate.enter("quick", Priority.BACKGROUND), 1)
    for task in held:
        task.cancel()
    await asyncio.wait(held)


async def test_what_answers_say_of_the_limits_is_learned(script: Script, microsoft: Microsoft) -> None:
    script.on("/v1.0/users", says({"value": []}, x_ms_resource_unit="2", x_ms_throttle_limit_percentage="1.2"))
    policy = RetryPolicy(attempts=1, longest_retry_after=0.0)
    contoso = connect(microsoft, CONTOSO, policy=policy)
    await contoso.graph.get("/users")
    charge = Charge(f"graph|{CONTOSO}|app", IDENTITY["L"], 2)
    assert await microsoft.budgets.store.take(charge) > 0
    assert await microsoft.budgets.store.take(Charge(f"graph|{FABRIKAM}|app", IDENTITY["L"], 2)) == 0


@pytest.mark.parametrize(
    ("url", "budget", "cost"),
    [
        ("/v1.0/users", "graph", 2),
        ("/v1.0/users?$select=id", "graph", 1),
        ("/v1.0/groups/1/members", "graph", 3),
        ("/v1.0/groups/1/transitiveMembers?$select=id", "graph", 4),
        ("/v1.0/users?$expand=manager", "graph", 3),
        ("/v1.0/users?$top=5", "graph", 1),
        ("/v1.0/domains", "graph", 1),
        ("/v1.0/auditLogs/signIns", "graph-reports", 1),
        ("/v1.0/identity/conditionalAccess/policies", "graph-conditional-access", 1),
        ("/v1.0/security/secureScores", "graph-security", 1),
    ],
)
def test_a_read_costs_what_is_published(url: str, budget: str, cost: float) -> None:
    [charge] = graph_charges("GET", f"https://graph.microsoft.com{url}", "t", "a")
    assert (charge.key.split("|")[0], charge.cost) == (budget, cost)


def test_arm_is_metered_per_subscription_and_operation() -> None:
    url = "https://management.azure.com/subscriptions/S1/resources?api-version=2021-04-01"
    assert arm_charges("GET", url, "t", "a")[0].key == "arm-reads|s1|a"
    assert arm_charges("PUT", url, "t", "a")[0].key == "arm-writes|s1|a"
    assert arm_charges("GET", "https://management.azure.com/subscriptions?api-version=1", "t", "a")[0].key == (
        "arm-reads|t|a"
    )


async def test_what_was_taken_for_one_caller_and_used_by_another_is_settled(store: BudgetStore) -> None:
    """A caller that left while its turn was being taken must take nothing along."""
    budgets, big = Budgets(store), Charge(SLOW.key, SLOW.limit, 5)
    await store.adjust(SLOW, 5)
    waiting = asyncio.create_task(budgets.acquire((big,), Priority.BACKGROUND, 60))
    await asyncio.sleep(0.05)
    waiting.cancel()
    await asyncio.wait([waiting])
    await asyncio.sleep(0.5)
    assert await store.take(big) == 0.0


async def test_a_redis_that_hangs_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenantry.microsoft.shared_budgets._PATIENCE", 0.2)

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    redis = Redis.from_url(f"redis://127.0.0.1:{silent.sockets[0].getsockname()[1]}")
    store = RedisStore(redis)
    async with asyncio.timeout(2):
        takes = await asyncio.gather(*(store.take(Charge("alone", Limit(3, 0.001))) for _ in range(5)))
    assert sum(wait == 0 for wait in takes) == 3
    await redis.aclose()
    silent.close()
    await silent.wait_closed()
    await asyncio.sleep(0.05)


async def test_a_pause_told_while_redis_was_away_is_obeyed_when_it_is_back(redis_address: str) -> None:
    redis = Redis.from_url(redis_address)
    await redis.flushall()
    away = Redis.from_url("unix:///nonexistent/redis")
    store = RedisStore(away)
    await store.pause("shared", 30)
    store._run, store._local_until = RedisStore(redis)._run, 0.0
    assert await store.paused("shared") > 29
    assert await store.take(Charge("shared", Limit(10, 10))) > 29
    await away.aclose()
    await redis.aclose()


async def test_two_clouds_in_one_redis_have_budgets_of_their_own(redis_address: str) -> None:
    redis = Redis.from_url(redis_address)
    await redis.flushall()
    public, government = RedisStore(redis, "public"), RedisStore(redis, "us_gov")
    await public.pause("graph|t|a", 30)
    assert await public.paused("graph|t|a") > 29
    assert await government.paused("graph|t|a") == 0
    await redis.aclose()
