"""Settings of other services' administration that Graph shows: SharePoint, apps, Forms and Intune."""

from typing import Any, Final

from mscloudsim.world.directory.people import People
from mscloudsim.world.directory.stamps import DAY, stamp

Item = dict[str, Any]

_PLATFORMS: Final = ("windows", "ios", "android", "androidForWork", "macOS")


def sharepoint_settings(people: People) -> Item:
    """How files are shared with people from outside."""
    care = people.care
    listed = care > 0.7
    capability = (
        "externalUserSharingOnly"
        if care > 0.75
        else "existingExternalUserSharingOnly"
        if care > 0.6
        else "externalUserAndGuestSharing"
    )
    return {
        "allowedDomainGuidsForSyncApp": [],
        "availableManagedPathsForSiteCreation": ["/sites/", "/teams/"],
        "deletedUserPersonalSiteRetentionPeriodInDays": 30,
        "excludedFileExtensionsForSyncApp": [],
        "idleSessionSignOut": {
            "isEnabled": care > 0.6,
            "signOutAfterInSeconds": 7200,
            "warnAfterInSeconds": 6300,
        },
        "imageTaggingOption": "basic",
        "isCommentingOnSitePagesEnabled": True,
        "isFileActivityNotificationEnabled": True,
        "isLegacyAuthProtocolsEnabled": care < 0.5,
        "isLoopEnabled": True,
        "isMacSyncAppEnabled": True,
        "isRequireAcceptingUserToMatchInvitedUserEnabled": care > 0.5,
        "isResharingByExternalUsersEnabled": care < 0.6,
        "isSharePointMobileNotificationEnabled": True,
        "isSharePointNewsfeedEnabled": True,
        "isSiteCreationEnabled": care < 0.5,
        "isSiteCreationUIEnabled": care < 0.5,
        "isSitePagesCreationEnabled": True,
        "isSitesStorageLimitAutomatic": True,
        "isSyncButtonHiddenOnPersonalSite": False,
        "isUnmanagedSyncAppForTenantRestricted": care > 0.7,
        "personalSiteDefaultStorageLimitInMB": 1_048_576,
        "sharingAllowedDomainList": ["partner.example", "auditors.example"] if listed else [],
        "sharingBlockedDomainList": [],
        "sharingCapability": capability,
        "sharingDomainRestrictionMode": "allowList" if listed else "none",
        "siteCreationDefaultManagedPath": "/sites/",
        "siteCreationDefaultStorageLimitInMB": 26_214_400,
        "tenantDefaultTimezone": "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
    }


def apps_and_services_settings(people: People) -> Item:
    lax = people.care < 0.6
    return {"isOfficeStoreEnabled": lax, "isAppAndServicesTrialEnabled": lax}


def forms_settings(people: People) -> Item:
    return {
        "isBingImageSearchEnabled": True,
        "isExternalSendFormEnabled": people.care < 0.8,
        "isExternalShareCollaborationEnabled": people.care < 0.8,
        "isExternalShareResultEnabled": people.care < 0.8,
        "isExternalShareTemplateEnabled": people.care < 0.8,
        "isInOrgFormsPhishingScanEnabled": people.care > 0.35,
        "isRecordIdentityByDefaultEnabled": True,
    }


def device_management_settings(people: People) -> Item:
    """Whether a device that no policy looks at counts as compliant."""
    return {
        "deviceComplianceCheckinThresholdDays": 30,
        "isScheduledActionEnabled": True,
        "secureByDefault": people.care > 0.55,
    }


def device_enrollment_configurations(people: People) -> list[Item]:
    """The restrictions for everybody, and how many devices one person may enrol."""
    tenant, made = people.tenant, stamp(people.born - 700 * DAY)
    blocked = people.care > 0.65
    row = {"createdDateTime": made, "lastModifiedDateTime": made, "priority": 0, "roleScopeTagIds": ["0"], "version": 0}
    restrictions = {f"{name}Restriction": _restriction(blocked=blocked) for name in _PLATFORMS}
    return [
        {
            "@odata.type": "#microsoft.graph.deviceEnrollmentPlatformRestrictionsConfiguration",
            "id": f"{tenant.id}_DefaultPlatformRestrictions",
            "displayName": "All users and all devices",
            "description": "This is the default Device Type Restriction applied with the lowest priority.",
            "deviceEnrollmentConfigurationType": "platformRestrictions",
            **row,
            **restrictions,
        },
        {
            "@odata.type": "#microsoft.graph.deviceEnrollmentLimitConfiguration",
            "id": f"{tenant.id}_DefaultLimit",
            "displayName": "All users and all devices",
            "description": "This is the default Device Limit Restriction applied with the lowest priority.",
            "deviceEnrollmentConfigurationType": "limit",
            **row,
            "limit": 5 if people.care > 0.5 else 15,
        },
    ]


def _restriction(*, blocked: bool) -> Item:
    return {
        "platformBlocked": False,
        "personalDeviceEnrollmentBlocked": blocked,
        "osMinimumVersion": None,
        "osMaximumVersion": None,
        "blockedManufacturers": [],
        "blockedSkus": [],
    }
