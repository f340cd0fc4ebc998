"""What a Microsoft tenant pays for, as far as controls depend on it: service plans of its subscribed licences.

Plan names: learn.microsoft.com/entra/identity/users/licensing-service-plan-reference.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from tenantry.posture.facts import Facts


class Feature(StrEnum):
    """A licensed feature, named as people know it."""

    ENTRA_P1 = "Entra ID P1"
    ENTRA_P2 = "Entra ID P2"
    DEFENDER_OFFICE_P1 = "Defender for Office 365"
    DEFENDER_OFFICE_P2 = "Defender for Office 365 Plan 2"
    SAFE_DOCUMENTS = "Safe Documents (Microsoft 365 E5)"
    CLOUD_APPS = "Defender for Cloud Apps"
    CUSTOMER_LOCKBOX = "Customer Lockbox"
    TEAMS_DLP = "Data loss prevention for Teams (E5 compliance)"
    COPILOT = "Microsoft 365 Copilot"
    INTUNE = "Intune"
    FABRIC = "Fabric or Power BI"
    ACCESS_REVIEWS = "Access reviews (Entra ID P2 or Governance)"


_P2_PLANS: Final = frozenset({"AAD_PREMIUM_P2"})
_ATP2: Final = frozenset({"THREAT_INTELLIGENCE"})
PLANS: Final[dict[Feature, frozenset[str]]] = {
    Feature.ENTRA_P1: frozenset({"AAD_PREMIUM"}) | _P2_PLANS,
    Feature.ENTRA_P2: _P2_PLANS,
    Feature.DEFENDER_OFFICE_P1: frozenset({"ATP_ENTERPRISE"}) | _ATP2,
    Feature.DEFENDER_OFFICE_P2: _ATP2,
    Feature.SAFE_DOCUMENTS: frozenset({"SAFEDOCS"}),
    Feature.CLOUD_APPS: frozenset({"ADALLOM_S_STANDALONE", "ADALLOM_S_O365"}),
    Feature.CUSTOMER_LOCKBOX: frozenset({"LOCKBOX_ENTERPRISE", "CustomerLockboxA_Enterprise"}),
    Feature.TEAMS_DLP: frozenset({"COMMUNICATIONS_DLP", "MICROSOFT_COMMUNICATION_COMPLIANCE"}),
    Feature.COPILOT: frozenset({"M365_COPILOT_APPS", "M365_COPILOT_TEAMS", "M365_COPILOT_BUSINESS_CHAT"}),
    Feature.INTUNE: frozenset({"INTUNE_A", "INTUNE_SMBIZ", "INTUNE_EDU"}),
    Feature.FABRIC: frozenset({"BI_AZURE_P0", "BI_AZURE_P1", "BI_AZURE_P2", "BI_AZURE_P3", "BI_AZURE_P_2_GOV"}),
    Feature.ACCESS_REVIEWS: _P2_PLANS | frozenset({"Entra_Identity_Governance", "ENTRA_IDENTITY_GOVERNANCE"}),
}
"""Any of these plans brings the feature."""


def features_in(skus: Iterable[Facts]) -> frozenset[Feature]:
    """The features that enabled licences of a Microsoft tenant bring."""
    plans = {
        plan.text("servicePlanName", "")
        for sku in skus
        if sku.text("capabilityStatus", "") in {"Enabled", "Warning"}
        for plan in sku.objects("servicePlans")
    }
    return frozenset(feature for feature, names in PLANS.items() if plans & names)
