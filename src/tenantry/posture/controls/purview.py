"""Purview: the audit log, data loss prevention, published sensitivity labels."""

from collections.abc import Callable, Sequence
from typing import Final

from tenantry.observe.catalogue.compliance import DLP_POLICIES, LABEL_POLICIES
from tenantry.observe.catalogue.exchange import ADMIN_AUDIT_LOG
from tenantry.posture.controls.flags import Wanted, affected, flag_control, listed
from tenantry.posture.controls.registry import check
from tenantry.posture.evidence import Evidence, every
from tenantry.posture.facts import Facts
from tenantry.posture.licences import Feature
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Finding, failed, passed

_LOCATIONS: Final = ("ExchangeLocation", "SharePointLocation", "OneDriveLocation", "TeamsLocation")
_SENSITIVITY: Final = "PublishedSensitivityLabel"
_OFF: Final = "is not enforced, its mode is"

flag_control(
    "purview.audit_log_search",
    ADMIN_AUDIT_LOG,
    Wanted(
        "UnifiedAuditLogIngestionEnabled",
        True,
        "The audit log records what happens.",
        "The audit log is off: nothing that happens can be looked up later.",
    ),
)


def _prevention(
    evidence: Evidence, where: str, reach: Callable[[Facts], str | None], shown: Sequence[str], exceptions: str = ""
) -> Finding:
    """At least one policy has to be enforced and to reach; `reach` says why one does not."""
    policies = every(evidence, DLP_POLICIES)
    problems = [(policy, _mode_problem(policy) or reach(policy)) for policy in policies]
    good = [policy for policy, problem in problems if problem is None]
    if good:
        left_out = [name for policy in good for name in (policy.names(exceptions) if exceptions else ())]
        review = [f"Left out: {listed(left_out)}."] if left_out else []
        observed = {policy.name: policy.shown("Mode", *shown) for policy in good}
        return passed(f"Data loss prevention is enforced for {where}.", observed, review)
    why = [affected(policy, problem or "") for policy, problem in problems]
    observed = {policy.name: policy.shown("Mode", *shown) for policy in policies[:20]}
    return failed(f"No data loss prevention policy is enforced for {where}.", observed, why)


def _mode_problem(policy: Facts) -> str | None:
    mode = policy.text("Mode")
    return None if mode == "Enable" else f"{_OFF} {mode}"


def _has(policy: Facts, path: str, word: str) -> bool:
    return word.lower() in {name.lower() for name in policy.names(path)}


@check("purview.dlp_policies", DLP_POLICIES)
def dlp_policies(evidence: Evidence, _parameters: Parameters) -> Finding:
    def reach(policy: Facts) -> str | None:
        places = [name for name in _LOCATIONS if policy.names(name, required=True)]
        return None if places else "covers neither mail nor files nor chats"

    return _prevention(evidence, "mail, files or chats", reach, _LOCATIONS)


@check("purview.dlp_for_teams", DLP_POLICIES, feature=Feature.TEAMS_DLP)
def dlp_for_teams(evidence: Evidence, _parameters: Parameters) -> Finding:
    def reach(policy: Facts) -> str | None:
        if not _has(policy, "Workload", "Teams"):
            return "does not cover Teams"
        return None if _has(policy, "TeamsLocation", "All") else "does not cover all people in Teams"

    return _prevention(evidence, "Teams", reach, ("Workload", "TeamsLocation"), "TeamsLocationException")


@check("purview.dlp_for_copilot", DLP_POLICIES, feature=Feature.COPILOT)
def dlp_for_copilot(evidence: Evidence, _parameters: Parameters) -> Finding:
    def reach(policy: Facts) -> str | None:
        if not _has(policy, "EnforcementPlanes", "CopilotExperiences"):
            return "does not cover Copilot"
        return None if _has(policy, "LocationInclusions", "All") else "does not cover all people of Copilot"

    return _prevention(evidence, "Copilot", reach, ("EnforcementPlanes", "LocationInclusions"), "LocationExclusions")


@check("purview.sensitivity_labels_are_published", LABEL_POLICIES)
def sensitivity_labels_are_published(evidence: Evidence, _parameters: Parameters) -> Finding:
    policies = every(evidence, LABEL_POLICIES)
    published = [policy for policy in policies if policy.text("Type") == _SENSITIVITY]
    enabled = [policy for policy in published if policy.flag("Enabled")]
    if enabled:
        return passed("Sensitivity labels are published.", {policy.name: _places(policy) for policy in enabled})
    why = [affected(policy, "is disabled") for policy in published]
    observed = {"label policies": len(policies), "of sensitivity labels": len(published)}
    return failed("No sensitivity label is published to anybody.", observed, why)


def _places(policy: Facts) -> dict[str, list[str]]:
    found = {name: policy.names(name) for name in sorted(policy.values) if "Location" in name}
    return {name: places for name, places in found.items() if places}
