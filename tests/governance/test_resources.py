"""The resources explorer, as people and programs use it, on both databases."""

import csv
import io
import re
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from tests.governance import azure
from tests.support.cast import Cast
from tests.support.observed import Observed
from tests.support.web import Client

from tenantry.governance.resources import choices, queries
from tenantry.governance.resources.details import resource_detail, subscription_detail
from tenantry.governance.resources.figures import figures
from tenantry.governance.resources.models import Resource
from tenantry.governance.resources.queries import ContainerFilter, ResourceFilter
from tenantry.kit.clock import SettableClock
from tenantry.kit.errors import NotFound
from tenantry.kit.pagination import PageQuery, SortKey, paginate
from tenantry.observe.models import Outcome
from tenantry.platform.work import Platform

API = "/api/v1/resources"
DASH = "\u2013"


@pytest.fixture
def contoso(platform: Platform, cast: Cast) -> Observed:
    """Two machines, a disk nobody uses, an empty group."""
    tenant = Observed.onboard(platform, cast.alice.actor, "Contoso")
    tenant.collect(
        azure_subscriptions=[azure.subscription()],
        azure_resource_groups=[azure.group("rg-shop"), azure.group("RG-Empty", tags={"env": "dev"})],
        azure_resources=[
            azure.resource("vm-shop-1", tags={"Env": "prod", "owner": "ann=b"}, sku={"name": "Standard_D2s_v5"}),
            azure.resource("VM-shop-2", location="northeurope", tags={"env": "dev"}),
            azure.disk(
                "disk-old", properties={"diskState": "Unattached", "timeCreated": "2024-01-05T10:00:00.1234567Z"}
            ),
        ],
    )
    return tenant


@pytest.fixture
def fabrikam(platform: Platform, cast: Cast) -> Observed:
    tenant = Observed.onboard(platform, cast.alice.actor, "Fabrikam")
    tenant.refuse(*("azure.subscriptions", "azure.resource_groups", "azure.resources"), permission="Azure role Reader")
    return tenant


def names(client: Client, **query: Any) -> list[str]:
    answer = client.get(API, **query)
    assert answer.status == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


def page(client: Client, path: str = "/resources", **query: Any) -> str:
    answer = Client(client.base_url, client.token, {"Accept": "text/html"}).get(path, **query)
    assert answer.status == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["disk-old", "vm-shop-1", "VM-shop-2"]),
        ({"q": "VM-"}, ["vm-shop-1", "VM-shop-2"]),
        ({"type": "Microsoft.Compute/Disks"}, ["disk-old"]),
        ({"location": "northeurope"}, ["VM-shop-2"]),
        ({"tag": "ENV"}, ["vm-shop-1", "VM-shop-2"]),
        ({"tag": "env=prod"}, ["vm-shop-1"]),
        ({"tag": "env=PROD"}, []),
        ({"tag": "owner=ann=b"}, ["vm-shop-1"]),
        ({"tag": "env", "location": "northeurope", "q": "v"}, ["VM-shop-2"]),
        ({"orphan": "any"}, ["disk-old"]),
        ({"orphan": "unused_public_ip"}, []),
        ({"subscription": azure.SUBSCRIPTION.upper()}, ["disk-old", "vm-shop-1", "VM-shop-2"]),
        ({"subscription": "5f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5"}, []),
        (
            {"group": f"/subscriptions/{azure.SUBSCRIPTION}/resourceGroups/RG-SHOP"},
            ["disk-old", "vm-shop-1", "VM-shop-2"],
        ),
        ({"tenant": "5f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5"}, []),
    ],
    ids=str,
)
def test_filters(alice: Client, contoso: Observed, query: dict[str, str], expected: list[str]) -> None:
    assert names(alice, **query) == expected
    assert alice.get(API, **query).json()["total"] == len(expected)
    rows = csv.DictReader(io.StringIO(alice.get("/resources/export.csv", **query).text.removeprefix("\ufeff")))
    assert [row["Name"] for row in rows] == expected, "the export holds exactly what is filtered"


@pytest.mark.parametrize("query", [{}, {"tag": "n"}, {"location": "westeurope"}, {"sort": "type"}], ids=str)
def test_pages_lead_through_everything_once(alice: Client, contoso: Observed, query: dict[str, str]) -> None:
    many = [azure.resource(f"vm-{n:03}", tags={"n": str(n % 3)}) for n in range(125)]
    contoso.collect(azure_resources=[*many, azure.disk("disk", tags={"n": "1"})])
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = alice.get(API, limit=50, **query, **({"cursor": cursor} if cursor else {})).json()
        seen += [item["name"] for item in answer["items"]]
        cursor = answer["next_cursor"]
    assert seen == ["disk", *(f"vm-{n:03}" for n in range(125))]


def test_the_page_says_what_it_knows_and_of_whom(alice: Client, contoso: Observed, fabrikam: Observed) -> None:
    text = page(alice)
    assert "Resources 3 1 of 2 Microsoft tenants known" in text
    assert "Resource groups 2 1 empty" in text
    assert "Orphans 1 1 of a kind that is billed" in text
    assert "Not up to date: no access 1 of 2 Microsoft tenants" in text
    coverage = page(alice, "/resources/coverage")
    assert f"Fabrikam no access needs Azure role Reader never {DASH} {DASH} {DASH} {DASH}" in coverage
    assert "Contoso complete just now 1 2 3 1" in coverage


def test_without_access_nothing_is_counted_as_zero(alice: Client, fabrikam: Observed) -> None:
    text = page(alice)
    assert f"Resources {DASH} 0 of 1 Microsoft tenants known" in text
    assert "No resources are known" in text


def test_an_attempt_that_fails_later_keeps_what_was_known(
    alice: Client, contoso: Observed, clock: SettableClock
) -> None:
    clock.advance(timedelta(minutes=20))
    contoso.refuse("azure.resources", outcome=Outcome.THROTTLED)
    text = page(alice)
    assert "Resources 3 1 of 1" in text
    assert "throttled 1" in text
    row = alice.get(API).json()["items"][0]
    assert "brought nothing; this is what was known before" in page(alice, f"/resources/{row['id']}")


def test_the_drawer_tells_of_one_resource(alice: Client, contoso: Observed, clock: SettableClock) -> None:
    scope = f"/subscriptions/{azure.SUBSCRIPTION}"
    role = f"{scope}/providers/Microsoft.Authorization/roleDefinitions/b24988ac"
    assigned = {"principalId": "p-1", "principalType": "User", "roleDefinitionId": role, "scope": scope}
    contoso.collect(
        entra_users=[{"id": "P-1", "displayName": "Ann"}],
        azure_role_definitions=[{"id": role, "properties": {"roleName": "Contributor", "type": "BuiltInRole"}}],
        azure_role_assignments=[
            {"id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/1", "properties": assigned}
        ],
    )
    clock.advance(timedelta(minutes=20))
    contoso.collect(azure_resources=[azure.disk("disk-old", state="Attached", managedBy="vm", tags={"env": "prod"})])
    found = alice.get(API, q="disk-old").json()["items"][0]
    detail = alice.get(f"{API}/{found['id']}").json()
    assert detail["roles"] == [
        {"role": "Contributor", "principal": "Ann", "principal_type": "User", "level": "subscription"}
    ]
    assert detail["history"][0]["changes"]["properties.diskState"] == ["Unattached", "Attached"]
    assert detail["history"][1]["changes"] == {}
    assert detail["document"]["properties"] == {"diskState": "Attached"}
    text = page(alice, f"/resources/{found['id']}")
    assert "Contributor Ann User subscription" in text
    assert "properties.diskState Unattached Attached" in text
    assert found["orphan_reason"] is None


def test_what_vanishes_takes_its_tags_along(alice: Client, contoso: Observed) -> None:
    contoso.collect(azure_resources=[azure.resource("vm-shop-1", tags={"team": "a"})])
    assert names(alice) == ["vm-shop-1"]
    assert names(alice, tag="env") == []
    assert names(alice, tag="team") == ["vm-shop-1"]


def test_subscriptions_and_groups(alice: Client, contoso: Observed) -> None:
    answer = alice.get("/api/v1/subscriptions").json()
    (found,) = answer["items"]
    assert (found["name"], found["state"], found["offer"], found["resources"]) == (
        *("Production", "enabled", "PayAsYouGo_2014-09-01", 3),
    )
    assert "Production usable" in page(alice, "/resources/subscriptions")
    assert "Collected just now" in page(alice, f"/resources/subscriptions/{found['id']}")
    assert "RG-Empty empty" in page(alice, "/resources/groups", empty=1)
    assert "rg-shop" not in page(alice, "/resources/groups", empty=1)


def test_exports_hold_safe_cells(alice: Client, contoso: Observed) -> None:
    contoso.collect(azure_resources=[azure.resource("=cmd|' /C calc'!A0", tags={"a": '@SUM(1;1)"\n'})])
    (row,) = csv.DictReader(io.StringIO(alice.get("/resources/export.csv").text.removeprefix("\ufeff")))
    assert row["Name"] == "'=cmd|' /C calc'!A0"
    sheet = zipfile.ZipFile(io.BytesIO(alice.get("/resources/export.xlsx").body)).read("xl/worksheets/sheet1.xml")
    assert b"=cmd" in sheet
    assert b"<f>" not in sheet
    (item,) = alice.get("/resources/export.json").json()
    assert item["name"] == "=cmd|' /C calc'!A0"
    assert alice.get("/api/v1/audit", action="resources.exported").json()["total"] == 3


def test_hostile_names_are_shown_and_not_run(alice: Client, contoso: Observed) -> None:
    bad = '<script>alert("x")</script>\u202e\x00'
    contoso.collect(
        azure_resources=[
            azure.resource("x") | {"name": bad, "location": bad, "tags": {bad: bad}, "kind": bad, "resourceGroup": bad}
        ],
        azure_resource_groups=[azure.group("x") | {"name": bad, "tags": {bad: bad}}],
        azure_subscriptions=[azure.subscription(displayName=bad, state=bad)],
    )
    browser = Client(alice.base_url, alice.token, {"Accept": "text/html"})
    (found,) = alice.get(API).json()["items"]
    for path in ("", "/orphans", "/groups", "/subscriptions", "/coverage", f"/{found['id']}"):
        answer = browser.get(f"/resources{path}")
        assert answer.status == 200, path
        assert "<script>alert" not in answer.text, path


@pytest.mark.parametrize(
    "query",
    [
        {"tenant": "contoso"},
        {"q": "a\x00b"},
        {"tag": "\x00"},
        {"orphan": "yes"},
        {"cursor": "WyJhXHUwMDAwIiwiMDAwMDAwMDAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAxIl0"},
        {"cursor": "W251bGwsbnVsbF0"},
        {"limit": "0"},
    ],
    ids=str,
)
def test_bad_input_is_refused_in_words(alice: Client, contoso: Observed, query: dict[str, str]) -> None:
    answer = alice.get(API, **query)
    assert answer.status in (400, 422)
    assert answer.json()["detail"]


def test_bob_may_look(bob: Client, contoso: Observed) -> None:
    assert len(names(bob)) == 3


def test_charlie_sees_nothing_of_it(alice: Client, charlie: Client, contoso: Observed) -> None:
    key = alice.get(API).json()["items"][0]["id"]
    subscription = alice.get("/api/v1/subscriptions").json()["items"][0]["id"]
    assert names(charlie) == names(charlie, tag="env") == names(charlie, tenant=str(contoso.id)) == []
    assert charlie.get(f"{API}/{key}").status == 404
    assert charlie.get(f"/resources/{key}").status == 404
    assert charlie.get(f"/resources/subscriptions/{subscription}").status == 404
    assert charlie.get("/resources/export.json").json() == []
    text = page(charlie)
    assert "microsoft.compute" not in text
    assert "westeurope" not in text
    assert "Contoso" not in page(charlie, "/resources/coverage")


def test_an_actor_of_some_microsoft_tenants_sees_only_those(platform: Platform, cast: Cast, contoso: Observed) -> None:
    other = Observed.onboard(platform, cast.alice.actor, "Fabrikam")
    key = str(uuid4())
    other.collect(
        azure_subscriptions=[azure.subscription(key)],
        azure_resource_groups=[azure.group("rg-secret", key)],
        azure_resources=[azure.disk("disk-secret", key=key, location="secretland", tags={"secret": "x"})],
    )
    limited = replace(cast.alice.actor, scope=frozenset({contoso.id}))
    with platform.work(limited, read_only=True) as work:
        assert len(queries.resources(work, ResourceFilter(), PageQuery()).items) == 3
        assert queries.resources(work, ResourceFilter(tag="secret"), PageQuery()).items == []
        assert [row.name for row in queries.groups(work, ContainerFilter(), PageQuery()).items] == [
            "RG-Empty",
            "rg-shop",
        ]
        assert len(queries.subscriptions(work, ContainerFilter(), PageQuery()).items) == 1
        assert "secretland" not in choices.locations(work)
        assert "secret" not in choices.tag_names(work)
        assert (figures(work, None).tenants, figures(work, None).sums.resources) == (1, 3)
    with platform.work(cast.alice.actor, read_only=True) as work:
        hidden = queries.resources(work, ResourceFilter(tag="secret"), PageQuery()).items[0].id
        shown = queries.subscriptions(work, ContainerFilter(microsoft_tenant_id=other.id), PageQuery()).items[0].id
    with platform.work(limited, read_only=True) as work:
        for look, row_id in ((resource_detail, hidden), (subscription_detail, shown)):
            with pytest.raises(NotFound):
                look(work, row_id)


def test_counting_stops_where_it_would_cost_too_much(platform: Platform, cast: Cast, contoso: Observed) -> None:
    with platform.work(cast.alice.actor, read_only=True) as work:
        by = [SortKey(Resource.name_key, never_null=True), SortKey(Resource.id, never_null=True)]
        found = [paginate(work.session, select(Resource), PageQuery(1), by, count_to=most) for most in (2, 3, 4)]
    assert [(page.total, page.is_more) for page in found] == [(2, True), (3, False), (3, False)]
