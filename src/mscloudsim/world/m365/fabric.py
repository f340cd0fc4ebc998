"""Fabric's tenant settings: those a benchmark asks about, and enough of the others that the list has pages."""

from typing import Any, Final

from mscloudsim.world.azure.dice import guid
from mscloudsim.world.m365.kinds import Item, Kind
from mscloudsim.world.m365.upkeep import Upkeep

FABRIC: Final = ("BI_AZURE_P0", "BI_AZURE_P1", "BI_AZURE_P2")
_EXPORT, _DEVELOPER = "Export and sharing settings", "Developer settings"
_CLOSED_OR_LIMITED: Final = (
    ("AllowGuestUserToAccessSharedContent", "Guest users can access Microsoft Fabric", _EXPORT),
    ("ExternalSharingV2", "Users can invite guest users to collaborate through item sharing", _EXPORT),
    ("ElevatedGuestsTenant", "Guest users can browse and access Fabric content", _EXPORT),
    ("ShareLinkToEntireOrg", "Allow shareable links to grant access to everyone in your organization", _EXPORT),
    ("EnableDatasetInPlaceSharing", "Allow specific users to turn on external data sharing", _EXPORT),
    ("ServicePrincipalAccessPermissionAPIs", "Service principals can call Fabric public APIs", _DEVELOPER),
    ("AllowServicePrincipalsCreateAndUseProfiles", "Service principals can create and use profiles", _DEVELOPER),
    (
        "ServicePrincipalAccessGlobalAPIs",
        "Service principals can create workspaces, connections, and deployment pipelines",
        _DEVELOPER,
    ),
)
_SHIPPED_OFF: Final = frozenset({"ElevatedGuestsTenant", "EnableDatasetInPlaceSharing"})
_OTHERS: Final = (
    ("AllowExternalDataSharingReceiverSwitch", "Users can accept external data shares", _EXPORT, False),
    ("AllowSendEmailToExternal", "Guest users can set up and subscribe to email subscriptions", _EXPORT, False),
    ("AzureMap", "Map and filled map visuals", "Integration settings", True),
    ("ArtifactSearchTenant", "Use global search for Power BI", "Integration settings", True),
    ("AutoInstallPowerBIAppInTeamsTenant", "Install Power BI app for Microsoft Teams", _EXPORT, True),
    ("CertificationForApps", "Certification", "Discovery settings", False),
    ("CreateAppWorkspaces", "Create workspaces", "Workspace settings", True),
    ("CustomVisualsTenant", "Allow visuals created using the Power BI SDK", "Power BI visuals", True),
    ("DatamartTenant", "Create Datamarts", "Datamart settings", True),
    ("EmailSubscriptionTenant", "Users can set up email subscriptions", _EXPORT, True),
    ("EnableNLToDax", "Users can use Copilot", "Copilot", False),
    ("ExportReport", "Export reports as PowerPoint presentations or PDF documents", _EXPORT, True),
    ("ExportToCsv", "Export to .csv", _EXPORT, True),
    ("ExportToExcelSetting", "Export to Excel", _EXPORT, True),
    ("ExportVisualImageTenant", "Copy and paste visuals", _EXPORT, True),
    ("FabricGAWorkloads", "Users can create Fabric items", "Microsoft Fabric", True),
    ("GitHubTenantSettings", "Users can sync workspace items with GitHub repositories", "Git integration", False),
    ("GitIntegrationTenantSetting", "Users can synchronize items with their Git repositories", "Git integration", True),
    ("LogAnalyticsAttachForWorkspaceAdmins", "Azure Log Analytics connections", "Audit and usage settings", False),
    ("OneLakeForThirdParty", "Users can access data stored in OneLake with outside apps", "OneLake settings", True),
    ("OnPremAnalyzeInExcel", "Users can work with semantic models in Excel", _EXPORT, True),
    ("Printing", "Print dashboards and reports", _EXPORT, True),
    ("PromoteContent", "Featured content", "Discovery settings", True),
    ("PublishOrgApps", "Publish apps to the entire organization", "App settings", True),
    ("QnaFeedbackLoop", "Review questions", "Q&A settings", True),
    ("StorytellingTenant", "Enable Power BI add-in for PowerPoint", _EXPORT, True),
    ("TemplatePublish", "Create template organizational content packs and apps", "Template app settings", True),
    ("UsageMetrics", "Usage metrics for content creators", "Audit and usage settings", True),
    ("UserInfoAccess", "Per-user data in usage metrics", "Audit and usage settings", True),
    ("WebModelingTenantSwitch", "Users can edit data models in the Power BI service", "Workspace settings", True),
)


def _settings(keep: Upkeep) -> list[Item]:
    limited = [_limited(keep, *row) for row in _CLOSED_OR_LIMITED]
    others = [_row(*row[:3], enabled=row[3]) for row in _OTHERS]
    rows = [*limited, _publishing(keep), *_alone(keep), *others]
    return sorted(rows, key=lambda row: str(row["settingName"]))


def _limited(keep: Upkeep, name: str, title: str, group: str) -> Item:
    """Switched off or given to a group where somebody cared; for everybody where nobody did."""
    if not keep.hardened(name):
        return _row(name, title, group, enabled=name not in _SHIPPED_OFF or keep.worsened(name))
    if keep.happens(f"group for {name}", 0.5):
        return {**_row(name, title, group, enabled=True), "enabledSecurityGroups": _groups(keep, name)}
    return _row(name, title, group, enabled=False)


def _publishing(keep: Upkeep) -> Item:
    row = _row("PublishToWeb", "Publish to web", _EXPORT, enabled=True)
    may_create = not keep.hardened("PublishToWeb")
    row["properties"] = [
        {"name": "createP2w", "value": str(may_create).lower(), "type": "Boolean"},
    ]
    return row if may_create else {**row, "enabledSecurityGroups": _groups(keep, "PublishToWeb")}


def _alone(keep: Upkeep) -> list[Item]:
    """Settings that are simply on or off."""
    return [
        _row(
            "RScriptVisual",
            "Interact with and share R and Python visuals",
            "R and Python visuals settings",
            enabled=not keep.hardened("RScriptVisual"),
        ),
        _row(
            "EimInformationProtectionEdit",
            "Allow users to apply sensitivity labels for content",
            "Information protection",
            enabled=keep.hardened("EimInformationProtectionEdit"),
        ),
        _row(
            "BlockResourceKeyAuthentication",
            "Block ResourceKey Authentication",
            _DEVELOPER,
            enabled=keep.hardened("BlockResourceKeyAuthentication"),
        ),
    ]


def _groups(keep: Upkeep, setting: str) -> list[Item]:
    return [{"graphId": guid(keep.tenant.id, "fabric group", setting), "name": "Fabric authors"}]


def _row(name: str, title: str, group: str, **values: Any) -> Item:
    limitable = name not in ("RScriptVisual", "BlockResourceKeyAuthentication")
    shown = {"settingName": name, "title": title, "tenantSettingGroup": group}
    return {**shown, "canSpecifySecurityGroups": limitable, **values}


KINDS: Final = (
    Kind(
        "TenantSetting",
        {
            "settingName": "",
            "title": "",
            "enabled": False,
            "canSpecifySecurityGroups": True,
            "enabledSecurityGroups": [],
            "tenantSettingGroup": "",
            "properties": [],
        },
        _settings,
        FABRIC,
    ),
)
