"""Defender for Office 365: Safe Links, Safe Attachments, anti-phishing, priority accounts, Teams."""

from collections.abc import Mapping
from typing import Final

from tenantry.observe.catalogue.compliance import PROTECTION_ALERTS
from tenantry.observe.catalogue.exchange import (
    ATP_POLICY,
    ATP_PRESET_RULES,
    EMAIL_TENANT_SETTINGS,
    EOP_PRESET_RULES,
    SAFE_ATTACHMENT_POLICIES,
    SAFE_ATTACHMENT_RULES,
    SAFE_LINKS_POLICIES,
    SAFE_LINKS_RULES,
    TEAMS_PROTECTION_POLICIES,
    TEAMS_PROTECTION_RULES,
)
from tenantry.observe.catalogue.identity import SUBSCRIBED_SKUS
from tenantry.posture.controls.flags import affected, listed, wrong_flags
from tenantry.posture.controls.precedence import STRICT, by_precedence, covers_everybody, is_on
from tenantry.posture.controls.registry import check
from tenantry.posture.evidence import COMPLETE, Evidence, every, every_licensed, one
from tenantry.posture.facts import Facts
from tenantry.posture.licences import Feature, features_in
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Affected, Finding, Unexpected, failed, passed

_DEFENDER: Final = Feature.DEFENDER_OFFICE_P1
_LINKS: Final[Mapping[str, bool]] = {
    "EnableSafeLinksForEmail": True,
    "EnableSafeLinksForTeams": True,
    "EnableSafeLinksForOffice": True,
    "TrackClicks": True,
    "AllowClickThrough": False,
    "ScanUrls": True,
    "EnableForInternalSenders": True,
    "DeliverMessageAfterScan": True,
    "DisableUrlRewrite": False,
}
_QUARANTINE: Final = "AdminOnlyAccessPolicy"
_FILES: Final = "EnableATPForSPOTeamsODB"
_SAFE_DOCUMENTS: Final = {"EnableSafeDocs": True, "AllowSafeDocsOpen": False}
_SCOPE: Final = ("SentTo", "SentToMemberOf", "RecipientDomainIs")
_THREATS: Final = ("Phish", "Malware")


@check("defender.safe_links", SAFE_LINKS_POLICIES, SAFE_LINKS_RULES, ATP_PRESET_RULES, feature=_DEFENDER)
def safe_links(evidence: Evidence, _parameters: Parameters) -> Finding:
    """One sufficient policy is enough, if it holds for somebody; which it holds for is shown."""
    policies, rules = every(evidence, SAFE_LINKS_POLICIES), every(evidence, SAFE_LINKS_RULES)
    holding = list(by_precedence(policies, rules, "SafeLinksPolicy", every(evidence, ATP_PRESET_RULES)))
    good = [holds.shown for holds in holding if not wrong_flags(holds.policy, _LINKS)]
    if good:
        return passed("A sufficient Safe Links policy is in force.", {"in force": good})
    names = {holds.policy.name for holds in holding}
    why = [affected(policy, _weakness(policy, names)) for policy in policies]
    return failed("No sufficient Safe Links policy is in force.", {"policies": [one.name for one in policies]}, why)


def _weakness(policy: Facts, holding: set[str]) -> str:
    wrong = wrong_flags(policy, _LINKS)
    return f"set wrongly: {listed(wrong)}" if wrong or policy.name in holding else "no enabled rule gives it people"


@check(
    "defender.safe_attachments", SAFE_ATTACHMENT_POLICIES, SAFE_ATTACHMENT_RULES, ATP_PRESET_RULES, feature=_DEFENDER
)
def safe_attachments(evidence: Evidence, _parameters: Parameters) -> Finding:
    """The strongest policy in force decides; weaker ones below it are shown."""
    policies, rules = every(evidence, SAFE_ATTACHMENT_POLICIES), every(evidence, SAFE_ATTACHMENT_RULES)
    holding = list(by_precedence(policies, rules, "SafeAttachmentPolicy", every(evidence, ATP_PRESET_RULES)))
    if not holding:
        return failed("No Safe Attachments policy is in force.", {"policies": [one.name for one in policies]})
    first, others = holding[0], holding[1:]
    observed = first.shown | first.policy.shown("Enable", "Action", "QuarantineTag")
    weaker = [holds.policy.name for holds in others if _blocks_not(holds.policy)]
    review = [f"Holds for people whom the first policy does not cover, and is weaker: {listed(weaker)}."]
    wrong = _blocks_not(first.policy)
    if wrong:
        text = f"The Safe Attachments policy in force, {first.policy.name}, does not block as it should."
        return failed(text, observed, [affected(first.policy, f"set wrongly: {listed(wrong)}")])
    text = f"The Safe Attachments policy in force, {first.policy.name}, blocks and quarantines."
    return passed(text, observed, review if weaker else ())


def _blocks_not(policy: Facts) -> list[str]:
    wrong = wrong_flags(policy, {"Enable": True})
    wanted = {"Action": "Block", "QuarantineTag": _QUARANTINE}
    return [*wrong, *(name for name, value in wanted.items() if policy.text(name) != value)]


@check("defender.safe_attachments_for_files", ATP_POLICY, feature=_DEFENDER, helps=(SUBSCRIBED_SKUS,))
def safe_attachments_for_files(evidence: Evidence, _parameters: Parameters) -> Finding:
    """Safe Documents is a licence of its own: without it, only the protection of files is judged."""
    policy = one(evidence, ATP_POLICY)
    is_licensed = _has(evidence, Feature.SAFE_DOCUMENTS)
    wrong = wrong_flags(policy, {_FILES: True} | (_SAFE_DOCUMENTS if is_licensed else {}))
    review = () if is_licensed else (f"Not judged, because no licence includes it: {Feature.SAFE_DOCUMENTS.value}.",)
    observed = policy.shown(_FILES, *_SAFE_DOCUMENTS)
    if wrong:
        return failed(f"Files are not protected as they should be: {listed(wrong)}.", observed, (), review)
    return passed("Files in SharePoint, OneDrive and Teams are scanned.", observed, review)


def _has(evidence: Evidence, feature: Feature) -> bool:
    """Whether a licence brings the feature; taken for granted when the licences are not known."""
    if evidence.collected(SUBSCRIBED_SKUS).outcome != COMPLETE:
        return True
    return feature in features_in(every(evidence, SUBSCRIBED_SKUS))


@check(
    "defender.priority_account_protection",
    EMAIL_TENANT_SETTINGS,
    PROTECTION_ALERTS,
    feature=Feature.DEFENDER_OFFICE_P2,
)
def priority_account_protection(evidence: Evidence, _parameters: Parameters) -> Finding:
    settings, alerts = one(evidence, EMAIL_TENANT_SETTINGS), every(evidence, PROTECTION_ALERTS)
    found = {threat: [alert.name for alert in alerts if _warns(alert, threat)] for threat in _THREATS}
    observed = settings.shown("EnablePriorityAccountProtection") | {"alerts": found}
    if not settings.flag("EnablePriorityAccountProtection"):
        return failed("Protection of priority accounts is off.", observed)
    if missing := [threat for threat, names in found.items() if not names]:
        text = f"No alert of high severity tells of mail to priority accounts: {listed(missing)}."
        return failed(text, observed)
    return passed("Priority accounts are protected, and alerts tell of phishing and malware sent to them.", observed)


def _warns(alert: Facts, threat: str) -> bool:
    """Whether an alert tells somebody of inbound mail with this threat to a priority account."""
    if alert.text("ThreatType", "") != threat or alert.flag("Disabled"):
        return False
    inbound = "Mail.Direction -eq 'Inbound'" in alert.text("Filter", "")
    tagged = any("priority account" in tag.lower() for tag in alert.names("RecipientTags"))
    told = alert.flag("NotificationEnabled") and bool(alert.names("NotifyUser"))
    return alert.text("Severity") == "High" and inbound and tagged and told


@check("defender.strict_preset_for_priority_accounts", EOP_PRESET_RULES, helps=(ATP_PRESET_RULES, SUBSCRIBED_SKUS))
def strict_preset_for_priority_accounts(evidence: Evidence, _parameters: Parameters) -> Finding:
    """Both halves of the preset have to be on and to name people; Defender's half only where it is licensed."""
    halves = {"Exchange Online Protection": every(evidence, EOP_PRESET_RULES)}
    review = []
    if _has(evidence, _DEFENDER):
        halves["Defender for Office 365"] = every_licensed(evidence, ATP_PRESET_RULES)
    else:
        review.append(f"Not judged, because no licence includes it: {_DEFENDER.value}.")
    strict = {half: next((rule for rule in rules if rule.name == STRICT), None) for half, rules in halves.items()}
    observed = {half: rule and rule.shown("State", *_SCOPE) for half, rule in strict.items()}
    wrong = [Affected(half, half, why) for half, rule in strict.items() if (why := _unused(rule))]
    if any(rule is not None and covers_everybody(rule) for rule in strict.values()):
        review.append("Microsoft applies a preset without recipients to everybody; the benchmark wants them named.")
    if wrong:
        return failed("The strict preset does not protect priority accounts.", observed, wrong, review)
    return passed("The strict preset is on for named recipients.", observed, review)


def _unused(rule: Facts | None) -> str | None:
    if rule is None:
        return "the strict preset was never switched on"
    if not is_on(rule):
        return "the strict preset is off"
    return None if any(rule.names(name) for name in _SCOPE) else "the strict preset names no recipients"


@check("defender.teams_zero_hour_purge", TEAMS_PROTECTION_POLICIES, TEAMS_PROTECTION_RULES, feature=_DEFENDER)
def teams_zero_hour_purge(evidence: Evidence, _parameters: Parameters) -> Finding:
    policies = every(evidence, TEAMS_PROTECTION_POLICIES)
    if not policies:
        raise Unexpected(TEAMS_PROTECTION_POLICIES.name, None)
    excluded = [
        f"{name}: {listed(rule.names(name))}"
        for rule in every(evidence, TEAMS_PROTECTION_RULES)
        for name in sorted(rule.values)
        if name.startswith("ExceptIf") and rule.names(name)
    ]
    review = [f"Not protected: {'; '.join(excluded)}."] if excluded else []
    off = [affected(policy, "ZapEnabled is false") for policy in policies if not policy.flag("ZapEnabled")]
    observed = {"ZapEnabled": not off}
    if off:
        return failed("Malicious messages in Teams stay where they are: zero-hour purge is off.", observed, off, review)
    return passed("Malicious messages in Teams are removed after delivery.", observed, review)
