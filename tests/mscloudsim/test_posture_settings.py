"""The settings that posture reads: exemplary and neglected tenants, licences, permissions, and flipping any by name."""

import json
import time
from typing import Any

import pytest
from tests.mscloudsim.cloud import Answer, Cloud
from tests.mscloudsim.test_graph import Caller

from mscloudsim.world.care import set_care
from mscloudsim.world.directory import Directory, directory_of
from mscloudsim.world.directory.roles import BY_ID, GLOBAL_ADMINISTRATOR
from mscloudsim.world.estate import Estate, Licence
from mscloudsim.world.world import World

AUTHORIZATION = "/policies/authorizationPolicy"


@pytest.fixture
def caller(cloud: Cloud) -> Caller:
    return Caller(cloud, cloud.customer(licence="p2", reach="app_registration", flaw="none"))


def ordered(cloud: Cloud, tenant: dict[str, Any], setting: Any, value: Any) -> Answer:
    order = {"kind": "setting_changed", "tenant": tenant["id"], "setting": setting, "value": value}
    return cloud.call("/_sim/changes", json.dumps(order).encode())


def kept(care: float, licence: Licence = Licence.P2, index: int = 2) -> Directory:
    """A directory of somebody who cares that much."""
    world = World(Estate(7, 12, 200, time.time()))
    tenant = list(world.estate.tenants.values())[index]
    tenant.licence = licence
    set_care(world, tenant, care)
    return directory_of(world, tenant)


@pytest.mark.parametrize("index", [1, 2, 8])
def test_an_exemplary_tenant_has_few_administrators_in_accounts_of_their_own(index: int) -> None:
    directory = kept(1.0, index=index)
    admins = [directory.users.find(key) for key in directory.administrators]
    people = [user for user in admins if user is not None]
    assert not any(user["onPremisesSyncEnabled"] or user["assignedLicenses"] for user in people)
    assert 2 <= len(directory.role_member_ids(GLOBAL_ADMINISTRATOR)) <= 4
    privileged = [row for row in directory.role_instances() if BY_ID[row["roleDefinitionId"]]["isPrivileged"]]
    standing = [row for row in privileged if row["assignmentType"] == "Assigned" and row["endDateTime"] is None]
    assert {row["roleDefinitionId"] for row in standing} == {GLOBAL_ADMINISTRATOR}
    assert len(standing) == 2
    assert all(row["isMfaCapable"] for _, row in directory.registrations() if row["userType"] == "member")


def test_a_neglected_tenant_has_too_many_and_leaves_them_their_roles() -> None:
    directory = kept(0.05)
    standing = [row for row in directory.role_instances() if row["endDateTime"] is None]
    assert len(directory.role_member_ids(GLOBAL_ADMINISTRATOR)) > 4
    assert any(directory.ids.number_of("principal", row["principalId"]) is not None for row in standing)
    assert any(directory.per_user_mfa(user) != "disabled" for _, user in directory.users.scan())
    assert directory.settings.rows("groupSettings") == []


def test_care_that_is_decided_later_makes_the_directory_anew() -> None:
    world = World(Estate(7, 3, 60, time.time()))
    tenant = world.estate.partner
    before = directory_of(world, tenant)
    set_care(world, tenant, 0.0)
    after = directory_of(world, tenant)
    assert after is not before
    assert after.version != before.version
    assert after.users.forgotten > before.users.forgotten, "change queries have to start again"
    with pytest.raises(ValueError, match="care is a number"):
        set_care(world, tenant, 1.5)


@pytest.mark.parametrize(
    ("path", "setting", "value", "read"),
    [
        (
            AUTHORIZATION,
            "authorizationPolicy.defaultUserRolePermissions.allowedToCreateApps",
            True,
            lambda body: body["defaultUserRolePermissions"]["allowedToCreateApps"],
        ),
        (AUTHORIZATION, "authorizationPolicy.allowInvitesFrom", "none", lambda body: body["allowInvitesFrom"]),
        (
            "/policies/authenticationMethodsPolicy",
            "authenticationMethodsPolicy.authenticationMethodConfigurations.Sms.state",
            "enabled",
            lambda body: next(row for row in body["authenticationMethodConfigurations"] if row["id"] == "Sms")["state"],
        ),
        ("/groupSettings", "groupSettings", [], lambda body: body["value"]),
        (
            "/policies/deviceRegistrationPolicy",
            "deviceRegistrationPolicy.userDeviceQuota",
            20,
            lambda body: body["userDeviceQuota"],
        ),
        (
            "/admin/sharepoint/settings",
            "sharepointSettings.sharingCapability",
            "disabled",
            lambda body: body["sharingCapability"],
        ),
        ("/identityGovernance/accessReviews/definitions", "accessReviews", [], lambda body: body["value"]),
        (
            "/deviceManagement/settings",
            "deviceManagementSettings.secureByDefault",
            False,
            lambda b: b["secureByDefault"],
        ),
    ],
)
def test_any_setting_can_be_flipped(
    cloud: Cloud, caller: Caller, path: str, setting: str, value: Any, read: Any
) -> None:
    caller.ask(path)
    done = ordered(cloud, caller.tenant, f"entra.{setting}", value)
    assert (done.status, done.json()["value"]) == (201, value)
    assert read(caller.ask(path).json()) == value


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("entra.invented", 1, "authorizationPolicy"),
        ("entra.authorizationPolicy.invented", True, "allowInvitesFrom"),
        ("entra.authorizationPolicy.defaultUserRolePermissions.allowedToCreateApps", "yes", "is no value"),
        ("entra.authorizationPolicy", None, "an object"),
        ("entra.conditionalAccess.invented", [], "policies"),
        ("entra.conditionalAccess.policies", [{"displayName": "Half"}], "state"),
        ("entra.perUserMfa.nobody", "enforced", "no user"),
        ("entra.users.nobody.accountEnabled", False, "nobody"),
        ("elsewhere.x", 1, "settings begin with"),
        (5, 1, "settings begin with"),
    ],
)
def test_unknown_names_and_wrong_values_are_refused(
    cloud: Cloud, caller: Caller, setting: Any, value: Any, said: str
) -> None:
    refused = ordered(cloud, caller.tenant, setting, value)
    assert refused.status == 400
    assert said in refused.json()["error"]


def test_a_flip_leaves_its_audit_entry(cloud: Cloud, caller: Caller) -> None:
    ordered(cloud, caller.tenant, "entra.authorizationPolicy.blockMsolPowerShell", True)
    ordered(cloud, caller.tenant, "entra.authorizationPolicy.blockMsolPowerShell", False)
    newest = caller.ask("/auditLogs/directoryAudits?$top=1").json()["value"][0]
    assert newest["activityDisplayName"] == "Update authorization policy"
    edits = newest["targetResources"][0]["modifiedProperties"]
    assert edits == [{"displayName": "blockMsolPowerShell", "oldValue": "true", "newValue": "false"}]


def test_conditional_access_is_replaced_edited_and_reduced(cloud: Cloud, caller: Caller) -> None:
    cloud.order("throttling", {"enabled": False})
    path = "/identity/conditionalAccess/policies"
    policies = caller.ask(path).json()["value"]
    name = policies[0]["displayName"]
    assert ordered(cloud, caller.tenant, f"entra.conditionalAccess.policies.{name}.state", "disabled").status == 201
    assert caller.ask(path).json()["value"][0]["state"] == "disabled"
    assert ordered(cloud, caller.tenant, f"entra.conditionalAccess.policies.{name}", None).status == 201
    assert [row["displayName"] for row in caller.ask(path).json()["value"]] == [
        row["displayName"] for row in policies[1:]
    ]
    new = {"displayName": "New", "state": "enabled", "conditions": {"clientAppTypes": ["all"]}}
    assert ordered(cloud, caller.tenant, "entra.conditionalAccess.policies", [new]).status == 201
    assert [row["displayName"] for row in caller.ask(path).json()["value"]] == ["New"]
    cloud.order("throttling", {"enabled": True})


def test_people_are_marked_in_reports(cloud: Cloud, caller: Caller) -> None:
    report = (
        "/reports/authenticationMethods/userRegistrationDetails?$filter=isMfaCapable eq true and userType eq 'member'"
    )
    person = caller.ask(report).json()["value"][0]["id"]
    assert ordered(cloud, caller.tenant, f"entra.userRegistrationDetails.{person}.isMfaCapable", False).status == 201
    assert person not in [row["id"] for row in caller.ask(report).json()["value"]]
    assert ordered(cloud, caller.tenant, f"entra.perUserMfa.{person}", "enforced").status == 201
    batch = {"requests": [{"id": "1", "method": "GET", "url": f"/users/{person}/authentication/requirements"}]}
    answer = caller.ask("/beta/$batch", batch, **{"content-type": "application/json"}).json()
    assert answer["responses"][0]["body"]["perUserMfaState"] == "enforced"


@pytest.mark.parametrize(
    ("licence", "path", "refusal"),
    [
        ("free", "/reports/authenticationMethods/userRegistrationDetails", 403),
        ("free", "/beta/deviceManagement/deviceEnrollmentConfigurations", 400),
        ("free", "/deviceManagement/settings", 400),
        ("p1", "/identityGovernance/accessReviews/definitions", 403),
        ("p1", "/policies/roleManagementPolicyAssignments", 400),
        ("p2", "/identityGovernance/accessReviews/definitions", 200),
    ],
)
def test_what_was_not_paid_for_is_refused(cloud: Cloud, licence: str, path: str, refusal: int) -> None:
    buyer = Caller(cloud, cloud.customer(licence=licence, reach="app_registration", flaw="none"))
    assert buyer.ask(path).status == refusal


def test_rules_come_only_with_the_policy_that_was_asked_for(caller: Caller) -> None:
    query = f"$filter=scopeId eq '/' and roleDefinitionId eq '{GLOBAL_ADMINISTRATOR}'"
    path = f"/policies/roleManagementPolicyAssignments?{query}"
    (bare,) = caller.ask(path).json()["value"]
    (full,) = caller.ask(f"{path}&$expand=policy($expand=rules)").json()["value"]
    assert "policy" not in bare
    assert "Approval_EndUser_Assignment" in [rule["id"] for rule in full["policy"]["rules"]]


def test_beta_alone_tells_some_settings(caller: Caller) -> None:
    path = "policies/authenticationMethodsPolicy"
    assert "systemCredentialPreferences" not in caller.ask(f"/{path}").json()
    assert caller.ask(f"/beta/{path}").json()["systemCredentialPreferences"]["includeTargets"]
    assert caller.ask("/legacy/policies").status == 400
    assert caller.ask("/beta/legacy/policies").status == 200


def test_each_setting_needs_its_permission(cloud: Cloud) -> None:
    tenant = cloud.customer(licence="p1", reach="app_registration", flaw="none")
    cloud.order("consent", {"tenant": tenant["id"], "permissions": ["User.Read.All"]})
    weak = Caller(cloud, tenant)
    for path in ("/policies/deviceRegistrationPolicy", "/groupSettings", "/beta/admin/forms/settings"):
        assert weak.ask(path).status == 403, path
    cloud.order("consent", {"tenant": tenant["id"], "permissions": tenant["consented"]})
    strong = Caller(cloud, tenant)
    for path in ("/policies/deviceRegistrationPolicy", "/groupSettings", "/beta/admin/forms/settings"):
        assert strong.ask(path).status == 200, path
