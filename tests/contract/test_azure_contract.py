"""What the simulated Azure answers, held against Microsoft's own descriptions of it."""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from tests.contract.microsoft import complaints, described
from tests.mscloudsim.azure import ARM, Item, ask, items, subscriptions
from tests.mscloudsim.cloud import Cloud
from tests.mscloudsim.costs import definition, post, query

pytestmark = described
_S = "/subscriptions/{subscriptionId}"
_G = f"{_S}/resourceGroups/{{resourceGroupName}}"
_LOG = "/providers/Microsoft.Insights/eventtypes/management/values"
_DELEGATIONS = "/providers/Microsoft.ManagedServices/registrationAssignments"
_AUTHORIZATION = "/providers/Microsoft.Authorization"
_ADVISOR = "/providers/Microsoft.Advisor"
_STATES = "/providers/Microsoft.PolicyInsights/policyStates"
_NULL = 'null is not of type "string"'
"""Policy Insights writes null where there is nothing, in Microsoft's own examples too."""
_QUERY = "/providers/Microsoft.ResourceGraph/resources"


@pytest.fixture
def token(cloud: Cloud) -> str:
    return cloud.token(cloud.partner, ARM)


@pytest.fixture
def subscription(cloud: Cloud, token: str) -> Item:
    """A delegated one, which has the most to tell."""
    return next(item for item in subscriptions(cloud, token) if item["managedByTenants"])


@pytest.mark.parametrize(
    ("description", "path", "asked"),
    [
        ("arm/subscriptions", "/tenants", "/tenants?api-version=2022-12-01"),
        ("arm/subscriptions", "/subscriptions", "/subscriptions?api-version=2022-12-01"),
        ("arm/subscriptions", _S, "{s}?api-version=2022-12-01"),
        ("arm/subscriptions", f"{_S}/locations", "{s}/locations?api-version=2022-12-01"),
        ("arm/resources", f"{_S}/providers", "{s}/providers?api-version=2021-04-01"),
        ("arm/resources", f"{_S}/resourcegroups", "{s}/resourcegroups?api-version=2021-04-01"),
        ("arm/resources", f"{_S}/resourcegroups/{{resourceGroupName}}", "{g}?api-version=2021-04-01"),
        (
            "arm/resources",
            f"{_S}/resources",
            "{s}/resources?api-version=2021-04-01&$expand=createdTime,changedTime,provisioningState",
        ),
        ("arm/resources", f"{_G}/resources", "{g}/resources?api-version=2021-04-01"),
        (
            "arm/resources",
            "/{scope}/providers/Microsoft.Resources/tags/default",
            "{g}/providers/Microsoft.Resources/tags/default?api-version=2021-04-01",
        ),
        (
            "arm/authorization",
            f"{_S}/providers/Microsoft.Authorization/roleAssignments",
            "{s}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01",
        ),
        (
            "arm/authorization",
            f"{_G}/providers/Microsoft.Authorization/roleAssignments",
            "{g}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01",
        ),
        (
            "arm/authorization",
            "/{scope}/providers/Microsoft.Authorization/roleDefinitions",
            "{g}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01",
        ),
        (
            "arm/monitor",
            f"{_S}{_LOG}",
            f"{{s}}{_LOG}?api-version=2015-04-01&$filter=eventTimestamp ge '{{month_ago}}'",
        ),
        (
            "arm/managedservices",
            f"/{{scope}}{_DELEGATIONS}",
            f"{{s}}{_DELEGATIONS}?api-version=2022-10-01&$expandRegistrationDefinition=true",
        ),
        (
            "arm/policy",
            f"{_S}{_AUTHORIZATION}/policyAssignments",
            f"{{s}}{_AUTHORIZATION}/policyAssignments?api-version=2024-05-01",
        ),
        (
            "arm/policy",
            f"{_G}{_AUTHORIZATION}/policyAssignments",
            f"{{g}}{_AUTHORIZATION}/policyAssignments?api-version=2024-05-01&$filter=atScope()",
        ),
        (
            "arm/policy",
            f"/providers/Microsoft.Management/managementGroups/{{managementGroupId}}{_AUTHORIZATION}/policyAssignments",
            f"{{m}}{_AUTHORIZATION}/policyAssignments?api-version=2024-05-01",
        ),
        (
            "arm/policy",
            f"{_AUTHORIZATION}/policyDefinitions",
            f"{_AUTHORIZATION}/policyDefinitions?api-version=2024-05-01",
        ),
        (
            "arm/policy",
            f"{_S}{_AUTHORIZATION}/policyDefinitions",
            f"{{s}}{_AUTHORIZATION}/policyDefinitions?api-version=2024-05-01&$filter=policyType eq 'Custom'",
        ),
        (
            "arm/policy",
            f"{_S}{_AUTHORIZATION}/policyDefinitions/{{policyDefinitionName}}",
            f"{{s}}{_AUTHORIZATION}/policyDefinitions/no-basic-plans?api-version=2024-05-01",
        ),
        (
            "arm/policy",
            f"{_S}{_AUTHORIZATION}/policySetDefinitions",
            f"{{s}}{_AUTHORIZATION}/policySetDefinitions?api-version=2024-05-01",
        ),
        (
            "arm/policy",
            f"{_S}{_AUTHORIZATION}/policySetDefinitions/{{policySetDefinitionName}}",
            f"{{s}}{_AUTHORIZATION}/policySetDefinitions/corporate-baseline?api-version=2024-05-01",
        ),
        ("arm/advisor", f"{_S}{_ADVISOR}/recommendations", f"{{s}}{_ADVISOR}/recommendations?api-version=2023-01-01"),
        (
            "arm/managedservices",
            "/{scope}/providers/Microsoft.ManagedServices/registrationDefinitions",
            "{s}/providers/Microsoft.ManagedServices/registrationDefinitions?api-version=2022-10-01",
        ),
    ],
)
def test_an_answer_is_as_microsoft_describes_it(
    cloud: Cloud, token: str, subscription: Item, description: str, path: str, asked: str
) -> None:
    scope = subscription["id"]
    group = next(items(cloud, f"{scope}/resourcegroups?api-version=2021-04-01", token))["id"]
    now = cloud.order("clock", {"seconds": 0})["now"]
    month_ago = datetime.fromtimestamp(now - 30 * 86_400, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    root = f"/providers/Microsoft.Management/managementGroups/{cloud.partner['id']}"
    filled = asked.format(s=scope, g=group, m=root, month_ago=month_ago)
    answer = cloud.get(quote(filled, safe="/?&=$,'"), token)
    assert answer.status == 200, answer.body
    body = answer.json()
    assert body.get("value", body)
    assert complaints(description, path, "get", 200, body) == []


@pytest.mark.parametrize(
    ("description", "path", "asked"),
    [
        ("arm/subscriptions", "/subscriptions", "/subscriptions"),
        ("arm/subscriptions", _S, "/subscriptions/00000000-0000-4000-8000-000000000000?api-version=2022-12-01"),
        (
            "arm/resources",
            f"{_S}/resourcegroups/{{resourceGroupName}}",
            "{s}/resourcegroups/none?api-version=2021-04-01",
        ),
        (
            "arm/monitor",
            f"{_S}{_LOG}",
            f"{{s}}{_LOG}?api-version=2015-04-01",
        ),
    ],
)
def test_a_refusal_is_as_microsoft_describes_it(
    cloud: Cloud, token: str, subscription: Item, description: str, path: str, asked: str
) -> None:
    answer = cloud.get(asked.format(s=subscription["id"]), token)
    assert answer.status in (400, 404)
    assert complaints(description, path, "get", answer.status, answer.json()) == []


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        (f"{_STATES}/{{policyStatesSummaryResource}}/summarize", f"{_STATES}/latest/summarize?"),
        (f"{_STATES}/{{policyStatesResource}}/queryResults", f"{_STATES}/latest/queryResults?$top=50&"),
        (f"{_STATES}/{{policyStatesResource}}/queryResults", f"{_STATES}/latest/queryResults?$filter=colour&"),
    ],
)
def test_policy_states_are_told_as_microsoft_describes_them(
    cloud: Cloud, token: str, subscription: Item, path: str, asked: str
) -> None:
    headers = {"authorization": f"Bearer {token}"}
    answer = cloud.call(f"{subscription['id']}{asked}api-version=2019-10-01", b"", headers, "POST")
    told = complaints("arm/policyinsights", f"{_S}{path}", "post", answer.status, answer.json())
    assert [complaint for complaint in told if not complaint.endswith(_NULL)] == []


def test_what_was_put_aside_is_told_as_microsoft_describes_it(cloud: Cloud, token: str) -> None:
    paths = [f"{item['id']}{_ADVISOR}/suppressions?api-version=2023-01-01" for item in subscriptions(cloud, token)]
    bodies = [cloud.get(path, token).json() for path in paths]
    assert any(body["value"] for body in bodies)
    for body in bodies:
        assert complaints("arm/advisor", f"{_S}{_ADVISOR}/suppressions", "get", 200, body) == []


@pytest.mark.parametrize("options", [{"top": 3}, {"top": 3, "resultFormat": "table"}, {"top": 1000}])
def test_a_query_is_answered_as_microsoft_describes_it(cloud: Cloud, token: str, options: Item) -> None:
    answer = ask(cloud, token, "resources | project id, name, tags, properties", **options)
    assert complaints("arm/resourcegraph", _QUERY, "post", answer.status, answer.json()) == []


@pytest.mark.parametrize("query", ["resources | where", "resources | project nothing", "nowhere | project id"])
def test_a_bad_query_is_refused_as_microsoft_describes_it(cloud: Cloud, token: str, query: str) -> None:
    answer = ask(cloud, token, query)
    assert answer.status == 400
    assert complaints("arm/resourcegraph", _QUERY, "post", answer.status, answer.json()) == []


_COSTS = "/{scope}/providers/Microsoft.CostManagement"
_BUDGETS = "/{scope}/providers/Microsoft.Consumption/budgets"


@pytest.fixture
def costly(cloud: Cloud, token: str) -> str:
    """A subscription of the partner's own whose costs can be read."""
    own = (item for item in subscriptions(cloud, token) if item["tenantId"] == cloud.partner["id"])
    return str(next(item["id"] for item in own if item["displayName"].endswith("Production")))


@pytest.mark.parametrize("groupings", [(), ("ResourceId", "ServiceName"), ("tag:environment",)])
def test_costs_are_answered_as_microsoft_describes_them(
    cloud: Cloud, token: str, costly: str, groupings: tuple[str, ...]
) -> None:
    cloud.order("throttling", {"enabled": False})
    for granularity in ("Daily", "Monthly", "None"):
        answer = query(cloud, token, costly, definition(*groupings, granularity=granularity), top=20)
        assert answer.json()["properties"]["rows"]
        assert complaints("arm/costmanagement", f"{_COSTS}/query", "post", answer.status, answer.json()) == []
    cloud.order("throttling", {"enabled": True})


def test_a_forecast_and_its_refusal_are_as_microsoft_describes_them(cloud: Cloud, token: str, costly: str) -> None:
    path = f"{costly}/providers/Microsoft.CostManagement/forecast?api-version=2025-03-01"
    future = {"from": "2026-10-01T00:00:00Z", "to": "2028-01-31T00:00:00Z"}
    asked = {**definition(), "timePeriod": future, "includeActualCost": True}
    for body, status in ((asked, 200), (definition(), 400)):
        answer = post(cloud, token, path, body)
        assert answer.status == status
        assert complaints("arm/costmanagement", f"{_COSTS}/forecast", "post", status, answer.json()) == []


def test_budgets_are_as_microsoft_describes_them(cloud: Cloud, token: str) -> None:
    found: list[Item] = []
    for item in subscriptions(cloud, token):
        path = f"{item['id']}/providers/Microsoft.Consumption/budgets"
        answer = cloud.get(f"{path}?api-version=2024-08-01", token)
        assert complaints("arm/consumption", _BUDGETS, "get", answer.status, answer.json()) == []
        found += answer.json().get("value", [])
    assert found
    one = cloud.get(f"/{found[0]['id']}?api-version=2024-08-01", token)
    assert one.status == 200
    assert complaints("arm/consumption", f"{_BUDGETS}/{{budgetName}}", "get", 200, one.json()) == []
