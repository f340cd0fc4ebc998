"""Made-up policies, verdicts, advice and scores, in the shapes that the datasets of Azure's governance have."""

from typing import Any

from tests.governance.azure import SUBSCRIPTION, Json

PROVIDER = "/providers/Microsoft.Authorization"
ROOT = "/providers/Microsoft.Management/managementGroups/root"
INITIATIVE = f"{ROOT}{PROVIDER}/policySetDefinitions/baseline"
ASSIGNMENT = f"{ROOT}{PROVIDER}/policyAssignments/baseline"
DEFINITION = f"{PROVIDER}/policyDefinitions/tag"


def assignment(key: str = ASSIGNMENT, target: str = INITIATIVE, **more: Any) -> Json:
    properties = {
        "displayName": "Baseline",
        "scope": key.partition(PROVIDER)[0],
        "policyDefinitionId": target,
        "enforcementMode": "Default",
        "nonComplianceMessages": [{"message": "Ask the platform team."}],
    }
    return {"id": key, "name": key.rpartition("/")[2], "properties": properties | more}


def definition(key: str = DEFINITION, title: str = "Require a tag", **more: Any) -> Json:
    kind = "policySetDefinitions" if "policySetDefinitions" in key else "policyDefinitions"
    return {
        "id": key,
        "name": key.rpartition("/")[2],
        "type": f"microsoft.authorization/{kind.lower()}",
        "displayName": title,
        "policyType": "BuiltIn",
        "metadata": {"category": "Tags"},
    } | more


def whole(key: str = SUBSCRIPTION, /, **resources: int) -> Json:
    """The sum of a subscription."""
    return {
        "id": f"/subscriptions/{key}/policycompliance",
        "subscriptionId": key,
        "resources": resources,
        "policies": {},
    }


def summed(
    resources: dict[str, int], key: str = SUBSCRIPTION, *, by: str = ASSIGNMENT, at: str = "2026-11-24T01:00:00Z"
) -> Json:
    """The sum of an assignment of the baseline in a subscription, which has one definition."""
    one = {
        "policyDefinitionId": DEFINITION.lower(),
        "policyDefinitionReferenceId": "ownertag",
        "effect": "deny",
        "resources": resources,
    }
    return {
        "id": f"/subscriptions/{key}/policycompliance{by.lower()}",
        "subscriptionId": key,
        "policyAssignmentId": by.lower(),
        "policySetDefinitionId": INITIATIVE.lower(),
        "resources": resources,
        "policies": {},
        "definitions": [one],
        "groups": [],
        "evaluatedFrom": at,
        "evaluatedTo": at,
    }


def violation(resource: str, key: str = SUBSCRIPTION, **more: Any) -> Json:
    found = f"/subscriptions/{key}/resourcegroups/rg/providers/microsoft.compute/disks/{resource}".lower()
    return {
        "stateKey": f"{found}{ASSIGNMENT.lower()}/ownertag",
        "subscriptionId": key,
        "resourceId": found,
        "policyAssignmentId": ASSIGNMENT.lower(),
        "policyDefinitionId": DEFINITION.lower(),
        "policySetDefinitionId": INITIATIVE.lower(),
        "policyDefinitionReferenceId": "ownertag",
        "policyDefinitionAction": "deny",
        "resourceType": "Microsoft.Compute/disks",
        "resourceLocation": "westeurope",
        "complianceReasonCode": "",
    } | more


def exemption(name: str, expires: str | None = None, key: str = SUBSCRIPTION, **more: Any) -> Json:
    scope = f"/subscriptions/{key}/resourceGroups/rg"
    properties = {
        "displayName": name,
        "policyAssignmentId": ASSIGNMENT,
        "exemptionCategory": "Waiver",
        "policyDefinitionReferenceIds": [],
    }
    ends = {"expiresOn": expires} if expires else {}
    return {"id": f"{scope}{PROVIDER}/policyExemptions/{name}", "name": name, "properties": properties | ends | more}


def advice(name: str, key: str = SUBSCRIPTION, **more: Any) -> Json:
    resource = f"/subscriptions/{key}/resourcegroups/rg/providers/microsoft.compute/disks/{name}"
    return {
        "id": f"{resource}/providers/Microsoft.Advisor/recommendations/{name}",
        "subscriptionId": key,
        "category": "Cost",
        "impact": "High",
        "impactedField": "Microsoft.Compute/disks",
        "impactedValue": name,
        "problem": f"{name} is not used",
        "solution": "Delete it",
        "resourceId": resource,
        "extendedProperties": {},
        "suppressionIds": None,
    } | more


def secure_score(current: float, most: float, key: str = SUBSCRIPTION, *, control: str = "", **more: Any) -> Json:
    below = f"/secureScoreControls/{control}" if control else ""
    properties = {
        "displayName": control or "ASC score",
        "score": {"current": current, "max": most, "percentage": current / most if most else 0},
        "weight": 10,
    }
    return {
        "id": f"/subscriptions/{key}/providers/Microsoft.Security/secureScores/ascScore{below}",
        "name": control or "ascScore",
        "type": "microsoft.security/securescores" + ("/securescorecontrols" if control else ""),
        "subscriptionId": key,
        "properties": properties | more,
    }


def standard(name: str, key: str = SUBSCRIPTION, *, control: str = "", **more: Any) -> Json:
    below = f"/regulatoryComplianceControls/{control}" if control else ""
    kind = "microsoft.security/regulatorycompliancestandards"
    counts = {"passedAssessments": 1, "failedAssessments": 2, "skippedAssessments": 0} if control else {}
    properties = {"state": "Failed", "passedControls": 3, "failedControls": 1, "skippedControls": 0} | counts | more
    return {
        "id": f"/subscriptions/{key}/providers/Microsoft.Security/regulatoryComplianceStandards/{name}{below}",
        "name": control or name,
        "type": f"{kind}/regulatorycompliancecontrols" if control else kind,
        "subscriptionId": key,
        "properties": properties,
    }
