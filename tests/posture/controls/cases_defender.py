"""Exchange Online Protection and Defender: which policy holds, for whom, and what it does."""

from typing import Any

from tests.posture.building import fails, flags, passes, strange, uncollected, unlicensed
from tests.posture.judging import EVERYTHING, Case, Items

from tenantry.observe.catalogue.compliance import PROTECTION_ALERTS
from tenantry.observe.catalogue.exchange import (
    ACCEPTED_DOMAINS,
    ANTI_PHISH_POLICIES,
    ANTI_PHISH_RULES,
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
from tenantry.posture.licences import Feature

Row = dict[str, Any]
_LINKS = "defender.safe_links"
_ATTACHMENTS = "defender.safe_attachments"
_FILES = "defender.safe_attachments_for_files"
_PHISHING = "defender.anti_phishing"
_PRIORITY = "defender.priority_account_protection"
_STRICT = "defender.strict_preset_for_priority_accounts"
_PURGE = "defender.teams_zero_hour_purge"
_P1 = Feature.DEFENDER_OFFICE_P1


def rule(link: str, policy: str = "Ours", **changed: Any) -> Row:
    return {
        "id": policy,
        "Name": policy,
        link: policy,
        "Priority": 0,
        "State": "Enabled",
        "RecipientDomainIs": ["contoso.com"],
        **changed,
    }


def preset(name: str = "Strict", **changed: Any) -> Row:
    scope = {"SentTo": None, "SentToMemberOf": None, "RecipientDomainIs": ["contoso.com"]}
    full = f"{name} Preset Security Policy"
    return {"id": full, "Identity": full, "Name": full, "State": "Enabled", "Priority": 0, **scope, **changed}


def link_policy(name: str = "Ours", **changed: Any) -> Row:
    on = ("ForEmail", "ForTeams", "ForOffice")
    flags_on = dict.fromkeys(("TrackClicks", "ScanUrls", "EnableForInternalSenders", "DeliverMessageAfterScan"), True)
    flags_on |= dict.fromkeys((f"EnableSafeLinks{where}" for where in on), True)
    return {"id": name, "Name": name, **flags_on, "AllowClickThrough": False, "DisableUrlRewrite": False, **changed}


BUILT_IN_LINKS = link_policy(
    "Built-In Protection Policy",
    IsBuiltInProtection=True,
    AllowClickThrough=True,
    DisableUrlRewrite=True,
    EnableForInternalSenders=False,
)


def links(policies: list[Row], rules: list[Row], presets: tuple[Row, ...] = ()) -> Items:
    held = [*policies, BUILT_IN_LINKS]
    return {SAFE_LINKS_POLICIES: held, SAFE_LINKS_RULES: rules, ATP_PRESET_RULES: list(presets)}


def attachment_policy(name: str = "Ours", **changed: Any) -> Row:
    block = {"Enable": True, "Action": "Block", "QuarantineTag": "AdminOnlyAccessPolicy"}
    return {"id": name, "Name": name, **block, **changed}


def attachments(policies: list[Row], rules: list[Row], presets: tuple[Row, ...] = ()) -> Items:
    return {SAFE_ATTACHMENT_POLICIES: policies, SAFE_ATTACHMENT_RULES: rules, ATP_PRESET_RULES: list(presets)}


BUILT_IN = attachment_policy("Built-In Protection Policy", IsBuiltInProtection=True)
WEAK = attachment_policy("Weak", Action="Allow")
STRICT_POLICY = attachment_policy("Strict Preset Security Policy168", RecommendedPolicyType="Strict")


def a_rule(policy: str = "Ours", **changed: Any) -> Row:
    return rule("SafeAttachmentPolicy", policy, **changed)


def phish_policy(name: str = "Ours", **changed: Any) -> Row:
    names = (
        *(
            "Enabled",
            "EnableTargetedUserProtection",
            "EnableOrganizationDomainsProtection",
            "EnableMailboxIntelligence",
        ),
        *("EnableMailboxIntelligenceProtection", "EnableSpoofIntelligence", "EnableFirstContactSafetyTips"),
        *("EnableSimilarUsersSafetyTips", "EnableSimilarDomainsSafetyTips", "EnableUnusualCharactersSafetyTips"),
        "HonorDmarcPolicy",
    )
    actions = ("TargetedUserProtectionAction", "TargetedDomainProtectionAction", "MailboxIntelligenceProtectionAction")
    return {
        "id": name,
        "Name": name,
        **dict.fromkeys(names, True),
        **dict.fromkeys(actions, "Quarantine"),
        "PhishThresholdLevel": 3,
        "TargetedUsersToProtect": ["Anna; anna@contoso.com"],
        **changed,
    }


def phishing(policies: list[Row], rules: list[Row], presets: tuple[Row, ...] = (), domains: int = 1) -> Items:
    names = ["contoso.com", *(f"d{number}.example" for number in range(1, domains))]
    return {
        ANTI_PHISH_POLICIES: policies,
        ANTI_PHISH_RULES: rules,
        EOP_PRESET_RULES: list(presets),
        ACCEPTED_DOMAINS: [{"id": name, "DomainName": name} for name in names],
    }


def p_rule(**changed: Any) -> Row:
    return rule("AntiPhishPolicy", **changed)


def alert(threat: str, **changed: Any) -> Row:
    return {
        "id": threat,
        "Name": threat,
        "ThreatType": threat,
        "Severity": "High",
        "Filter": "Mail.Direction -eq 'Inbound'",
        "RecipientTags": ["Priority account"],
        "NotificationEnabled": True,
        "NotifyUser": ["soc@contoso.com"],
        "Disabled": False,
        **changed,
    }


def priority(*alerts: Row, protection: Any = True) -> Items:
    return {
        EMAIL_TENANT_SETTINGS: [{"id": "Default", "EnablePriorityAccountProtection": protection}],
        PROTECTION_ALERTS: list(alerts),
    }


def strict(eop: list[Row], atp: list[Row]) -> Items:
    return {EOP_PRESET_RULES: eop, ATP_PRESET_RULES: atp}


_BROKEN_ALERTS: dict[str, Any] = {
    "Severity": "Medium",
    "Filter": None,
    "RecipientTags": None,
    "NotificationEnabled": False,
    "NotifyUser": [],
    "Disabled": True,
    "ThreatType": "Malware",
}
_FILE_FLAGS = {"EnableATPForSPOTeamsODB": True, "EnableSafeDocs": True, "AllowSafeDocsOpen": False}
_SCOPED_OUT: Row = {"RecipientDomainIs": ["contoso.com"], "ExceptIfRecipientDomainIs": ["Contoso.com"]}
CASES: list[Case] = [
    *uncollected(_LINKS, _ATTACHMENTS, _PHISHING, _PRIORITY, _STRICT, _PURGE),
    *unlicensed(_P1, _LINKS, _ATTACHMENTS, _FILES, _PHISHING, _PURGE),
    *unlicensed(Feature.DEFENDER_OFFICE_P2, _PRIORITY),
    passes(_LINKS, "a policy of ours is in force", links([link_policy()], [rule("SafeLinksPolicy")])),
    passes(
        _LINKS,
        "the strict preset is in force",
        links([link_policy("S", RecommendedPolicyType="Strict")], [], (preset(),)),
    ),
    passes(
        _LINKS,
        "a second policy is good",
        links(
            [link_policy("Weak", TrackClicks=False), link_policy()],
            [rule("SafeLinksPolicy", "Weak"), rule("SafeLinksPolicy", Priority=1)],
        ),
    ),
    fails(_LINKS, "only what Microsoft ships", links([], []), affected=["Built-In Protection Policy"]),
    fails(_LINKS, "the rule is disabled", links([link_policy()], [rule("SafeLinksPolicy", State="Disabled")])),
    fails(_LINKS, "no rule", links([link_policy()], [])),
    fails(_LINKS, "the rule is for nobody", links([link_policy()], [rule("SafeLinksPolicy", RecipientDomainIs=None)])),
    fails(_LINKS, "the exceptions take all out", links([link_policy()], [rule("SafeLinksPolicy", **_SCOPED_OUT)])),
    fails(
        _LINKS,
        "the preset is off",
        links([link_policy("S", RecommendedPolicyType="Strict")], [], (preset(State="Disabled"),)),
    ),
    *(
        fails(_LINKS, f"{name} is wrong", links([{**link_policy(), name: not value}], [rule("SafeLinksPolicy")]))
        for name, value in link_policy().items()
        if isinstance(value, bool)
    ),
    strange(_LINKS, "a flag is absent", links([{"Name": "Ours"}], [rule("SafeLinksPolicy")])),
    strange(_LINKS, "the policy of a rule is absent", links([], [rule("SafeLinksPolicy", "Gone")])),
    passes(_ATTACHMENTS, "only the built-in policy, and it blocks", attachments([BUILT_IN], [])),
    passes(_ATTACHMENTS, "ours blocks", attachments([attachment_policy(), BUILT_IN], [a_rule()])),
    passes(
        _ATTACHMENTS,
        "the preset comes before a weak policy, which is shown",
        attachments([WEAK, STRICT_POLICY, BUILT_IN], [a_rule("Weak")], (preset(),)),
        review="Weak",
    ),
    passes(
        _ATTACHMENTS,
        "the preset names its policy",
        attachments([attachment_policy("S1"), BUILT_IN], [], (preset(SafeAttachmentPolicy="S1"),)),
    ),
    passes(
        _ATTACHMENTS, "a weak policy is disabled", attachments([WEAK, BUILT_IN], [a_rule("Weak", State="Disabled")])
    ),
    fails(
        _ATTACHMENTS,
        "the first custom policy is weak although the second is good",
        attachments([attachment_policy(), WEAK, BUILT_IN], [a_rule(Priority=1), a_rule("Weak")]),
        affected=["Weak"],
    ),
    fails(
        _ATTACHMENTS,
        "the preset is off, so a weak policy holds",
        attachments([WEAK, STRICT_POLICY, BUILT_IN], [a_rule("Weak")], (preset(State="Disabled"),)),
        affected=["Weak"],
    ),
    fails(
        _ATTACHMENTS,
        "the weak standard preset comes before ours",
        attachments(
            [attachment_policy(), attachment_policy("St", RecommendedPolicyType="Standard", Enable=False)],
            [a_rule()],
            (preset("Standard"),),
        ),
        affected=["St"],
    ),
    fails(_ATTACHMENTS, "wrong quarantine", attachments([attachment_policy(QuarantineTag="Other")], [a_rule()])),
    fails(_ATTACHMENTS, "nothing at all", attachments([], [])),
    strange(_ATTACHMENTS, "the action is null", attachments([attachment_policy(Action=None)], [a_rule()])),
    *flags(_FILES, ATP_POLICY, _FILE_FLAGS),
    passes(
        _FILES,
        "Safe Documents is another licence",
        {ATP_POLICY: [{"id": "Default", **_FILE_FLAGS, "EnableSafeDocs": False}]},
        features=EVERYTHING - {Feature.SAFE_DOCUMENTS},
        review="Safe Documents",
    ),
    fails(
        _FILES,
        "files are not scanned, whatever the licence",
        {ATP_POLICY: [{"id": "Default", **_FILE_FLAGS, "EnableATPForSPOTeamsODB": False}]},
        features=EVERYTHING - {Feature.SAFE_DOCUMENTS},
    ),
    passes(_PHISHING, "ours is in force", phishing([phish_policy()], [p_rule()])),
    passes(
        _PHISHING,
        "for two of three domains",
        phishing([phish_policy()], [p_rule(RecipientDomainIs=["contoso.com", "d1.example"])], domains=3),
    ),
    passes(
        _PHISHING,
        "for a group",
        phishing([phish_policy()], [p_rule(RecipientDomainIs=None, SentToMemberOf=["all@contoso.com"])]),
        review="all@contoso.com",
    ),
    passes(
        _PHISHING,
        "the preset is for everybody",
        phishing([phish_policy("S")], [], (preset(RecipientDomainIs=None, AntiPhishPolicy="S"),)),
    ),
    fails(_PHISHING, "for one of three domains", phishing([phish_policy()], [p_rule()], domains=3), affected=["Ours"]),
    fails(_PHISHING, "the rule is disabled", phishing([phish_policy()], [p_rule(State="Disabled")])),
    fails(_PHISHING, "the default has no rule", phishing([phish_policy(IsDefault=True)], [])),
    fails(_PHISHING, "nobody is named", phishing([phish_policy(TargetedUsersToProtect=[])], [p_rule()])),
    fails(_PHISHING, "the threshold is 2", phishing([phish_policy(PhishThresholdLevel=2)], [p_rule()])),
    *(
        fails(_PHISHING, f"{name} is wrong", phishing([{**phish_policy(), name: bad}], [p_rule()]))
        for name, value in phish_policy().items()
        if (bad := False if value is True else "MoveToJmf" if value == "Quarantine" else None) is not None
    ),
    strange(_PHISHING, "the users are absent", phishing([{**phish_policy(), "PhishThresholdLevel": None}], [p_rule()])),
    passes(_PRIORITY, "two alerts", priority(alert("Phish"), alert("Malware"))),
    fails(_PRIORITY, "protection is off", priority(alert("Phish"), alert("Malware"), protection=False)),
    fails(_PRIORITY, "no alerts", priority(), "Phish, Malware"),
    *(
        fails(_PRIORITY, f"the alert's {name} is {value}", priority(alert("Phish", **{name: value}), alert("Malware")))
        for name, value in _BROKEN_ALERTS.items()
    ),
    strange(_PRIORITY, "an alert does not say", priority(alert("Phish", Disabled=None))),
    passes(_STRICT, "both halves name people", strict([preset()], [preset(RecipientDomainIs=None, SentTo="vip@a.b")])),
    passes(
        _STRICT,
        "Defender is not licensed",
        strict([preset()], []),
        features=EVERYTHING - {_P1, Feature.DEFENDER_OFFICE_P2},
        review="Not judged",
    ),
    fails(
        _STRICT, "one half is off", strict([preset()], [preset(State="Disabled")]), affected=["Defender for Office 365"]
    ),
    fails(_STRICT, "it names nobody", strict([preset(RecipientDomainIs=None)], [preset()]), review="everybody"),
    fails(_STRICT, "only the standard preset", strict([preset("Standard")], [preset("Standard")])),
    fails(_STRICT, "never switched on", strict([], [])),
    strange(_STRICT, "the state is absent", strict([preset(State=None)], [preset()])),
    passes(
        _PURGE, "it is on", {TEAMS_PROTECTION_POLICIES: [{"Name": "T", "ZapEnabled": True}], TEAMS_PROTECTION_RULES: []}
    ),
    passes(
        _PURGE,
        "it is on with exceptions",
        {
            TEAMS_PROTECTION_POLICIES: [{"Name": "T", "ZapEnabled": True}],
            TEAMS_PROTECTION_RULES: [{"Name": "T", "ExceptIfSentTo": ["boss@contoso.com"]}],
        },
        review="boss@contoso.com",
    ),
    fails(
        _PURGE,
        "it is off",
        {TEAMS_PROTECTION_POLICIES: [{"Name": "T", "ZapEnabled": False}], TEAMS_PROTECTION_RULES: []},
    ),
    strange(_PURGE, "there is no policy", {TEAMS_PROTECTION_POLICIES: [], TEAMS_PROTECTION_RULES: []}),
]
