"""Security & Compliance: data loss prevention, label policies, alert policies."""

from typing import Final

from mscloudsim.world.m365.kinds import Item, Kind, named
from mscloudsim.world.m365.protection import DEFENDER_2
from mscloudsim.world.m365.upkeep import Upkeep

PREVENTION: Final = ("BPOS_S_DlpAddOn", "COMMUNICATIONS_DLP")
LABELS: Final = ("RMS_S_PREMIUM", "RMS_S_PREMIUM2")
ALERTS: Final = (*PREVENTION, *LABELS, *DEFENDER_2)
_TEAMS: Final = "COMMUNICATIONS_DLP"


def _prevention(keep: Upkeep) -> list[Item]:
    """Where nobody enforces anything, a policy often still runs as a test."""
    mode = "Enable" if keep.hardened("dlp") else "TestWithNotifications"
    mail = {
        "Name": "Personal data in mail and files",
        "Mode": mode,
        "Workload": "Exchange, SharePoint, OneDriveForBusiness",
        "ExchangeLocation": ["All"],
        "SharePointLocation": ["All"],
        "OneDriveLocation": ["All"],
    }
    policies = [mail] if mode == "Enable" or keep.happens("dlp test", 0.6) else []
    if keep.has(_TEAMS) and keep.hardened("dlp teams"):
        chats = {"Workload": "Teams", "TeamsLocation": ["All"]}
        policies.append({"Name": "Personal data in chats", "Mode": "Enable", **chats})
    if keep.has(_TEAMS) and keep.hardened("dlp copilot"):
        copilot = {"Workload": "Applications", "EnforcementPlanes": ["CopilotExperiences"]}
        policies.append({"Name": "Copilot", "Mode": "Enable", "LocationInclusions": ["All"], **copilot})
    return policies


def _labels(keep: Upkeep) -> list[Item]:
    labels = {"Name": "Labels for everybody", "ExchangeLocation": ["All"], "ModernGroupLocation": []}
    retention = {"Name": "Keep contracts", "Type": "PublishedRetentionLabel", "SharePointLocation": ["All"]}
    return [
        *([labels] if keep.hardened("sensitivity labels") else []),
        *([retention] if keep.happens("retention labels", 0.3) else []),
    ]


def _alerts(keep: Upkeep) -> list[Item]:
    """The alerts everybody has, and those for priority accounts where somebody set them up."""
    shipped = [{"Name": name, "IsSystemRule": True, "Severity": severity} for name, severity in _SHIPPED]
    if not (keep.has(*DEFENDER_2) and keep.hardened("priority account alerts")):
        return shipped
    return [*shipped, *(_for_priority(keep, threat) for threat in ("Phish", "Malware"))]


def _for_priority(keep: Upkeep, threat: str) -> Item:
    return {
        "Name": f"{threat} sent to a priority account",
        "ThreatType": threat,
        "Severity": "High",
        "Filter": "Mail.Direction -eq 'Inbound'",
        "RecipientTags": ["Priority account"],
        "NotifyUser": [f"security@{keep.tenant.domain}"],
    }


_SHIPPED: Final = (
    ("Creation of forwarding/redirect rule", "Informational"),
    ("Elevation of Exchange admin privilege", "Low"),
    ("Email messages containing malware removed after delivery", "Informational"),
    ("User restricted from sending email", "High"),
)
KINDS: Final = (
    Kind(
        "DlpCompliancePolicy",
        named(
            "",
            Mode="Enable",
            Type="Dlp",
            Workload="Exchange",
            EnforcementPlanes=None,
            ExchangeLocation=[],
            LocationExclusions=[],
            LocationInclusions=[],
            OneDriveLocation=[],
            SharePointLocation=[],
            TeamsLocation=[],
            TeamsLocationException=[],
        ),
        _prevention,
        PREVENTION,
    ),
    Kind(
        "LabelPolicy",
        named(
            "",
            Type="PublishedSensitivityLabel",
            Enabled=True,
            ExchangeLocation=[],
            ExchangeLocationException=[],
            ModernGroupLocation=[],
            OneDriveLocation=[],
            SharePointLocation=[],
        ),
        _labels,
        LABELS,
    ),
    Kind(
        "ProtectionAlert",
        named(
            "",
            Category="ThreatManagement",
            Disabled=False,
            Filter=None,
            IsSystemRule=False,
            NotificationEnabled=True,
            NotifyUser=["TenantAdmins"],
            RecipientTags=None,
            Severity="Low",
            ThreatType="Activity",
        ),
        _alerts,
        ALERTS,
    ),
)
