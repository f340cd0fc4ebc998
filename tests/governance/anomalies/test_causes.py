"""What was changed where the money moved: neither elsewhere nor at another time."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.support.cast import Cast
from tests.support.estate import add_microsoft_tenant

from tenantry.governance.anomalies.causes import changes_around
from tenantry.governance.anomalies.incidents import Level
from tenantry.governance.anomalies.models import CostAnomaly
from tenantry.governance.resources.changes.models import ResourceChange
from tenantry.platform.work import Platform, Work

SHOP, DATA = (f"/subscriptions/s/resourcegroups/{name}" for name in ("shop", "data"))
DAY = date(2026, 11, 17)


def change(
    key: UUID, name: str, group: str, day: int, hour: int = 12, minute: int = 0, *, subscription: str = "s"
) -> ResourceChange:
    return ResourceChange(
        microsoft_tenant_id=key,
        item_key=name,
        body_id=uuid4(),
        changed_at=datetime(2026, 11, day, hour, minute, tzinfo=UTC),
        resource_key=f"{group}/providers/vm/{name}",
        name=name,
        resource_type="vm",
        group_key=group,
        subscription_key=subscription,
        kind="update",
        changed_by="dana@contoso.example",
        changed_by_key="dana@contoso.example",
        changed_by_type="user",
        client="portal",
        operation="",
        changes_count=1,
        changes={},
    )


def anomaly(key: UUID, level: Level, name: str = "", movers: list[dict[str, Any]] | None = None) -> CostAnomaly:
    return CostAnomaly(
        microsoft_tenant_id=key,
        subscription_key="s",
        level=level,
        name=name,
        currency="EUR",
        is_increase=True,
        first_day=DAY,
        last_day=DAY,
        days={},
        expected=0,
        actual=0,
        movers=movers or [],
        found_at=datetime(2026, 11, 20, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("level", "name", "movers", "expected"),
    [
        (Level.SUBSCRIPTION, "", [], ["resized", "deployed", "evening"]),
        (Level.GROUP, "shop", [], ["resized", "evening"]),
        (Level.RESOURCE, f"{SHOP}/providers/vm/resized", [], ["resized"]),
        (Level.SERVICE, "Storage", [{"level": "resource group", "name": "data", "micros": 1}], ["deployed"]),
        (Level.GROUP, "empty", [], []),
    ],
    ids=["subscription", "group", "resource", "service by its groups", "nothing there"],
)
def test_changes_of_the_day_and_the_evening_before_are_told(
    platform: Platform, cast: Cast, level: Level, name: str, movers: list[dict[str, Any]], expected: list[str]
) -> None:
    key, other = (add_microsoft_tenant(platform, cast.alice.actor, name) for name in ("Contoso", "Fabrikam"))
    with platform.work(cast.alice.actor) as work:
        rows = [
            change(key, "too early", SHOP, 15, 23, 59),
            change(key, "evening", SHOP, 16, 20),
            change(key, "deployed", DATA, 17, 8),
            change(key, "resized", SHOP, 17, 23, 59),
            change(key, "too late", SHOP, 18, 0),
            change(key, "elsewhere", SHOP, 17, 9, subscription="t"),
            change(other, "somebody else's", SHOP, 17, 9),
        ]
        work.session.add_all(rows)
        work.session.flush()
        assert names(work, anomaly(key, level, name, movers)) == expected


def names(work: Work, row: CostAnomaly) -> list[str]:
    return [one.name for one in changes_around(work, row)]
