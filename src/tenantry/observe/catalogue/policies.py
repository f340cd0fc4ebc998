"""Tenant-wide settings that Microsoft Graph tells: one small object or a short list each, asked for in batches."""

from datetime import timedelta
from typing import Any, Final

from tenantry.observe.datasets import Dataset, Needs, dataset
from tenantry.observe.sources import GraphAsk, GraphList

_DAY: Final = timedelta(hours=24)


def _setting(name: str, title: str, source: GraphAsk, permission: str, enables: str, **options: Any) -> Dataset:
    return dataset(Dataset(name, title, Needs.ENTRA, source, (permission,), enables, every=_DAY, **options))


TIMEOUT_POLICIES = _setting(
    "entra.timeout_policies",
    "Idle session timeouts",
    GraphAsk("/policies/activityBasedTimeoutPolicies"),
    "Policy.Read.All",
    "idle session timeout",
)
GROUP_SETTINGS = _setting(
    "entra.group_settings",
    "Group and password settings",
    GraphAsk("/groupSettings"),
    "GroupSettings.Read.All",
    "banned passwords, lockout, who may create groups",
)
DEVICE_REGISTRATION = _setting(
    "entra.device_registration",
    "Device registration",
    GraphAsk("/policies/deviceRegistrationPolicy", "deviceRegistrationPolicy"),
    "Policy.Read.DeviceConfiguration",
    "device quota and local administrator passwords",
)
DEVICE_REGISTRATION_BETA = _setting(
    "entra.device_registration_beta",
    "Device join",
    GraphAsk("/beta/policies/deviceRegistrationPolicy", "deviceRegistrationPolicy"),
    "Policy.Read.DeviceConfiguration",
    "who may join devices and becomes their administrator",
)
ADMIN_CONSENT = _setting(
    "entra.admin_consent",
    "Admin consent requests",
    GraphAsk("/policies/adminConsentRequestPolicy", "adminConsentRequestPolicy"),
    "Policy.Read.All",
    "the admin consent workflow",
)
APP_MANAGEMENT = _setting(
    "entra.app_management",
    "Application credential rules",
    GraphAsk("/policies/defaultAppManagementPolicy", "defaultAppManagementPolicy"),
    "Policy.Read.All",
    "rules for secrets and certificates of applications",
)
INVITATION_POLICIES = _setting(
    "entra.invitation_policies",
    "Domains that may be invited",
    GraphAsk("/beta/legacy/policies"),
    "Policy.Read.All",
    "which domains guests may come from",
)
AUTHENTICATION_METHODS = _setting(
    "entra.authentication_methods",
    "Authentication method policy",
    GraphAsk("/policies/authenticationMethodsPolicy", "authenticationMethodsPolicy"),
    "Policy.Read.All",
    "which authentication methods are allowed",
    volatile=frozenset({"@odata.etag", "@odata.context", "lastModifiedDateTime"}),
)
AUTHENTICATION_METHODS_BETA = _setting(
    "entra.authentication_methods_beta",
    "Authentication method policy (beta)",
    GraphAsk("/beta/policies/authenticationMethodsPolicy", "authenticationMethodsPolicy"),
    "Policy.Read.All",
    "system-preferred authentication, companion applications",
    volatile=frozenset({"@odata.etag", "@odata.context", "lastModifiedDateTime"}),
)
THIRD_PARTY_STORAGE = _setting(
    "m365.third_party_storage",
    "Third-party storage in Microsoft 365 on the web",
    GraphAsk(
        "/servicePrincipals(appId='c1f33bc0-bdb4-4248-ba9b-096807ddb43e')?$select=id,accountEnabled",
        "thirdPartyStorage",
        may_be_absent=True,
    ),
    "Application.Read.All",
    "third-party storage in Microsoft 365 on the web",
)
ON_PREMISES_SYNC = _setting(
    "entra.on_premises_sync",
    "Directory synchronisation",
    GraphAsk("/directory/onPremisesSynchronization"),
    "OnPremDirectorySynchronization.Read.All",
    "password hash synchronisation",
)
DEVICE_MANAGEMENT = _setting(
    "intune.settings",
    "Device management settings",
    GraphAsk("/deviceManagement/settings", "settings"),
    "DeviceManagementConfiguration.Read.All",
    "what happens to devices without a compliance policy",
)
ENROLMENT_RESTRICTIONS = _setting(
    "intune.enrolment",
    "Device enrolment restrictions",
    GraphAsk("/beta/deviceManagement/deviceEnrollmentConfigurations"),
    "DeviceManagementServiceConfig.Read.All",
    "who may enrol personal devices",
)
APPS_AND_SERVICES = _setting(
    "m365.apps_and_services",
    "User owned apps and services",
    GraphAsk("/beta/admin/appsAndServices/settings", "settings"),
    "OrgSettings-AppsAndServices.Read.All",
    "the Office store and trials",
)
FORMS = _setting(
    "m365.forms",
    "Microsoft Forms",
    GraphAsk("/beta/admin/forms/settings", "settings"),
    "OrgSettings-Forms.Read.All",
    "phishing protection of forms",
)
SHAREPOINT_SETTINGS = _setting(
    "sharepoint.settings",
    "SharePoint settings",
    GraphAsk("/admin/sharepoint/settings", "settings"),
    "SharePointTenantSettings.Read.All",
    "external sharing of SharePoint and OneDrive",
)
NAMED_LOCATIONS = dataset(
    Dataset(
        "entra.named_locations",
        "Named locations",
        Needs.ENTRA,
        GraphList("/identity/conditionalAccess/namedLocations"),
        ("Policy.Read.All",),
        "trusted locations",
        every=_DAY,
    )
)
