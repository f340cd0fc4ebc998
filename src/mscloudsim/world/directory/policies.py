"""Conditional Access and tenant-wide policies, from exemplary to neglected."""

from datetime import datetime, timedelta
from typing import Any

from mscloudsim.world.azure.dice import chance, guid
from mscloudsim.world.estate import Licence, Tenant

Item = dict[str, Any]
_LEGACY_CONSENT = "ManagePermissionGrantsForSelf.microsoft-user-default-legacy"


def conditional_access_policies(tenant: Tenant, now: datetime) -> list[Item]:
    """None without a licence for them; the careful have four, the careless one that only reports."""
    if tenant.licence is Licence.FREE:
        return []
    care = chance(tenant.seed, tenant.id, "care")
    wanted = [
        ("Require MFA for administrators", "enabled" if care > 0.3 else "enabledForReportingButNotEnforced", "mfa"),
        ("Block legacy authentication", "enabled" if care > 0.5 else "disabled", "block"),
        ("Require MFA for all users", "enabled" if care > 0.6 else "enabledForReportingButNotEnforced", "mfa"),
        ("Require compliant device for Office 365", "enabled", "compliantDevice"),
    ]
    shown = wanted[: 1 + int(care * 4)]
    return [_policy(tenant, index, name, state, control, now) for index, (name, state, control) in enumerate(shown)]


def _policy(tenant: Tenant, index: int, name: str, state: str, control: str, now: datetime) -> Item:
    users = {
        "includeUsers": ["All"] if "all" in name else [],
        "excludeUsers": [guid(tenant.seed, tenant.id, "user", 0)],
    }
    roles = ["62e90394-69f5-4237-9190-012177145e10"] if "administrators" in name else []
    created = now - timedelta(days=200 + index)
    return {
        "id": guid(tenant.id, "conditional-access", index),
        "templateId": None,
        "displayName": name,
        "createdDateTime": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "modifiedDateTime": (created + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "state": state,
        "conditions": {
            "clientAppTypes": ["exchangeActiveSync", "other"] if control == "block" else ["all"],
            "applications": {"includeApplications": ["All"], "excludeApplications": []},
            "users": {**users, "includeRoles": roles, "excludeRoles": [], "includeGroups": [], "excludeGroups": []},
        },
        "grantControls": {"operator": "OR", "builtInControls": [control], "authenticationStrength": None},
        "sessionControls": None,
    }


def authorization_policy(tenant: Tenant) -> Item:
    lax = chance(tenant.seed, tenant.id, "guests") < 0.5
    return {
        "id": "authorizationPolicy",
        "displayName": "Authorization Policy",
        "allowInvitesFrom": "everyone" if lax else "adminsAndGuestInviters",
        "allowedToSignUpEmailBasedSubscriptions": True,
        "allowedToUseSSPR": True,
        "blockMsolPowerShell": not lax,
        "guestUserRoleId": "10dae51f-b6af-4016-8d66-8c2a99b929b3",
        "defaultUserRolePermissions": {
            "allowedToCreateApps": lax,
            "allowedToCreateSecurityGroups": True,
            "allowedToCreateTenants": lax,
            "allowedToReadBitlockerKeysForOwnedDevice": True,
            "allowedToReadOtherUsers": True,
            "permissionGrantPoliciesAssigned": ["ManagePermissionGrantsForSelf.microsoft-user-default-legacy"]
            if lax
            else [],
        },
    }
