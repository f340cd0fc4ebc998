"""Application permissions that stand out: their holder can take over the directory, or reach what is everybody's."""

from typing import Final

_MICROSOFT_APIS: Final = frozenset(
    {
        "00000003-0000-0000-c000-000000000000",  # Microsoft Graph
        "00000002-0000-0000-c000-000000000000",  # Azure AD Graph
        "00000002-0000-0ff1-ce00-000000000000",  # Office 365 Exchange Online
        "00000003-0000-0ff1-ce00-000000000000",  # Office 365 SharePoint Online
    }
)
_HIGH: Final = frozenset(
    {
        # Leads to any other permission or role.
        "Application.ReadWrite.All",
        "AppRoleAssignment.ReadWrite.All",
        "DelegatedPermissionGrant.ReadWrite.All",
        "Directory.ReadWrite.All",
        "Domain.ReadWrite.All",
        "EntitlementManagement.ReadWrite.All",
        "Group.ReadWrite.All",
        "GroupMember.ReadWrite.All",
        "Organization.ReadWrite.All",
        "Policy.ReadWrite.AuthenticationMethod",
        "Policy.ReadWrite.ConditionalAccess",
        "Policy.ReadWrite.PermissionGrant",
        "PrivilegedAccess.ReadWrite.AzureADGroup",
        "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
        "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
        "RoleAssignmentSchedule.ReadWrite.Directory",
        "RoleEligibilitySchedule.ReadWrite.Directory",
        "RoleManagement.ReadWrite.Directory",
        "RoleManagementPolicy.ReadWrite.Directory",
        "User.ReadWrite.All",
        "UserAuthenticationMethod.ReadWrite.All",
        # Commands on every managed device.
        "DeviceManagementConfiguration.ReadWrite.All",
        "DeviceManagementManagedDevices.PrivilegedOperations.All",
        "DeviceManagementScripts.ReadWrite.All",
        # Everybody's mail and files.
        "Exchange.ManageAsApp",
        "Files.Read.All",
        "Files.ReadWrite.All",
        "full_access_as_app",
        "Mail.Read",
        "Mail.ReadWrite",
        "Mail.Send",
        "MailboxSettings.ReadWrite",
        "Sites.FullControl.All",
        "Sites.ReadWrite.All",
    }
)


def is_high_risk(resource_app_id: str, permission: str) -> bool:
    """Only Microsoft's own interfaces count: another one may name its permissions as it likes."""
    return resource_app_id in _MICROSOFT_APIS and permission in _HIGH
