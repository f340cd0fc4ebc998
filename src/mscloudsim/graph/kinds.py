"""What Graph lists: types, properties, page sizes (learn.microsoft.com/graph/api)."""

from typing import Final

from mscloudsim.graph.listing import Kind

USER: Final = Kind(
    "user",
    frozenset(
        [
            "id",
            "displayName",
            "givenName",
            "surname",
            "userPrincipalName",
            "mail",
            "userType",
            "accountEnabled",
            "createdDateTime",
            "externalUserState",
            "assignedLicenses",
            "department",
            "jobTitle",
            "onPremisesSyncEnabled",
            "businessPhones",
            "mobilePhone",
            "officeLocation",
            "preferredLanguage",
            "usageLocation",
            "signInActivity",
        ]
    ),
    (
        "businessPhones",
        "displayName",
        "givenName",
        "jobTitle",
        "mail",
        "mobilePhone",
        "officeLocation",
        "preferredLanguage",
        "surname",
        "userPrincipalName",
    ),
)
USER_WITH_ACTIVITY: Final = Kind("user", USER.properties, USER.default, 100, 120)
GROUP: Final = Kind(
    "group",
    frozenset(
        [
            "id",
            "displayName",
            "description",
            "groupTypes",
            "mailEnabled",
            "securityEnabled",
            "mailNickname",
            "mail",
            "visibility",
            "isAssignableToRole",
            "membershipRule",
            "createdDateTime",
            "onPremisesSyncEnabled",
        ]
    ),
)
MEMBER: Final = Kind("directoryObject", frozenset({"id", "displayName", "userPrincipalName", "mail", "@odata.type"}))
REGISTRATION: Final = Kind(
    "userRegistrationDetails",
    frozenset(
        [
            "id",
            "userPrincipalName",
            "userDisplayName",
            "userType",
            "isAdmin",
            "isMfaRegistered",
            "isMfaCapable",
            "isPasswordlessCapable",
            "isSsprRegistered",
            "isSsprEnabled",
            "isSsprCapable",
            "isSystemPreferredAuthenticationMethodEnabled",
            "systemPreferredAuthenticationMethods",
            "userPreferredMethodForSecondaryAuthentication",
            "methodsRegistered",
            "lastUpdatedDateTime",
        ]
    ),
    (),
    1000,
    1000,
)
ROLE: Final = Kind(
    "unifiedRoleDefinition",
    frozenset(["id", "templateId", "displayName", "description", "isBuiltIn", "isEnabled", "isPrivileged", "version"]),
)
ROLE_GRANT: Final = Kind(
    "unifiedRoleAssignment",
    frozenset(
        [
            "id",
            "principalId",
            "roleDefinitionId",
            "directoryScopeId",
            "appScopeId",
            "memberType",
            "startDateTime",
            "endDateTime",
        ]
    ),
)
APPLICATION: Final = Kind(
    "application",
    frozenset(
        ["id", "appId", "displayName", "createdDateTime", "passwordCredentials", "keyCredentials", "signInAudience"]
    ),
)
SERVICE_PRINCIPAL: Final = Kind(
    "servicePrincipal",
    frozenset(["id", "appId", "displayName", "accountEnabled", "servicePrincipalType", "appOwnerOrganizationId"]),
)
POLICY: Final = Kind(
    "conditionalAccessPolicy",
    frozenset(
        [
            "id",
            "templateId",
            "displayName",
            "createdDateTime",
            "modifiedDateTime",
            "state",
            "conditions",
            "grantControls",
            "sessionControls",
        ]
    ),
    pages=False,
)
AUDIT: Final = Kind(
    "directoryAudit",
    frozenset(
        [
            "id",
            "activityDateTime",
            "activityDisplayName",
            "category",
            "correlationId",
            "loggedByService",
            "operationType",
            "result",
            "resultReason",
            "initiatedBy",
            "targetResources",
            "additionalDetails",
        ]
    ),
)
ANY: Final = Kind("entity", frozenset({"id"}), pages=False)
