"""Policies, Advisor and Defender from outside: verdicts that fit what resources are, at every door they are shown."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from tests.mscloudsim.azure import ARM, Item, ask, items, rows, subscriptions
from tests.mscloudsim.cloud import Answer, Cloud

STATES = "/providers/Microsoft.PolicyInsights/policyStates/latest"
ASSIGNMENTS = "/providers/Microsoft.Authorization/policyAssignments?api-version=2024-05-01"
EXEMPTIONS = "/providers/Microsoft.Authorization/policyExemptions?api-version=2022-07-01-preview"
ADVISOR = "/providers/Microsoft.Advisor"
SECURITY = "/providers/Microsoft.Security"
HTTPS = "404c3081-a854-4457-ae30-26a93ef643f9"


def customer(cloud: Cloud) -> Item:
    """A sound one that has several subscriptions."""
    fitting = {"flaw": "none", "reach": "app_registration"}
    return next(row for row in cloud.tenants[1:] if fitting.items() <= row.items() and row["users"] >= 25)


def post(cloud: Cloud, path: str, token: str) -> Answer:
    path = quote(path.removeprefix(cloud.url), safe="/?&=$,'%+:")
    return cloud.call(path, b"", {"authorization": f"Bearer {token}"}, "POST")


def states(cloud: Cloud, scope: str, token: str, options: str = "") -> Iterator[Item]:
    """Every row of a scope, page by page."""
    link: str | None = f"{scope}{STATES}/queryResults?api-version=2019-10-01{options}"
    while link:
        answer = post(cloud, link, token)
        assert answer.status == 200, answer.body
        yield from answer.json()["value"]
        link = answer.json().get("@odata.nextLink")


def summary(cloud: Cloud, scope: str, token: str) -> Item:
    answer = post(cloud, f"{scope}{STATES}/summarize?api-version=2019-10-01", token)
    assert answer.status == 200, answer.body
    (row,) = answer.json()["value"]
    return dict(row)


def counted(results: Item) -> dict[str, int]:
    return {detail["complianceState"]: detail["count"] for detail in results["resourceDetails"]}


@pytest.fixture
def token(cloud: Cloud, partner: str) -> str:
    """A customer's own application, and nobody counts its requests."""
    return cloud.token(customer(cloud), ARM)


@pytest.fixture
def subscription(cloud: Cloud, token: str) -> Item:
    return subscriptions(cloud, token)[0]


@pytest.fixture
def scope(subscription: Item) -> str:
    return str(subscription["id"])


@pytest.fixture
def root(subscription: Item) -> str:
    return f"/providers/Microsoft.Management/managementGroups/{subscription['tenantId']}"


def change(cloud: Cloud, kind: str, **order: Any) -> Item:
    found: Item = cloud.order("changes", {"kind": kind, "tenant": customer(cloud)["id"], **order})
    return found


def test_a_verdict_is_what_the_resource_is(cloud: Cloud, partner: str) -> None:
    accounts = rows(
        cloud, partner, "resources | where type =~ 'microsoft.storage/storageaccounts' | project id, properties"
    )
    query = f"policyresources | where properties.policyDefinitionName == '{HTTPS}' | project id, properties"
    said = {
        row["properties"]["resourceId"]: row["properties"]["complianceState"] for row in rows(cloud, partner, query)
    }
    assert len(accounts) > 10
    assert said == {
        row["id"].lower(): "Compliant" if row["properties"]["supportsHttpsTrafficOnly"] else "NonCompliant"
        for row in accounts
    }


def test_a_missing_tag_is_told_of_the_resource_and_of_its_group(cloud: Cloud, token: str, scope: str) -> None:
    missing = "&$filter=complianceState eq 'NonCompliant' and policyDefinitionReferenceId eq '{}'"
    tagged = {
        item["id"].lower(): item.get("tags") or {}
        for item in items(cloud, f"{scope}/resources?api-version=2021-04-01", token)
    }
    bad = {row["resourceId"] for row in states(cloud, scope, token, missing.format("ownerTag"))}
    exempt = {row["resourceId"] for row in states(cloud, scope, token, "&$filter=complianceState eq 'Exempt'")}
    assert bad | exempt >= {key for key, tags in tagged.items() if "owner" not in tags} >= bad
    groups = {row["resourceType"] for row in states(cloud, scope, token, missing.format("groupOwnerTag"))}
    assert groups <= {"Microsoft.Resources/subscriptions/resourceGroups"}


def test_assignments_are_told_at_every_scope(cloud: Cloud, token: str, scope: str, root: str) -> None:
    every = {item["properties"]["scope"] for item in items(cloud, f"{scope}{ASSIGNMENTS}", token)}
    at_groups = {place for place in every if "/resourceGroups/" in place}
    assert every == {root, scope, *at_groups}
    assert at_groups
    above = {item["name"] for item in items(cloud, f"{root}{ASSIGNMENTS}", token)}
    assert above == {"corporate-baseline"}
    here = [item["properties"]["scope"] for item in items(cloud, f"{scope}{ASSIGNMENTS}&$filter=atExactScope()", token)]
    assert set(here) == {scope}
    inherited = items(cloud, f"{next(iter(at_groups))}{ASSIGNMENTS}&$filter=atScope()", token)
    assert {item["properties"]["scope"] for item in inherited} == {root, scope, next(iter(at_groups))}
    modes = {
        item["properties"]["enforcementMode"]
        for row in subscriptions(cloud, token)
        for item in items(cloud, f"{row['id']}{ASSIGNMENTS}", token)
    }
    assert modes == {"Default", "DoNotEnforce"}


def test_a_delegation_reaches_no_management_group(cloud: Cloud, partner: str) -> None:
    tenant = cloud.customer(reach="lighthouse")["id"]
    delegated = next(row for row in subscriptions(cloud, partner) if row["tenantId"] == tenant)
    root = f"/providers/Microsoft.Management/managementGroups/{tenant}"
    assert cloud.get(f"{root}{ASSIGNMENTS}", partner).status == 403
    inherited = [item["id"] for item in items(cloud, f"{delegated['id']}{ASSIGNMENTS}", partner)]
    assert any(key.startswith(root) for key in inherited), "but what holds in the subscription is told there"


def test_a_query_tells_what_comes_from_above_only_when_asked(cloud: Cloud, partner: str) -> None:
    query = "policyresources | where type =~ 'microsoft.authorization/policyassignments' | project id, subscriptionId"
    usual = {row["id"].partition("/providers/Microsoft.Auth")[0] for row in rows(cloud, partner, query)}
    body = {"query": query, "options": {"$top": 1000, "authorizationScopeFilter": "AtScopeAboveAndBelow"}}
    headers = {"authorization": f"Bearer {partner}", "content-type": "application/json"}
    path = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
    told = cloud.call(path, json.dumps(body).encode(), headers, "POST").json()["data"]
    above = {row["id"].partition("/providers/Microsoft.Auth")[0] for row in told} - usual
    assert above
    assert all(place.startswith("/providers/Microsoft.Management/managementGroups/") for place in above)


def test_exemptions_hold_until_they_end(cloud: Cloud, token: str, scope: str) -> None:
    found = {item["id"]: item["properties"] for item in items(cloud, f"{scope}{EXEMPTIONS}", token)}
    now = "2026-11"
    ends = [properties.get("expiresOn") for properties in found.values()]
    assert None in ends
    assert any(end and end < now for end in ends)
    lasting = next(key for key, properties in found.items() if "expiresOn" not in properties)
    group = lasting.partition("/providers/")[0]
    exempt = f"&$filter=complianceState eq 'Exempt' and resourceGroup eq '{group.rpartition('/')[2]}'"
    before = list(states(cloud, scope, token, exempt))
    assert before
    change(cloud, "exemption_expired", exemption=lasting, by="alice@contoso.example")
    assert list(states(cloud, scope, token, exempt)) == []
    again = cloud.get(f"{scope}{EXEMPTIONS}", token).json()["value"]
    assert "expiresOn" in next(item for item in again if item["id"] == lasting)["properties"]


def test_an_exemption_of_an_hour_is_over_after_it(cloud: Cloud, token: str, scope: str) -> None:
    row = next(
        row
        for row in states(cloud, scope, token, "&$filter=complianceState eq 'NonCompliant'")
        if "/providers/" in row["resourceId"]
    )
    one = f"&$filter=resourceId eq '{row['resourceId']}' and policyAssignmentId eq '{row['policyAssignmentId']}'"
    order = {"scope": row["resourceId"], "assignment": row["policyAssignmentId"], "name": "for-an-hour"}
    change(cloud, "policy_exempted", **order, seconds=3600)
    assert {state["complianceState"] for state in states(cloud, scope, token, one)} == {"Exempt"}
    cloud.order("clock", {"seconds": 3700})
    try:
        fresh = cloud.token(customer(cloud), ARM)
        assert "Exempt" not in {state["complianceState"] for state in states(cloud, scope, fresh, one)}
    finally:
        cloud.order("clock", {"seconds": -3700})


@pytest.mark.parametrize("top", [3, 1000])
def test_rows_are_paged_by_post_and_are_those_of_a_query(cloud: Cloud, token: str, scope: str, top: int) -> None:
    path = f"{scope}{STATES}/queryResults?api-version=2019-10-01&$top={top}"
    found = list(states(cloud, scope, token, f"&$top={top}"))
    query = "policyresources | where type endswith '/policystates' | project id, subscriptionId, properties"
    told = [row["properties"] for row in rows(cloud, token, query) if row["subscriptionId"] == scope.rpartition("/")[2]]
    keys = ("resourceId", "policyAssignmentId", "policyDefinitionReferenceId", "complianceState", "timestamp")
    assert [[row[key] for key in keys] for row in found] != []
    assert sorted([str(row[key]) for key in keys] for row in found) == sorted(
        [str(row[key]) for key in keys] for row in told
    )
    assert cloud.get(path, token).status == 405, "states are asked for by POST"


def test_a_summary_counts_each_resource_once_in_its_heaviest_state(cloud: Cloud, token: str, scope: str) -> None:
    order = ["Exempt", "Conflict", "Compliant", "NonCompliant"]
    worst: dict[str, dict[str, str]] = {"": {}}
    for row in states(cloud, scope, token):
        for of in ("", row["policyAssignmentId"]):
            held = worst.setdefault(of, {})
            held[row["resourceId"]] = max(
                row["complianceState"], held.get(row["resourceId"], "Exempt"), key=order.index
            )
    told = summary(cloud, scope, token)
    expected = {of: dict(Counter(state.lower() for state in held.values())) for of, held in worst.items()}
    assert counted(told["results"]) == expected.pop("")
    assert {item["policyAssignmentId"]: counted(item["results"]) for item in told["policyAssignments"]} == expected
    assert told["results"]["nonCompliantResources"] == counted(told["results"])["noncompliant"]
    groups = {group["policyGroupName"] for item in told["policyAssignments"] for group in item["policyGroups"]}
    assert {"Tagging", "Azure_Security_Benchmark_v3.0_DP-3"} <= groups


def test_an_assignment_without_anything_to_judge_is_in_no_summary(cloud: Cloud, token: str, scope: str) -> None:
    named = {
        item["id"].lower()
        for item in items(cloud, f"{scope}{ASSIGNMENTS}", token)
        if item["name"] == "client-certificates"
    }
    summed = {item["policyAssignmentId"] for item in summary(cloud, scope, token)["policyAssignments"]}
    assert named
    assert named.isdisjoint(summed)


def test_a_whole_tenant_is_too_large_for_one_answer(cloud: Cloud, token: str, root: str) -> None:
    assert len(subscriptions(cloud, token)) > 1
    answer = post(cloud, f"{root}{STATES}/summarize?api-version=2019-10-01", token)
    assert (answer.status, answer.json()["error"]["code"]) == (400, "ResponseTooLarge")


def test_an_answer_can_be_empty_on_order(cloud: Cloud, token: str, scope: str) -> None:
    cloud.order("faults", {"kind": "empty_body", "service": "arm", "path": "summarize"})
    answer = post(cloud, f"{scope}{STATES}/summarize?api-version=2019-10-01", token)
    assert (answer.status, answer.body) == (200, b"")
    assert summary(cloud, scope, token)


@pytest.mark.parametrize(
    "options",
    [
        "&$filter=colour eq 'red'",
        "&$filter=complianceState gt 'A'",
        "&$filter=complianceState eq 'A' or isCompliant eq true",
        "&$apply=groupby((resourceId))",
        "&$select=colour",
        "&$top=0",
        "&$skiptoken=x",
    ],
)
def test_what_is_not_understood_is_refused(cloud: Cloud, token: str, scope: str, options: str) -> None:
    assert post(cloud, f"{scope}{STATES}/queryResults?api-version=2019-10-01{options}", token).status == 400


def test_a_resource_made_noncompliant_is_told_of_everywhere(cloud: Cloud, token: str, scope: str) -> None:
    good = f"&$filter=policyDefinitionName eq '{HTTPS}' and complianceState eq 'Compliant'"
    account = next(states(cloud, scope, token, good))["resourceId"]
    change(cloud, "resource_made_noncompliant", resource=account, definition=HTTPS, by="mallory@contoso.example")
    one = f"&$filter=policyDefinitionName eq '{HTTPS}' and resourceId eq '{account}'"
    assert [row["complianceState"] for row in states(cloud, scope, token, one)] == ["NonCompliant"]
    shown = cloud.get(f"{account}?api-version=2023-01-01", token).json()
    assert shown["properties"]["supportsHttpsTrafficOnly"] is False
    advised = {
        row["properties"]["resourceMetadata"]["resourceId"] for row in recommendations(cloud, scope, token, "Security")
    }
    assert shown["id"] in advised
    query = f"resourcechanges | where properties.targetResourceId == '{shown['id']}' | project id, properties"
    changed = next(
        row["properties"]
        for row in rows(cloud, token, query)
        if row["properties"]["changeAttributes"]["changedBy"] == "mallory@contoso.example"
    )
    path = "properties.supportsHttpsTrafficOnly"
    assert changed["changes"] == {path: {"previousValue": True, "newValue": False}}
    with pytest.raises(AssertionError, match="can be made to violate"):
        change(cloud, "resource_made_noncompliant", resource=account, definition=HTTPS)


def test_an_assignment_that_is_added_judges_at_once(cloud: Cloud, token: str, scope: str) -> None:
    order = {"definition": "approved-images", "name": "images", "scope": scope, "by": "alice@contoso.example"}
    change(cloud, "policy_assigned", **order)
    assert "images" in {item["name"] for item in items(cloud, f"{scope}{ASSIGNMENTS}", token)}
    machines = list(states(cloud, scope, token, "&$filter=policyAssignmentName eq 'images'"))
    assert {row["resourceType"] for row in machines} == {"Microsoft.Compute/virtualMachines"}
    with pytest.raises(AssertionError, match="listOfAllowedLocations"):
        change(cloud, "policy_assigned", definition="corporate-baseline", name="again")


def recommendations(cloud: Cloud, scope: str, token: str, category: str = "", top: int = 100) -> list[Item]:
    chosen = "&$filter=" + quote(f"Category eq '{category}'") if category else ""
    return list(items(cloud, f"{scope}{ADVISOR}/recommendations?api-version=2023-01-01&$top={top}{chosen}", token))


def test_advice_is_about_what_is_there(cloud: Cloud, partner: str) -> None:
    every = [
        row for item in subscriptions(cloud, partner) for row in recommendations(cloud, item["id"], partner, top=2)
    ]
    assert {row["properties"]["category"] for row in every} == {
        *("Cost", "Security", "HighAvailability", "Performance", "OperationalExcellence")
    }
    queried = rows(cloud, partner, "advisorresources | where type endswith 'recommendations' | project id, properties")
    assert {row["id"]: row["properties"] for row in every} == {row["id"]: row["properties"] for row in queried}
    query = "resources | where type =~ 'microsoft.compute/disks' and properties.diskState == 'Unattached' | project id"
    disks = {row["id"] for row in rows(cloud, partner, query)}
    of_disks = [row["properties"] for row in every if row["properties"]["impactedField"] == "Microsoft.Compute/disks"]
    assert {row["resourceMetadata"]["resourceId"] for row in of_disks} == disks
    assert all(isinstance(value, str) for row in every for value in row["properties"]["extendedProperties"].values())
    assert all(int(row["extendedProperties"]["annualSavingsAmount"]) > 0 for row in of_disks)


def test_what_was_put_aside_is_named_by_the_recommendation(cloud: Cloud, partner: str) -> None:
    named, kept = set[str](), set[str]()
    for item in subscriptions(cloud, partner):
        for row in recommendations(cloud, item["id"], partner):
            named.update(row["properties"].get("suppressionIds", ()))
        path = f"{item['id']}{ADVISOR}/suppressions?api-version=2023-01-01"
        kept |= {row["properties"]["suppressionId"] for row in items(cloud, path, partner)}
    assert named == kept != set()


def test_a_secure_score_is_the_sum_of_its_controls(cloud: Cloud, partner: str) -> None:
    scored, silent = 0, 0
    for item in subscriptions(cloud, partner):
        path = f"{item['id']}{SECURITY}/secureScores"
        (*scores,) = items(cloud, f"{path}?api-version=2020-01-01", partner)
        controls = cloud.get(f"{path}/ascScore/secureScoreControls?api-version=2020-01-01", partner)
        if not scores:
            assert controls.status == 404, "where Defender was never switched on there is no score, which is not zero"
            silent += 1
            continue
        score = scores[0]["properties"]["score"]
        parts = [row["properties"]["score"] for row in controls.json()["value"]]
        assert score["max"] == sum(part["max"] for part in parts)
        assert score["current"] == pytest.approx(sum(part["current"] for part in parts))
        assert 0 <= score["current"] <= score["max"]
        scored += 1
    assert scored
    assert silent


def test_a_standard_counts_its_controls(cloud: Cloud, partner: str) -> None:
    kinds = ("regulatorycompliancestandards", "regulatorycompliancestandards/regulatorycompliancecontrols")
    standards, controls = (
        rows(cloud, partner, f"securityresources | where type == 'microsoft.security/{kind}' | project id, properties")
        for kind in kinds
    )
    assert standards
    for standard in standards:
        states = Counter(row["properties"]["state"] for row in controls if row["id"].startswith(f"{standard['id']}/"))
        counts = {name: standard["properties"][f"{name.lower()}Controls"] for name in ("Passed", "Failed", "Skipped")}
        assert counts == {name: states[name] for name in counts}
        assert sum(counts.values()) > 1


def test_whoever_may_not_read_a_subscription_is_told_nothing_of_its_governance(cloud: Cloud, scope: str) -> None:
    stranger = cloud.token(cloud.customer(name="Contoso Health"), ARM)
    paths = (f"{ASSIGNMENTS}", f"{EXEMPTIONS}", f"{ADVISOR}/recommendations?api-version=2023-01-01")
    assert {cloud.get(f"{scope}{path}", stranger).status for path in paths} == {401}
    assert post(cloud, f"{scope}{STATES}/summarize?api-version=2019-10-01", stranger).status == 401
    for table in ("policyresources", "advisorresources", "securityresources", "resourcechanges"):
        told = ask(cloud, stranger, f"{table} | project id, subscriptionId", top=1000)
        assert scope.rpartition("/")[2] not in told.body.decode()


def test_states_are_metered_like_everything_else(cloud: Cloud) -> None:
    token = cloud.token(customer(cloud), ARM)
    scope = subscriptions(cloud, token)[0]["id"]
    path = f"{scope}{STATES}/queryResults?api-version=2019-10-01&$top=1"
    assert post(cloud, path, token).headers["x-ms-ratelimit-remaining-subscription-writes"] == "199"
