"""Defender for Office 365: the anti-phishing policy, its protection against impersonation, and whom it covers."""

from typing import Final

from tenantry.observe.catalogue.exchange import (
    ACCEPTED_DOMAINS,
    ANTI_PHISH_POLICIES,
    ANTI_PHISH_RULES,
    EOP_PRESET_RULES,
)
from tenantry.posture.controls.flags import affected, listed, wrong_flags
from tenantry.posture.controls.precedence import InForce, by_precedence, covers_everybody
from tenantry.posture.controls.registry import check
from tenantry.posture.evidence import Evidence, every
from tenantry.posture.facts import Facts
from tenantry.posture.licences import Feature
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Finding, failed, passed

_FLAGS: Final = dict.fromkeys(
    (
        "Enabled",
        "EnableTargetedUserProtection",
        "EnableOrganizationDomainsProtection",
        "EnableMailboxIntelligence",
        "EnableMailboxIntelligenceProtection",
        "EnableSpoofIntelligence",
        "EnableFirstContactSafetyTips",
        "EnableSimilarUsersSafetyTips",
        "EnableSimilarDomainsSafetyTips",
        "EnableUnusualCharactersSafetyTips",
        "HonorDmarcPolicy",
    ),
    True,
)
_ACTIONS: Final = (
    "TargetedUserProtectionAction",
    "TargetedDomainProtectionAction",
    "MailboxIntelligenceProtectionAction",
)
_LOWEST_THRESHOLD: Final = 3


@check(
    "defender.anti_phishing",
    ANTI_PHISH_POLICIES,
    ANTI_PHISH_RULES,
    EOP_PRESET_RULES,
    ACCEPTED_DOMAINS,
    feature=Feature.DEFENDER_OFFICE_P1,
)
def anti_phishing(evidence: Evidence, _parameters: Parameters) -> Finding:
    """One sufficient policy is enough, if an enabled rule applies it to most domains, or to a group."""
    domains = {domain.text("DomainName").lower() for domain in every(evidence, ACCEPTED_DOMAINS)}
    policies, rules = every(evidence, ANTI_PHISH_POLICIES), every(evidence, ANTI_PHISH_RULES)
    holding = by_precedence(policies, rules, "AntiPhishPolicy", every(evidence, EOP_PRESET_RULES))
    ruled = {holds.policy.name: holds for holds in holding}
    problems = {policy.name: _problem(policy, ruled.get(policy.name), domains) for policy in policies}
    good = [ruled[name] for name, problem in problems.items() if problem is None]
    if good:
        review = _groups(good)
        return passed(
            "A sufficient anti-phishing policy is in force.", {"in force": [one.shown for one in good]}, review
        )
    why = [affected(policy, problems[policy.name] or "") for policy in policies]
    return failed("No sufficient anti-phishing policy is in force.", {"policies": sorted(problems)}, why)


def _problem(policy: Facts, holds: InForce | None, domains: set[str]) -> str | None:
    if wrong := _weak_settings(policy):
        return f"set wrongly: {listed(wrong)}"
    if holds is None:
        return "no enabled rule gives it recipients"
    if holds.rule is None:
        return "the default policy has no rule, and the benchmark asks for one"
    return None if _covers(holds.rule, domains) else "its rule covers less than most accepted domains"


def _weak_settings(policy: Facts) -> list[str]:
    wrong = wrong_flags(policy, _FLAGS)
    wrong += [name for name in _ACTIONS if policy.text(name, "NoAction") != "Quarantine"]
    if policy.number("PhishThresholdLevel") < _LOWEST_THRESHOLD:
        wrong.append("PhishThresholdLevel")
    return wrong if policy.names("TargetedUsersToProtect", required=True) else [*wrong, "TargetedUsersToProtect"]


def _covers(rule: Facts, domains: set[str]) -> bool:
    """More than half of the domains, or a group; who is in a group is for people to judge."""
    if covers_everybody(rule) or rule.names("SentToMemberOf"):
        return True
    without = {name.lower() for name in rule.names("ExceptIfRecipientDomainIs")}
    covered = {name.lower() for name in rule.names("RecipientDomainIs")} - without
    return 2 * len(covered & domains) > len(domains)


def _groups(good: list[InForce]) -> list[str]:
    groups = [name for holds in good if holds.rule is not None for name in holds.rule.names("SentToMemberOf")]
    return [f"See that these groups hold the people who need it: {listed(groups)}."] if groups else []
