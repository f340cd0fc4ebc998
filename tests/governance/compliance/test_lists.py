"""Compliance as people and programs read it: scores and their denominators, days, lists, files, on both databases."""

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.conftest import signed_in
from tests.governance import azure, policies
from tests.support.cast import Cast
from tests.support.observed import Observed
from tests.support.web import Client

from tenantry.governance.compliance.counts import Counts
from tenantry.governance.compliance.figures import fleet_days, totals
from tenantry.governance.compliance.queries import ExemptionFilter, exemptions
from tenantry.governance.costs.period import Period
from tenantry.kit.clock import SettableClock
from tenantry.kit.errors import NotFound
from tenantry.kit.pagination import PageQuery
from tenantry.observe.models import Outcome
from tenantry.platform.work import Platform

API = "/api/v1/compliance"
OTHER = "5f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5"
SUMS = {"compliant": 6, "noncompliant": 2, "conflict": 1, "exempt": 3, "unknown": 4, "error": 1, "notstarted": 1}
LISTS = ("scores", "policies", "non-compliant", "exemptions", "advisor", "secure-score", "standards")


@pytest.fixture
def contoso(platform: Platform, cast: Cast) -> Observed:
    tenant = Observed.onboard(platform, cast.alice.actor, "Contoso")
    tenant.collect(
        azure_subscriptions=[azure.subscription(), azure.subscription(OTHER, displayName="Empty")],
        azure_resources=[azure.disk("Disk-A", within="rg")],
        azure_policy_assignments=[
            policies.assignment(),
            policies.assignment(f"{policies.ROOT}{policies.PROVIDER}/policyAssignments/idle", displayName="Idle"),
        ],
        azure_policy_definitions=[
            policies.definition(),
            policies.definition(policies.INITIATIVE, "Corporate baseline"),
        ],
        azure_policy_compliance=[policies.whole(**SUMS), policies.summed(SUMS), policies.whole(OTHER)],
        azure_policy_states=[policies.violation("disk-a"), policies.violation("disk-b")],
        azure_policy_exemptions=[
            policies.exemption("for-good"),
            policies.exemption("over", "2026-11-01T00:00:00Z"),
            policies.exemption("soon", "2026-12-01T00:00:00Z"),
            policies.exemption("later", "2027-12-01T00:00:00Z", policyDefinitionReferenceIds=["other"]),
        ],
        azure_advisor_recommendations=[
            policies.advice("small", extendedProperties={"annualSavingsAmount": "12.5", "savingsCurrency": "eur"}),
            policies.advice("large", extendedProperties={"annualSavingsAmount": "900", "savingsCurrency": "EUR"}),
            policies.advice("dollars", extendedProperties={"annualSavingsAmount": "7", "savingsCurrency": "USD"}),
            policies.advice("low", impact="Low", category="Security"),
            policies.advice("aside", suppressionIds=["x"]),
        ],
        azure_secure_scores=[
            policies.secure_score(3.27, 8),
            policies.secure_score(1.27, 4, control="Encrypt"),
            policies.secure_score(2, 4, control="Restrict"),
            policies.secure_score(0, 0, OTHER),
        ],
        azure_regulatory_compliance=[policies.standard("CIS"), policies.standard("CIS", control="2.1")],
    )
    return tenant


def read(client: Client, path: str, **query: Any) -> dict[str, Any]:
    answer = client.get(f"{API}/{path}", **query)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def names(client: Client, path: str, **query: Any) -> list[str]:
    return [item["name"] for item in read(client, path, **query)["items"]]


def page(client: Client, path: str, **query: Any) -> str:
    answer = Client(client.base_url, client.token, {"Accept": "text/html"}).get(path, **query)
    assert answer.status == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)).replace("\u202f", " ").replace("&nbsp;", " ")


@pytest.mark.parametrize(
    ("states", "score", "portal"),
    [
        ({}, None, None),
        ({"exempt": 5, "unknown": 5}, None, None),
        ({"compliant": 3}, 10_000, 10_000),
        ({"noncompliant": 3}, 0, 0),
        ({"compliant": 1, "noncompliant": 2}, 3333, 3333),
        ({"compliant": 1, "noncompliant": 1, "exempt": 2}, 5000, 7500),
        ({"compliant": 1, "conflict": 1}, 5000, 5000),
        ({"compliant": 9_999_999, "noncompliant": 1}, 9999, 9999),
        ({"Compliant": 1, "NonCompliant": 1, "Error": 2, "Protected": 4}, 2500, 6250),
        ({"compliant": "many", "noncompliant": -1}, None, None),
    ],
    ids=str,
)
def test_a_score_is_out_of_what_was_judged(states: dict[str, Any], score: int | None, portal: int | None) -> None:
    counts = Counts.of(states)
    assert (counts.score, counts.portal) == (score, portal)


def test_a_score_says_what_it_is_out_of(alice: Client, contoso: Observed) -> None:
    whole = read(alice, "scores")
    (tenant,) = whole["items"]
    counts = {"compliant": 6, "noncompliant": 2, "conflicting": 2, "exempt": 3, "unknown": 5, "judged": 10, "total": 18}
    assert (tenant["score"], tenant["portal_score"], tenant["counts"]) == (60.0, 77.77, counts)
    assert (whole["fleet"]["score"], whole["fleet"]["subscriptions_without_data"]) == (60.0, 1)
    worst, empty = read(alice, "scores", by="subscription")["items"]
    assert (worst["name"], worst["score"], worst["state"]) == ("Production", 60.0, "complete")
    assert (empty["name"], empty["score"], empty["state"]) == ("Empty", None, "no_data"), "nothing judged is not 100 %"
    (initiative,) = read(alice, "scores", by="initiative")["items"]
    assert (initiative["name"], initiative["evaluated_to"]) == ("Corporate baseline", "2026-11-24T01:00:00Z")
    violated, idle = read(alice, "policies")["items"]
    assert (violated["name"], violated["initiative_name"], violated["state"]) == (
        *("Require a tag", "Corporate baseline"),
        "violated",
    )
    assert (idle["assignment_name"], idle["counts"], idle["state"]) == ("Idle", None, "no_data")
    text = page(alice, "/compliance")
    assert "60 % 6 of 10 · 3 exempt · 5 not judged" in text
    assert "Azure's portal would say 78 %" in text
    assert "1 of 1 Microsoft tenants known" in text
    assert "1 of 2 subscriptions without data" in text
    assert "6 of 10 resources judged comply" in page(alice, "/partials/compliance-gauge", tenant=str(contoso.id))


def test_a_day_without_a_complete_collection_is_a_gap(
    alice: Client, platform: Platform, cast: Cast, contoso: Observed, clock: SettableClock
) -> None:
    first = clock.now().date()
    clock.advance(timedelta(days=1))
    contoso.refuse("azure.policy_compliance", outcome=Outcome.THROTTLED)
    clock.advance(timedelta(days=1))
    fabrikam = Observed.onboard(platform, cast.alice.actor, "Fabrikam")
    fabrikam.collect(azure_policy_compliance=[policies.whole(OTHER, compliant=10)])
    contoso.collect(azure_policy_compliance=[policies.whole(compliant=1, noncompliant=1)])
    clock.advance(timedelta(hours=3))
    contoso.collect(azure_policy_compliance=[policies.whole(compliant=3, noncompliant=1)])
    contoso.refuse("azure.policy_compliance")
    last = clock.now().date()
    alice = signed_in(alice.base_url, cast.alice.email)  # her session has ended meanwhile
    found = read(alice, "scores", **{"from": str(first), "to": str(last)})
    days = {item["name"]: [(day["day"], day["score"]) for day in item["history"]] for item in found["items"]}
    assert days == {
        "Contoso": [(str(first), 60.0), (str(last), 75.0)],
        "Fabrikam": [(str(last), 100.0)],
    }
    fleet = found["fleet"]["history"]
    assert [(day["day"], day["counts"]["judged"], day["microsoft_tenants"]) for day in fleet] == [
        (str(first), 10, 1),
        (str(last), 14, 2),
    ]
    text = page(alice, f"/compliance/{contoso.id}")
    assert text.count(f"{last} 75 % 3 4") == 1
    assert "no access" in text

    # whoever is limited to one Microsoft tenant sees the days of that one
    scoped = replace(cast.alice.actor, scope=frozenset({fabrikam.id}))
    with platform.work(scoped, read_only=True) as work:
        (only,) = fleet_days(work, Period(first, last))
        assert (only.day, only.counts.judged, only.microsoft_tenants) == (last, 10, 1)
        assert totals(work).counts == Counts(compliant=10)
        assert exemptions(work, ExemptionFilter(), PageQuery()).items == []
        with pytest.raises(NotFound):
            totals(work, contoso.id)


def test_the_newest_attempt_is_said_and_what_was_known_is_kept(alice: Client, contoso: Observed) -> None:
    contoso.refuse("azure.policy_compliance", "azure.policy_states", outcome=Outcome.THROTTLED)
    found = read(alice, "scores")
    assert (found["items"][0]["state"], found["items"][0]["score"]) == ("throttled", 60.0)
    assert found["coverage"]["states"] == {"throttled": 1}
    assert len(read(alice, "non-compliant")["items"]) == 2
    assert "Not up to date: throttled 1" in page(alice, "/compliance/non-compliant")


def test_exemptions_end_without_anybody_collecting(
    alice: Client, cast: Cast, contoso: Observed, clock: SettableClock
) -> None:
    states = {item["name"]: item["state"] for item in read(alice, "exemptions")["items"]}
    assert states == {"over": "expired", "soon": "expiring", "later": "in_force", "for-good": "in_force"}
    assert names(alice, "exemptions") == ["over", "soon", "later", "for-good"], "what ended comes first"
    assert names(alice, "exemptions", state="expiring") == ["soon"]
    assert "1 expired · 1 end within 30 days" in page(alice, "/compliance")
    clock.advance(timedelta(days=8))
    alice = signed_in(alice.base_url, cast.alice.email)
    assert names(alice, "exemptions", state="expired") == ["over", "soon"]
    assert "2 expired · 0 end within 30 days" in page(alice, "/compliance")
    status = read(alice, "policies", state="violated")["items"][0]["id"]
    shown = page(alice, f"/compliance/policies/{status}")
    assert "for-good" in shown
    assert "later" not in shown, "it is for another definition of the initiative"


def test_advice_is_in_the_order_that_helps_and_adds_up_per_currency(alice: Client, contoso: Observed) -> None:
    found = read(alice, "advisor")
    assert [item["resource_name"] for item in found["items"]] == ["large", "small", "dollars", "low"]
    cost, security = found["categories"]
    assert (cost["category"], cost["recommendations"], cost["high_impact"]) == ("cost", 3, 3)
    assert cost["savings"] == [{"currency": "EUR", "yearly": "912.5"}, {"currency": "USD", "yearly": "7"}]
    assert security["savings"] == [], "no saving is not a saving of nothing"
    assert [item["resource_name"] for item in read(alice, "advisor", put_aside="true")["items"]] == ["aside"]
    assert "912.50 EUR and 7.00 USD a year" in page(alice, "/compliance/advisor")


def test_a_secure_score_without_points_is_none(alice: Client, contoso: Observed) -> None:
    found = read(alice, "secure-score", **{"from": "2026-11-24"})
    scored, without = found["items"]
    assert (found["score"], found["subscriptions"]) == (40.87, 1)
    assert (scored["score"], scored["points"], scored["most"]) == (40.87, 3.27, 8.0)
    assert [one["name"] for one in scored["controls"]] == ["Encrypt", "Restrict"]
    assert scored["history"] == [{"day": "2026-11-24", "points": 3.27, "most": 8.0}]
    assert (without["score"], without["history"]) == (None, [])
    assert "no points to have" in page(alice, "/compliance/secure-score")
    (control,) = read(alice, "standards", controls="true")["items"]
    assert (control["standard"], control["control"], control["failed"]) == ("CIS", "2.1", 2)


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("non-compliant", {}, 2),
        ("non-compliant", {"q": "DISK-A"}, 1),
        ("non-compliant", {"policy": policies.DEFINITION}, 2),
        ("non-compliant", {"policy": policies.INITIATIVE}, 0),
        ("non-compliant", {"assignment": policies.ASSIGNMENT.upper()}, 2),
        ("non-compliant", {"type": "Microsoft.Compute/Disks"}, 2),
        ("non-compliant", {"subscription": OTHER}, 0),
        ("policies", {"state": "violated"}, 1),
        ("policies", {"state": "no_data"}, 1),
        ("policies", {"state": "compliant"}, 0),
        ("policies", {"initiative": policies.INITIATIVE}, 2),
        ("policies", {"policy": policies.DEFINITION.upper()}, 1),
        ("exemptions", {"assignment": policies.ASSIGNMENT}, 4),
        ("exemptions", {"state": "in_force"}, 3),
        ("advisor", {"category": "Cost"}, 3),
        ("advisor", {"category": "money"}, 0),
        ("advisor", {"impact": "LOW"}, 1),
        ("secure-score", {"subscription": OTHER.upper()}, 1),
        ("scores", {"by": "subscription", "key": OTHER}, 1),
        ("scores", {"tenant": OTHER}, 0),
    ],
    ids=str,
)
def test_filters(alice: Client, contoso: Observed, path: str, query: dict[str, str], expected: int) -> None:
    found = read(alice, path, **query)
    assert (len(found["items"]), found["total"]) == (expected, expected)
    rows = alice.get(f"/compliance/{path}/export.csv", **query).text.removeprefix("\ufeff")
    assert len(list(csv.DictReader(io.StringIO(rows)))) == expected, "the file holds exactly what is filtered"


def test_a_violation_has_its_reason_and_leads_to_its_resource(alice: Client, contoso: Observed) -> None:
    first, second = read(alice, "non-compliant")["items"]
    assert first["reason"] == {
        "policy": "Require a tag",
        "effect": "deny",
        "initiative": "Corporate baseline",
        "assignment": "Baseline",
        "code": "",
        "message": "Ask the platform team.",
    }
    assert (first["name"], second["name"], second["resource_id"]) == ("Disk-A", "disk-b", None)
    assert alice.get(f"/api/v1/resources/{first['resource_id']}").status == 200
    status = read(alice, f"policies/{first['policy_id']}")
    assert (status["counts"]["noncompliant"], status["assigned_at"]) == (2, policies.ROOT.lower())
    contoso.collect(azure_policy_definitions=[])
    unnamed = read(alice, "non-compliant")["items"][0]["reason"]
    assert (unnamed["policy"], unnamed["initiative"]) == ("tag", "baseline"), "what is not known by name has its id"


@pytest.mark.parametrize("path", ["non-compliant", "exemptions", "advisor"])
def test_pages_lead_through_everything_once(alice: Client, contoso: Observed, path: str) -> None:
    numbers = [f"{number:03}" for number in range(125)]
    contoso.collect(
        azure_policy_states=[policies.violation(name) for name in numbers],
        azure_policy_exemptions=[policies.exemption(name, "2027-01-01T00:00:00Z") for name in numbers],
        azure_advisor_recommendations=[policies.advice(name) for name in numbers],
    )
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        found = read(alice, path, limit=50, **({"cursor": cursor} if cursor else {}))
        seen += [item.get("name") or item["resource_name"] for item in found["items"]]
        cursor = found["next_cursor"]
    assert sorted(seen) == numbers


BAD: list[tuple[str, dict[str, str]]] = [
    ("scores", {"by": "planet"}),
    ("scores", {"cursor": "broken"}),
    ("scores", {"tenant": "x"}),
    ("scores", {"from": "yesterday"}),
    ("scores", {"from": "2026-02-02", "to": "2026-02-01"}),
    ("scores", {"from": "2024-01-01", "to": "2026-01-01"}),
    ("scores", {"from": "1999-12-31", "to": "2000-01-05"}),
    ("scores", {"to": "9999-12-31", "limit": "500"}),
    ("scores", {"key": "\x00"}),
    ("policies", {"state": "fine"}),
    ("policies", {"policy": "a\x00b"}),
    ("policies/nothing", {}),
    ("policies", {"limit": "0"}),
    ("non-compliant", {"q": "x" * 301}),
    ("non-compliant", {"cursor": "WzEsMl0"}),
    ("exemptions", {"state": "gone"}),
    ("advisor", {"impact": "huge"}),
    ("advisor", {"put_aside": "maybe"}),
    ("secure-score", {"to": "tomorrow"}),
    ("standards", {"controls": "some"}),
]


@pytest.mark.parametrize(("path", "query"), BAD, ids=str)
def test_what_cannot_be_asked_is_refused(alice: Client, path: str, query: dict[str, str]) -> None:
    answer = alice.get(f"{API}/{path}", **query)
    assert answer.status in (400, 422), answer.text
    assert answer.json()["detail"]


def test_nobody_elses_is_told(charlie: Client, alice: Client, contoso: Observed) -> None:
    status = read(alice, "policies")["items"][0]["id"]
    for path in LISTS:
        assert read(charlie, path)["items"] == []
    assert charlie.get(f"{API}/policies/{status}").status == 404
    assert alice.get(f"{API}/policies/{UUID(int=7)}").status == 404
    browser = Client(charlie.base_url, charlie.token, {"Accept": "text/html"})
    for path in (f"/compliance/{contoso.id}", f"/compliance/policies/{status}"):
        assert browser.get(path).status == 404
    assert browser.get("/partials/compliance-gauge", tenant=str(contoso.id)).status == 404
    assert "not collected yet" in page(charlie, "/partials/compliance-gauge").lower()


def test_formulas_stay_texts_in_files(alice: Client, contoso: Observed) -> None:
    contoso.collect(
        azure_policy_exemptions=[policies.exemption("e", displayName="=cmd|' /C calc'!A0")],
        azure_advisor_recommendations=[policies.advice("a", problem="@SUM(1)", solution="<script>")],
    )
    for path, text in (("exemptions", "'=cmd"), ("advisor", "'@SUM")):
        assert text in alice.get(f"/compliance/{path}/export.csv").text
    assert (
        "<script>" not in Client(alice.base_url, alice.token, {"Accept": "text/html"}).get("/compliance/advisor").text
    )


def test_every_list_is_a_file_in_every_format_and_is_audited(alice: Client, contoso: Observed) -> None:
    for path in LISTS:
        rows = alice.get(f"/compliance/{path}/export.json").json()
        assert rows
        assert {row["microsoft_tenant"] for row in rows} == {"Contoso"}
        assert alice.get(f"/compliance/{path}/export.xlsx").status == 200
        assert alice.get(f"/compliance/{path}/export.exe").status == 422
    assert alice.get("/api/v1/audit", action="compliance.exported").json()["total"] == 2 * len(LISTS)


def test_what_is_let_go_is_counted_no_more(alice: Client, contoso: Observed) -> None:
    assert names(alice, "scores", by="subscription") == ["Production", "Empty"]
    contoso.collect(azure_policy_compliance=[policies.whole(OTHER, compliant=1)], azure_policy_states=[])
    (tenant,) = read(alice, "scores")["items"]
    assert (tenant["score"], read(alice, "non-compliant")["items"]) == (100.0, [])
    production = next(one for one in read(alice, "scores", by="subscription")["items"] if one["name"] == "Production")
    assert (production["counts"], production["state"]) == (None, "no_data")
