"""Tenant-wide policies and facts: one object each, from strict to lax."""

from typing import Any, Final

from mscloudsim.world.azure.dice import chance, guid
from mscloudsim.world.directory.domains import domains
from mscloudsim.world.directory.licences import BY_ID, Sku, entra_plans
from mscloudsim.world.directory.people import People, has_premium
from mscloudsim.world.directory.stamps import DAY, HOUR, stamp

Item = dict[str, Any]

_GUEST_ROLES: Final = (
    (0.55, "2af84b1e-32c8-42b7-82bc-daa82404023b"),
    (0.25, "10dae51f-b6af-4016-8d66-8c2a99b929b3"),
    (-1.0, "a0b1b346-4d3e-4e8b-98f8-753987be4970"),
)
"""Restricted guest, limited access (the default), same as members (learn.microsoft.com, guest access permissions)."""
_CONSENT: Final = (
    (0.7, None),
    (0.35, "microsoft-user-default-low"),
    (-1.0, "microsoft-user-default-legacy"),
)
"""What people may consent to by themselves: nothing, low-impact permissions, anything."""
_EVERYBODY: Final = {"targetType": "group", "id": "all_users", "isRegistrationRequired": False}
_NOBODY: Final = {"targetType": "group", "id": "00000000-0000-0000-0000-000000000000"}


def organization(people: People) -> Item:
    tenant, born = people.tenant, people.born
    return {
        "id": tenant.id,
        "deletedDateTime": None,
        "displayName": tenant.name,
        "countryLetterCode": tenant.country,
        "country": None,
        "city": people.culture.cities[0],
        "preferredLanguage": people.culture.language[:2],
        "createdDateTime": stamp(born - 1500 * DAY),
        "tenantType": "AAD",
        "partnerTenantType": "microsoftSupport" if tenant.index == 0 else None,
        "businessPhones": [],
        "technicalNotificationMails": [f"it@{tenant.domain}"],
        "securityComplianceNotificationMails": [],
        "marketingNotificationEmails": [],
        "onPremisesSyncEnabled": True if people.synced else None,
        "onPremisesLastSyncDateTime": stamp(born - HOUR // 2) if people.synced else None,
        "verifiedDomains": [
            {
                "name": row["id"],
                "isDefault": row["isDefault"],
                "isInitial": row["isInitial"],
                "capabilities": "Email, OfficeCommunicationsOnline",
                "type": row["authenticationType"],
            }
            for row in domains(people)
        ],
        "assignedPlans": [
            {
                "assignedDateTime": stamp(born - 900 * DAY),
                "capabilityStatus": "Enabled",
                "service": plan.service,
                "servicePlanId": plan.id,
            }
            for plan in entra_plans(tenant)
        ],
        "provisionedPlans": [
            {"capabilityStatus": "Enabled", "provisioningStatus": "Success", "service": plan.service}
            for plan in entra_plans(tenant)
        ],
    }


def subscribed_sku(people: People, sku: Sku, used: int) -> Item:
    """A licence that was bought: a few more than are used, now and then a few less."""
    tenant = people.tenant
    spare = int(used * (0.2 * chance(tenant.id, sku.part_number) - 0.01))
    units = {"enabled": max(1, used + spare), "suspended": 0, "warning": 0, "lockedOut": 0}
    return {
        "id": f"{tenant.id}_{sku.id}",
        "accountId": tenant.id,
        "accountName": tenant.slug,
        "skuId": sku.id,
        "skuPartNumber": sku.part_number,
        "appliesTo": "User",
        "capabilityStatus": "Enabled",
        "consumedUnits": used,
        "prepaidUnits": units,
        "subscriptionIds": [guid(tenant.id, sku.id, "subscription")],
        "servicePlans": _plans(sku),
    }


def licence_details(user_id: str, sku_id: str) -> Item:
    """A licence as the person sees it who has it."""
    sku = BY_ID[sku_id]
    key = guid(user_id, sku_id).replace("-", "")
    return {"id": key, "skuId": sku.id, "skuPartNumber": sku.part_number, "servicePlans": _plans(sku)}


def _plans(sku: Sku) -> list[Item]:
    return [
        {
            "servicePlanId": plan.id,
            "servicePlanName": plan.name,
            "provisioningStatus": "Success",
            "appliesTo": "User",
        }
        for plan in sku.plans
    ]


def authorization_policy(people: People) -> Item:
    care = people.care
    limit = next((name for least, name in _CONSENT if care > least), None)
    return {
        "id": "authorizationPolicy",
        "deletedDateTime": None,
        "displayName": "Authorization Policy",
        "description": "Used to manage authorization related settings across the company.",
        "allowInvitesFrom": "adminsAndGuestInviters" if care > 0.6 else "everyone",
        "allowedToSignUpEmailBasedSubscriptions": care < 0.7,
        "allowedToUseSSPR": True,
        "allowEmailVerifiedUsersToJoinOrganization": False,
        "allowUserConsentForRiskyApps": None,
        "blockMsolPowerShell": care > 0.5,
        "guestUserRoleId": next(role for least, role in _GUEST_ROLES if care > least),
        "defaultUserRolePermissions": {
            "allowedToCreateApps": care < 0.5,
            "allowedToCreateSecurityGroups": care < 0.4,
            "allowedToCreateTenants": care < 0.6,
            "allowedToReadBitlockerKeysForOwnedDevice": care < 0.75,
            "allowedToReadOtherUsers": True,
            "permissionGrantPoliciesAssigned": [f"ManagePermissionGrantsForSelf.{limit}"] if limit else [],
        },
    }


def security_defaults(people: People, policies: int) -> Item:
    """On where nobody bought Conditional Access and somebody cared; never beside policies."""
    return {
        "id": "00000000-0000-0000-0000-000000000005",
        "deletedDateTime": None,
        "displayName": "Security Defaults",
        "description": "Security defaults is a set of basic identity security mechanisms recommended by Microsoft.",
        "isEnabled": policies == 0 and people.care > 0.3,
    }


def authentication_methods_policy(people: People) -> Item:
    care = people.care
    states = (
        ("Fido2", care > 0.4, "fido2"),
        ("MicrosoftAuthenticator", True, "microsoftAuthenticator"),
        ("Sms", care < 0.6, "sms"),
        ("TemporaryAccessPass", care > 0.5, "temporaryAccessPass"),
        ("SoftwareOath", care < 0.8, "softwareOath"),
        ("Voice", care < 0.3, "voice"),
        ("Email", care < 0.7, "email"),
        ("X509Certificate", False, "x509Certificate"),
    )
    return {
        "id": "authenticationMethodsPolicy",
        "displayName": "Authentication Methods Policy",
        "description": "The tenant-wide policy that controls which authentication methods are allowed in the tenant",
        "lastModifiedDateTime": stamp(people.born - 120 * DAY),
        "policyVersion": "1.5",
        "policyMigrationState": "migrationComplete" if care > 0.4 else "migrationInProgress",
        "registrationEnforcement": {
            "authenticationMethodsRegistrationCampaign": {
                "snoozeDurationInDays": 1,
                "state": "enabled" if care > 0.5 else "default",
                "excludeTargets": [],
                "includeTargets": [
                    {
                        "id": "all_users",
                        "targetType": "group",
                        "targetedAuthenticationMethod": "microsoftAuthenticator",
                    }
                ],
            }
        },
        "systemCredentialPreferences": {
            "state": "enabled" if care > 0.45 else "default",
            "excludeTargets": [],
            "includeTargets": [{"id": "all_users", "targetType": "group"}],
        },
        "authenticationMethodConfigurations": [_method(care, *state) for state in states],
    }


def _method(care: float, name: str, enabled: bool, kind: str) -> Item:
    row: Item = {
        "@odata.type": f"#microsoft.graph.{kind}AuthenticationMethodConfiguration",
        "id": name,
        "state": "enabled" if enabled else "disabled",
        "excludeTargets": [],
        "includeTargets": [dict(_EVERYBODY)],
    }
    if name != "MicrosoftAuthenticator":
        return row
    shown = {"state": "enabled" if care > 0.5 else "default", "excludeTarget": dict(_NOBODY)}
    shown["includeTarget"] = {"targetType": "group", "id": "all_users"}
    features = {"displayAppInformationRequiredState": shown, "displayLocationInformationRequiredState": shown}
    companion = {**shown, "state": "disabled" if care > 0.65 else "default"}
    features["companionAppAllowedState"] = companion
    return {**row, "isSoftwareOathEnabled": care < 0.6, "featureSettings": features}


def secure_score(people: People) -> Item:
    """Today's score, out of the care that decides everything else."""
    most = 480.0 if has_premium(people.tenant) else 260.0
    current = round(most * (0.25 + 0.6 * people.care), 2)
    controls = (
        ("MFARegistrationV2", "Identity", 9.0),
        ("AdminMFAV2", "Identity", 10.0),
        ("BlockLegacyAuthentication", "Identity", 8.0),
    )
    return {
        "id": f"{people.tenant.id}_{stamp(people.born)[:10]}",
        "azureTenantId": people.tenant.id,
        "activeUserCount": int(people.tenant.users * 0.8),
        "licensedUserCount": people.tenant.users,
        "createdDateTime": stamp(people.born),
        "currentScore": current,
        "maxScore": most,
        "enabledServices": ["HasExchange", "HasSharePoint", "HasAADP1"][: 3 if has_premium(people.tenant) else 2],
        "averageComparativeScores": [{"basis": "AllTenants", "averageScore": 46.2}],
        "controlScores": [
            {
                "controlCategory": category,
                "controlName": name,
                "description": f"Improvement action {name}.",
                "score": round(weight * people.care, 2),
            }
            for name, category, weight in controls
        ],
        "vendorInformation": {
            "provider": "SecureScore",
            "providerVersion": None,
            "subProvider": None,
            "vendor": "Microsoft",
        },
    }
