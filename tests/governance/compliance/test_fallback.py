"""A cloud whose Resource Graph knows no policies: Policy Insights is asked, subscription by subscription."""

from typing import Any

import msgspec
from tests.microsoft.counterparts import CONTOSO, Script, says

from tenantry.governance.compliance import states
from tenantry.governance.compliance.catalogue import POLICY_STATES
from tenantry.microsoft import Connection

QUERY = "/providers/Microsoft.ResourceGraph/resources"
S1, S2 = "11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002"
NO_TABLE = {"error": {"code": "BadRequest", "message": "", "details": [{"code": "DisallowedLogicalTableName"}]}}


def rows_of(subscription: str) -> str:
    return f"/subscriptions/{subscription}/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults"


def sums_of(subscription: str) -> str:
    return f"/subscriptions/{subscription}/providers/Microsoft.PolicyInsights/policyStates/latest/summarize"


def state(subscription: str, name: str, **more: Any) -> dict[str, Any]:
    group = f"/subscriptions/{subscription}/resourceGroups/RG"
    return {
        "resourceId": f"{group}/providers/Microsoft.Storage/storageAccounts/{name}",
        "policyAssignmentId": f"/subscriptions/{subscription}/providers/Microsoft.Authorization/policyAssignments/A",
        "policyDefinitionId": "/providers/Microsoft.Authorization/policyDefinitions/D",
        "policyDefinitionReferenceId": None,
        "complianceState": "NonCompliant",
        "subscriptionId": subscription,
        "timestamp": "2026-11-27T01:00:00Z",
        **more,
    }


def visible(script: Script, *keys: str) -> None:
    shown = [{"id": f"/subscriptions/{key}", "subscriptionId": key, "tenantId": CONTOSO} for key in keys]
    script.on("/subscriptions", says({"value": shown}))
    script.on(QUERY, says(NO_TABLE, 400))


async def test_states_have_the_same_form_and_key_from_either(script: Script, contoso: Connection) -> None:
    visible(script, S1, S2)
    more = f"{script.address}{rows_of(S1)}?$skiptoken=two"
    script.on(
        rows_of(S1),
        says({"value": [state(S1, "a")], "@odata.nextLink": more}),
        says({"value": [state(S1, "b", policyDefinitionReferenceId="Ref")]}),
    )
    script.on(rows_of(S2), says({"value": []}))
    pages = [page async for page in POLICY_STATES.fetch(contoso, None, ())]
    found = [msgspec.json.decode(row) for page in pages for row in page.rows]
    prefix = f"/subscriptions/{S1}/resourcegroups/rg/providers/microsoft.storage/storageaccounts"
    by = f"/subscriptions/{S1}/providers/microsoft.authorization/policyassignments/a"
    assert [POLICY_STATES.key_of(item) for item in found] == [
        f"{prefix}/a{by}//providers/microsoft.authorization/policydefinitions/d",
        f"{prefix}/b{by}/ref",
    ]
    assert "timestamp" not in found[0]
    assert {page.within for page in pages} == {(S1, S2)}


async def test_sums_are_undated_there(script: Script, contoso: Connection) -> None:
    visible(script, S1)
    results = {"resourceDetails": [{"complianceState": "NonCompliant", "count": 2}], "policyDetails": None}
    script.on(sums_of(S1), says({"value": [{"results": results, "policyAssignments": None}]}))
    pages = [page async for page in states.sums(contoso, None, ())]
    assert [msgspec.json.decode(row) for page in pages for row in page.rows] == [
        {
            "id": f"/subscriptions/{S1}/policycompliance",
            "subscriptionId": S1,
            "resources": {"noncompliant": 2},
            "policies": {},
        }
    ]
