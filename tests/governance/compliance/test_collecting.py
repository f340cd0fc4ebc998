"""What governs Azure, collected by the product's own jobs from the simulated cloud."""

from collections import Counter

from tests.estate.conftest import BASE, Operated, until
from tests.governance.compliance.governed import GOVERNANCE, Governed
from tests.mscloudsim.test_governance import HTTPS, counted, states, summary
from tests.support.cast import Cast

from tenantry.observe.datasets import bounded_key
from tenantry.platform.work import Platform


def test_what_is_known_is_what_azure_says(customer: Governed) -> None:
    assert set(customer.outcomes().values()) == {"complete"}
    cloud, token, scopes = customer.cloud, customer.token, customer.scopes()
    told = [
        row for scope in scopes for row in states(cloud, scope, token, "&$filter=complianceState eq 'NonCompliant'")
    ]
    known = customer.known("policy_states").values()
    names = ("resourceId", "policyAssignmentId", "policyDefinitionReferenceId", "policyDefinitionId")
    assert told
    assert Counter(tuple(row[name] or "" for name in names) for row in known) == Counter(
        tuple(row[name] or "" for name in names) for row in told
    )
    assert "timestamp" not in next(iter(known)), "what changes every day is no part of what was observed"
    assert customer.known("policy_states").keys() == {
        bounded_key(
            f"{row['resourceId']}{row['policyAssignmentId']}/"
            f"{row['policyDefinitionReferenceId'] or row['policyDefinitionId']}"
        )
        for row in told
    }
    assert_verdicts_lead_to_policies_and_assignments(customer)


def assert_verdicts_lead_to_policies_and_assignments(customer: Governed) -> None:
    assignments, definitions = customer.known("policy_assignments"), customer.known("policy_definitions")
    for state in customer.known("policy_states").values():
        assert state["policyAssignmentId"] in assignments
        assert definitions[state["policyDefinitionId"]]["displayName"]
        assert not state["policySetDefinitionId"] or state["policySetDefinitionId"] in definitions
    scopes = {row["properties"]["scope"].count("/") for row in assignments.values()}
    assert scopes == {2, 4}, "of subscriptions, and of the management group or of resource groups"
    assert any("/managementgroups/" in key for key in assignments)
    assert any("/resourcegroups/" in key for key in assignments)
    named = {row["name"] for row in definitions.values()}
    assert {"approved-images", HTTPS} <= named, "custom ones that nobody uses, and Microsoft's that are used"
    assert len(named) < 19
    ends = ["expiresOn" in row["properties"] for row in customer.known("policy_exemptions").values()]
    assert {True, False} == set(ends)


def test_sums_advice_and_scores_are_microsofts(customer: Governed) -> None:
    known, cloud = customer.known("policy_compliance"), customer.cloud
    for scope in customer.scopes():
        told = summary(cloud, scope, customer.token)
        assert known[f"{scope}/policycompliance"]["resources"] == counted(told["results"])
        for row in told["policyAssignments"]:
            sums = known[f"{scope}/policycompliance{row['policyAssignmentId']}"]
            assert sums["resources"] == counted(row["results"])
            assert len(sums["definitions"]) == len(row["policyDefinitions"])
            assert [group["name"] for group in sums["groups"]] == [
                group["policyGroupName"] for group in row["policyGroups"]
            ]
            assert sums["evaluatedFrom"] <= sums["evaluatedTo"]

    assert_advice_and_scores_fit_together(customer)


def assert_advice_and_scores_fit_together(customer: Governed) -> None:
    advice = customer.known("advisor_recommendations").values()
    assert {row["category"] for row in advice} >= {"Cost", "OperationalExcellence"}
    assert any(int(row["extendedProperties"].get("annualSavingsAmount", 0)) > 0 for row in advice)
    put_aside = {row["properties"]["suppressionId"] for row in customer.known("advisor_suppressions").values()}
    assert {key for row in advice for key in row["suppressionIds"] or ()} == put_aside
    scores = Counter(row["type"].rpartition("/")[2] for row in customer.known("secure_scores").values())
    standards = Counter(row["type"].rpartition("/")[2] for row in customer.known("regulatory_compliance").values())
    assert scores["securescorecontrols"] == 4 * scores["securescores"]
    assert standards["regulatorycompliancestandards"] == 2 * scores["securescores"]


def test_what_changes_is_seen_and_by_whom(customer: Governed) -> None:
    scope, name = customer.scopes()[0], f"images-{customer.key[-12:]}"
    good = f"&$filter=policyDefinitionName eq '{HTTPS}' and complianceState eq 'Compliant'"
    account = next(states(customer.cloud, scope, customer.token, good))["resourceId"]
    before, changes = customer.known("policy_states"), customer.known("resource_changes")
    pardoned, bad = next((key, row) for key, row in before.items() if key.startswith(f"{scope}/resourcegroups/"))
    pardon = {"scope": bad["resourceId"], "assignment": bad["policyAssignmentId"], "name": name, "seconds": 86_400}
    customer.change("policy_exempted", **pardon)
    customer.change("policy_assigned", definition="approved-images", name=name, scope=scope)
    customer.change("resource_made_noncompliant", resource=account, definition=HTTPS, by="mallory@customer.example")
    customer.collect()
    assert set(customer.outcomes().values()) == {"complete"}
    after, now = customer.known("policy_states"), customer.known("resource_changes")
    assert account in {row["resourceId"] for key, row in after.items() if key not in before}
    assert pardoned not in after, "what is exempt violates nothing"
    exemption = f"{bad['resourceId']}/providers/microsoft.authorization/policyexemptions/{name}"
    assert customer.known("policy_exemptions")[exemption]["properties"]["expiresOn"]
    assert f"{scope}/providers/microsoft.authorization/policyassignments/{name}" in customer.known("policy_assignments")
    assert changes.items() <= now.items(), "a log only grows"
    added = {
        row["properties"]["changeAttributes"]["changedBy"]: row["properties"]
        for key, row in now.items()
        if key not in changes
    }
    assert added["mallory@customer.example"]["changes"] == {
        "properties.supportsHttpsTrafficOnly": {"previousValue": True, "newValue": False}
    }


def test_a_subscription_out_of_sight_says_nothing_of_its_compliance(customer: Governed) -> None:
    victim, kept = customer.scopes()[:2]
    before = {name: customer.known(name) for name in ("policy_states", "policy_compliance", "advisor_recommendations")}
    access = {"kind": "azure_access_changed", "tenant": customer.row["id"], "subscription": victim.rpartition("/")[2]}
    customer.cloud.order("changes", {**access, "granted": False})
    try:
        customer.collect()
        assert set(customer.outcomes().values()) == {"complete"}
        for name, items_before in before.items():
            now = customer.known(name)
            inside = {key: item for key, item in items_before.items() if key.startswith(f"{victim}/")}
            assert inside.items() <= now.items(), f"{name}: what is out of sight is kept, and not taken for clean"
            assert any(key.startswith(f"{kept}/") for key in now)
    finally:
        customer.cloud.order("changes", {**access, "granted": True})


def test_without_a_role_nothing_is_known_and_nothing_is_clean(
    operated: Operated, platform: Platform, cast: Cast
) -> None:
    forgotten = Governed(operated, platform, cast, operated.cloud.tenants[8])
    assert set(forgotten.outcomes().values()) == {"no_access"}
    for item in operated.alice.get(f"{BASE}/{forgotten.key}/datasets").json()["items"]:
        if item["name"] in GOVERNANCE:
            assert (item["items"], "Reader" in item["missing_permission"]) == (None, True)


def test_a_refusal_in_the_middle_leaves_what_was_known(customer: Governed) -> None:
    before = customer.known("policy_compliance")
    customer.cloud.order("faults", {"kind": "forbidden", "service": "arm", "path": "summarize", "skip": 1})
    customer.collect()
    outcomes = customer.outcomes()
    assert outcomes.pop("azure.policy_compliance") == "no_access"
    assert set(outcomes.values()) == {"complete"}
    assert customer.known("policy_compliance") == before


def test_a_delegated_customer_is_governed_within_its_own_subscriptions(
    operated: Operated, platform: Platform, cast: Cast
) -> None:
    managing = Governed(operated, platform, cast, operated.cloud.partner)
    path = f"/api/v1/lighthouse/{managing.key}/customers"
    operated.alice.post(path)
    until(lambda: bool(operated.alice.get(path).json()["listed_at"]))
    found = operated.alice.get(path).json()["items"][0]
    key = operated.alice.post(f"{path}/{found['entra_tenant_id']}/onboard", {"name": "Tailspin"}).json()["id"]
    until(lambda: operated.get(key)["step"] == "done")
    operated.idle(key)
    outcomes = operated.outcomes(key)
    assert {outcomes[name] for name in GOVERNANCE} == {"complete"}
    managing.key = key
    own = {item["subscription_id"] for item in found["subscriptions"]}
    assert {row["subscriptionId"] for row in managing.known("policy_states").values()} == own
    roots = {name.split("/")[4] for name in managing.known("policy_assignments") if "/managementgroups/" in name}
    assert roots == {found["entra_tenant_id"]}, (
        "what the customer's management group holds is told in the subscriptions"
    )
