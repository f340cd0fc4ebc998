"""The kinds of sync: which datasets belong to each. Costs are a ledger of their own."""

from enum import StrEnum
from typing import Final

from tenantry.observe.datasets import Dataset, all_datasets


class SyncType(StrEnum):
    """What `POST /api/v1/sync/{type}` fetches."""

    COSTS = "costs"
    COMPLIANCE = "compliance"
    RESOURCES = "resources"
    IDENTITY = "identity"
    POSTURE = "posture"


TITLES: Final = {
    SyncType.COSTS: "Costs of Azure",
    SyncType.COMPLIANCE: "Azure Policy, Advisor and Defender",
    SyncType.RESOURCES: "Subscriptions, resources and their changes",
    SyncType.IDENTITY: "People, groups, roles and applications",
    SyncType.POSTURE: "Settings of Microsoft 365",
}
_BEGINNINGS: Final = (
    ("azure.role_", SyncType.IDENTITY),
    *((f"azure.{name}", SyncType.COMPLIANCE) for name in ("policy_", "advisor_", "secure_", "regulatory_")),
    ("azure.", SyncType.RESOURCES),
    ("entra.", SyncType.IDENTITY),
)
"""The first that fits decides."""


def type_of(dataset: str) -> SyncType:
    """Whatever is none of the others is a setting that posture reads."""
    return next((kind for beginning, kind in _BEGINNINGS if dataset.startswith(beginning)), SyncType.POSTURE)


def datasets_of(kind: SyncType) -> list[Dataset]:
    """By name; none of costs."""
    return [dataset for dataset in all_datasets() if type_of(dataset.name) is kind]
