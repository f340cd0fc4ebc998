"""Two Microsoft tenants as a collection would leave them, and the doors their tests go through."""

import re
from typing import Any

from tests.support.observed import Observed
from tests.support.web import Client

from tenantry.observe.models import Outcome

ROOT = "/api/v1/identity"
OWNER, READER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "acdd72a7-3385-48ef-bd42-f606fba81ae7"
KEY = "0f4c0d2e-1111-4222-8333-444455556666"
HOSTILE = "=cmd|' /C calc'!A0<script>\u202e"
GRAPH = "00000003-0000-0000-c000-000000000000"

Json = dict[str, Any]


def user(key: str, name: str, **more: Any) -> Json:
    return {
        "id": key,
        "displayName": name,
        "userPrincipalName": f"{key}@contoso.example",
        "mail": f"{key}@contoso.example",
        "userType": "Member",
        "accountEnabled": True,
        "createdDateTime": "2020-01-01T00:00:00Z",
        "assignedLicenses": [],
    } | more


def held(key: str, who: str, role: str, **more: Any) -> Json:
    return {"id": key, "principalId": who, "roleDefinitionId": role, "directoryScopeId": "/"} | more


def azure_role(key: str, who: str, role: str, scope: str, kind: str = "User") -> Json:
    prefix = f"/subscriptions/{KEY}/providers/Microsoft.Authorization"
    facts = {"principalId": who, "principalType": kind, "roleDefinitionId": f"{prefix}/roleDefinitions/{role}"}
    return {"id": f"{scope.rstrip('/')}/providers/x/roleAssignments/{key}", "properties": facts | {"scope": scope}}


PEOPLE = [
    user("ann", "Ann", assignedLicenses=[{"skuId": "sku-e5"}]),
    user("ben", "Ben", accountEnabled=False, assignedLicenses=[{"skuId": "sku-e5"}, {"skuId": "sku-visio"}]),
    user("cleo", HOSTILE, assignedLicenses=[{"skuId": "sku-e5"}]),
    user("dan", "Dan", userType="Guest", externalUserState="PendingAcceptance",
         userPrincipalName="zoe_fabrikam.example#EXT#@contoso.onmicrosoft.com", mail="zoe@fabrikam.example"),
]  # fmt: skip
REPORT = [
    {"id": "ann", "isMfaCapable": True, "methodsRegistered": ["mobilePhone", "fido2SecurityKey"]},
    {"id": "cleo", "isMfaCapable": False, "methodsRegistered": ["email"]},
    {"id": "dan", "isMfaCapable": True, "methodsRegistered": ["mobilePhone"]},
]


def plant_contoso(tenant: Observed) -> Observed:
    """Ann is an administrator for today, Ben left, Cleo has a name that hurts, Dan is a guest of Fabrikam's."""
    tenant.collect(
        entra_users=PEOPLE,
        entra_registration_details=REPORT,
        entra_sign_in_activity=[
            {"id": "ann", "signInActivity": {"lastSuccessfulSignInDateTime": "2026-11-20T08:00:00Z"}},
            {
                "id": "cleo",
                "signInActivity": {
                    "lastSignInDateTime": "2026-11-20T08:00:00Z",
                    "lastSuccessfulSignInDateTime": "2026-08-20T08:00:00Z",
                },
            },
        ],
        entra_role_definitions=[{"id": "ga", "displayName": "Global Administrator", "isPrivileged": True}],
        entra_role_assignments=[held("1", "ann", "ga"), held("2", "admins", "ga"), held("3", "app", "ga")],
        entra_role_assignment_instances=[
            held("i1", "ann", "ga", assignmentType="Activated", endDateTime="2026-11-24T17:00:00Z"),
            held("i3", "app", "ga", assignmentType="Assigned", endDateTime=None),
        ],
        entra_role_eligibility=[held("e1", "cleo", "ga", endDateTime=None)],
        entra_groups=[{"id": "admins", "displayName": "Admins"}, {"id": "ops", "displayName": "Operations"}],
        entra_role_group_members=[{"id": "admins|dan", "groupId": "admins", "memberId": "dan"}],
        entra_group_members=[
            {"id": "admins", "members": ["dan"]},
            {"id": "ops", "members": ["ann", "cleo"]},
            {"id": "all", "isLarge": True, "members": []},
        ],
        entra_service_principals=[{"id": "app", "appId": "a", "displayName": "Backup", "accountEnabled": True}],
        entra_app_role_assignments=[
            {"id": "g1", "principalId": "app", "appRoleValue": "Mail.ReadWrite", "resourceAppId": GRAPH}
            | {"resourceDisplayName": "Microsoft Graph", "resourceId": "graph"},
        ],
        entra_app_users=[
            {"id": "u1", "principalId": "ops", "resourceId": "crm", "resourceDisplayName": HOSTILE},
            {"id": "u2", "principalId": "ann", "resourceId": "hr", "resourceDisplayName": "HR", "appRoleName": "Clerk"},
        ],
        entra_guest_sponsors=[{"id": "dan", "sponsors": [{"id": "ann", "displayName": "Ann"}]}],
        azure_subscriptions=[{"subscriptionId": KEY, "displayName": "Production", "state": "Enabled"}],
        azure_role_assignments=[
            azure_role("1", "ann", OWNER, "/"),
            azure_role("2", "ops", OWNER, f"/subscriptions/{KEY}", "Group"),
            azure_role("3", "ann", READER, f"/subscriptions/{KEY}"),
            azure_role("4", "ann", OWNER, f"/subscriptions/{KEY}/resourceGroups/rg"),
            azure_role("5", "ghost", OWNER, "/providers/Microsoft.Management/managementGroups/mg"),
        ],
        azure_role_definitions=[{"id": f"/x/{READER}", "properties": {"roleName": "Reader", "type": "BuiltInRole"}}],
        entra_subscribed_skus=[
            {"id": "t_sku-e5", "skuId": "sku-e5", "skuPartNumber": "SPE_E5", "consumedUnits": 3}
            | {"prepaidUnits": {"enabled": 10}},
            {"id": "t_sku-visio", "skuId": "sku-visio", "skuPartNumber": "VISIOCLIENT", "consumedUnits": 1}
            | {"prepaidUnits": {"enabled": 1}},
            {"id": "t_flow", "skuId": "flow", "skuPartNumber": "FLOW_FREE", "consumedUnits": 0}
            | {"prepaidUnits": {"enabled": 10000}},
        ],
        entra_applications=[
            {
                "id": "reg",
                "appId": "a",
                "displayName": HOSTILE,
                "passwordCredentials": [
                    {"endDateTime": "2026-11-01T00:00:00Z"},
                    {"endDateTime": "2026-11-30T00:00:00Z", "startDateTime": "2022-01-01T00:00:00Z"},
                    {"endDateTime": "2027-01-30T00:00:00Z"},
                ],
                "keyCredentials": [{"displayName": "CN=x"}],
            }
        ],
        entra_application_owners=[{"id": "reg", "owners": []}],
    )
    return tenant


def plant_fabrikam(tenant: Observed) -> Observed:
    """Only people are known of it; one of them is a guest of Contoso's."""
    tenant.collect(entra_users=[user("zoe", "Zoe", mail="Zoe@Fabrikam.example")])
    tenant.refuse("entra.registration_details", permission="AuditLog.Read.All")
    tenant.refuse("entra.sign_in_activity", outcome=Outcome.NOT_LICENSED)
    return tenant


def page(client: Client, path: str, **query: Any) -> str:
    answer = Client(client.base_url, client.token, {"Accept": "text/html"}).get(path, **query)
    assert answer.status == 200, answer.text
    assert "<script>\u202e" not in answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def items(client: Client, path: str, **query: Any) -> list[Json]:
    answer = client.get(f"{ROOT}/{path}", **query)
    assert answer.status == 200, answer.text
    found: list[Json] = answer.json()["items"]
    return found
