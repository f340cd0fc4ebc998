"""Cost Management answers by a script: tables by column name, budgets by header, and refusals that are states."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.microsoft.counterparts import CONTOSO, FABRIKAM, Answer, Script, connect, refuses, says

from tenantry.microsoft import Connection, Kind, Microsoft, Priority, UpstreamError, simulator
from tenantry.microsoft.budgets import Budgets
from tenantry.microsoft.cost import (
    CostKind,
    CostQuery,
    CostsRefused,
    CostState,
    CostWaits,
    Granularity,
    cost_state_of,
)
from tenantry.microsoft.limits import Charge, Limit

SCOPE = "/subscriptions/s1"
QUERY = f"{SCOPE}/providers/Microsoft.CostManagement/query"
FORECAST = f"{SCOPE}/providers/Microsoft.CostManagement/forecast"
BUDGETS = f"{SCOPE}/providers/Microsoft.Consumption/budgets"
PREFIX = "x_ms_ratelimit_microsoft.costmanagement"
OCTOBER = date(2026, 10, 1), date(2026, 10, 31)
BY_SERVICE = CostQuery(("ServiceName",))


@pytest.fixture
async def microsoft(script: Script) -> AsyncIterator[Microsoft]:
    async with Microsoft(simulator(script.address), cost_waits=CostWaits(floor=0.4, extra=0.1)) as microsoft:
        yield microsoft


@pytest.fixture
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Budgets that are full again at once, so that only what was told is waited for."""
    for name in ("COST_ENTITY", "COST_TENANT", "COST_CLIENT"):
        monkeypatch.setattr(f"tenantry.microsoft.rates.{name}", Limit(100, 1000))
    monkeypatch.setattr("tenantry.microsoft.rates.COST_UNITS", {"QueriesPer10Sec": Limit(100, 1000)})


def table(*rows: list[Any], columns: str = "Cost UsageDate ServiceName Currency", link: str | None = None) -> Answer:
    named = [{"name": name, "type": "String"} for name in columns.split()]
    return says({"properties": {"nextLink": link, "columns": named, "rows": list(rows)}})


async def test_columns_are_read_by_name_whatever_their_order(script: Script, contoso: Connection) -> None:
    script.on(
        QUERY,
        table(
            ["Storage", "EUR", 20261001, 0.1],
            ["Key Vault", "USD", 20261002, 6e-05],
            columns="ServiceName Currency UsageDate PreTaxCost",
        ),
    )
    found = [row async for row in contoso.cost.rows(SCOPE, BY_SERVICE, *OCTOBER)]
    assert [(row.day, row["ServiceName"], row.amount, row.currency) for row in found] == [
        (date(2026, 10, 1), "Storage", Decimal("0.1"), "EUR"),
        (date(2026, 10, 2), "Key Vault", Decimal("0.00006"), "USD"),
    ]
    asked = json.loads(script.seen[0].body)
    assert asked["timePeriod"] == {"from": "2026-10-01T00:00:00Z", "to": "2026-10-31T23:59:59Z"}
    assert (asked["type"], asked["dataset"]["granularity"]) == ("AmortizedCost", "Daily")
    assert script.seen[0].headers["ClientType"] == "Tenantry"


async def test_pages_are_posted_with_the_body_of_the_first(script: Script, contoso: Connection) -> None:
    link = f"{script.address}{QUERY}?api-version=2025-03-01&$skiptoken=two"
    script.on(
        QUERY, table([1, 20261001, "a", "EUR"], link=link), table(link=f"{link}more"), table([2, 20261002, "b", "EUR"])
    )
    pages = [page async for page in contoso.cost.pages(SCOPE, BY_SERVICE, *OCTOBER)]
    assert [row["ServiceName"] for page in pages for row in page.rows] == ["a", "b"]
    assert [request.method for request in script.seen] == ["POST"] * 3
    assert len({request.body for request in script.seen}) == 1
    script.seen.clear()
    script.on(QUERY, table([2, 20261002, "b", "EUR"]))
    again = [page async for page in contoso.cost.pages(SCOPE, BY_SERVICE, *OCTOBER, resume=pages[0].after)]
    assert [row["ServiceName"] for page in again for row in page.rows] == ["b"]
    assert "$skiptoken=two" in script.seen[0].query


async def test_a_long_range_is_asked_month_by_month_and_taken_up_again(script: Script, contoso: Connection) -> None:
    script.on(QUERY, table([1, 20261001, "a", "EUR"]))
    window = date(2026, 9, 15), date(2026, 11, 20)
    pages = [page async for page in contoso.cost.pages(SCOPE, BY_SERVICE, *window)]
    periods = [json.loads(request.body)["timePeriod"] for request in script.seen]
    assert [(period["from"][:10], period["to"][:10]) for period in periods] == [
        ("2026-09-15", "2026-09-30"),
        ("2026-10-01", "2026-10-31"),
        ("2026-11-01", "2026-11-20"),
    ]
    assert [page.after for page in pages] == ["2026-10-01|", "2026-11-01|", None]
    script.seen.clear()
    assert len([page async for page in contoso.cost.pages(SCOPE, BY_SERVICE, *window, resume="2026-11-01|")]) == 1
    with pytest.raises(ValueError, match="twelve months"):
        CostQuery(granularity=Granularity.NONE).windows(date(2025, 1, 1), date(2026, 11, 1)).__next__()


@pytest.mark.parametrize("empty", [says(status=204), table()], ids=["204", "no rows"])
async def test_nothing_is_no_usage_and_no_error(script: Script, contoso: Connection, empty: Answer) -> None:
    script.on(QUERY, empty)
    assert [row async for row in contoso.cost.rows(SCOPE, CostQuery(), *OCTOBER)] == []


@pytest.mark.parametrize(
    "answer",
    [
        says({"properties": None}),
        says({"properties": {"columns": [], "rows": [[1]]}}),
        table([1, 20261001, "a"]),
        table([1, 20261001, "a"], columns="Cost UsageDate ServiceName"),
        table(["much", 20261001, "a", "EUR"]),
        table([1, 20261341, "a", "EUR"]),
        table([1, 20261001, "a", "EUR"], columns="Sum UsageDate ServiceName Currency"),
    ],
)
async def test_what_is_no_table_of_costs_is_never_taken_for_one(
    script: Script, contoso: Connection, answer: Answer
) -> None:
    script.on(QUERY, answer)
    with pytest.raises(UpstreamError) as refused:
        [row async for row in contoso.cost.rows(SCOPE, CostQuery(), *OCTOBER)]
    assert refused.value.kind is Kind.MALFORMED
    assert cost_state_of(refused.value) is CostState.STALE


@pytest.mark.parametrize(
    ("status", "code", "message", "state", "kind"),
    [
        (400, "IndirectCostDisabled", "", CostState.BLOCKED_BY_PARTNER, Kind.UNSUPPORTED),
        (400, "AccountCostDisabled", "", CostState.UNSUPPORTED, Kind.UNSUPPORTED),
        (400, "SubscriptionCostDisabled", "", CostState.UNSUPPORTED, Kind.UNSUPPORTED),
        (400, "BadRequest", "The offer MS-AZR-0148P is not supported.", CostState.UNSUPPORTED, Kind.UNSUPPORTED),
        (400, "BadRequest", "Invalid query definition: dataset", CostState.UNSUPPORTED, Kind.UNSUPPORTED),
        (404, "NotFound", "s1 doesn't have valid WebDirect/AIRS offer type", CostState.UNSUPPORTED, Kind.UNSUPPORTED),
        (404, "NotFound", "Cost management data is not supported for subscription(s) s1", CostState.UNSUPPORTED,
         Kind.UNSUPPORTED),
        (404, "404", "", CostState.TOO_NEW, Kind.NOT_FOUND),
        (404, 404, "", CostState.TOO_NEW, Kind.NOT_FOUND),
        (401, "RBACAccessDenied", "", CostState.NO_ACCESS, Kind.NO_ACCESS),
        (401, "Unauthorized", "", CostState.NO_ACCESS, Kind.NO_ACCESS),
        (403, "AuthorizationFailed", "", CostState.NO_ACCESS, Kind.NO_ACCESS),
        (401, "InvalidAuthenticationTokenTenant", "", CostState.NO_ACCESS, Kind.NO_ACCESS),
        (400, "BadRequest", "Invalid query definition: at most 2 grouping items", None, Kind.BAD_REQUEST),
        (404, "SubscriptionNotFound", "", None, Kind.NOT_FOUND),
    ],
)  # fmt: skip
async def test_a_refusal_is_a_state_and_asked_once(
    script: Script, contoso: Connection, status: int, code: Any, message: str, state: CostState | None, kind: Kind
) -> None:
    script.on(QUERY, says({"error": {"code": code, "message": message}}, status))
    with pytest.raises(UpstreamError) as refused:
        [row async for row in contoso.cost.rows(SCOPE, CostQuery(), *OCTOBER)]
    assert (cost_state_of(refused.value), refused.value.kind) == (state, kind)
    assert isinstance(refused.value, CostsRefused) == (state is not None)
    assert refused.value.missing_permission == ("Cost Management Reader" if kind is Kind.NO_ACCESS else None)
    assert len(script.seen) == 1


@pytest.mark.usefixtures("roomy")
@pytest.mark.parametrize(
    ("hints", "wait"),
    [
        ({}, 0.4),
        ({"Retry_After": "0"}, 0.4),
        ({"Retry_After": "0", f"{PREFIX}_entity_retry_after": "1"}, 1.1),
        ({f"{PREFIX}_clienttype_retry_after": "1", f"{PREFIX}_client_retry_after": "0"}, 1.1),
        ({f"{PREFIX}_qpu_retry_after": "1", f"{PREFIX}_tenant_retry_after": "0"}, 1.1),
    ],
)
async def test_the_longest_hint_is_waited_out_and_a_little_more(
    script: Script, contoso: Connection, hints: dict[str, str], wait: float
) -> None:
    script.on(QUERY, refuses(429, "429", "Too many requests. Please retry.", **hints), table([1, 20261001, "a", "EUR"]))
    assert [row.amount async for row in contoso.cost.rows(SCOPE, CostQuery(), *OCTOBER)] == [1]
    first, second = script.times(QUERY)
    assert wait <= second - first < wait + 1


@pytest.mark.usefixtures("roomy")
@pytest.mark.parametrize(
    ("bucket", "other_subscription", "other_tenant"),
    [("entity", 0.0, 0.0), ("tenant", 0.9, 0.0), ("qpu", 0.9, 0.0), ("clienttype", 0.9, 0.9), ("client", 0.9, 0.9)],
)
async def test_whoever_shares_the_bucket_waits_and_nobody_else(
    script: Script, microsoft: Microsoft, bucket: str, other_subscription: float, other_tenant: float
) -> None:
    neighbour = QUERY.replace("s1", "s2")
    script.on(QUERY, refuses(429, "429", **{f"{PREFIX}_{bucket}_retry_after": "1"}), table())
    script.on(neighbour, table())
    contoso, fabrikam = connect(microsoft, CONTOSO), connect(microsoft, FABRIKAM)
    await asyncio.gather(contoso.token(microsoft.cloud.arm_audience), fabrikam.token(microsoft.cloud.arm_audience))

    async def ask(connection: Connection, scope: str) -> None:
        assert [row async for row in connection.cost.rows(scope, CostQuery(), *OCTOBER)] == []

    refused = asyncio.create_task(ask(contoso, SCOPE))
    await asyncio.sleep(0.3)
    told = script.seen[0].at
    for connection, least in ((fabrikam, other_tenant), (contoso, other_subscription)):
        script.seen.clear()
        await ask(connection, "/subscriptions/s2")
        assert script.seen[-1].at - told >= least
        if not least:
            assert script.seen[-1].at - told < 0.9
    await refused


async def test_a_wait_beyond_our_patience_is_told_and_not_shortened(script: Script, contoso: Connection) -> None:
    script.on(QUERY, refuses(429, "429", **{f"{PREFIX}_qpu_retry_after": "90"}))
    with pytest.raises(UpstreamError) as refused:
        [row async for row in contoso.cost.rows(SCOPE, CostQuery(), *OCTOBER)]
    assert refused.value.kind is Kind.THROTTLED
    assert (refused.value.retry_after or 0) > 90
    assert cost_state_of(refused.value) is CostState.STALE
    with pytest.raises(UpstreamError):
        [row async for row in contoso.cost.rows(SCOPE, CostQuery(), *OCTOBER)]
    assert len(script.seen) == 1, "nobody asks before the time"


async def test_what_answers_say_is_left_is_believed(script: Script, contoso: Connection) -> None:
    told = {
        f"{PREFIX}_qpu_remaining": "QueriesPerHour:577,QueriesPerMin:0,QueriesPer10Sec:11",
        "x_ms_ratelimit_remaining_microsoft.costmanagement_entity_requests": "DefaultQuota:3",
    }
    script.on(QUERY, says({"properties": {"columns": [], "rows": []}}, 200, **told))
    for _ in range(2):
        assert [row async for row in contoso.cost.rows(SCOPE, CostQuery(), *OCTOBER)] == []
    first, second = script.times(QUERY)
    assert second - first >= 0.9, "a unit a second comes back"


async def test_owners_of_a_shared_budget_take_turns() -> None:
    """A hundred queries of one Microsoft tenant delay another's by one each."""
    budgets, order, limit = Budgets(), list[str](), Limit(1, 200)
    await budgets.acquire((Charge("shared", limit),), Priority.BACKGROUND, 60)

    async def ask(owner: str) -> None:
        await budgets.acquire((Charge("shared", limit, owner=owner),), Priority.BACKGROUND, 60)
        order.append(owner)

    loud = [asyncio.create_task(ask("loud")) for _ in range(60)]
    await asyncio.sleep(0.05)
    quiet = [asyncio.create_task(ask("quiet")) for _ in range(5)]
    served = len(order)
    await asyncio.gather(*quiet)
    assert len(order) - served <= 2 * 5 + 2
    await asyncio.gather(*loud)
    assert len(order) == 65
    await budgets.close()


async def test_a_forecast_says_what_was_and_what_is_expected(script: Script, contoso: Connection) -> None:
    columns = "PreTaxCost UsageDate CostStatus Currency"
    script.on(FORECAST, table([2.5, 20261126, "Actual", "USD"], [3, 20261127, "Forecast", "USD"], columns=columns))
    window = date(2026, 11, 26), date(2026, 12, 31)
    found = [row async for row in contoso.cost.forecast(SCOPE, *window, CostKind.ACTUAL)]
    assert [(row.amount, row["CostStatus"]) for row in found] == [(Decimal("2.5"), "Actual"), (3, "Forecast")]
    assert json.loads(script.seen[0].body)["includeActualCost"] is True


@pytest.mark.parametrize(
    ("status", "code", "kind"), [(400, "CantForecastOnThePast", Kind.BAD_REQUEST), (424, "Failed", Kind.UNSUPPORTED)]
)
async def test_a_forecast_that_cannot_be_made(
    script: Script, contoso: Connection, status: int, code: str, kind: Kind
) -> None:
    script.on(FORECAST, refuses(status, code))
    with pytest.raises(UpstreamError) as refused:
        [row async for row in contoso.cost.forecast(SCOPE, *OCTOBER)]
    assert refused.value.kind is kind


async def test_budgets_with_what_is_spent_of_them(script: Script, contoso: Connection) -> None:
    properties = {
        "amount": 600.65,
        "timeGrain": "Monthly",
        "timePeriod": {"startDate": "2026-10-01T00:00:00Z"},
        "currentSpend": {"amount": 120.89, "unit": "USD"},
        "notifications": {
            "a": {"enabled": True, "operator": "GreaterThan", "threshold": 80, "contactEmails": []},
            "b": {"enabled": False, "operator": "GreaterThan", "threshold": 90, "contactEmails": []},
        },
    }
    script.on(BUDGETS, says({"value": [{"id": "Subscriptions/S1/b", "name": "b", "properties": properties}]}))
    (budget,) = [budget async for budget in contoso.cost.budgets(SCOPE)]
    assert (budget.id, budget.amount, budget.spent) == ("/subscriptions/s1/b", Decimal("600.65"), Decimal("120.89"))
    assert (budget.forecast, budget.starts, budget.ends) == (None, date(2026, 10, 1), None)
    assert budget.thresholds == (("Actual", Decimal(80)),)
    script.on(
        BUDGETS,
        refuses(429, "429", **{"x_ms_ratelimit_microsoft.consumption_retry_after": "1"}),
        says({"value": []}),
    )
    script.seen.clear()
    assert [budget async for budget in contoso.cost.budgets(SCOPE)] == []
    first, second = script.times(BUDGETS)
    assert second - first >= 1


async def test_a_saved_link_never_leads_elsewhere(contoso: Connection) -> None:
    with pytest.raises(UpstreamError, match="this cloud's ARM"):
        [
            page
            async for page in contoso.cost.pages(
                SCOPE, CostQuery(), *OCTOBER, resume="2026-10-01|https://evil.example/"
            )
        ]
