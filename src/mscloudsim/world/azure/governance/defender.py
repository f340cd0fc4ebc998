"""Defender for Cloud: the secure score with its controls, and how a subscription stands against standards.

All of it is what the benchmark's policies say of the resources. Where Defender was never switched on there is none.
"""

from collections import Counter
from typing import Final

from mscloudsim.world.azure.cloud import Azure
from mscloudsim.world.azure.dice import chance, guid
from mscloudsim.world.azure.governance import rules
from mscloudsim.world.azure.governance.initiatives import BENCHMARK, CONTROLS
from mscloudsim.world.azure.governance.rules import Rule
from mscloudsim.world.azure.governance.states import summary_of
from mscloudsim.world.azure.landscape import Subscription
from mscloudsim.world.azure.resource import Json
from mscloudsim.world.world import World

PROVIDER: Final = "/providers/Microsoft.Security"
_SCORE_CONTROLS: Final[tuple[tuple[str, int, tuple[Rule, ...]], ...]] = (
    ("Encrypt data in transit", 4, (rules.SECURE_TRANSFER, rules.STORAGE_TLS, rules.SITE_HTTPS, rules.SITE_TLS)),
    ("Restrict unauthorized network access", 4, (rules.PUBLIC_BLOBS, rules.STORAGE_NETWORK, rules.SQL_PUBLIC)),
    ("Manage access and permissions", 4, (rules.CLUSTER_ACCOUNTS,)),
    ("Enable enhanced security features", 0, (rules.VAULT_PURGE,)),
)
_OTHER: Final = {"2.1": "DP-3", "3.1": "DP-3", "3.7": "NS-2", "4.1": "NS-2", "8.5": "DP-8"}
"""Controls of the second standard, by the benchmark's that they stand on."""
STANDARDS: Final = {
    "Microsoft-cloud-security-benchmark": {name.replace("-", "."): name for name in CONTROLS},
    "CIS-Azure-Foundations-v2.0.0": _OTHER,
}


def is_defended(azure: Azure, subscription: Subscription) -> bool:
    """Whether Defender for Cloud was switched on."""
    return chance(subscription.id, "defender") >= azure.landscape.neglect / 2


def _counted(world: World, azure: Azure, subscription: Subscription, of: tuple[Rule, ...]) -> Counter[str]:
    """How many resources the benchmark has in which state under some of its definitions."""
    summary = summary_of(world, azure, subscription)
    names = {member.reference for member in BENCHMARK.members if member.rule in of}
    counted: Counter[str] = Counter()
    for (assignment, reference), tally in summary.members.items():
        if reference in names and assignment.endswith("/SecurityCenterBuiltIn"):
            counted.update(tally.resources)
    return counted


def score_controls(world: World, azure: Azure, subscription: Subscription) -> list[Json]:
    """The controls that the score is the sum of. One that nothing falls under counts nothing."""
    found = []
    for title, most, of in _SCORE_CONTROLS:
        counted = _counted(world, azure, subscription, of)
        healthy, unhealthy = counted["Compliant"] + counted["Exempt"], counted["NonCompliant"]
        highest = most if healthy + unhealthy else 0
        current = round(highest * healthy / (healthy + unhealthy), 2) if highest else 0.0
        name = guid("secure score control", title)
        found.append(
            {
                "id": f"{subscription.scope}{PROVIDER}/secureScores/ascScore/secureScoreControls/{name}",
                "type": "Microsoft.Security/secureScores/secureScoreControls",
                "name": name,
                "properties": {
                    "displayName": title,
                    "score": _score(highest, current),
                    "healthyResourceCount": healthy,
                    "unhealthyResourceCount": unhealthy,
                    "notApplicableResourceCount": 0,
                    "weight": healthy + unhealthy,
                },
            }
        )
    return sorted(found, key=lambda row: str(row["id"]))


def secure_score(world: World, azure: Azure, subscription: Subscription) -> Json:
    """The score of a subscription: what its controls reach, of what they could."""
    scores = [row["properties"] for row in score_controls(world, azure, subscription)]
    highest, current = sum(row["score"]["max"] for row in scores), sum(row["score"]["current"] for row in scores)
    return {
        "id": f"{subscription.scope}{PROVIDER}/secureScores/ascScore",
        "type": "Microsoft.Security/secureScores",
        "name": "ascScore",
        "properties": {
            "displayName": "ASC score",
            "score": _score(highest, round(current, 2)),
            "weight": sum(row["weight"] for row in scores),
        },
    }


def _score(highest: int, current: float) -> Json:
    return {"max": highest, "current": current, "percentage": round(current / highest, 4) if highest else 0}


def standard_controls(world: World, azure: Azure, subscription: Subscription, standard: str) -> list[Json]:
    """How each control of a standard stands."""
    rows = []
    for name, control in STANDARDS[standard].items():
        members = [member.rule for member in BENCHMARK.members if member.groups[0].endswith(control)]
        states = Counter(_state(_counted(world, azure, subscription, (rule,))) for rule in members)
        rows.append(
            {
                "id": f"{_standard_id(subscription, standard)}/regulatoryComplianceControls/{name}",
                "type": "Microsoft.Security/regulatoryComplianceStandards/regulatoryComplianceControls",
                "name": name,
                "properties": {
                    "description": CONTROLS[control],
                    "state": _worst(states),
                    "passedAssessments": states["Passed"],
                    "failedAssessments": states["Failed"],
                    "skippedAssessments": states["Skipped"],
                },
            }
        )
    return sorted(rows, key=lambda row: str(row["id"]))


def standards(world: World, azure: Azure, subscription: Subscription) -> list[Json]:
    """Each standard with how many of its controls are in which state."""
    rows = []
    for name in STANDARDS:
        found = standard_controls(world, azure, subscription, name)
        states = Counter(str(row["properties"]["state"]) for row in found)
        rows.append(
            {
                "id": _standard_id(subscription, name),
                "type": "Microsoft.Security/regulatoryComplianceStandards",
                "name": name,
                "properties": {
                    "state": _worst(states),
                    "passedControls": states["Passed"],
                    "failedControls": states["Failed"],
                    "skippedControls": states["Skipped"],
                    "unsupportedControls": 0,
                },
            }
        )
    return sorted(rows, key=lambda row: str(row["id"]))


def everything(world: World, azure: Azure, subscription: Subscription) -> list[Json]:
    """The score, its controls, the standards and theirs."""
    of_standards = [row for name in STANDARDS for row in standard_controls(world, azure, subscription, name)]
    scored = [secure_score(world, azure, subscription), *score_controls(world, azure, subscription)]
    return [*scored, *standards(world, azure, subscription), *of_standards]


def _state(resources: Counter[str]) -> str:
    """Passed once everything passes; skipped where there is nothing to judge."""
    if resources["NonCompliant"]:
        return "Failed"
    return "Passed" if resources else "Skipped"


def _worst(states: Counter[str]) -> str:
    return next((state for state in ("Failed", "Passed") if states[state]), "Skipped")


def _standard_id(subscription: Subscription, standard: str) -> str:
    return f"{subscription.scope}{PROVIDER}/regulatoryComplianceStandards/{standard}"
