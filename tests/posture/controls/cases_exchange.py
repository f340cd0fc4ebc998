"""Exchange Online: the organisation, Outlook, mail flow, mailboxes."""

from typing import Any

from tests.posture.building import fails, flags, passes, strange, uncollected, unlicensed
from tests.posture.judging import Case, Items

from tenantry.observe.catalogue.exchange import (
    ACCEPTED_DOMAINS,
    AUDIT_BYPASS,
    EXTERNAL_IN_OUTLOOK,
    ORGANIZATION_CONFIG,
    OUTBOUND_SPAM_POLICIES,
    OWA_MAILBOX_POLICIES,
    ROLE_ASSIGNMENT_POLICIES,
    SHARED_MAILBOXES,
    SHARING_POLICIES,
    TRANSPORT_CONFIG,
    TRANSPORT_RULES,
    USER_MAILBOXES,
)
from tenantry.observe.catalogue.identity import USERS
from tenantry.posture.controls.word_lists import word_list
from tenantry.posture.licences import Feature
from tenantry.posture.verdicts import Status

Row = dict[str, Any]
_LOCKBOX = "exchange.customer_lockbox"
_CALENDARS = "exchange.calendars_are_not_shared_externally"
_BOOKINGS = "exchange.shared_bookings_are_restricted"
_EXTERNAL = "exchange.external_senders_are_marked"
_ADD_INS = "exchange.users_cannot_install_add_ins"
_PERSONAL = "exchange.no_personal_accounts"
_TIPS = "exchange.mail_tips"
_STORAGE = "exchange.storage_providers_are_restricted"
_FORWARDING = "exchange.forwarding_is_blocked"
_WHITELIST = "exchange.no_rule_whitelists_domains"
_SHARED = "exchange.shared_mailboxes_cannot_sign_in"
_ACTIONS = "exchange.mailbox_audit_actions"
_BYPASS = "exchange.nobody_bypasses_audit"
_LARGE = "MailTipsLargeAudienceThreshold"


def outlook(**values: Any) -> Row:
    return {"id": "OwaMailboxPolicy-Default", "Name": "OwaMailboxPolicy-Default", "IsDefault": True, **values}


def bookings(organisation: Any, policy: Any) -> Items:
    config = {"id": "org", "BookingsEnabled": organisation}
    return {
        ORGANIZATION_CONFIG: [config],
        OWA_MAILBOX_POLICIES: [outlook(BookingsMailboxCreationEnabled=policy)],
    }


def roles(*policies: Row) -> Items:
    return {ROLE_ASSIGNMENT_POLICIES: list(policies)}


def default_roles(assigned: Any) -> Row:
    return {"id": "Default", "Name": "Default Role Assignment Policy", "IsDefault": True, "AssignedRoles": assigned}


def tips(**changed: Any) -> Items:
    names = ("MailTipsAllTipsEnabled", "MailTipsExternalRecipientsTipsEnabled", "MailTipsGroupMetricsEnabled")
    return {ORGANIZATION_CONFIG: [{"id": "org", **dict.fromkeys(names, True), _LARGE: 25, **changed}]}


def rule(**values: Any) -> Row:
    empty = dict.fromkeys(("RedirectMessageTo", "BlindCopyTo", "CopyTo", "SetSCL", "SenderDomainIs"))
    return {"id": "rule", "Name": "A rule", "State": "Enabled", **empty, **values}


def flow(*rules: Row, modes: tuple[str, ...] = ("Off",)) -> Items:
    policies = [{"id": f"policy {mode}", "Name": f"policy {mode}", "AutoForwardingMode": mode} for mode in modes]
    domains = [{"id": "contoso.com", "DomainName": "Contoso.com"}]
    return {TRANSPORT_RULES: list(rules), OUTBOUND_SPAM_POLICIES: policies, ACCEPTED_DOMAINS: domains}


def shared(*mailboxes: str, users: dict[str, Any]) -> Items:
    rows = [{"ExternalDirectoryObjectId": key, "UserPrincipalName": f"{key}@contoso.com"} for key in mailboxes]
    return {
        SHARED_MAILBOXES: rows,
        USERS: [{"id": key, "accountEnabled": enabled} for key, enabled in users.items()],
    }


def mailbox(name: str = "anna", **changed: Any) -> Row:
    audited = {by: sorted(word_list("audit_actions", by)) for by in ("AuditAdmin", "AuditDelegate", "AuditOwner")}
    known = {"ExternalDirectoryObjectId": name, "UserPrincipalName": name, "AuditEnabled": True}
    return {**known, **audited, **changed}


def bypass(**accounts: Any) -> Items:
    rows = [{"Identity": name, "Name": name, "AuditBypassEnabled": value} for name, value in accounts.items()]
    return {AUDIT_BYPASS: rows}


_OUT = "anna@stranger.example"
CASES: list[Case] = [
    *flags(_LOCKBOX, ORGANIZATION_CONFIG, {"CustomerLockBoxEnabled": True}),
    *unlicensed(Feature.CUSTOMER_LOCKBOX, _LOCKBOX),
    *flags("exchange.audit_is_on", ORGANIZATION_CONFIG, {"AuditDisabled": False}),
    *flags("exchange.modern_authentication", ORGANIZATION_CONFIG, {"OAuth2ClientProfileEnabled": True}),
    *flags("exchange.direct_send_is_rejected", ORGANIZATION_CONFIG, {"RejectDirectSend": True}),
    *flags("exchange.smtp_auth_is_off", TRANSPORT_CONFIG, {"SmtpClientAuthenticationDisabled": True}),
    *flags(_CALENDARS, SHARING_POLICIES, {"Enabled": False}, {"Name": "Default Sharing Policy"}),
    fails(
        _CALENDARS,
        "only another policy is off",
        {
            SHARING_POLICIES: [
                {"Name": "Partners", "Enabled": False},
                {"Name": "Default Sharing Policy", "Default": True, "Enabled": True},
            ]
        },
    ),
    strange(_CALENDARS, "there is no default policy", {SHARING_POLICIES: []}),
    *flags(_STORAGE, OWA_MAILBOX_POLICIES, {"AdditionalStorageProvidersAvailable": False}, outlook()),
    *flags(
        _PERSONAL,
        OWA_MAILBOX_POLICIES,
        {"PersonalAccountsEnabled": False, "PersonalAccountCalendarsEnabled": False},
        outlook(),
    ),
    passes(_BOOKINGS, "Bookings is off for everybody", bookings(False, True)),
    passes(_BOOKINGS, "the default policy forbids pages", bookings(True, False)),
    fails(_BOOKINGS, "both let people", bookings(True, True)),
    strange(_BOOKINGS, "the policy does not say", bookings(True, None)),
    *uncollected(_BOOKINGS, _EXTERNAL, _ADD_INS, _TIPS, _FORWARDING, _WHITELIST, _SHARED, _ACTIONS, _BYPASS),
    passes(_EXTERNAL, "it is on", {EXTERNAL_IN_OUTLOOK: [{"id": "t", "Enabled": True, "AllowList": []}]}),
    passes(
        _EXTERNAL,
        "it is on with exceptions",
        {EXTERNAL_IN_OUTLOOK: [{"id": "t", "Enabled": True, "AllowList": "partner.example"}]},
        review="partner.example",
    ),
    fails(_EXTERNAL, "it is off", {EXTERNAL_IN_OUTLOOK: [{"id": "t", "Enabled": False}]}),
    fails(_EXTERNAL, "Microsoft returns nothing", {EXTERNAL_IN_OUTLOOK: []}),
    fails(_EXTERNAL, "one of two is off", {EXTERNAL_IN_OUTLOOK: [{"Enabled": True}, {"Enabled": False}]}),
    passes(_ADD_INS, "the default grants none", roles(default_roles(["MyBaseOptions"]))),
    passes(_ADD_INS, "the default grants nothing", roles(default_roles([]))),
    passes(
        _ADD_INS,
        "only another policy grants them",
        roles(
            {"Name": "VIP", "IsDefault": False, "AssignedRoles": ["My Custom Apps"]}, default_roles(["MyBaseOptions"])
        ),
    ),
    fails(_ADD_INS, "as Microsoft ships it", roles(default_roles(["My Marketplace Apps", "My Custom Apps"]))),
    fails(_ADD_INS, "a single text", roles(default_roles("My ReadWriteMailbox Apps"))),
    strange(_ADD_INS, "the roles are absent", roles({"Name": "Default", "IsDefault": True}), "AssignedRoles"),
    passes(_TIPS, "all of them warn", tips()),
    passes(_TIPS, "they warn earlier", tips(**{_LARGE: 10})),
    fails(_TIPS, "an audience of 26 is not large", tips(**{_LARGE: 26}), _LARGE),
    fails(_TIPS, "as Microsoft ships it", tips(MailTipsExternalRecipientsTipsEnabled=False), "External"),
    fails(_TIPS, "all tips are off", tips(MailTipsAllTipsEnabled=False)),
    fails(_TIPS, "group metrics are off", tips(MailTipsGroupMetricsEnabled=False)),
    strange(_TIPS, "the threshold is null", tips(**{_LARGE: None})),
    passes(_FORWARDING, "there are no rules", flow()),
    passes(_FORWARDING, "a rule redirects inside", flow(rule(RedirectMessageTo=["a@CONTOSO.com"]))),
    passes(_FORWARDING, "the rule is off", flow(rule(RedirectMessageTo=[_OUT], State="Disabled"))),
    passes(_FORWARDING, "copies go out, and are shown", flow(rule(CopyTo=_OUT)), review="CopyTo"),
    passes(_FORWARDING, "a recipient has no address", flow(rule(RedirectMessageTo=["Anna"])), review="not an address"),
    fails(_FORWARDING, "a rule redirects outside", flow(rule(RedirectMessageTo=[_OUT])), affected=["A rule"]),
    fails(_FORWARDING, "one of two addresses is outside", flow(rule(RedirectMessageTo=["a@contoso.com", _OUT]))),
    fails(_FORWARDING, "a lookalike domain", flow(rule(RedirectMessageTo="a@contoso.com.evil.example"))),
    fails(
        _FORWARDING,
        "copies count",
        flow(rule(BlindCopyTo=[_OUT])),
        parameters={"copies_count_as_forwarding": True},
        affected=["A rule"],
    ),
    fails(_FORWARDING, "a second policy forwards", flow(modes=("Off", "On")), affected=["policy On"]),
    fails(_FORWARDING, "as Microsoft ships it", flow(modes=("Automatic",))),
    strange(_FORWARDING, "there is no policy", flow(modes=())),
    strange(_FORWARDING, "a rule lacks its recipients", flow({"Name": "r", "State": "Enabled"})),
    passes(_WHITELIST, "there are no rules", {TRANSPORT_RULES: []}),
    passes(_WHITELIST, "only the confidence level", {TRANSPORT_RULES: [rule(SetSCL=-1)]}),
    passes(_WHITELIST, "only the domain", {TRANSPORT_RULES: [rule(SenderDomainIs=["a.example"], SetSCL=5)]}),
    fails(_WHITELIST, "both", {TRANSPORT_RULES: [rule(), rule(SetSCL=-1, SenderDomainIs=["a.example"])]}),
    fails(_WHITELIST, "both as texts", {TRANSPORT_RULES: [rule(SetSCL="-1", SenderDomainIs="a.example")]}),
    fails(_WHITELIST, "off", {TRANSPORT_RULES: [rule(SetSCL=-1, SenderDomainIs=["a.example"], State="Disabled")]}),
    strange(_WHITELIST, "the level is absent", {TRANSPORT_RULES: [{"Name": "r", "SenderDomainIs": ["a.example"]}]}),
    passes(_SHARED, "all are blocked", shared("a", "B", users={"a": False, "b": False})),
    fails(_SHARED, "one may sign in", shared("a", "b", users={"a": False, "b": True}), affected=["b@contoso.com"]),
    fails(_SHARED, "one may, another is unknown", shared("a", "b", users={"b": True}), "1 of 2"),
    strange(_SHARED, "an account is unknown", shared("a", users={})),
    strange(_SHARED, "an account does not say", shared("a", users={"a": None})),
    Case(_SHARED, "there are none", Status.NOT_APPLICABLE, shared(users={}), "no shared mailboxes"),
    passes(
        _SHARED,
        "there are very many",
        shared(*map(str, range(1201)), users=dict.fromkeys(map(str, range(1201)), False)),
    ),
    passes(_ACTIONS, "all is recorded", {USER_MAILBOXES: [mailbox(), mailbox("bob")]}),
    fails(
        _ACTIONS,
        "one is not audited",
        {USER_MAILBOXES: [mailbox(), mailbox("bob", AuditEnabled=False)]},
        affected=["bob"],
    ),
    fails(_ACTIONS, "an action is missing", {USER_MAILBOXES: [mailbox(AuditOwner=["Create"])]}, affected=["anna"]),
    fails(_ACTIONS, "no action", {USER_MAILBOXES: [mailbox(AuditDelegate=None)]}),
    strange(_ACTIONS, "the actions are absent", {USER_MAILBOXES: [{"UserPrincipalName": "a", "AuditEnabled": True}]}),
    Case(_ACTIONS, "there are none", Status.NOT_APPLICABLE, {USER_MAILBOXES: []}),
    passes(_BYPASS, "a single object", bypass(anna=False)),
    fails(_BYPASS, "one of two bypasses", bypass(anna=False, bob=True), affected=["bob"]),
    strange(_BYPASS, "it is null", bypass(anna=None)),
    Case(_BYPASS, "an empty list proves nothing", Status.NOT_APPLICABLE, bypass()),
]
