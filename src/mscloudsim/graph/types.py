"""The types Graph lists here: properties, page sizes and query rules of learn.microsoft.com/graph/api."""

from typing import Final

from mscloudsim.graph.schema import Edm, EntityType, Oversize, properties

_USER_DEFAULT: Final = (
    "businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone", "officeLocation",
    "preferredLanguage", "surname", "userPrincipalName",
)  # fmt: skip
_OUTSIDE: Final = frozenset(
    [
        "aboutMe",
        "birthday",
        "hireDate",
        "interests",
        "mySite",
        "pastProjects",
        "preferredName",
        "responsibilities",
        "schools",
        "skills",
        "mailboxSettings",
        "deviceEnrollmentLimit",
    ]
)
USER: Final = EntityType(
    "user",
    "users",
    properties(
        text="id displayName givenName surname userPrincipalName mail mailNickname userType department jobTitle "
        "companyName employeeId officeLocation city country usageLocation preferredLanguage mobilePhone creationType "
        "externalUserState passwordPolicies onPremisesSamAccountName onPremisesImmutableId "
        "onPremisesDistinguishedName",
        flag="accountEnabled onPremisesSyncEnabled",
        moment="createdDateTime deletedDateTime externalUserStateChangeDateTime lastPasswordChangeDateTime "
        "onPremisesLastSyncDateTime",
        list="assignedLicenses businessPhones otherMails proxyAddresses",
        complex="signInActivity",
    ),
    default=_USER_DEFAULT,
    is_directory_object=True,
    sortable=frozenset({"displayName", "userPrincipalName"}),
    searchable=frozenset({"displayName", "mail", "userPrincipalName", "givenName", "surname", "mailNickname"}),
    relations=frozenset({"manager", "memberOf", "sponsors"}),
    elsewhere=_OUTSIDE,
)
USER_WITH_ACTIVITY: Final = EntityType(
    "user", "users", USER.properties, USER.default, 100, 120, is_directory_object=True, sortable=USER.sortable,
    searchable=USER.searchable, relations=USER.relations, elsewhere=USER.elsewhere,
)  # fmt: skip
"""With `signInActivity` selected a page has at most 120 users."""
GROUP: Final = EntityType(
    "group",
    "groups",
    properties(
        text="id displayName description mailNickname mail visibility membershipRule membershipRuleProcessingState "
        "classification preferredLanguage theme",
        flag="mailEnabled securityEnabled isAssignableToRole onPremisesSyncEnabled",
        moment="createdDateTime renewedDateTime expirationDateTime deletedDateTime onPremisesLastSyncDateTime",
        list="groupTypes proxyAddresses resourceProvisioningOptions",
    ),
    is_directory_object=True,
    sortable=frozenset({"displayName"}),
    searchable=frozenset({"displayName", "description", "mail", "mailNickname"}),
    relations=frozenset({"members", "owners"}),
)
APPLICATION: Final = EntityType(
    "application",
    "applications",
    properties(
        text="id appId displayName description signInAudience publisherDomain",
        moment="createdDateTime deletedDateTime",
        list="identifierUris tags passwordCredentials keyCredentials requiredResourceAccess",
    ),
    is_directory_object=True,
    sortable=frozenset({"displayName"}),
    searchable=frozenset({"displayName"}),
    relations=frozenset({"owners"}),
)
SERVICE_PRINCIPAL: Final = EntityType(
    "servicePrincipal",
    "servicePrincipals",
    properties(
        text="id appId displayName appDisplayName appOwnerOrganizationId servicePrincipalType signInAudience",
        flag="accountEnabled appRoleAssignmentRequired",
        moment="deletedDateTime",
        list="appRoles oauth2PermissionScopes servicePrincipalNames tags passwordCredentials keyCredentials",
    ),
    is_directory_object=True,
    sortable=frozenset({"displayName"}),
    searchable=frozenset({"displayName"}),
    relations=frozenset({"appRoleAssignments", "appRoleAssignedTo"}),
)
DIRECTORY_ROLE: Final = EntityType(
    "directoryRole",
    "directoryRoles",
    properties(text="id displayName description roleTemplateId", moment="deletedDateTime"),
    paged=False,
    relations=frozenset({"members"}),
)
_ANY_OBJECT: Final = {
    name: edm
    for kind in (DIRECTORY_ROLE, SERVICE_PRINCIPAL, APPLICATION, GROUP, USER)
    for name, edm in kind.properties.items()
}
DIRECTORY_OBJECT: Final = EntityType(
    "directoryObject",
    "directoryObjects",
    _ANY_OBJECT,
    is_directory_object=True,
    searchable=frozenset({"displayName", "description"}),
)
BY_NAME: Final = {kind.name: kind for kind in (USER, GROUP, SERVICE_PRINCIPAL, APPLICATION, DIRECTORY_ROLE)}

ROLE_DEFINITION: Final = EntityType(
    "unifiedRoleDefinition",
    "roleManagement/directory/roleDefinitions",
    properties(
        text="id templateId displayName description version",
        flag="isBuiltIn isEnabled",
        list="resourceScopes",
    ),
    default=(
        "id", "templateId", "displayName", "description", "isBuiltIn", "isEnabled", "resourceScopes", "version"
    ),
)  # fmt: skip
ROLE_DEFINITION_BETA: Final = EntityType(
    ROLE_DEFINITION.name, ROLE_DEFINITION.set_name, {**ROLE_DEFINITION.properties, "isPrivileged": Edm.FLAG}
)
"""Only beta tells which roles are privileged."""
_GRANT: Final = "id principalId roleDefinitionId directoryScopeId appScopeId"
_PRINCIPAL: Final = frozenset({"principal", "roleDefinition"})
ROLE_ASSIGNMENT: Final = EntityType(
    "unifiedRoleAssignment",
    "roleManagement/directory/roleAssignments",
    properties(text=_GRANT),
    relations=_PRINCIPAL,
)
ROLE_ASSIGNMENT_INSTANCE: Final = EntityType(
    "unifiedRoleAssignmentScheduleInstance",
    "roleManagement/directory/roleAssignmentScheduleInstances",
    properties(
        text=f"{_GRANT} memberType assignmentType roleAssignmentOriginId roleAssignmentScheduleId",
        moment="startDateTime endDateTime",
    ),
    relations=_PRINCIPAL,
)
ROLE_ELIGIBILITY_INSTANCE: Final = EntityType(
    "unifiedRoleEligibilityScheduleInstance",
    "roleManagement/directory/roleEligibilityScheduleInstances",
    properties(text=f"{_GRANT} memberType roleEligibilityScheduleId", moment="startDateTime endDateTime"),
    relations=_PRINCIPAL,
)
REGISTRATION: Final = EntityType(
    "userRegistrationDetails",
    "reports/authenticationMethods/userRegistrationDetails",
    properties(
        text="id userPrincipalName userDisplayName userType userPreferredMethodForSecondaryAuthentication",
        flag="isAdmin isMfaRegistered isMfaCapable isPasswordlessCapable isSsprRegistered isSsprEnabled isSsprCapable "
        "isSystemPreferredAuthenticationMethodEnabled",
        moment="lastUpdatedDateTime",
        list="methodsRegistered systemPreferredAuthenticationMethods",
    ),
    page=1000,
    largest=1000,
    oversize=Oversize.CLAMP,
    sortable=frozenset({"userDisplayName", "userPrincipalName"}),
)
DIRECTORY_AUDIT: Final = EntityType(
    "directoryAudit",
    "auditLogs/directoryAudits",
    properties(
        text="id activityDisplayName category correlationId loggedByService operationType result resultReason",
        moment="activityDateTime",
        list="targetResources additionalDetails",
        complex="initiatedBy",
    ),
    sortable=frozenset({"activityDateTime"}),
)
SIGN_IN: Final = EntityType(
    "signIn",
    "auditLogs/signIns",
    properties(
        text="id userDisplayName userPrincipalName userId appId appDisplayName resourceId resourceDisplayName "
        "ipAddress clientAppUsed correlationId conditionalAccessStatus riskDetail riskLevelAggregated "
        "riskLevelDuringSignIn "
        "riskState",
        flag="isInteractive",
        moment="createdDateTime",
        list="riskEventTypes_v2 appliedConditionalAccessPolicies",
        complex="status deviceDetail location",
    ),
    page=1000,
    largest=1000,
    sortable=frozenset({"createdDateTime"}),
)
RISKY_USER: Final = EntityType(
    "riskyUser",
    "identityProtection/riskyUsers",
    properties(
        text="id userDisplayName userPrincipalName riskLevel riskState riskDetail",
        flag="isDeleted isProcessing",
        moment="riskLastUpdatedDateTime",
    ),
    page=100,
    largest=500,
    oversize=Oversize.CLAMP,
)
POLICY: Final = EntityType(
    "conditionalAccessPolicy",
    "identity/conditionalAccess/policies",
    properties(
        text="id templateId displayName state",
        moment="createdDateTime modifiedDateTime deletedDateTime",
        complex="conditions grantControls sessionControls",
    ),
    paged=False,
)
NAMED_LOCATION: Final = EntityType(
    "namedLocation",
    "identity/conditionalAccess/namedLocations",
    properties(
        text="id displayName countryLookupMethod",
        flag="isTrusted includeUnknownCountriesAndRegions",
        moment="createdDateTime modifiedDateTime deletedDateTime",
        list="ipRanges countriesAndRegions",
    ),
    paged=False,
)
ORGANIZATION: Final = EntityType(
    "organization",
    "organization",
    properties(
        text="id displayName countryLetterCode country city preferredLanguage tenantType partnerTenantType",
        flag="onPremisesSyncEnabled",
        moment="createdDateTime deletedDateTime onPremisesLastSyncDateTime",
        list="verifiedDomains assignedPlans provisionedPlans businessPhones technicalNotificationMails "
        "securityComplianceNotificationMails marketingNotificationEmails",
    ),
    paged=False,
)
DOMAIN: Final = EntityType(
    "domain",
    "domains",
    properties(
        text="id authenticationType availabilityStatus",
        flag="isDefault isInitial isVerified isAdminManaged isRoot",
        number="passwordValidityPeriodInDays passwordNotificationWindowInDays",
        list="supportedServices",
        complex="state",
    ),
)
SUBSCRIBED_SKU: Final = EntityType(
    "subscribedSku",
    "subscribedSkus",
    properties(
        text="id accountId accountName skuId skuPartNumber appliesTo capabilityStatus",
        number="consumedUnits",
        list="servicePlans subscriptionIds",
        complex="prepaidUnits",
    ),
    paged=False,
)
LICENCE_DETAILS: Final = EntityType(
    "licenseDetails", "licenseDetails", properties(text="id skuId skuPartNumber", list="servicePlans"), paged=False
)
APP_ROLE_ASSIGNMENT: Final = EntityType(
    "appRoleAssignment",
    "appRoleAssignments",
    properties(
        text="id appRoleId principalDisplayName principalId principalType resourceDisplayName resourceId",
        moment="createdDateTime deletedDateTime",
    ),
)
APP_ROLE_ASSIGNMENT_BETA: Final = EntityType(
    APP_ROLE_ASSIGNMENT.name,
    APP_ROLE_ASSIGNMENT.set_name,
    properties(
        text="id appRoleId principalDisplayName principalId principalType resourceDisplayName resourceId",
        moment="creationTimestamp deletedDateTime",
    ),
)
PERMISSION_GRANT: Final = EntityType(
    "oAuth2PermissionGrant",
    "oauth2PermissionGrants",
    properties(text="id clientId consentType principalId resourceId scope"),
)
SECURE_SCORE: Final = EntityType(
    "secureScore",
    "security/secureScores",
    properties(
        text="id azureTenantId",
        number="activeUserCount licensedUserCount currentScore maxScore",
        moment="createdDateTime",
        list="enabledServices averageComparativeScores controlScores",
        complex="vendorInformation",
    ),
    oversize=Oversize.CLAMP,
)
CONTRACT: Final = EntityType(
    "contract",
    "contracts",
    properties(text="id contractType customerId defaultDomainName displayName", moment="deletedDateTime"),
)
DELEGATED_ADMIN: Final = EntityType(
    "delegatedAdminRelationship",
    "tenantRelationships/delegatedAdminRelationships",
    properties(
        text="id displayName duration status autoExtendDuration",
        moment="createdDateTime activatedDateTime endDateTime lastModifiedDateTime",
        complex="customer accessDetails",
    ),
)
DELEGATED_CUSTOMER: Final = EntityType(
    "delegatedAdminCustomer",
    "tenantRelationships/delegatedAdminCustomers",
    properties(text="id tenantId displayName"),
)
ACCESS_ASSIGNMENT: Final = EntityType(
    "delegatedAdminAccessAssignment",
    "accessAssignments",
    properties(
        text="id status", moment="createdDateTime lastModifiedDateTime", complex="accessContainer accessDetails"
    ),
)
AUTHORIZATION_POLICY: Final = EntityType(
    "authorizationPolicy",
    "policies/authorizationPolicy",
    properties(
        text="id displayName description allowInvitesFrom guestUserRoleId",
        flag="allowedToSignUpEmailBasedSubscriptions allowedToUseSSPR allowEmailVerifiedUsersToJoinOrganization "
        "allowUserConsentForRiskyApps blockMsolPowerShell",
        moment="deletedDateTime",
        complex="defaultUserRolePermissions",
    ),
)
AUTHORIZATION_POLICY_BETA: Final = EntityType(
    AUTHORIZATION_POLICY.name,
    AUTHORIZATION_POLICY.set_name,
    {**AUTHORIZATION_POLICY.properties, "permissionGrantPolicyIdsAssignedToDefaultUserRole": Edm.LIST},
    paged=False,
)
SECURITY_DEFAULTS: Final = EntityType(
    "identitySecurityDefaultsEnforcementPolicy",
    "policies/identitySecurityDefaultsEnforcementPolicy",
    properties(text="id displayName description", flag="isEnabled", moment="deletedDateTime"),
)
AUTHENTICATION_METHODS: Final = EntityType(
    "authenticationMethodsPolicy",
    "policies/authenticationMethodsPolicy",
    properties(
        text="id displayName description policyVersion policyMigrationState",
        moment="lastModifiedDateTime",
        list="authenticationMethodConfigurations",
        complex="registrationEnforcement",
    ),
)
AUTHENTICATION_METHODS_BETA: Final = EntityType(
    AUTHENTICATION_METHODS.name,
    AUTHENTICATION_METHODS.set_name,
    {**AUTHENTICATION_METHODS.properties, "systemCredentialPreferences": Edm.COMPLEX},
)
METHOD_CONFIGURATION: Final = EntityType(
    "authenticationMethodConfiguration",
    "policies/authenticationMethodsPolicy/authenticationMethodConfigurations",
    properties(text="id state", list="includeTargets excludeTargets", complex="featureSettings"),
    paged=False,
)
