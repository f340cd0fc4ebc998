"""What Cost Management lets one ask, and what it expects: quotas, forecasts, budgets."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.mscloudsim.azure import Item, subscriptions
from tests.mscloudsim.cloud import Cloud
from tests.mscloudsim.costs import OCTOBER, VERSION, definition, post, query


class TestQuotas:
    def test_a_subscription_takes_four_and_says_when_the_next_is_due(
        self, cloud: Cloud, token: str, subscription: Item
    ) -> None:
        answers = [query(cloud, token, subscription["id"], definition(granularity="None")) for _ in range(5)]
        left = [
            answer.headers.get("x-ms-ratelimit-remaining-microsoft.costmanagement-entity-requests")
            for answer in answers
        ]
        assert left == [*(f"DefaultQuota:{number}" for number in (3, 2, 1, 0)), None]
        assert answers[0].headers["x-ms-ratelimit-microsoft.costmanagement-qpu-consumed"] == "1"
        assert answers[0].headers["x-ms-ratelimit-microsoft.costmanagement-qpu-remaining"] == (
            "QueriesPerHour:599,QueriesPerMin:59,QueriesPer10Sec:11"
        )
        refused = answers[4]
        assert refused.json() == {"error": {"code": "429", "message": "Too many requests. Please retry."}}
        assert 1 <= int(refused.headers["x-ms-ratelimit-microsoft.costmanagement-entity-retry-after"]) <= 15
        assert "retry-after" not in refused.headers

    def test_a_year_costs_twelve_units_and_empties_the_bucket_of_the_tenant(
        self, cloud: Cloud, token: str, subscription: Item
    ) -> None:
        year = {**definition(granularity="None"), "timePeriod": {"from": "2025-10-01", "to": "2026-10-01"}}
        first = query(cloud, token, subscription["id"], year)
        assert first.headers["x-ms-ratelimit-microsoft.costmanagement-qpu-consumed"] == "12"
        others = (item for item in subscriptions(cloud, token) if item["id"] != subscription["id"])
        refused = query(cloud, token, next(others)["id"], definition())
        assert refused.status == 429
        wait = int(refused.headers["x-ms-ratelimit-microsoft.costmanagement-qpu-retry-after"])
        assert wait >= 1
        early = query(cloud, token, subscription["id"], definition())
        assert early.status == 429
        assert any(key.startswith("cost-qpu|") for key in cloud.order("stats", method="GET")["too_early"])
        cloud.order("clock", {"seconds": wait})
        assert query(cloud, token, subscription["id"], definition()).status == 200

    def test_without_a_client_type_one_shares_a_bucket_that_others_emptied(self, cloud: Cloud, token: str) -> None:
        own = [item["id"] for item in subscriptions(cloud, token)]
        answers = [query(cloud, token, scope, definition(), client=None) for scope in own[:2]]
        assert answers[1].status == 429
        assert answers[1].headers.keys() >= {
            f"x-ms-ratelimit-microsoft.costmanagement-{kind}-retry-after" for kind in ("client", "clienttype")
        }


@pytest.mark.usefixtures("unmetered")
class TestForecastsAndBudgets:
    def _forecast(self, cloud: Cloud, token: str, scope: str, since: str, until: str, **more: Any) -> Any:
        body = {**definition(), "timePeriod": {"from": since, "to": until}, **more}
        return post(cloud, token, f"{scope}/providers/Microsoft.CostManagement/forecast?{VERSION}", body)

    def test_what_was_and_what_is_expected(self, cloud: Cloud, token: str, subscription: Item) -> None:
        today = int(cloud.order("clock", {"seconds": 0})["now"] // 86_400)
        told = self._forecast(
            cloud, token, subscription["id"], _iso(today - 5), _iso(today + 40), includeActualCost=True
        )
        table = told.json()["properties"]
        names = [column["name"] for column in table["columns"]]
        assert names == ["Cost", "UsageDate", "CostStatus", "Currency"]
        found = [dict(zip(names, row, strict=True)) for row in table["rows"] if row[3] == "EUR"]
        assert [row["CostStatus"] for row in found] == ["Actual"] * 5 + ["Forecast"] * 41
        expected = [row["Cost"] for row in found[5:]]
        assert 0 < max(expected) < 10 * min(expected)

    def test_the_past_is_not_forecast(self, cloud: Cloud, token: str, subscription: Item) -> None:
        refused = self._forecast(cloud, token, subscription["id"], OCTOBER["from"], OCTOBER["to"])
        assert (refused.status, refused.json()["error"]["code"]) == (400, "CantForecastOnThePast")

    def test_budgets_say_what_is_and_will_be_spent(self, cloud: Cloud, token: str, subscription: Item) -> None:
        found = []
        for each in subscriptions(cloud, token):
            path = f"{each['id']}/providers/Microsoft.Consumption/budgets"
            answer = cloud.get(f"{path}?{VERSION}", token)
            listed = answer.json()["value"] if answer.status == 200 else []
            assert all(
                cloud.get(f"{path}/{item['name']}?{VERSION}", token).json()["id"] == item["id"] for item in listed
            )
            found += [item["properties"] for item in listed]
        assert found
        for item in found:
            assert 0 <= item["currentSpend"]["amount"] <= item["forecastSpend"]["amount"]
            assert item["currentSpend"]["unit"] == "EUR"
        production = next(
            item["id"] for item in subscriptions(cloud, token) if item["displayName"].endswith("Production")
        )
        nothing = cloud.get(f"{production}/providers/Microsoft.Consumption/budgets/none?{VERSION}", token)
        assert nothing.status == 404


def _iso(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400, UTC).strftime("%Y-%m-%dT00:00:00Z")
