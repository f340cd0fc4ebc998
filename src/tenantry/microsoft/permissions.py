"""The least application permission of every Graph path we read, and what is lost without it.

Source: learn.microsoft.com/graph/api, the "Permissions" table of each method, column Application.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Grant:
    """`path` is the beginning of a Graph path without version; the longest that fits holds."""

    path: str
    permission: str
    lost: str


GRANTS: Final = (
    Grant("/users", "User.Read.All", "users, licences per user, guests"),
    Grant("/groups", "Group.Read.All", "groups and their members"),
    Grant("/directoryRoles", "RoleManagement.Read.Directory", "privileged roles"),
    Grant("/roleManagement/directory", "RoleManagement.Read.Directory", "role assignments and definitions"),
    Grant(
        "/roleManagement/directory/roleEligibilitySchedule",
        "RoleEligibilitySchedule.Read.Directory",
        "eligible role assignments",
    ),
    Grant(
        "/roleManagement/directory/roleAssignmentSchedule",
        "RoleAssignmentSchedule.Read.Directory",
        "active role assignments with an end",
    ),
    Grant("/policies/roleManagementPolic", "RoleManagementPolicy.Read.Directory", "approval rules of privileged roles"),
    Grant("/reports/authenticationMethods", "AuditLog.Read.All", "MFA registration"),
    Grant("/auditLogs", "AuditLog.Read.All", "sign-ins, stale accounts, who changed what"),
    Grant("/subscribedSkus", "LicenseAssignment.Read.All", "licence counts"),
    Grant("/identity/conditionalAccess", "Policy.Read.All", "Conditional Access policies"),
    Grant("/policies", "Policy.Read.All", "tenant-wide policies"),
    Grant("/applications", "Application.Read.All", "app registrations and their credentials"),
    Grant("/servicePrincipals", "Application.Read.All", "enterprise applications"),
    Grant("/oauth2PermissionGrants", "Directory.Read.All", "delegated permissions of applications"),
    Grant("/organization", "Organization.Read.All", "the tenant's name and settings"),
    Grant("/domains", "Domain.Read.All", "domains"),
    Grant("/contracts", "Directory.Read.All", "the partner's customers"),
    Grant("/tenantRelationships", "DelegatedAdminRelationship.Read.All", "partner relationships (GDAP)"),
    Grant("/identityProtection", "IdentityRiskyUser.Read.All", "risky users"),
    Grant("/security/secureScore", "SecurityEvents.Read.All", "secure score"),
    Grant(
        "/directory/onPremisesSynchronization", "OnPremDirectorySynchronization.Read.All", "directory synchronisation"
    ),
    Grant("/admin/sharepoint", "SharePointTenantSettings.Read.All", "SharePoint settings"),
    Grant("/groupSettings", "GroupSettings.Read.All", "password protection and group creation settings"),
)
SIGN_IN_ACTIVITY: Final = Grant("/users", "AuditLog.Read.All", "stale accounts, sign-in activity")
"""Asking users for `signInActivity` needs this beside User.Read.All."""


def grant_for(url: str) -> Grant | None:
    """The grant a Graph request needs; None for paths we do not know."""
    parts = urlsplit(url)
    path = parts.path.replace("//", "/")
    for version in ("/v1.0/", "/beta/"):
        path = path.replace(version, "/", 1) if path.startswith(version) else path
    if path.startswith("/users") and "signInActivity" in parts.query:
        return SIGN_IN_ACTIVITY
    fitting = [grant for grant in GRANTS if path.startswith(grant.path)]
    return max(fitting, key=lambda grant: len(grant.path), default=None)


def least(url: str) -> str | None:
    """The name of the least application permission a Graph request needs."""
    grant = grant_for(url)
    return grant.permission if grant else None
