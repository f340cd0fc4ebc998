"""The datasets of identity. Permissions are the least application permissions of Microsoft's reference."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Final

from tenantry.microsoft import Connection, Kind, Page, UpstreamError
from tenantry.observe.app_permissions import app_permissions
from tenantry.observe.datasets import Dataset, Log, Needs, dataset, graph_log
from tenantry.observe.sources import GraphAsk, GraphList, Steps, page_of

_USER = (
    "id,displayName,userPrincipalName,mail,userType,accountEnabled,createdDateTime,externalUserState,"
    "assignedLicenses,department,onPremisesSyncEnabled"
)
_GROUP = (
    "id,displayName,groupTypes,mailEnabled,securityEnabled,visibility,isAssignableToRole,createdDateTime,membershipRule"
)

ORGANIZATION = dataset(
    Dataset(
        "entra.organization",
        "Organization",
        Needs.ENTRA,
        GraphAsk("/organization"),
        ("Organization.Read.All",),
        "name, country and licence level",
        every=timedelta(hours=24),
    )
)
DOMAINS = dataset(
    Dataset(
        "entra.domains",
        "Domains",
        Needs.ENTRA,
        GraphAsk("/domains"),
        ("Domain.Read.All",),
        "verified domains",
        every=timedelta(hours=24),
    )
)
USERS = dataset(
    Dataset(
        "entra.users",
        "Users and guests",
        Needs.ENTRA,
        GraphList(f"/users?$select={_USER}&$top=999"),
        ("User.Read.All",),
        "users, guests, licences per user",
        delta=f"/users/delta?$select={_USER}",
        every=timedelta(hours=4),
    )
)
SIGN_IN_ACTIVITY = dataset(
    Dataset(
        "entra.sign_in_activity",
        "Sign-in activity",
        Needs.ENTRA,
        GraphList("/users?$select=id,signInActivity&$top=120"),
        ("AuditLog.Read.All", "User.Read.All"),
        "stale accounts, last sign-in",
        every=timedelta(hours=12),
    )
)
REGISTRATION_DETAILS = dataset(
    Dataset(
        "entra.registration_details",
        "Authentication methods",
        Needs.ENTRA,
        GraphList("/reports/authenticationMethods/userRegistrationDetails"),
        ("AuditLog.Read.All",),
        "MFA coverage, administrators without MFA",
        volatile=frozenset({"@odata.etag", "@odata.context", "lastUpdatedDateTime"}),
        every=timedelta(hours=12),
    )
)
GROUPS = dataset(
    Dataset(
        "entra.groups",
        "Groups",
        Needs.ENTRA,
        GraphList(f"/groups?$select={_GROUP}&$top=999"),
        ("Group.Read.All",),
        "groups and their visibility",
        delta=f"/groups/delta?$select={_GROUP}",
    )
)
ROLE_DEFINITIONS = dataset(
    Dataset(
        "entra.role_definitions",
        "Directory roles",
        Needs.ENTRA,
        GraphList("/roleManagement/directory/roleDefinitions"),
        ("RoleManagement.Read.Directory",),
        "names of directory roles",
        every=timedelta(hours=24),
    )
)
ROLE_ASSIGNMENTS = dataset(
    Dataset(
        "entra.role_assignments",
        "Role assignments",
        Needs.ENTRA,
        GraphList("/roleManagement/directory/roleAssignments"),
        ("RoleManagement.Read.Directory",),
        "privileged accounts",
        every=timedelta(hours=4),
    )
)
ROLE_ELIGIBILITY = dataset(
    Dataset(
        "entra.role_eligibility",
        "Eligible roles (PIM)",
        Needs.ENTRA,
        GraphList("/roleManagement/directory/roleEligibilityScheduleInstances"),
        ("RoleEligibilitySchedule.Read.Directory",),
        "roles people may activate",
    )
)


async def _principals(connection: Connection, kind: str) -> set[str]:
    rows = connection.graph.items(f"/roleManagement/directory/{kind}")
    return {item["principalId"] async for item in rows if item.get("principalId")}


async def _role_group_members(
    connection: Connection, _resume: str | None, _scope: Sequence[str]
) -> AsyncIterator[Page]:
    """Members of the groups that hold a directory role or may activate one, nested ones included."""
    holding = await _principals(connection, "roleAssignments")
    try:
        eligible = await _principals(connection, "roleEligibilityScheduleInstances")
    except UpstreamError as error:
        if error.kind not in (Kind.NOT_LICENSED, Kind.NO_ACCESS):  # entra.role_eligibility tells which, and why
            raise
        eligible = set()
    for group in sorted(holding | eligible):
        try:
            members = [m["id"] async for m in connection.graph.items(f"/groups/{group}/transitiveMembers?$select=id")]
        except UpstreamError as error:
            if error.kind is not Kind.NOT_FOUND:  # a principal that is no group
                raise
        else:
            yield page_of([{"id": f"{group}|{key}", "groupId": group, "memberId": key} for key in members])


ROLE_GROUP_MEMBERS = dataset(
    Dataset(
        "entra.role_group_members",
        "Members of privileged groups",
        Needs.ENTRA,
        Steps(
            "GET /roleManagement/directory/roleAssignments and roleEligibilityScheduleInstances; "
            "GET /groups/{id}/transitiveMembers",
            _role_group_members,
        ),
        ("RoleManagement.Read.Directory", "GroupMember.Read.All"),
        "privileged accounts through groups",
    )
)
SUBSCRIBED_SKUS = dataset(
    Dataset(
        "entra.subscribed_skus",
        "Licences",
        Needs.ENTRA,
        GraphAsk("/subscribedSkus"),
        ("LicenseAssignment.Read.All",),
        "licence counts",
        every=timedelta(hours=24),
    )
)
CONDITIONAL_ACCESS = dataset(
    Dataset(
        "entra.conditional_access_policies",
        "Conditional Access policies",
        Needs.ENTRA,
        GraphList("/identity/conditionalAccess/policies"),
        ("Policy.Read.All",),
        "Conditional Access",
    )
)
AUTHORIZATION_POLICY = dataset(
    Dataset(
        "entra.authorization_policy",
        "Authorization policy",
        Needs.ENTRA,
        GraphAsk("/policies/authorizationPolicy", "authorizationPolicy"),
        ("Policy.Read.All",),
        "who may invite guests and register apps",
        every=timedelta(hours=24),
    )
)
APPLICATIONS = dataset(
    Dataset(
        "entra.applications",
        "App registrations",
        Needs.ENTRA,
        GraphList(
            "/applications?$select=id,appId,displayName,createdDateTime,passwordCredentials,keyCredentials&$top=999"
        ),
        ("Application.Read.All",),
        "expiring application credentials",
        every=timedelta(hours=12),
    )
)
SERVICE_PRINCIPALS = dataset(
    Dataset(
        "entra.service_principals",
        "Enterprise applications",
        Needs.ENTRA,
        GraphList(
            "/servicePrincipals?$select=id,appId,displayName,accountEnabled,servicePrincipalType,appOwnerOrganizationId,"
            "tags&$top=999"
        ),
        ("Application.Read.All",),
        "which applications may sign in, and whose they are",
        every=timedelta(hours=24),
    )
)
APP_ROLE_ASSIGNMENTS = dataset(
    Dataset(
        "entra.app_role_assignments",
        "Application permissions",
        Needs.ENTRA,
        Steps("GET /servicePrincipals; GET /servicePrincipals/{id}/appRoleAssignedTo", app_permissions),
        ("Application.Read.All",),
        "which applications may do what without anybody signed in",
        every=timedelta(hours=12),
    )
)
_DAY: Final = timedelta(days=1)
"""The audit lists allow five requests in ten seconds, so the first collection goes back no further."""
SIGN_INS = dataset(
    graph_log(
        "entra.sign_ins",
        "Sign-ins",
        Log("/auditLogs/signIns", "createdDateTime", first=_DAY),
        "who signed in, from where, and what was refused",
    )
)
DIRECTORY_AUDITS = dataset(
    graph_log(
        "entra.directory_audits",
        "Changes in the directory",
        Log("/auditLogs/directoryAudits", "activityDateTime", first=_DAY),
        "who changed what in the directory",
    )
)
