"""Who changed what, as people and programs see it, on both databases."""

import csv
import io
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.governance import azure
from tests.governance.anything import VALUES
from tests.governance.test_resources import page
from tests.support.cast import Cast
from tests.support.observed import Observed
from tests.support.web import Client

from tenantry.governance.resources.changes.models import ResourceChange
from tenantry.governance.resources.changes.projections import change
from tenantry.governance.resources.changes.queries import ChangeFilter, changes
from tenantry.kit.clock import SettableClock
from tenantry.kit.errors import NotFound
from tenantry.kit.pagination import PageQuery
from tenantry.platform.work import Platform

API = "/api/v1/resources/changes"
HTTPS = {"properties.httpsOnly": {"previousValue": True, "newValue": False}}


def changed(
    name: str, at: datetime, kind: str = "Update", by: str = "mallory@x.example", changes: Any = None
) -> azure.Json:
    target = azure.resource(name)
    told = {"timestamp": at.isoformat(), "changedBy": by, "changedByType": "User", "clientType": "Azure Portal"}
    return {
        "id": f"{target['id']}/providers/Microsoft.Resources/changes/{name}-{kind}-{at.timestamp()}",
        "subscriptionId": azure.SUBSCRIPTION,
        "timestamp": at.isoformat(),
        "properties": {
            "targetResourceId": target["id"],
            "targetResourceType": target["type"],
            "changeType": kind,
            "changes": changes or {},
            "changeAttributes": {**told, "operation": "Microsoft.Compute/virtualMachines/write", "changesCount": 1},
        },
    }


@pytest.fixture
def contoso(platform: Platform, cast: Cast, clock: SettableClock) -> Observed:
    tenant, now = Observed.onboard(platform, cast.alice.actor, "Contoso"), clock.now()
    tenant.collect(
        azure_subscriptions=[azure.subscription()],
        azure_resources=[azure.resource("vm-shop")],
        azure_resource_changes=[
            changed("vm-shop", now - timedelta(hours=1), changes=HTTPS),
            changed("vm-shop", now - timedelta(days=3), "Create", "ann@x.example"),
            changed("vm-gone", now - timedelta(days=2), "Delete", "Unspecified"),
        ],
    )
    return tenant


def found(client: Client, path: str = API, **query: Any) -> list[tuple[str, str, str]]:
    answer = client.get(path, **query)
    assert answer.status == 200, answer.text
    return [(item["name"], item["kind"], item["changed_by"]) for item in answer.json()["items"]]


UPDATE = ("vm-shop", "update", "mallory@x.example")
DELETE = ("vm-gone", "delete", "")
CREATE = ("vm-shop", "create", "ann@x.example")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [UPDATE, DELETE, CREATE]),
        ({"kind": "delete"}, [DELETE]),
        ({"by": "ANN@x.example"}, [CREATE]),
        ({"q": "VM-G"}, [DELETE]),
        ({"type": azure.VM}, [UPDATE, DELETE, CREATE]),
        ({"subscription": azure.SUBSCRIPTION.upper(), "kind": "create"}, [CREATE]),
        ({"group": f"/subscriptions/{azure.SUBSCRIPTION}/resourceGroups/RG-Shop", "kind": "create"}, [CREATE]),
        ({"from": "2026-11-22"}, [UPDATE, DELETE]),
        ({"to": "2026-11-21"}, [CREATE]),
        ({"from": "2026-11-22", "to": "2026-11-22"}, [DELETE]),
    ],
    ids=str,
)
def test_filters_hold_for_api_and_export_alike(
    alice: Client, contoso: Observed, query: dict[str, str], expected: list[Any]
) -> None:
    assert found(alice, **query) == expected
    text = alice.get("/resources/changes/export.csv", **query).text.removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["Name"], row["Change"], row["Who"]) for row in rows] == expected


def test_from_what_to_what_and_by_whom(alice: Client, contoso: Observed) -> None:
    told = alice.get(API).json()["items"][0]
    assert told["changes"] == {"properties.httpsOnly": ["true", "false"]}
    text = page(alice, "/resources/changes")
    assert "properties.httpsOnly true → false" in text
    assert "vm-gone virtualmachines , not there any more Azure does not say" in text
    row = alice.get("/api/v1/resources", q="vm-shop").json()["items"][0]
    assert found(alice, f"/api/v1/resources/{row['id']}/changes") == [UPDATE, CREATE]
    text = page(alice, f"/resources/{row['id']}")
    assert "Update 1 h ago by mallory@x.example , Azure Portal" in text.replace("\u202f", " ")


def test_changes_that_cannot_be_read_are_said_to_be(alice: Client, contoso: Observed, platform: Platform) -> None:
    other = Observed.onboard(platform, contoso.actor, "Fabrikam")
    other.collect(azure_subscriptions=[azure.subscription()], azure_resources=[azure.resource("vm-other")])
    other.refuse("azure.resource_changes", permission="Azure role Reader")
    assert "1 of 2 Microsoft tenants known" in page(alice, "/resources/changes")
    row = alice.get("/api/v1/resources", q="vm-other").json()["items"][0]
    text = page(alice, f"/resources/{row['id']}")
    assert "no access The changes of this Microsoft tenant are not known. Needs Azure role Reader ." in text


def test_pages_lead_through_everything_once(alice: Client, contoso: Observed, clock: SettableClock) -> None:
    many = [changed(f"vm-{number:03}", clock.now() - timedelta(minutes=number // 2)) for number in range(60)]
    contoso.collect(azure_resource_changes=many)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = alice.get(API, limit=25, **({"cursor": cursor} if cursor else {})).json()
        seen += [item["name"] for item in answer["items"]]
        cursor = answer["next_cursor"]
    assert len(seen) == len(set(seen)) == 60


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "rename"},
        {"from": "yesterday"},
        {"from": "2026-11-22", "to": "2026-11-21"},
        {"to": "9999-12-31", "from": "x"},
        {"by": "\x00"},
        {"tenant": "x"},
        {"cursor": "W10"},
    ],
    ids=str,
)
def test_bad_input_is_refused_in_words(alice: Client, query: dict[str, str]) -> None:
    answer = alice.get(API, **query)
    assert answer.status in (400, 422)
    assert answer.json()["detail"]


def test_the_last_day_there_is_can_be_asked_for(alice: Client, contoso: Observed) -> None:
    assert found(alice, to="9999-12-31") == [UPDATE, DELETE, CREATE]


def test_hostile_texts_are_shown_and_not_run(alice: Client, contoso: Observed, clock: SettableClock) -> None:
    bad = "<script>alert(1)</script>\u202e\x00=cmd"
    entry = changed("x", clock.now(), by=bad, changes={bad: {"previousValue": bad, "newValue": [bad]}})
    entry["properties"]["targetResourceId"] = f"/subscriptions/{bad}"
    contoso.collect(azure_resource_changes=[entry])
    browser = Client(alice.base_url, alice.token, {"Accept": "text/html"})
    assert "<script>alert" not in browser.get("/resources/changes").text
    assert alice.get("/resources/changes/export.xlsx").status == 200


@given(item=st.dictionaries(st.sampled_from(["properties", "timestamp", "id"]), VALUES), inner=VALUES)
def test_no_entry_stops_a_collection(item: dict[str, Any], inner: Any) -> None:
    for given_item in (item, {"properties": {"changes": inner, "changeAttributes": inner, "targetResourceId": inner}}):
        row = change(given_item)
        for column, value in zip(_columns(), row, strict=True):
            limit = getattr(column.type, "length", None)
            assert limit is None or len(value) <= limit, column.name
            assert not (isinstance(value, str) and "\x00" in value)


def _columns() -> list[Any]:
    shared = {"tenant_id", "id", "microsoft_tenant_id", "item_key", "body_id"}
    return [column for column in ResourceChange.__table__.columns if column.name not in shared]


def test_others_and_the_limited_see_only_what_is_theirs(
    platform: Platform, cast: Cast, charlie: Client, alice: Client, contoso: Observed
) -> None:
    row = alice.get("/api/v1/resources", q="vm-shop").json()["items"][0]
    assert found(charlie) == []
    assert charlie.get(f"/api/v1/resources/{row['id']}/changes").status == 404
    other = Observed.onboard(platform, cast.alice.actor, "Fabrikam")
    limited = replace(cast.alice.actor, scope=frozenset({other.id}))
    with platform.work(limited, read_only=True) as work:
        assert changes(work, ChangeFilter(), PageQuery()).items == []
        with pytest.raises(NotFound):
            changes(work, ChangeFilter(contoso.id), PageQuery())
