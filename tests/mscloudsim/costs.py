"""What the cost tests of the simulator are told in: queries, all their pages, and the ledger to hold them against."""

import json
from collections import defaultdict
from typing import Any
from urllib.parse import urlencode

from tests.mscloudsim.azure import Item
from tests.mscloudsim.cloud import Answer, Cloud

VERSION = "api-version=2025-03-01"
OCTOBER = {"from": "2026-10-01T00:00:00Z", "to": "2026-10-31T23:59:59Z"}


def definition(*groupings: str, granularity: str = "Daily", kind: str = "ActualCost", **dataset: Any) -> Item:
    """A query for October; groupings are dimensions, or tags as `tag:env`."""
    grouping = [
        {"type": "TagKey", "name": name.removeprefix("tag:")}
        if name.startswith("tag:")
        else {"type": "Dimension", "name": name}
        for name in groupings
    ]
    sums = {"totalCost": {"name": "Cost", "function": "Sum"}}
    return {
        "type": kind,
        "timeframe": "Custom",
        "timePeriod": OCTOBER,
        "dataset": {"granularity": granularity, "aggregation": sums, "grouping": grouping, **dataset},
    }


def post(cloud: Cloud, token: str, path: str, body: Any, client: str | None = "tests") -> Answer:
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    if client is not None:
        headers["clienttype"] = client
    return cloud.call(path, json.dumps(body).encode(), headers, "POST")


def query(cloud: Cloud, token: str, scope: str, body: Any, *, top: int = 1000, client: str | None = "tests") -> Answer:
    path = f"{scope}/providers/Microsoft.CostManagement/query?{VERSION}&$top={top}"
    return post(cloud, token, path, body, client)


def rows(cloud: Cloud, token: str, scope: str, body: Any, top: int = 1000) -> list[Item]:
    """Every row of a query by column name. Throttling has to be off."""
    answer, found = query(cloud, token, scope, body, top=top), list[Item]()
    while True:
        assert answer.status == 200, answer.body
        told = answer.json()["properties"]
        names = [column["name"] for column in told["columns"]]
        assert len(told["rows"]) <= top
        found += [dict(zip(names, row, strict=True)) for row in told["rows"]]
        if told["nextLink"] is None:
            return found
        answer = post(cloud, token, told["nextLink"].removeprefix(cloud.url), body)


def micro(amount: float) -> int:
    return round(amount * 1_000_000)


def by_day(found: list[Item]) -> dict[tuple[str, str], int]:
    """Millionths by day and currency."""
    sums = defaultdict[tuple[str, str], int](int)
    for row in found:
        day = str(row["UsageDate"])
        sums[f"{day[:4]}-{day[4:6]}-{day[6:]}", row["Currency"]] += micro(row["Cost"])
    return dict(sums)


def ledger(
    cloud: Cloud, tenant: str, subscription: str, what: str = "told", **options: str
) -> dict[tuple[str, str], int]:
    """The same by the control API."""
    asked = {"from": "2026-10-01", "to": "2026-10-31", "tenant": tenant, "subscription": subscription, **options}
    told = cloud.order(f"costs/ledger?{urlencode(asked)}", method="GET")
    assert told["unit"] == "millionths"
    return {(row["day"], row["currency"]): row[what] for row in told["rows"] if row[what]}


def change(cloud: Cloud, kind: str, **values: Any) -> Any:
    return cloud.order("changes", {"kind": kind, **values})
