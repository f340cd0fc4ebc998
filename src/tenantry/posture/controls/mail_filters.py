"""Exchange Online Protection: anti-malware, anti-spam in both directions, and who is let through unchecked."""

from typing import Final

from tenantry.observe.catalogue.exchange import (
    CONNECTION_FILTERS,
    CONTENT_FILTERS,
    EOP_PRESET_RULES,
    MALWARE_POLICIES,
    MALWARE_RULES,
    OUTBOUND_SPAM_POLICIES,
    OUTBOUND_SPAM_RULES,
)
from tenantry.posture.controls.flags import Wanted, affected, judge_flag, listed, the_named
from tenantry.posture.controls.precedence import InForce, by_precedence, covers_everybody, is_on
from tenantry.posture.controls.registry import check
from tenantry.posture.controls.word_lists import word_list
from tenantry.posture.evidence import COMPLETE, Evidence, every
from tenantry.posture.facts import Facts
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Finding, Unexpected, failed, passed

_MALWARE_LINK: Final = "MalwareFilterPolicy"
_COMPREHENSIVE: Final = 120
_MOST_MISSING: Final = 18
"""Fewer than a tenth of the 186 extensions."""
_NOTIFICATIONS: Final = {
    "NotifyOutboundSpam": "NotifyOutboundSpamRecipients",
    "BccSuspiciousOutboundMail": "BccSuspiciousOutboundAdditionalRecipients",
}
_LIMITS: Final = {
    "RecipientLimitExternalPerHour": 500,
    "RecipientLimitInternalPerHour": 1000,
    "RecipientLimitPerDay": 1000,
}


def _types(policy: Facts) -> set[str]:
    return {name.lower().lstrip(".") for name in policy.names("FileTypes", required=True)}


@check("defender.common_attachment_filter", MALWARE_POLICIES)
def common_attachment_filter(evidence: Evidence, _parameters: Parameters) -> Finding:
    policy = the_named(every(evidence, MALWARE_POLICIES), "Default")
    missing = sorted(word_list("attachments", "common") - _types(policy))
    observed = policy.shown("EnableFileFilter") | {"FileTypes": len(_types(policy)), "missing": missing}
    if not policy.flag("EnableFileFilter"):
        return failed("The filter for common attachment types is off in the default policy.", observed)
    if missing:
        return failed(f"The attachment filter of the default policy lets through: {listed(missing)}.", observed)
    return passed("The default policy stops all common dangerous attachment types.", observed)


@check("defender.comprehensive_attachment_filter", MALWARE_POLICIES, MALWARE_RULES)
def comprehensive_attachment_filter(evidence: Evidence, _parameters: Parameters) -> Finding:
    """One sufficient policy is enough, if a rule that is on gives it people."""
    policies, rules = every(evidence, MALWARE_POLICIES), every(evidence, MALWARE_RULES)
    ruled = {one.policy.name: one for one in by_precedence(policies, rules, _MALWARE_LINK) if one.rule is not None}
    wide = [policy for policy in policies if len(_types(policy)) > _COMPREHENSIVE]
    problems = {policy.name: _gap(policy, ruled) for policy in wide}
    good = [ruled[name].shown for name, problem in problems.items() if problem is None]
    if good:
        return passed("A policy that is in force stops a comprehensive list of attachment types.", {"in force": good})
    observed = {"FileTypes": {policy.name: len(_types(policy)) for policy in policies}}
    why = [affected(policy, problems[policy.name] or "") for policy in wide]
    return failed("No policy in force stops a comprehensive list of attachment types.", observed, why)


def _gap(policy: Facts, ruled: dict[str, InForce]) -> str | None:
    missing = sorted(word_list("attachments", "comprehensive") - _types(policy))
    if not policy.flag("EnableFileFilter"):
        return "its attachment filter is off"
    if len(missing) > _MOST_MISSING:
        return f"{len(missing)} types are missing: {listed(missing)}"
    return None if policy.name in ruled else "no enabled rule gives it recipients"


@check("defender.malware_sender_notification", MALWARE_POLICIES, MALWARE_RULES, helps=(EOP_PRESET_RULES,))
def malware_sender_notification(evidence: Evidence, _parameters: Parameters) -> Finding:
    """The first custom policy decides, otherwise the default. A preset for chosen people cannot notify and is only
    shown; one for everybody leaves nothing to the others, so it decides.
    """
    presets = [rule for rule in _presets(evidence) if is_on(rule)]
    deciding = [rule for rule in presets if covers_everybody(rule)]
    holds = _first(every(evidence, MALWARE_POLICIES), every(evidence, MALWARE_RULES), _MALWARE_LINK, deciding)
    names = [rule.name for rule in presets if rule not in deciding]
    review = [f"Comes first for the people it names, and does not notify: {listed(names)}."] if names else []
    policy, observed = holds.policy, holds.shown
    observed |= policy.shown("EnableInternalSenderAdminNotifications", "InternalSenderAdminAddress")
    if not policy.flag("EnableInternalSenderAdminNotifications"):
        text = f"Nobody is told when somebody inside sends malware, says the policy in force, {policy.name}."
        return failed(text, observed, [affected(policy, "notifications are off")], review)
    if not policy.names("InternalSenderAdminAddress", required=True):
        text = f"The policy in force, {policy.name}, notifies, but names no address."
        return failed(text, observed, [affected(policy, "no address")], review)
    return passed("Administrators are told when somebody inside sends malware.", observed, review)


def _presets(evidence: Evidence) -> list[Facts]:
    known = evidence.collected(EOP_PRESET_RULES).outcome == COMPLETE
    return every(evidence, EOP_PRESET_RULES) if known else []


def _first(policies: list[Facts], rules: list[Facts], link: str, presets: list[Facts] | None = None) -> InForce:
    for holds in by_precedence(policies, rules, link, presets or ()):
        return holds
    raise Unexpected("the policy that ships", None)


@check("defender.outbound_spam_notifies_admins", OUTBOUND_SPAM_POLICIES, OUTBOUND_SPAM_RULES)
def outbound_spam_notifies_admins(evidence: Evidence, _parameters: Parameters) -> Finding:
    policies, rules = every(evidence, OUTBOUND_SPAM_POLICIES), every(evidence, OUTBOUND_SPAM_RULES)
    holds = _first(policies, rules, "HostedOutboundSpamFilterPolicy")
    policy = holds.policy
    observed = holds.shown | policy.shown(*_NOTIFICATIONS, *_NOTIFICATIONS.values())
    missing = [
        flag
        for flag, addresses in _NOTIFICATIONS.items()
        if not (policy.flag(flag) and policy.names(addresses, required=True))
    ]
    if missing:
        text = f"The outbound policy in force, {policy.name}, does not tell administrators of spam."
        return failed(text, observed, [affected(policy, f"off or without an address: {listed(missing)}")])
    return passed("Administrators are told of outbound spam and get a copy of suspicious mail.", observed)


@check("defender.outbound_message_limits", OUTBOUND_SPAM_POLICIES)
def outbound_message_limits(evidence: Evidence, _parameters: Parameters) -> Finding:
    """A limit of 0 is no limit of the customer's: Microsoft's own, much higher one applies then."""
    policy = the_named(every(evidence, OUTBOUND_SPAM_POLICIES), "Default")
    observed = policy.shown(*_LIMITS, "ActionWhenThresholdReached", "NotifyOutboundSpamRecipients")
    wrong = [name for name, most in _LIMITS.items() if not 0 < policy.number(name) <= most]
    if policy.text("ActionWhenThresholdReached") != "BlockUser":
        wrong.append("ActionWhenThresholdReached")
    if not policy.names("NotifyOutboundSpamRecipients", required=True):
        wrong.append("NotifyOutboundSpamRecipients")
    if wrong:
        return failed(f"The default outbound policy does not limit mail as it should: {listed(wrong)}.", observed)
    return passed("The default outbound policy limits mail, blocks who exceeds it, and tells somebody.", observed)


@check("defender.no_ip_allow_list", CONNECTION_FILTERS)
def no_ip_allow_list(evidence: Evidence, _parameters: Parameters) -> Finding:
    policy = the_named(every(evidence, CONNECTION_FILTERS), "Default")
    allowed = policy.names("IPAllowList", required=True)
    if allowed:
        return failed(f"Mail from these addresses is not checked: {listed(allowed)}.", {"IPAllowList": allowed})
    return passed("No address is exempt from the connection filter.", {"IPAllowList": allowed})


@check("defender.no_safe_list", CONNECTION_FILTERS)
def no_safe_list(evidence: Evidence, _parameters: Parameters) -> Finding:
    policy = the_named(every(evidence, CONNECTION_FILTERS), "Default")
    wanted = Wanted(
        "EnableSafeList",
        False,
        "Microsoft's list of safe senders is not used.",
        "Mail from Microsoft's list of safe senders is not checked.",
    )
    return judge_flag(policy, wanted)


@check("defender.no_allowed_sender_domains", CONTENT_FILTERS)
def no_allowed_sender_domains(evidence: Evidence, _parameters: Parameters) -> Finding:
    policies = every(evidence, CONTENT_FILTERS)
    if not policies:
        raise Unexpected(CONTENT_FILTERS.name, None)
    allowed = {policy.name: policy.names("AllowedSenderDomains", required=True) for policy in policies}
    wrong = [affected(one, f"allows {listed(allowed[one.name])}") for one in policies if allowed[one.name]]
    if wrong:
        return failed("Anti-spam policies let whole sender domains through unchecked.", allowed, wrong)
    return passed("No anti-spam policy lets a sender domain through unchecked.", allowed)
