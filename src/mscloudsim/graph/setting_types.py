"""The types of tenant-wide settings: all properties are shown, and lists are short enough for one page."""

from typing import Final

from mscloudsim.graph.schema import EntityType, properties

DEVICE_REGISTRATION: Final = EntityType(
    "deviceRegistrationPolicy",
    "policies/deviceRegistrationPolicy",
    properties(
        text="id displayName description multiFactorAuthConfiguration",
        number="userDeviceQuota",
        complex="azureADJoin azureADRegistration localAdminPassword",
    ),
)
ADMIN_CONSENT: Final = EntityType(
    "adminConsentRequestPolicy",
    "policies/adminConsentRequestPolicy",
    properties(
        flag="isEnabled notifyReviewers remindersEnabled", number="requestDurationInDays version", list="reviewers"
    ),
)
APP_MANAGEMENT: Final = EntityType(
    "tenantAppManagementPolicy",
    "policies/defaultAppManagementPolicy",
    properties(
        text="id displayName description",
        flag="isEnabled",
        moment="deletedDateTime",
        complex="applicationRestrictions servicePrincipalRestrictions",
    ),
)
_DEFINED: Final = properties(
    text="id displayName description", flag="isOrganizationDefault", moment="deletedDateTime", list="definition"
)
TIMEOUT: Final = EntityType("activityBasedTimeoutPolicy", "policies/activityBasedTimeoutPolicies", _DEFINED)
B2B_MANAGEMENT: Final = EntityType("b2bManagementPolicy", "policies/b2bManagementPolicies", _DEFINED)
LEGACY_POLICY: Final = EntityType("policy", "legacy/policies", {**_DEFINED, **properties(text="type")})
GROUP_SETTING: Final = EntityType(
    "groupSetting", "groupSettings", properties(text="id displayName templateId", list="values"), paged=False
)
DIRECTORY_SETTING: Final = EntityType("directorySetting", "settings", GROUP_SETTING.properties, paged=False)
"""Beta's name for the same."""
SYNCHRONIZATION: Final = EntityType(
    "onPremisesDirectorySynchronization",
    "directory/onPremisesSynchronization",
    properties(text="id", complex="configuration features"),
    paged=False,
)
ROLE_POLICY_ASSIGNMENT: Final = EntityType(
    "unifiedRoleManagementPolicyAssignment",
    "policies/roleManagementPolicyAssignments",
    properties(text="id policyId roleDefinitionId scopeId scopeType"),
    default=("id", "policyId", "roleDefinitionId", "scopeId", "scopeType"),
    relations=frozenset({"policy"}),
)
ACCESS_REVIEW: Final = EntityType(
    "accessReviewScheduleDefinition",
    "identityGovernance/accessReviews/definitions",
    properties(
        text="id displayName descriptionForAdmins descriptionForReviewers status",
        moment="createdDateTime lastModifiedDateTime",
        list="reviewers fallbackReviewers additionalNotificationRecipients stageSettings",
        complex="scope instanceEnumerationScope settings createdBy",
    ),
)
SHAREPOINT: Final = EntityType(
    "sharepointSettings",
    "admin/sharepoint/settings",
    properties(
        text="sharingCapability sharingDomainRestrictionMode imageTaggingOption siteCreationDefaultManagedPath "
        "tenantDefaultTimezone",
        flag="isCommentingOnSitePagesEnabled isFileActivityNotificationEnabled isLegacyAuthProtocolsEnabled "
        "isLoopEnabled isMacSyncAppEnabled isRequireAcceptingUserToMatchInvitedUserEnabled "
        "isResharingByExternalUsersEnabled isSharePointMobileNotificationEnabled isSharePointNewsfeedEnabled "
        "isSiteCreationEnabled isSiteCreationUIEnabled isSitePagesCreationEnabled isSitesStorageLimitAutomatic "
        "isSyncButtonHiddenOnPersonalSite isUnmanagedSyncAppForTenantRestricted",
        number="deletedUserPersonalSiteRetentionPeriodInDays personalSiteDefaultStorageLimitInMB "
        "siteCreationDefaultStorageLimitInMB",
        list="allowedDomainGuidsForSyncApp availableManagedPathsForSiteCreation excludedFileExtensionsForSyncApp "
        "sharingAllowedDomainList sharingBlockedDomainList",
        complex="idleSessionSignOut",
    ),
)
APPS_AND_SERVICES: Final = EntityType(
    "appsAndServicesSettings",
    "admin/appsAndServices/settings",
    properties(flag="isOfficeStoreEnabled isAppAndServicesTrialEnabled"),
)
FORMS: Final = EntityType(
    "formsSettings",
    "admin/forms/settings",
    properties(
        flag="isBingImageSearchEnabled isExternalSendFormEnabled isExternalShareCollaborationEnabled "
        "isExternalShareResultEnabled isExternalShareTemplateEnabled isInOrgFormsPhishingScanEnabled "
        "isRecordIdentityByDefaultEnabled"
    ),
)
DEVICE_MANAGEMENT: Final = EntityType(
    "deviceManagementSettings",
    "deviceManagement/settings",
    properties(number="deviceComplianceCheckinThresholdDays", flag="isScheduledActionEnabled secureByDefault"),
)
ENROLLMENT: Final = EntityType(
    "deviceEnrollmentConfiguration",
    "deviceManagement/deviceEnrollmentConfigurations",
    properties(
        text="id displayName description deviceEnrollmentConfigurationType",
        number="priority version",
        moment="createdDateTime lastModifiedDateTime",
        list="roleScopeTagIds",
    ),
    page=1000,
    largest=1000,
)
REQUIREMENTS: Final = EntityType(
    "strongAuthenticationRequirements", "authentication/requirements", properties(text="perUserMfaState")
)
