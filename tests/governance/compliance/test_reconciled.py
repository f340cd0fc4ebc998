"""Compliance as Alice reads it, held against what the simulated cloud itself says of its resources."""

from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

from tests.estate.conftest import Operated, until
from tests.governance.compliance.governed import Governed, Item
from tests.mscloudsim.azure import items
from tests.mscloudsim.test_governance import ADVISOR, HTTPS, SECURITY, counted, states, summary
from tests.support.cast import Cast
from tests.support.web import Client

from tenantry.platform.work import Platform

API = "/api/v1/compliance"


def listed(client: Client, path: str, **query: Any) -> list[Item]:
    """Every item of a list, page by page."""
    found: list[Item] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = client.get(f"{API}/{path}", limit=50, **query, **({"cursor": cursor} if cursor else {}))
        assert answer.status == 200, answer.text
        found += answer.json()["items"]
        cursor = answer.json()["next_cursor"]
    return found


def numbers(row: Item) -> dict[str, int]:
    """As Azure counts them: states that nothing is in are left out."""
    counts = {name: row["counts"][name] for name in ("compliant", "noncompliant", "exempt")}
    assert (row["counts"]["conflicting"], row["counts"]["unknown"]) == (0, 0)
    return {name: count for name, count in counts.items() if count}


def share(counts: dict[str, int]) -> float | None:
    judged = counts.get("compliant", 0) + counts.get("noncompliant", 0)
    return 10_000 * counts.get("compliant", 0) // judged / 100 if judged else None


def assert_scores_are_azures(alice: Client, customer: Governed) -> None:
    whole: Counter[str] = Counter()
    assignments: dict[str, Counter[str]] = defaultdict(Counter)
    initiatives: dict[str, Counter[str]] = defaultdict(Counter)
    policies: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    subscriptions = {row["key"]: row for row in listed(alice, "scores", by="subscription")}
    for scope in customer.scopes():
        told = summary(customer.cloud, scope, customer.token)
        row = subscriptions.pop(scope.rpartition("/")[2])
        assert (numbers(row), row["score"]) == (counted(told["results"]), share(counted(told["results"])))
        whole += Counter(counted(told["results"]))
        for one in told["policyAssignments"]:
            assignments[one["policyAssignmentId"]] += Counter(counted(one["results"]))
            if one["policySetDefinitionId"]:
                initiatives[one["policySetDefinitionId"]] += Counter(counted(one["results"]))
            for item in one["policyDefinitions"]:
                key = (
                    one["policyAssignmentId"],
                    item["policyDefinitionId"],
                    item["policyDefinitionReferenceId"] or "",
                )
                policies[key] += Counter(counted(item["results"]))
    assert subscriptions == {}
    (tenant,) = listed(alice, "scores")
    assert (numbers(tenant), tenant["score"], tenant["state"]) == (whole, share(whole), "complete")
    assert {row["key"]: numbers(row) for row in listed(alice, "scores", by="assignment")} == assignments
    assert {row["key"]: numbers(row) for row in listed(alice, "scores", by="initiative")} == initiatives
    found = [row for row in listed(alice, "policies") if row["counts"] is not None]
    assert {(row["assignment"], row["policy"], row["reference"]): numbers(row) for row in found} == policies
    assert [row["counts"]["noncompliant"] for row in found] == sorted(
        (count["noncompliant"] for count in policies.values()), reverse=True
    )


def assert_violations_are_azures(alice: Client, customer: Governed) -> None:
    told: Counter[tuple[str, ...]] = Counter()
    titles = {key: row["displayName"] for key, row in customer.known("policy_definitions").items()}
    for scope in customer.scopes():
        for row in states(customer.cloud, scope, customer.token, "&$filter=complianceState eq 'NonCompliant'"):
            reference = row["policyDefinitionReferenceId"] or ""
            told[row["resourceId"], row["policyAssignmentId"], row["policyDefinitionId"], reference] += 1
    found = listed(alice, "non-compliant")
    assert len(found) == told.total() > 50
    policies = {row["id"]: row for row in listed(alice, "policies")}
    for row in found:
        policy = policies[row["policy_id"]]
        key = (row["azure_id"], row["assignment"], row["policy"], policy["reference"])
        assert told[key] == 1
        assert row["reason"]["policy"] == titles[row["policy"]] == policy["name"]
        assert row["reason"]["effect"] == policy["effect"] != ""
        if row["resource_id"] is None:
            assert row["type"] == "microsoft.resources/subscriptions/resourcegroups"
    baseline = [row for row in found if row["reason"]["initiative"] == "Corporate baseline"]
    assert {row["reason"]["message"] for row in baseline} == {"Ask the platform team for an exemption."}
    one = next(row for row in found if row["resource_id"])
    inventory = alice.get(f"/api/v1/resources/{one['resource_id']}").json()["resource"]
    assert (inventory["azure_id"], inventory["name"]) == (one["azure_id"], one["name"])


def assert_advice_and_scores_are_azures(alice: Client, customer: Governed) -> None:
    cloud, token = customer.cloud, customer.token
    told = [
        row
        for scope in customer.scopes()
        for row in items(cloud, f"{scope}{ADVISOR}/recommendations?api-version=2023-01-01", token)
    ]
    open_, aside = listed(alice, "advisor"), listed(alice, "advisor", put_aside="true")
    assert len(open_) + len(aside) == len(told) > 0
    assert len(aside) == sum(bool(row["properties"].get("suppressionIds")) for row in told)
    saved = sum(Decimal(row["properties"]["extendedProperties"].get("annualSavingsAmount", 0)) for row in told)
    assert sum(Decimal(row["saving"]["yearly"]) for row in (*open_, *aside) if row["saving"]) == saved > 0
    categories = alice.get(f"{API}/advisor").json()["categories"]
    assert {one["category"]: one["recommendations"] for one in categories} == Counter(row["category"] for row in open_)
    scored = {
        scope.rpartition("/")[2]: row["properties"]["score"]
        for scope in customer.scopes()
        for row in items(cloud, f"{scope}{SECURITY}/secureScores?api-version=2020-01-01", token)
    }
    answer = alice.get(f"{API}/secure-score").json()
    assert answer["subscriptions"] == len(scored)
    for row in answer["items"]:
        score = scored.pop(row["subscription_id"])
        assert (row["points"], row["most"]) == (score["current"], score["max"])
        assert row["points"] == round(sum(one["points"] for one in row["controls"]), 2)
    assert scored == {}


def test_every_number_is_azures_and_follows_it(alice: Client, charlie: Client, customer: Governed) -> None:
    assert_scores_are_azures(alice, customer)
    assert_violations_are_azures(alice, customer)
    assert_advice_and_scores_are_azures(alice, customer)
    before = listed(alice, "scores")[0]
    pardoned = next(row for row in listed(alice, "non-compliant") if row["resource_id"])
    scope, good = customer.scopes()[0], f"&$filter=policyDefinitionName eq '{HTTPS}' and complianceState eq 'Compliant'"
    account = next(states(customer.cloud, scope, customer.token, good))["resourceId"]

    # something is made worse, something else is let be for a while
    name = f"soon-{customer.key[-12:]}"
    customer.change("resource_made_noncompliant", resource=account, definition=HTTPS)
    customer.change(
        "policy_exempted", scope=pardoned["azure_id"], assignment=pardoned["assignment"], name=name, seconds=3600
    )
    customer.collect()
    assert_scores_are_azures(alice, customer)
    assert_violations_are_azures(alice, customer)
    mine = [row for row in listed(alice, "non-compliant", resource=account) if HTTPS in row["policy"]]
    assert [row["reason"]["policy"] for row in mine] == ["Secure transfer to storage accounts should be enabled"]
    still = listed(alice, "non-compliant", resource=pardoned["azure_id"], assignment=pardoned["assignment"])
    assert still == [], "what is exempt violates nothing"
    exempt = {row["name"]: row for row in listed(alice, "exemptions")}
    assert (exempt[name]["state"], exempt[name]["assignment"]) == ("expiring", pardoned["assignment"])
    ends = [row["expires_at"] for row in listed(alice, "exemptions") if row["expires_at"]]
    assert ends == sorted(ends), "what ended comes first"

    # both collections were of one day: its newest numbers are its numbers
    after = listed(alice, "scores", **{"from": before["collected_at"][:10]})[0]
    assert [day["counts"] for day in after["history"]] in ([after["counts"]], [before["counts"], after["counts"]])

    # the exemption ends: the resource violates again once Azure was asked again
    customer.change("exemption_expired", exemption=exempt[name]["azure_id"])
    customer.collect()
    assert {row["state"] for row in listed(alice, "exemptions") if row["name"] == name} == {"expired"}
    assert listed(alice, "non-compliant", resource=pardoned["azure_id"], assignment=pardoned["assignment"])
    assert_scores_are_azures(alice, customer)
    for path in ("scores", "policies", "non-compliant", "exemptions", "advisor", "secure-score", "standards"):
        assert listed(charlie, path) == [], f"{path}: nobody else's"


def test_what_azure_refuses_is_a_state_and_keeps_what_was_known(alice: Client, customer: Governed) -> None:
    before, policies = listed(alice, "scores")[0], listed(alice, "policies")
    fault = {"kind": "forbidden", "service": "arm", "path": "summarize"}
    customer.cloud.order("faults", {**fault, "skip": 1})
    customer.collect()
    customer.cloud.order("faults", method="DELETE")
    after = listed(alice, "scores")[0]
    assert (after["state"], after["missing_permission"]) == ("no_access", "Reader")
    assert (after["counts"], after["collected_at"]) == (before["counts"], before["collected_at"])
    assert listed(alice, "policies") == policies
    coverage = alice.get(f"{API}/scores").json()["coverage"]
    assert (coverage["states"], coverage["known"]) == ({"no_access": 1}, 1)
    browser = Client(alice.base_url, alice.token, {"Accept": "text/html"})
    page = browser.get(f"/compliance/{customer.key}").text
    assert "The newest attempt brought nothing; this is what was known before." in page

    # one of its subscriptions goes out of sight: it is kept, and in no sum
    victim = customer.scopes()[0].rpartition("/")[2]
    access = {"kind": "azure_access_changed", "tenant": customer.row["id"], "subscription": victim}
    customer.cloud.order("changes", {**access, "granted": False})
    try:
        customer.collect()
        rows_now = {row["key"]: row for row in listed(alice, "scores", by="subscription")}
        lost = rows_now.pop(victim)
        assert (lost["state"], lost["counts"] is None) == ("access_lost", False)
        (kept,) = rows_now.values()
        (tenant,) = listed(alice, "scores")
        assert tenant["counts"] == kept["counts"] != before["counts"]
        assert alice.get(f"{API}/scores").json()["coverage"]["lost_subscriptions"] == 1
        seen = {row["subscription_id"] for row in listed(alice, "non-compliant") if row["access_lost_at"]}
        assert seen == {victim}
    finally:
        customer.cloud.order("changes", {**access, "granted": True})


def test_without_a_role_nothing_is_compliant_and_nothing_is_zero(
    operated: Operated, platform: Platform, cast: Cast, alice: Client
) -> None:
    Governed(operated, platform, cast, operated.cloud.tenants[8])
    (tenant,) = listed(alice, "scores")
    assert (tenant["state"], tenant["score"], tenant["portal_score"], tenant["counts"]) == ("no_access", *[None] * 3)
    answer = alice.get(f"{API}/scores").json()
    assert (answer["fleet"]["score"], answer["coverage"]["known"]) == (None, 0)
    assert answer["coverage"]["states"] == {"no_access": 1}
    for path in ("policies", "non-compliant", "exemptions", "advisor", "secure-score"):
        empty = alice.get(f"{API}/{path}").json()
        assert (empty["items"], empty["coverage"]["states"], empty["coverage"]["oldest"]) == (
            [],
            {"no_access": 1},
            None,
        )
    gauge = Client(alice.base_url, alice.token, {"Accept": "text/html"}).get("/partials/compliance-gauge").text
    assert "this is not 0 %" in gauge


def test_a_delegation_that_is_gone_keeps_what_was_known(
    operated: Operated, platform: Platform, cast: Cast, alice: Client
) -> None:
    managing = Governed(operated, platform, cast, operated.cloud.partner)
    path = f"/api/v1/lighthouse/{managing.key}/customers"
    alice.post(path)
    until(lambda: bool(alice.get(path).json()["listed_at"]))
    found = alice.get(path).json()["items"][0]
    key = alice.post(f"{path}/{found['entra_tenant_id']}/onboard", {"name": "Tailspin"}).json()["id"]
    until(lambda: operated.get(key)["step"] == "done")
    operated.idle(key)
    (before,) = listed(alice, "scores", tenant=key)
    assert (before["state"], before["counts"]["judged"] > 0) == ("complete", True)
    access = {"kind": "azure_access_changed", "tenant": found["entra_tenant_id"]}
    delegated = [item["subscription_id"] for item in found["subscriptions"]]
    for one in delegated:
        operated.cloud.order("changes", {**access, "subscription": one, "granted": False})
    try:
        alice.post(f"/api/v1/microsoft-tenants/{key}/collect")
        operated.idle(key)
        (after,) = listed(alice, "scores", tenant=key)
        assert (after["state"], after["counts"]) == ("no_access", before["counts"])
        assert after["collected_at"] == before["collected_at"]
    finally:
        for one in delegated:
            operated.cloud.order("changes", {**access, "subscription": one, "granted": True})
