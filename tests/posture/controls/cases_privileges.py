"""Administrators, their number, kind and licences; activation, approval, reviews."""

from typing import Any

from tests.posture.judging import EVERYTHING, Case, Items

from tenantry.observe.catalogue.identity import (
    CONDITIONAL_ACCESS,
    GROUPS,
    ROLE_ASSIGNMENTS,
    ROLE_DEFINITIONS,
    ROLE_ELIGIBILITY,
    ROLE_GROUP_MEMBERS,
    SERVICE_PRINCIPALS,
    SUBSCRIBED_SKUS,
    USERS,
)
from tenantry.observe.catalogue.privileges import (
    ACCESS_REVIEWS,
    GLOBAL_ADMINISTRATOR,
    GLOBAL_ADMINISTRATOR_RULES,
    PRIVILEGED_ROLE_ADMINISTRATOR_RULES,
    PRIVILEGED_ROLES,
    ROLE_INSTANCES,
)
from tenantry.posture.controls.access_reviews import REVIEWED_ROLES
from tenantry.posture.licences import Feature
from tenantry.posture.verdicts import Cause, Status

_P2 = {Feature.ENTRA_P2, Feature.ACCESS_REVIEWS}
HELPDESK, READER = "729827e3-9c14-49f7-bb1b-9608f156bbb8", "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
_CHANGED, _MISSING = Cause.API_CHANGED, Cause.NOT_COLLECTED
Row = dict[str, Any]


def person(name: str, *skus: str, **values: Any) -> Row:
    licences = [{"skuId": sku} for sku in skus]
    return {"id": name, "userPrincipalName": f"{name}@contoso.onmicrosoft.com", "assignedLicenses": licences, **values}


def roles(
    people: list[Row],
    assigned: dict[str, str],
    eligible: dict[str, str] | None = None,
    members: dict[str, list[str]] | None = None,
    more: Items | None = None,
) -> Items:
    """Who holds which role: principal to role, and members per group."""
    grants = [{"id": f"a-{who}", "principalId": who, "roleDefinitionId": role} for who, role in assigned.items()]
    may = [{"id": f"e-{who}", "principalId": who, "roleDefinitionId": role} for who, role in (eligible or {}).items()]
    inside = [
        {"id": f"{group}|{who}", "groupId": group, "memberId": who}
        for group, all_ in (members or {}).items()
        for who in all_
    ]
    names = ((GLOBAL_ADMINISTRATOR, "Global Administrator"), (HELPDESK, "Helpdesk Administrator"), (READER, "Reader"))
    return {
        USERS: people,
        ROLE_ASSIGNMENTS: grants,
        ROLE_ELIGIBILITY: may,
        ROLE_GROUP_MEMBERS: inside,
        ROLE_DEFINITIONS: [{"id": key, "displayName": name} for key, name in names],
        SUBSCRIBED_SKUS: _SKUS,
        **(more or {}),
    }


def _sku(key: str, part: str, *plans: str) -> Row:
    return {
        "id": key, "skuId": key, "skuPartNumber": part, "capabilityStatus": "Enabled",
        "servicePlans": [{"servicePlanName": plan} for plan in plans],
    }  # fmt: skip


_SKUS = [_sku("p2", "AAD_PREMIUM_P2", "AAD_PREMIUM_P2"), _sku("e5", "SPE_E5", "EXCHANGE_S_ENTERPRISE")]
GA = GLOBAL_ADMINISTRATOR
_CLOUD, _COUNT = "entra.admins_are_cloud_only", "entra.two_to_four_global_administrators"
_SMALL, _EMERGENCY = "entra.admins_have_small_licences", "entra.emergency_accounts_exist"
_ACTIVATED = "privileges.roles_are_activated"
_GUESTS, _ROLES = "privileges.guest_access_reviews", "privileges.role_access_reviews"


def admins(count: int, **values: Any) -> Items:
    names = [f"admin{number}" for number in range(count)]
    return roles([person(name, **values) for name in names], dict.fromkeys(names, GA))


def instances(*rows: Row, people: tuple[str, ...] = ("ida", "emergency1", "emergency2", "emergency3")) -> Items:
    return {
        GROUPS: [{"id": "team", "displayName": "Team"}],
        SERVICE_PRINCIPALS: [{"id": "app", "displayName": "Deployment"}],
        PRIVILEGED_ROLES: [{"id": GA, "displayName": "Global Administrator", "isPrivileged": True}],
        ROLE_INSTANCES: [{"id": f"i{place}", "roleDefinitionId": GA, **row} for place, row in enumerate(rows)],
        USERS: [person(name) for name in people],
    }


def held(who: str, kind: str = "Assigned", **values: Any) -> Row:
    return {"principalId": who, "assignmentType": kind, **values}


def approval(dataset: Any, *, required: bool | None = True, approvers: int = 1, approver: Row | None = None) -> Items:
    stage = {
        "primaryApprovers": [approver or {"@odata.type": "#microsoft.graph.singleUser", "userId": "u"}] * approvers
    }
    setting = {"isApprovalRequired": required, "approvalStages": [stage]}
    rules = [{"id": "Approval_EndUser_Assignment", "setting": setting}, {"id": "Expiration_EndUser_Assignment"}]
    return {dataset: [{"id": "a", "policy": {"rules": rules}}]}


def _approved(key: str, dataset: Any) -> list[Case]:
    return [
        Case(key, "somebody approves", Status.PASS, approval(dataset)),
        Case(key, "nobody has to", Status.FAIL, approval(dataset, required=False)),
        Case(key, "nobody could", Status.FAIL, approval(dataset, approvers=0)),
        Case(key, "the manager could", Status.FAIL, approval(dataset, approver={"managerLevel": 1})),
        Case(key, "a group could", Status.PASS, approval(dataset, approver={"groupId": "team"})),
        Case(key, "nobody says whether", Status.ERROR, approval(dataset, required=None), cause=_CHANGED),
        Case(key, "Microsoft says that there is no licence", Status.NOT_APPLICABLE, {}, features=None, refused={dataset: "not_licensed"}),
        Case(
            key, "a permission is missing", Status.ERROR, {}, "permission", cause=Cause.PERMISSION_MISSING,
            refused={dataset: "no_access"},
        ),
        Case(key, "no rules at all", Status.FAIL, {dataset: []}),
        Case(key, "no policy inside", Status.ERROR, {dataset: [{"id": "a"}]}, cause=_CHANGED),
        Case(key, "not collected", Status.ERROR, {}, cause=_MISSING),
        Case(key, "no P2", Status.NOT_APPLICABLE, {}, features=EVERYTHING - _P2),
    ]  # fmt: skip


def review(scope: Row, decision: str, **changed: Any) -> Row:
    """A sufficient review, with some settings changed."""
    settings = {
        "mailNotificationsEnabled": True, "reminderNotificationsEnabled": True, "justificationRequiredOnApproval": True,
        "autoApplyDecisionsEnabled": True, "defaultDecision": decision, "instanceDurationInDays": 14,
        "recurrence": {
            "pattern": {"type": "absoluteMonthly"}, "range": {"type": "noEnd", "startDate": "2020-01-01"},
        },
        **changed,
    }  # fmt: skip
    reviewers = settings.pop("reviewers", [{"query": "/users/u"}])
    return {"id": "r", "displayName": "Review", "scope": scope, "settings": settings, "reviewers": reviewers}


_GUEST_SCOPE = {"query": "/groups/g/transitiveMembers/microsoft.graph.user/?$filter=(userType eq 'Guest')"}


def guests(decision: str = "Deny", **changed: Any) -> Items:
    return {ACCESS_REVIEWS: [review(_GUEST_SCOPE, decision, **changed)]}


def role_reviews(*names: str, principals: tuple[str, ...] = ("/v1.0/users", "/v1.0/groups"), **changed: Any) -> Items:
    def scope(role: str) -> Row:
        return {
            "principalScopes": [{"query": query} for query in principals],
            "resourceScopes": [{"query": f"/roleManagement/directory/roleDefinitions/{role}"}],
        }

    wanted = [role for role, name in REVIEWED_ROLES.items() if not names or name in names]
    return {ACCESS_REVIEWS: [review(scope(role), "None", **changed) for role in wanted]}


def _without_eligibility(items: Items) -> Items:
    return {dataset: rows for dataset, rows in items.items() if dataset is not ROLE_ELIGIBILITY}


def _from(day: str) -> Row:
    return {"pattern": {"type": "weekly"}, "range": {"type": "noEnd", "startDate": day}}


CASES = [
    Case(_CLOUD, "two, in the cloud", Status.PASS, admins(2), "None of 2"),
    Case(_CLOUD, "one is synchronised", Status.FAIL, admins(1, onPremisesSyncEnabled=True), "1 of 1"),
    Case(
        _CLOUD, "only eligible", Status.FAIL,
        roles([person("ida", onPremisesSyncEnabled=True)], {}, eligible={"ida": HELPDESK}), "1 of 1",
    ),
    Case(
        _CLOUD, "through a group", Status.FAIL,
        roles([person("ida", onPremisesSyncEnabled=True)], {"group": GA}, members={"group": ["ida"]}),
        affected=["ida@contoso.onmicrosoft.com"],
    ),
    Case(_CLOUD, "of no administrative role", Status.PASS, roles([person("ida", onPremisesSyncEnabled=True)], {"ida": READER})),
    Case(
        _CLOUD, "eligible through a group", Status.FAIL,
        roles([person("ida", onPremisesSyncEnabled=True)], {}, eligible={"group": GA}, members={"group": ["ida"]}),
        affected=["ida@contoso.onmicrosoft.com"],
    ),
    Case(_CLOUD, "a disabled guest is one too", Status.FAIL, admins(1, onPremisesSyncEnabled=True, accountEnabled=False, userType="Guest")),
    Case(_CLOUD, "without privileged identity management", Status.PASS, _without_eligibility(admins(2)), refused={ROLE_ELIGIBILITY: "not_licensed"}),
    Case(
        _CLOUD, "nobody may see who is eligible", Status.ERROR, _without_eligibility(admins(2)), cause=Cause.PERMISSION_MISSING,
        refused={ROLE_ELIGIBILITY: "no_access"},
    ),
    Case(_CLOUD, "not collected", Status.ERROR, {}, cause=_MISSING),
    Case(_COUNT, "two", Status.PASS, admins(2)),
    Case(_COUNT, "four", Status.PASS, admins(4)),
    Case(_COUNT, "one", Status.FAIL, admins(1), "too few"),
    Case(_COUNT, "five", Status.FAIL, admins(5), "too many"),
    Case(_COUNT, "nobody", Status.FAIL, admins(0), "too few"),
    Case(
        _COUNT, "one, and two in a group, one of them the same", Status.PASS,
        roles([person("a"), person("b")], {"a": GA, "group": GA}, members={"group": ["a", "b"]}), "2 global",
    ),
    Case(
        _COUNT, "an application does not count", Status.FAIL, roles([person("a")], {"a": GA, "app": GA}), "too few",
        review="app",
    ),
    Case(_COUNT, "eligible ones do not count", Status.FAIL, roles([person("a"), person("b")], {"a": GA}, eligible={"b": GA}), "1 global"),
    Case(_COUNT, "a disabled one is named", Status.PASS, admins(2, accountEnabled=False), review="Disabled"),
    Case(_COUNT, "not collected", Status.ERROR, {}, cause=_MISSING),
    Case(_SMALL, "no licence", Status.PASS, admins(2)),
    Case(_SMALL, "Entra alone", Status.PASS, roles([person("ida", "p2")], {"ida": GA})),
    Case(_SMALL, "E5", Status.FAIL, roles([person("ida", "p2", "e5")], {"ida": GA}), affected=["ida@contoso.onmicrosoft.com"]),
    Case(_SMALL, "unknown licence", Status.FAIL, roles([person("ida", "gone")], {"ida": GA})),
    Case(_SMALL, "allowed by a parameter", Status.PASS, roles([person("ida", "e5")], {"ida": GA}), parameters={"footprint_skus": ["SPE_E5"]}),
    Case(_SMALL, "only eligible", Status.FAIL, roles([person("ida", "e5")], {}, eligible={"ida": GA})),
    Case(
        _SMALL, "only eligible, and approved", Status.PASS,
        roles([person("ida", "e5")], {}, eligible={"ida": GA}, more=approval(GLOBAL_ADMINISTRATOR_RULES)),
        parameters={"approved_activation_passes": True}, refused={PRIVILEGED_ROLE_ADMINISTRATOR_RULES: "not_licensed"},
    ),
    Case(
        _SMALL, "only eligible, for a role that nobody approves", Status.FAIL,
        roles([person("ida", "e5")], {}, eligible={"ida": HELPDESK}, more={
            **approval(GLOBAL_ADMINISTRATOR_RULES), **approval(PRIVILEGED_ROLE_ADMINISTRATOR_RULES),
        }), parameters={"approved_activation_passes": True},
    ),
    Case(
        _SMALL, "only eligible, and the rules are not known", Status.ERROR, roles([person("ida", "e5")], {}, eligible={"ida": GA}),
        parameters={"approved_activation_passes": True}, cause=_MISSING,
    ),
    Case(_SMALL, "not collected", Status.ERROR, {SUBSCRIBED_SKUS: _SKUS}, cause=_MISSING),
    Case(_EMERGENCY, "not named", Status.MANUAL, {**admins(2), CONDITIONAL_ACCESS: []}, "Name the two"),
    Case(
        _EMERGENCY, "named and in order", Status.MANUAL, {**admins(2), CONDITIONAL_ACCESS: []}, "2 of 2",
        review="as it should be", parameters={"break_glass_accounts": ["admin0", "admin1@contoso.onmicrosoft.com"]},
    ),
    Case(
        _EMERGENCY, "one of them is nobody", Status.MANUAL, {**admins(1), CONDITIONAL_ACCESS: []}, "1 of 2",
        review="gone: holds no", parameters={"break_glass_accounts": ["ADMIN0", "gone"]},
    ),
    Case(
        _EMERGENCY, "not excluded from a policy", Status.MANUAL,
        {**admins(1), CONDITIONAL_ACCESS: [{"id": "p", "displayName": "MFA", "state": "enabled"}]}, "1 of 1",
        review="from MFA", parameters={"break_glass_accounts": ["admin0"]},
    ),
    Case(
        _EMERGENCY, "with a licence", Status.MANUAL, {**roles([person("ida", "e5")], {"ida": GA}), CONDITIONAL_ACCESS: []},
        "1 of 1", review="is licensed", parameters={"break_glass_accounts": ["ida"]},
    ),
    Case(_ACTIVATED, "activated", Status.PASS, instances(held("ida", "Activated"))),
    Case(_ACTIVATED, "nobody", Status.PASS, instances()),
    Case(_ACTIVATED, "assigned", Status.FAIL, instances(held("ida")), affected=["ida@contoso.onmicrosoft.com"]),
    Case(_ACTIVATED, "an application with an end", Status.PASS, instances(held("app", endDateTime="2027-01-01T00:00:00Z"))),
    Case(_ACTIVATED, "an application for good", Status.FAIL, instances(held("app", endDateTime=None)), affected=["Deployment"]),
    Case(_ACTIVATED, "a group, until an end", Status.FAIL, instances(held("team", endDateTime="2027-01-01T00:00:00Z")), affected=["Team"]),
    Case(_ACTIVATED, "a person, until an end", Status.FAIL, instances(held("IDA", endDateTime="2027-01-01T00:00:00Z"))),
    Case(
        _ACTIVATED, "nobody says of which kind", Status.FAIL, instances({"principalId": "ida"}), affected=["ida@contoso.onmicrosoft.com"],
    ),
    Case(_ACTIVATED, "a role that is not privileged", Status.PASS, instances(held("ida", roleDefinitionId=READER))),
    Case(_ACTIVATED, "no role is privileged", Status.ERROR, {**instances(held("ida")), PRIVILEGED_ROLES: []}, cause=_CHANGED),
    Case(_ACTIVATED, "an emergency account with another role", Status.FAIL, {
        **instances(held("emergency1", roleDefinitionId=HELPDESK)),
        PRIVILEGED_ROLES: [{"id": HELPDESK, "displayName": "Helpdesk Administrator", "isPrivileged": True}],
    }, parameters={"break_glass_accounts": ["emergency1"]}),
    Case(
        _ACTIVATED, "Microsoft says that there is no licence", Status.NOT_APPLICABLE, {}, features=None,
        refused={PRIVILEGED_ROLES: "not_licensed"},
    ),
    Case(
        _ACTIVATED, "two emergency accounts", Status.PASS, instances(held("emergency1"), held("emergency2")),
        review="emergency1", parameters={"break_glass_accounts": ["emergency1", "emergency2"]},
    ),
    Case(
        _ACTIVATED, "three emergency accounts", Status.FAIL, instances(held("emergency1"), held("emergency2"), held("emergency3")),
        "More than 2", affected=[f"emergency{number}@contoso.onmicrosoft.com" for number in (1, 2, 3)], parameters={"break_glass_accounts": ["emergency1", "emergency2", "emergency3"]},
    ),
    Case(_ACTIVATED, "no P2", Status.NOT_APPLICABLE, {}, features=EVERYTHING - _P2),
    Case(_ACTIVATED, "not collected", Status.ERROR, {}, cause=_MISSING),
    *_approved("privileges.global_admin_activation_is_approved", GLOBAL_ADMINISTRATOR_RULES),
    *_approved("privileges.role_admin_activation_is_approved", PRIVILEGED_ROLE_ADMINISTRATOR_RULES),
    Case(_GUESTS, "every month", Status.PASS, guests()),
    Case(_GUESTS, "none", Status.FAIL, {ACCESS_REVIEWS: []}, "No access review"),
    Case(_GUESTS, "approves by itself", Status.FAIL, guests("Approve")),
    Case(_GUESTS, "sends no mail", Status.FAIL, guests(mailNotificationsEnabled=False)),
    Case(_GUESTS, "too long", Status.FAIL, guests(instanceDurationInDays=15)),
    Case(_GUESTS, "too long for us", Status.FAIL, guests(), parameters={"guest_review_days": 7}),
    Case(_GUESTS, "once a year", Status.FAIL, guests(recurrence={"pattern": {"type": "absoluteYearly"}, "range": {"type": "noEnd"}})),
    Case(_GUESTS, "ends", Status.FAIL, guests(recurrence={"pattern": {"type": "weekly"}, "range": {"type": "endDate"}})),
    Case(_GUESTS, "nobody reviews", Status.FAIL, guests(reviewers=[])),
    Case(
        _GUESTS, "with reviewers in its stages", Status.PASS,
        {ACCESS_REVIEWS: [{**review(_GUEST_SCOPE, "Deny", reviewers=[]), "stageSettings": [{"durationInDays": 7, "reviewers": [{"query": "/users/u"}]}]}]},
    ),
    Case(
        _GUESTS, "with stages that nobody reviews", Status.FAIL,
        {ACCESS_REVIEWS: [{**review(_GUEST_SCOPE, "Deny", reviewers=[]), "stageSettings": [{"durationInDays": 7, "reviewers": []}]}]},
    ),
    Case(
        _GUESTS, "with its query encoded", Status.PASS,
        {ACCESS_REVIEWS: [review({"query": "/users?$filter=(userType+eq+%27Guest%27)"}, "Deny")]},
    ),
    Case(_GUESTS, "without a duration", Status.ERROR, guests(instanceDurationInDays=None), cause=_CHANGED),
    Case(_GUESTS, "without a word on mail", Status.ERROR, guests(mailNotificationsEnabled=None), cause=_CHANGED),
    Case(_GUESTS, "a good one beside a bad one", Status.PASS, {
        ACCESS_REVIEWS: [{**review(_GUEST_SCOPE, "Approve"), "id": "bad"}, review(_GUEST_SCOPE, "Deny")],
    }),
    Case(_GUESTS, "of members", Status.FAIL, {ACCESS_REVIEWS: [review({"query": "/groups/g/members"}, "Deny")]}),
    Case(_GUESTS, "no licence", Status.NOT_APPLICABLE, {}, features=EVERYTHING - _P2),
    Case(_GUESTS, "not collected", Status.ERROR, {}, cause=_MISSING),
    Case(_ROLES, "all six", Status.PASS, role_reviews()),
    Case(_ROLES, "one of six", Status.FAIL, role_reviews("Global Administrator"), "5 of 6"),
    Case(_ROLES, "of users alone", Status.FAIL, role_reviews(principals=("/v1.0/users",)), "6 of 6"),
    Case(
        _ROLES, "of some users and some groups", Status.FAIL, role_reviews(principals=("/v1.0/users/ida", "/v1.0/groups/g")),
        "6 of 6",
    ),
    Case(_ROLES, "begins tomorrow", Status.FAIL, role_reviews(recurrence=_from("2026-11-27"))),
    Case(_ROLES, "begins today", Status.PASS, role_reviews(recurrence=_from("2026-11-26"))),
    Case(_ROLES, "denies", Status.FAIL, role_reviews(defaultDecision="Deny")),
    Case(_ROLES, "none", Status.FAIL, {ACCESS_REVIEWS: []}, "6 of 6"),
    Case(_ROLES, "no licence", Status.NOT_APPLICABLE, {}, features=EVERYTHING - _P2),
    Case(_ROLES, "not collected", Status.ERROR, {}, cause=_MISSING),
]  # fmt: skip
