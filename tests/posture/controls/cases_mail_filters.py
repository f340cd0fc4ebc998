"""Anti-malware, anti-spam in both directions, the connection filter."""

from typing import Any

from tests.posture.building import fails, passes, strange, uncollected
from tests.posture.judging import Case, Items

from tenantry.observe.catalogue.exchange import (
    CONNECTION_FILTERS,
    CONTENT_FILTERS,
    EOP_PRESET_RULES,
    MALWARE_POLICIES,
    MALWARE_RULES,
    OUTBOUND_SPAM_POLICIES,
    OUTBOUND_SPAM_RULES,
)
from tenantry.posture.controls.word_lists import word_list

Row = dict[str, Any]
_COMMON = "defender.common_attachment_filter"
_WIDE = "defender.comprehensive_attachment_filter"
_SENDERS = "defender.malware_sender_notification"
_OUTBOUND = "defender.outbound_spam_notifies_admins"
_LIMITS = "defender.outbound_message_limits"
_ALLOW = "defender.no_ip_allow_list"
_SAFE = "defender.no_safe_list"
_DOMAINS = "defender.no_allowed_sender_domains"
COMMON = sorted(word_list("attachments", "common"))
WIDE = sorted(word_list("attachments", "comprehensive"))


def policy(name: str = "Default", **changed: Any) -> Row:
    shipped = {"EnableFileFilter": True, "FileTypes": COMMON, "InternalSenderAdminAddress": None}
    notify = {"EnableInternalSenderAdminNotifications": False}
    return {"id": name, "Name": name, "IsDefault": name == "Default", **shipped, **notify, **changed}


def notifying(name: str = "Default", **changed: Any) -> Row:
    told = {"EnableInternalSenderAdminNotifications": True, "InternalSenderAdminAddress": "soc@contoso.com"}
    return policy(name, **{**told, **changed})


def rule(name: str, **changed: Any) -> Row:
    scope = {"State": "Enabled", "Priority": 0, "RecipientDomainIs": ["contoso.com"]}
    return {"Name": name, "MalwareFilterPolicy": name, **scope, **changed}


def malware(policies: list[Row], rules: list[Row] | None = None, presets: list[Row] | None = None) -> Items:
    return {MALWARE_POLICIES: policies, MALWARE_RULES: rules or [], EOP_PRESET_RULES: presets or []}


def preset(**changed: Any) -> Row:
    name = "Strict Preset Security Policy"
    return {"Name": name, "Identity": name, "State": "Enabled", "MalwareFilterPolicy": "S", **changed}


def outbound(name: str = "Default", **changed: Any) -> Row:
    return {
        "id": name,
        "Name": name,
        "IsDefault": name == "Default",
        "NotifyOutboundSpam": True,
        "NotifyOutboundSpamRecipients": ["soc@contoso.com"],
        "BccSuspiciousOutboundMail": True,
        "BccSuspiciousOutboundAdditionalRecipients": "soc@contoso.com",
        "RecipientLimitExternalPerHour": 500,
        "RecipientLimitInternalPerHour": 1000,
        "RecipientLimitPerDay": 1000,
        "ActionWhenThresholdReached": "BlockUser",
        **changed,
    }


def spam(*policies: Row, rules: tuple[Row, ...] = ()) -> Items:
    return {OUTBOUND_SPAM_POLICIES: list(policies), OUTBOUND_SPAM_RULES: list(rules)}


def spam_rule(name: str, **changed: Any) -> Row:
    scope = {"State": "Enabled", "Priority": 0, "SenderDomainIs": ["contoso.com"]}
    return {"Name": name, "HostedOutboundSpamFilterPolicy": name, **scope, **changed}


def connection(**values: Any) -> Items:
    return {CONNECTION_FILTERS: [{"id": "Default", "Name": "Default", "IsDefault": True, **values}]}


def content(**allowed: Any) -> Items:
    return {CONTENT_FILTERS: [{"Name": name, "AllowedSenderDomains": domains} for name, domains in allowed.items()]}


_BLIND = policy("Blind")
_BAD_SPAM: dict[str, Any] = {
    "NotifyOutboundSpam": False,
    "NotifyOutboundSpamRecipients": [],
    "BccSuspiciousOutboundMail": False,
    "BccSuspiciousOutboundAdditionalRecipients": None,
}
_BAD_LIMITS: list[tuple[str, Any]] = [
    ("RecipientLimitExternalPerHour", 501),
    ("RecipientLimitInternalPerHour", 1001),
    ("RecipientLimitPerDay", 1001),
    ("RecipientLimitExternalPerHour", 0),
    ("RecipientLimitInternalPerHour", 0),
    ("RecipientLimitPerDay", 0),
    ("ActionWhenThresholdReached", "Alert"),
    ("NotifyOutboundSpamRecipients", []),
]
CASES: list[Case] = [
    *uncollected(_COMMON, _WIDE, _SENDERS, _OUTBOUND, _LIMITS, _ALLOW, _SAFE, _DOMAINS),
    passes(_COMMON, "as Microsoft ships it, with a null address", malware([policy()])),
    passes(_COMMON, "in capitals and in one text", malware([policy(FileTypes=",".join(COMMON).upper())])),
    passes(_COMMON, "more than the common ones", malware([policy(FileTypes=[*COMMON, "zip"])])),
    fails(_COMMON, "one type is missing", malware([policy(FileTypes=COMMON[1:])]), COMMON[0]),
    fails(_COMMON, "no type", malware([policy(FileTypes=None)])),
    fails(_COMMON, "the filter is off", malware([policy(EnableFileFilter=False), policy("Ours")])),
    strange(_COMMON, "the types are absent", malware([{"Name": "Default", "EnableFileFilter": True}])),
    strange(_COMMON, "there is no policy", malware([])),
    passes(_WIDE, "all types", malware([policy(), policy("Ours", FileTypes=WIDE)], [rule("Ours")])),
    passes(_WIDE, "18 are missing", malware([policy(), policy("Ours", FileTypes=WIDE[18:])], [rule("Ours")])),
    fails(_WIDE, "19 are missing", malware([policy(), policy("Ours", FileTypes=WIDE[19:])], [rule("Ours")])),
    fails(_WIDE, "only the 53", malware([policy()]), affected=[]),
    fails(
        _WIDE, "its filter is off", malware([policy("Ours", FileTypes=WIDE, EnableFileFilter=False)], [rule("Ours")])
    ),
    fails(_WIDE, "no rule", malware([policy("Ours", FileTypes=WIDE)]), affected=["Ours"]),
    fails(_WIDE, "disabled", malware([policy("Ours", FileTypes=WIDE)], [rule("Ours", State="Disabled")])),
    fails(_WIDE, "for nobody", malware([policy("Ours", FileTypes=WIDE)], [rule("Ours", RecipientDomainIs=[])])),
    fails(_WIDE, "the default has no rule", malware([policy(FileTypes=WIDE)])),
    passes(_SENDERS, "the default notifies", malware([notifying()])),
    passes(_SENDERS, "ours notifies, the default does not", malware([policy(), notifying("Ours")], [rule("Ours")])),
    passes(
        _SENDERS,
        "a blind one comes later",
        malware([notifying("Ours"), _BLIND, policy()], [rule("Ours"), rule("Blind", Priority=1)]),
    ),
    passes(_SENDERS, "a blind one is disabled", malware([notifying(), _BLIND], [rule("Blind", State="Disabled")])),
    passes(
        _SENDERS,
        "a preset for some people is shown",
        malware([notifying(), policy("S")], [], [preset(SentTo=["vip@contoso.com"])]),
        review="Strict",
    ),
    fails(_SENDERS, "a preset for everybody does not notify", malware([notifying(), policy("S")], [], [preset()])),
    fails(_SENDERS, "as Microsoft ships it", malware([policy()]), affected=["Default"]),
    fails(_SENDERS, "on without an address", malware([notifying(InternalSenderAdminAddress=None)]), "no address"),
    fails(_SENDERS, "a blind one comes first", malware([notifying(), _BLIND], [rule("Blind")]), affected=["Blind"]),
    strange(_SENDERS, "there is no policy", malware([])),
    passes(_OUTBOUND, "the default tells", spam(outbound())),
    passes(_OUTBOUND, "ours tells", spam(outbound(NotifyOutboundSpam=False), outbound("O"), rules=(spam_rule("O"),))),
    fails(
        _OUTBOUND,
        "ours does not",
        spam(outbound(), outbound("O", **_BAD_SPAM), rules=(spam_rule("O"),)),
        affected=["O"],
    ),
    *(fails(_OUTBOUND, f"{name} is {value}", spam(outbound(**{name: value}))) for name, value in _BAD_SPAM.items()),
    strange(_OUTBOUND, "there is no policy", spam()),
    passes(_LIMITS, "at the limits", spam(outbound())),
    passes(_LIMITS, "as texts", spam(outbound(RecipientLimitPerDay="300"))),
    passes(_LIMITS, "only another policy is generous", spam(outbound(), outbound("O", RecipientLimitPerDay=9000))),
    *(fails(_LIMITS, f"{name} is {value}", spam(outbound(**{name: value})), name) for name, value in _BAD_LIMITS),
    strange(_LIMITS, "a limit is null", spam(outbound(RecipientLimitPerDay=None))),
    passes(_ALLOW, "the list is empty", connection(IPAllowList=[])),
    passes(_ALLOW, "the list is null", connection(IPAllowList=None)),
    fails(_ALLOW, "one address", connection(IPAllowList=["203.0.113.7"]), "203.0.113.7"),
    fails(_ALLOW, "a text", connection(IPAllowList="203.0.113.7, 203.0.113.8"), "203.0.113.8"),
    strange(_ALLOW, "the list is absent", connection()),
    passes(_SAFE, "off", connection(EnableSafeList=False)),
    fails(_SAFE, "on", connection(EnableSafeList=True)),
    strange(_SAFE, "absent", connection()),
    passes(_DOMAINS, "no policy has any", content(Default=[], Ours=None)),
    fails(_DOMAINS, "the second has", content(Default=[], Ours=["a.example"]), affected=["Ours"]),
    fails(
        _DOMAINS, "as objects", content(Default=[{"Domain": "a.example", "Name": "a.example"}]), affected=["Default"]
    ),
    strange(_DOMAINS, "no policy at all", content()),
]
