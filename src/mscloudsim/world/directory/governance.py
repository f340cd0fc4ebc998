"""Who reviews access, and what it takes to activate a role."""

from typing import Any, Final

from mscloudsim.world.azure.dice import guid
from mscloudsim.world.directory.people import People
from mscloudsim.world.directory.roles import ROLES
from mscloudsim.world.directory.stamps import DAY, stamp

Item = dict[str, Any]

_REVIEWED: Final = (
    "Global Administrator",
    "Privileged Role Administrator",
    "Exchange Administrator",
    "SharePoint Administrator",
    "Teams Administrator",
    "Security Administrator",
)
_APPROVED: Final = ("Global Administrator", "Privileged Role Administrator")
_GUESTS: Final = (
    "/v1.0/users?$filter=(userType eq 'Guest')",
    "/v1.0/groups?$filter=(groupTypes/any(c:c+eq+'Unified'))&$count=true",
)


def role_management_policy_assignments(people: People) -> list[Item]:
    """One policy for each role: how it is activated, and who has to agree."""
    return [_assignment(people, role) for role in ROLES]


def _assignment(people: People, role: Item) -> Item:
    policy_id = f"DirectoryRole_{people.tenant.id}_{guid(people.tenant.id, 'role policy', role['id'])}"
    return {
        "id": f"{policy_id}_{role['id']}",
        "policyId": policy_id,
        "roleDefinitionId": role["id"],
        "scopeId": "/",
        "scopeType": "DirectoryRole",
        "policy": {
            "id": policy_id,
            "displayName": "DirectoryRole",
            "description": "DirectoryRole",
            "isOrganizationDefault": False,
            "scopeId": "/",
            "scopeType": "DirectoryRole",
            "lastModifiedDateTime": stamp(people.born - 90 * DAY) if people.care > 0.5 else None,
            "lastModifiedBy": {"displayName": None, "id": None},
            "rules": _rules(people, role),
        },
    }


def _rules(people: People, role: Item) -> list[Item]:
    care = people.care
    needed = care > (0.7 if role["displayName"] in _APPROVED else 0.9)
    kind = "#microsoft.graph.unifiedRoleManagementPolicy"
    enabled = ["MultiFactorAuthentication", "Justification"] if care > 0.4 else ["Justification"]
    return [
        {
            "@odata.type": f"{kind}ExpirationRule",
            "id": "Expiration_EndUser_Assignment",
            "isExpirationRequired": True,
            "maximumDuration": "PT4H" if care > 0.6 else "PT8H",
            "target": _target("EndUser", "Assignment"),
        },
        {
            "@odata.type": f"{kind}EnablementRule",
            "id": "Enablement_EndUser_Assignment",
            "enabledRules": enabled,
            "target": _target("EndUser", "Assignment"),
        },
        {
            "@odata.type": f"{kind}ApprovalRule",
            "id": "Approval_EndUser_Assignment",
            "setting": _approval(people, needed=needed),
            "target": _target("EndUser", "Assignment"),
        },
        {
            "@odata.type": f"{kind}ExpirationRule",
            "id": "Expiration_Admin_Eligibility",
            "isExpirationRequired": care > 0.6,
            "maximumDuration": "P365D",
            "target": _target("Admin", "Eligibility"),
        },
    ]


def _approval(people: People, *, needed: bool) -> Item:
    """The first two who hold roles approve; each is named as a person of this directory."""
    approvers = [
        {"@odata.type": "#microsoft.graph.singleUser", "userId": people.id_of(index), "description": None}
        for index in range(min(2, people.tenant.users))
    ]
    stage = {
        "approvalStageTimeOutInDays": 1,
        "isApproverJustificationRequired": True,
        "escalationTimeInMinutes": 0,
        "isEscalationEnabled": False,
        "primaryApprovers": approvers if needed else [],
        "escalationApprovers": [],
    }
    return {
        "isApprovalRequired": needed,
        "isApprovalRequiredForExtension": False,
        "isRequestorJustificationRequired": True,
        "approvalMode": "SingleStage",
        "approvalStages": [stage],
    }


def _target(caller: str, level: str) -> Item:
    return {
        "caller": caller,
        "operations": ["all"],
        "level": level,
        "inheritableSettings": [],
        "enforcedSettings": [],
    }


def access_reviews(people: People) -> list[Item]:
    """Reviews of guests where somebody cares, of privileged roles where somebody cares more."""
    rows = [_of_guests(people)] if people.care > 0.5 else []
    if people.care > 0.7:
        reviewed = [role for role in ROLES if role["displayName"] in _REVIEWED]
        rows += [_of_role(people, role) for role in reviewed]
    return rows


def _of_guests(people: People) -> Item:
    scope = _query(_GUESTS[0])
    enumeration = {**scope, "query": _GUESTS[1]}
    row = _review(people, "Guests of all groups", scope, "Deny")
    return {**row, "instanceEnumerationScope": enumeration}


def _of_role(people: People, role: Item) -> Item:
    principals = [_query("/v1.0/users"), _query("/v1.0/groups")]
    resource = _query(f"/beta/roleManagement/directory/roleDefinitions/{role['id']}")
    scope = {
        "@odata.type": "#microsoft.graph.principalResourceMembershipsScope",
        "principalScopes": principals,
        "resourceScopes": [resource],
    }
    return _review(people, f"{role['displayName']} role", scope, "None")


def _query(query: str) -> Item:
    kind = "#microsoft.graph.accessReviewQueryScope"
    return {"@odata.type": kind, "query": query, "queryType": "MicrosoftGraph", "queryRoot": None}


def _review(people: People, name: str, scope: Item, decision: str) -> Item:
    careful = people.care > 0.6
    begun = people.born - 60 * DAY
    reviewer = {"query": f"/v1.0/users/{people.id_of(0)}", "queryType": "MicrosoftGraph", "queryRoot": None}
    recurrence = {
        "pattern": {
            "type": "absoluteMonthly" if careful else "absoluteYearly",
            "interval": 1,
            "month": 0,
            "dayOfMonth": 1,
            "daysOfWeek": [],
            "firstDayOfWeek": "sunday",
            "index": "first",
        },
        "range": {
            "type": "noEnd",
            "numberOfOccurrences": 0,
            "recurrenceTimeZone": None,
            "startDate": stamp(begun)[:10],
            "endDate": None,
        },
    }
    return {
        "id": guid(people.tenant.id, "access review", name),
        "displayName": name,
        "createdDateTime": stamp(begun),
        "lastModifiedDateTime": stamp(begun),
        "status": "InProgress",
        "descriptionForAdmins": name,
        "descriptionForReviewers": "",
        "createdBy": None,
        "scope": scope,
        "instanceEnumerationScope": None,
        "reviewers": [reviewer],
        "fallbackReviewers": [],
        "additionalNotificationRecipients": [],
        "stageSettings": [],
        "settings": {
            "mailNotificationsEnabled": True,
            "reminderNotificationsEnabled": careful,
            "justificationRequiredOnApproval": careful,
            "defaultDecisionEnabled": careful,
            "defaultDecision": decision if careful else "Approve",
            "instanceDurationInDays": 14 if careful else 30,
            "autoApplyDecisionsEnabled": careful,
            "recommendationsEnabled": True,
            "recommendationLookBackDuration": "P30D",
            "decisionHistoriesForReviewersEnabled": False,
            "recurrence": recurrence,
            "recommendationInsightSettings": [],
            "applyActions": [],
        },
    }
