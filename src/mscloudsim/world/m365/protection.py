"""Exchange Online Protection and Defender for Office 365: policies, the rules that scope them, and presets."""

from typing import Any, Final

from mscloudsim.world.m365.attachments import COMMON, COMPREHENSIVE, OLD
from mscloudsim.world.m365.kinds import Item, Kind, named
from mscloudsim.world.m365.upkeep import Upkeep

DEFENDER: Final = ("ATP_ENTERPRISE", "THREAT_INTELLIGENCE")
DEFENDER_2: Final = ("THREAT_INTELLIGENCE",)
_STRICT, _STANDARD = "Strict Preset Security Policy", "Standard Preset Security Policy"
_QUARANTINE: Final = "AdminOnlyAccessPolicy"
_RULE: Final[Item] = {
    "Priority": 0,
    "State": "Enabled",
    "RecipientDomainIs": None,
    "SentTo": None,
    "SentToMemberOf": None,
    "ExceptIfRecipientDomainIs": None,
    "ExceptIfSentTo": None,
    "ExceptIfSentToMemberOf": None,
}


def _team(keep: Upkeep) -> str:
    return f"security@{keep.tenant.domain}"


def _everybody(keep: Upkeep, policy: str, name: str) -> Item:
    """A rule that puts all people of the tenant's domains under a policy."""
    return {policy: name, "Name": name, "RecipientDomainIs": [keep.tenant.domain, keep.tenant.initial_domain]}


def _connection(keep: Upkeep) -> list[Item]:
    allowed = ["203.0.113.7", "198.51.100.0/24"] if keep.worsened("ip allow list") else []
    return [{"IPAllowList": allowed, "EnableSafeList": keep.worsened("safe list")}]


def _content(keep: Upkeep) -> list[Item]:
    allowed = ["supplier.example"] if keep.worsened("allowed senders") else []
    own = {"Name": "Finance inbound", "IsDefault": False, "SpamAction": "Quarantine"}
    return [{"AllowedSenderDomains": allowed}, *([own] if keep.happens("inbound policy", 0.35) else [])]


def _outbound(keep: Upkeep) -> list[Item]:
    policies = [_outbound_policy(keep, {})]
    if keep.happens("outbound policy", 0.3):
        policies.append(_outbound_policy(keep, {"Name": "Executives outbound", "IsDefault": False}))
    return policies


def _outbound_policy(keep: Upkeep, first: Item) -> Item:
    which = first.get("Name", "")
    item = {**first, "AutoForwardingMode": "Off" if keep.hardened(f"forwarding {which}") else "Automatic"}
    if keep.hardened(f"outbound notification {which}"):
        item |= {"NotifyOutboundSpam": True, "NotifyOutboundSpamRecipients": [_team(keep)]}
        item |= {"BccSuspiciousOutboundMail": True, "BccSuspiciousOutboundAdditionalRecipients": [_team(keep)]}
    if keep.hardened(f"outbound limits {which}"):
        item |= {"RecipientLimitExternalPerHour": 500, "RecipientLimitInternalPerHour": 1000}
        item |= {"RecipientLimitPerDay": 1000, "ActionWhenThresholdReached": "BlockUser"}
    return item


def _outbound_rules(keep: Upkeep) -> list[Item]:
    name = "Executives outbound"
    rule = {"Name": name, "HostedOutboundSpamFilterPolicy": name, "SenderDomainIs": [keep.tenant.domain]}
    return [rule] if keep.happens("outbound policy", 0.3) else []


def _malware(keep: Upkeep) -> list[Item]:
    shipped: Item = {
        "EnableFileFilter": not keep.worsened("file filter"),
        "FileTypes": list(OLD if keep.worsened("file types") else COMMON),
    }
    policies = [shipped | _notifications(keep)]
    if keep.hardened("attachment types"):
        own = {"Name": "Comprehensive attachments", "IsDefault": False, "FileTypes": list(COMPREHENSIVE)}
        policies.append(own | _notifications(keep))
    return policies


def _notifications(keep: Upkeep) -> Item:
    if not keep.hardened("malware notifications"):
        return {}
    return {"EnableInternalSenderAdminNotifications": True, "InternalSenderAdminAddress": _team(keep)}


def _malware_rules(keep: Upkeep) -> list[Item]:
    rule = _everybody(keep, "MalwareFilterPolicy", "Comprehensive attachments")
    return [rule] if keep.hardened("attachment types") else []


def _has_own_links(keep: Upkeep) -> bool:
    return keep.hardened("safe links")


def _links(keep: Upkeep) -> list[Item]:
    built_in = {"DisableUrlRewrite": True, "AllowClickThrough": True, "EnableForInternalSenders": False}
    policies: list[Item] = [{**built_in, "Name": "Built-In Protection Policy", "IsBuiltInProtection": True}]
    if _has_own_links(keep):
        policies.append({"Name": "Safe Links for everybody", "AllowClickThrough": not keep.hardened("click through")})
    return [*policies, *_preset(keep, {"EnableForInternalSenders": True})]


def _has_own_attachments(keep: Upkeep) -> bool:
    """What comes built in is as it should be; a policy of one's own often is not, and comes first."""
    return keep.happens("attachment policy", 0.5) or keep.worsened("attachment policy")


def _attachments(keep: Upkeep) -> list[Item]:
    policies: list[Item] = [{"Name": "Built-In Protection Policy", "IsBuiltInProtection": True}]
    if _has_own_attachments(keep):
        action = "Block" if keep.hardened("attachment action") else "DynamicDelivery"
        tag = _QUARANTINE if keep.hardened("attachment action") else "DefaultFullAccessPolicy"
        policies.append({"Name": "Safe Attachments for everybody", "Action": action, "QuarantineTag": tag})
    return [*policies, *_preset(keep, {})]


def _preset(keep: Upkeep, values: Item) -> list[Item]:
    """The policy behind a preset appears when the preset is first switched on."""
    is_on = keep.hardened("strict preset")
    return [{**values, "Name": f"{_STRICT}1681329958553", "RecommendedPolicyType": "Strict"}] if is_on else []


def _links_rules(keep: Upkeep) -> list[Item]:
    return [_everybody(keep, "SafeLinksPolicy", "Safe Links for everybody")] if _has_own_links(keep) else []


def _attachment_rules(keep: Upkeep) -> list[Item]:
    rule = _everybody(keep, "SafeAttachmentPolicy", "Safe Attachments for everybody")
    return [rule] if _has_own_attachments(keep) else []


def _preset_rules(keep: Upkeep) -> list[Item]:
    """Rules of presets exist once somebody switched them on; Standard is often left without anybody in it."""
    rules: list[Item] = []
    if keep.hardened("strict preset"):
        rules.append({"Name": _STRICT, "SentTo": [f"ceo@{keep.tenant.domain}"]})
    if keep.happens("standard preset", 0.4):
        rules.append({"Name": _STANDARD, "Priority": 1, "State": "Disabled"})
    return rules


def _for_office(keep: Upkeep) -> list[Item]:
    documents = keep.hardened("safe documents")
    return [{"EnableATPForSPOTeamsODB": keep.hardened("safe attachments elsewhere"), "EnableSafeDocs": documents}]


def _phishing(keep: Upkeep) -> list[Item]:
    policies: list[Item] = [{"HonorDmarcPolicy": not keep.worsened("dmarc")}]
    if keep.hardened("anti-phishing"):
        policies.append(_own_phishing(keep) if keep.has(*DEFENDER) else {"Name": _PHISH, "IsDefault": False})
    return policies


def _own_phishing(keep: Upkeep) -> Item:
    switches = (
        *("EnableTargetedUserProtection", "EnableOrganizationDomainsProtection", "EnableMailboxIntelligenceProtection"),
        *("EnableFirstContactSafetyTips", "EnableSimilarUsersSafetyTips", "EnableSimilarDomainsSafetyTips"),
        "EnableUnusualCharactersSafetyTips",
    )
    actions = ("TargetedUserProtectionAction", "TargetedDomainProtectionAction", "MailboxIntelligenceProtectionAction")
    item: Item = {"Name": _PHISH, "IsDefault": False, "PhishThresholdLevel": 3}
    item |= dict.fromkeys(switches, True) | dict.fromkeys(actions, "Quarantine")
    return {**item, "TargetedUsersToProtect": [f"Chief Executive;ceo@{keep.tenant.domain}"]}


def _phishing_rules(keep: Upkeep) -> list[Item]:
    return [_everybody(keep, "AntiPhishPolicy", _PHISH)] if keep.hardened("anti-phishing") else []


def _priority(keep: Upkeep) -> list[Item]:
    return [{"EnablePriorityAccountProtection": not keep.worsened("priority accounts")}]


def _teams(keep: Upkeep) -> list[Item]:
    return [{"ZapEnabled": not keep.worsened("zap")}]


def _teams_rules(keep: Upkeep) -> list[Item]:
    excluded = ["sandbox.example"] if keep.worsened("zap exclusions") else None
    is_there = keep.happens("teams protection rule", 0.5)
    return [{"Name": "Teams Protection Policy Rule", "ExceptIfRecipientDomainIs": excluded}] if is_there else []


_PHISH: Final = "Anti-phishing for everybody"
_IMPERSONATION: Final = frozenset(
    {
        *("EnableMailboxIntelligence", "EnableMailboxIntelligenceProtection", "EnableOrganizationDomainsProtection"),
        *("EnableSimilarDomainsSafetyTips", "EnableSimilarUsersSafetyTips", "EnableUnusualCharactersSafetyTips"),
        *("EnableTargetedUserProtection", "TargetedUsersToProtect", "PhishThresholdLevel"),
        *("TargetedUserProtectionAction", "TargetedDomainProtectionAction", "MailboxIntelligenceProtectionAction"),
    }
)
"""What an anti-phishing policy has only with Defender for Office 365."""


def _rule(**properties: Any) -> Item:
    return named("", **_RULE, **properties)


KINDS: Final = (
    Kind(
        "HostedConnectionFilterPolicy",
        named("Default", IsDefault=True, IPAllowList=[], IPBlockList=[], EnableSafeList=False),
        _connection,
    ),
    Kind(
        "HostedContentFilterPolicy",
        named(
            "Default",
            IsDefault=True,
            AllowedSenderDomains=[],
            AllowedSenders=[],
            BlockedSenderDomains=[],
            BulkThreshold=7,
            SpamAction="MoveToJmf",
            HighConfidenceSpamAction="MoveToJmf",
            ZapEnabled=True,
        ),
        _content,
    ),
    Kind(
        "HostedOutboundSpamFilterPolicy",
        named(
            "Default",
            IsDefault=True,
            ActionWhenThresholdReached="BlockUserForToday",
            AutoForwardingMode="Automatic",
            BccSuspiciousOutboundAdditionalRecipients=[],
            BccSuspiciousOutboundMail=False,
            NotifyOutboundSpam=False,
            NotifyOutboundSpamRecipients=[],
            RecipientLimitExternalPerHour=0,
            RecipientLimitInternalPerHour=0,
            RecipientLimitPerDay=0,
        ),
        _outbound,
    ),
    Kind(
        "HostedOutboundSpamFilterRule",
        _rule(HostedOutboundSpamFilterPolicy="", SenderDomainIs=None, From=None, FromMemberOf=None),
        _outbound_rules,
    ),
    Kind(
        "MalwareFilterPolicy",
        named(
            "Default",
            IsDefault=True,
            EnableFileFilter=True,
            EnableInternalSenderAdminNotifications=False,
            FileTypeAction="Reject",
            FileTypes=list(COMMON),
            InternalSenderAdminAddress=None,
            QuarantineTag=_QUARANTINE,
            ZapEnabled=True,
        ),
        _malware,
    ),
    Kind("MalwareFilterRule", _rule(MalwareFilterPolicy=""), _malware_rules),
    Kind(
        "SafeLinksPolicy",
        named(
            "",
            IsBuiltInProtection=False,
            RecommendedPolicyType="Custom",
            AllowClickThrough=False,
            DeliverMessageAfterScan=True,
            DisableUrlRewrite=False,
            DoNotRewriteUrls=[],
            EnableForInternalSenders=True,
            EnableSafeLinksForEmail=True,
            EnableSafeLinksForOffice=True,
            EnableSafeLinksForTeams=True,
            ScanUrls=True,
            TrackClicks=True,
        ),
        _links,
        DEFENDER,
    ),
    Kind("SafeLinksRule", _rule(SafeLinksPolicy=""), _links_rules, DEFENDER),
    Kind(
        "SafeAttachmentPolicy",
        named(
            "",
            IsBuiltInProtection=False,
            RecommendedPolicyType="Custom",
            Action="Block",
            Enable=True,
            QuarantineTag=_QUARANTINE,
            Redirect=False,
        ),
        _attachments,
        DEFENDER,
    ),
    Kind("SafeAttachmentRule", _rule(SafeAttachmentPolicy=""), _attachment_rules, DEFENDER),
    Kind("ATPProtectionPolicyRule", _rule(Comments=None), _preset_rules, DEFENDER),
    Kind("EOPProtectionPolicyRule", _rule(Comments=None), _preset_rules),
    Kind(
        "AtpPolicyForO365",
        named("Default", AllowSafeDocsOpen=False, EnableATPForSPOTeamsODB=False, EnableSafeDocs=False),
        _for_office,
        DEFENDER,
    ),
    Kind(
        "AntiPhishPolicy",
        named(
            "Office365 AntiPhish Default",
            IsDefault=True,
            Enabled=True,
            EnableFirstContactSafetyTips=False,
            EnableMailboxIntelligence=True,
            EnableMailboxIntelligenceProtection=False,
            EnableOrganizationDomainsProtection=False,
            EnableSimilarDomainsSafetyTips=False,
            EnableSimilarUsersSafetyTips=False,
            EnableSpoofIntelligence=True,
            EnableTargetedUserProtection=False,
            EnableUnauthenticatedSender=True,
            EnableUnusualCharactersSafetyTips=False,
            HonorDmarcPolicy=True,
            MailboxIntelligenceProtectionAction="NoAction",
            PhishThresholdLevel=1,
            TargetedDomainProtectionAction="NoAction",
            TargetedUserProtectionAction="NoAction",
            TargetedUsersToProtect=[],
        ),
        _phishing,
        extras=_IMPERSONATION,
        extra_plans=DEFENDER,
    ),
    Kind("AntiPhishRule", _rule(AntiPhishPolicy=""), _phishing_rules),
    Kind("EmailTenantSettings", named("Default", EnablePriorityAccountProtection=True), _priority, DEFENDER_2),
    Kind(
        "TeamsProtectionPolicy",
        named("Teams Protection Policy", ZapEnabled=True, MalwareQuarantineTag=_QUARANTINE),
        _teams,
        DEFENDER,
    ),
    Kind("TeamsProtectionPolicyRule", _rule(TeamsProtectionPolicy="Teams Protection Policy"), _teams_rules, DEFENDER),
)
