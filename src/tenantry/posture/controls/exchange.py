"""Exchange Online: settings of the organisation, and what people may do in Outlook."""

from typing import Final

from tenantry.observe.catalogue.exchange import (
    EXTERNAL_IN_OUTLOOK,
    ORGANIZATION_CONFIG,
    OWA_MAILBOX_POLICIES,
    ROLE_ASSIGNMENT_POLICIES,
    SHARING_POLICIES,
    TRANSPORT_CONFIG,
)
from tenantry.posture.controls.flags import (
    Wanted,
    affected,
    flag_control,
    judge_flag,
    listed,
    the_default,
    the_named,
    wrong_flags,
)
from tenantry.posture.controls.registry import check
from tenantry.posture.evidence import Evidence, every, one
from tenantry.posture.licences import Feature
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Finding, failed, passed

_OUTLOOK_DEFAULT: Final = "OwaMailboxPolicy-Default"
_ADD_INS: Final = ("My Custom Apps", "My Marketplace Apps", "My ReadWriteMailbox Apps")
_TIPS: Final = dict.fromkeys(
    ("MailTipsAllTipsEnabled", "MailTipsExternalRecipientsTipsEnabled", "MailTipsGroupMetricsEnabled"), True
)
_LARGE_AUDIENCE: Final = "MailTipsLargeAudienceThreshold"
_LARGEST_AUDIENCE: Final = 25
_BOOKINGS: Final = "BookingsMailboxCreationEnabled"
_PERSONAL: Final = dict.fromkeys(("PersonalAccountsEnabled", "PersonalAccountCalendarsEnabled"), False)

flag_control(
    "exchange.customer_lockbox",
    ORGANIZATION_CONFIG,
    Wanted(
        "CustomerLockBoxEnabled",
        True,
        "Microsoft's engineers need an approval before they see data.",
        "Microsoft's engineers need no approval to see data: Customer Lockbox is off.",
    ),
    Feature.CUSTOMER_LOCKBOX,
)
flag_control(
    "exchange.audit_is_on",
    ORGANIZATION_CONFIG,
    Wanted("AuditDisabled", False, "Mailbox audit is on for the organisation.", "Mailbox audit is off for everybody."),
)
flag_control(
    "exchange.modern_authentication",
    ORGANIZATION_CONFIG,
    Wanted(
        "OAuth2ClientProfileEnabled",
        True,
        "Exchange accepts modern authentication.",
        "Modern authentication is off in Exchange.",
    ),
)
flag_control(
    "exchange.direct_send_is_rejected",
    ORGANIZATION_CONFIG,
    Wanted(
        "RejectDirectSend",
        True,
        "Mail that uses the organisation's domains without authentication is rejected.",
        "Anybody may send mail in the name of the organisation's domains to its own people: Direct Send is accepted.",
    ),
)
flag_control(
    "exchange.smtp_auth_is_off",
    TRANSPORT_CONFIG,
    Wanted(
        "SmtpClientAuthenticationDisabled",
        True,
        "SMTP AUTH is off for the organisation.",
        "SMTP AUTH is on, so mail can be sent with only a password.",
    ),
)


@check("exchange.calendars_are_not_shared_externally", SHARING_POLICIES)
def calendars_are_not_shared_externally(evidence: Evidence, _parameters: Parameters) -> Finding:
    policy = the_named(every(evidence, SHARING_POLICIES), "Default Sharing Policy", mark="Default")
    wanted = Wanted(
        "Enabled", False, "Calendars are not shared with outsiders.", "People may share calendars with outsiders."
    )
    return judge_flag(policy, wanted)


@check("exchange.shared_bookings_are_restricted", OWA_MAILBOX_POLICIES, ORGANIZATION_CONFIG)
def shared_bookings_are_restricted(evidence: Evidence, _parameters: Parameters) -> Finding:
    """Either Bookings is off for everybody, or the default policy of Outlook does not let people make pages."""
    organisation = one(evidence, ORGANIZATION_CONFIG)
    policy = the_named(every(evidence, OWA_MAILBOX_POLICIES), _OUTLOOK_DEFAULT)
    observed = organisation.shown("BookingsEnabled") | policy.shown(_BOOKINGS)
    if not organisation.flag("BookingsEnabled"):
        return passed("Bookings is off for the organisation.", observed)
    if not policy.flag(_BOOKINGS):
        return passed("The default policy does not let people create shared booking pages.", observed)
    return failed("Everybody under the default policy may create shared booking pages.", observed)


@check("exchange.external_senders_are_marked", EXTERNAL_IN_OUTLOOK)
def external_senders_are_marked(evidence: Evidence, _parameters: Parameters) -> Finding:
    """Microsoft returns nothing at all where nobody ever set it: then nothing is marked."""
    rows = every(evidence, EXTERNAL_IN_OUTLOOK)
    observed = {"Enabled": [row.get("Enabled") for row in rows]}
    allowed = [name for row in rows for name in row.names("AllowList")]
    review = [f"Not marked although they are external: {listed(allowed)}."] if allowed else []
    if rows and all(row.flag("Enabled") for row in rows):
        return passed("Outlook marks external senders.", observed, review)
    return failed("Outlook does not mark external senders.", observed, (), review)


@check("exchange.users_cannot_install_add_ins", ROLE_ASSIGNMENT_POLICIES)
def users_cannot_install_add_ins(evidence: Evidence, _parameters: Parameters) -> Finding:
    policy = the_default(every(evidence, ROLE_ASSIGNMENT_POLICIES))
    roles = {role.lower() for role in policy.names("AssignedRoles", required=True)}
    granted = [role for role in _ADD_INS if role.lower() in roles]
    observed = policy.shown("AssignedRoles") | {"policy": policy.name}
    if not granted:
        return passed("The default policy does not let people install Outlook add-ins.", observed)
    return failed("People may install Outlook add-ins.", observed, [affected(policy, f"grants {listed(granted)}")])


@check("exchange.no_personal_accounts", OWA_MAILBOX_POLICIES)
def no_personal_accounts(evidence: Evidence, _parameters: Parameters) -> Finding:
    policy = the_default(every(evidence, OWA_MAILBOX_POLICIES))
    observed = policy.shown(*_PERSONAL) | {"policy": policy.name}
    if wrong := wrong_flags(policy, _PERSONAL):
        why = [affected(policy, f"{listed(wrong)} allowed")]
        return failed("People may add personal accounts or calendars to Outlook.", observed, why)
    return passed("People may not add personal accounts or calendars to Outlook.", observed)


@check("exchange.mail_tips", ORGANIZATION_CONFIG)
def mail_tips(evidence: Evidence, _parameters: Parameters) -> Finding:
    organisation = one(evidence, ORGANIZATION_CONFIG)
    observed = organisation.shown(*_TIPS, _LARGE_AUDIENCE)
    wrong = wrong_flags(organisation, _TIPS)
    if organisation.number(_LARGE_AUDIENCE) > _LARGEST_AUDIENCE:
        wrong.append(_LARGE_AUDIENCE)
    if wrong:
        return failed(f"MailTips do not warn as they should: {listed(wrong)}.", observed)
    return passed("MailTips warn of external recipients and of large audiences.", observed)


@check("exchange.storage_providers_are_restricted", OWA_MAILBOX_POLICIES)
def storage_providers_are_restricted(evidence: Evidence, _parameters: Parameters) -> Finding:
    policy = the_named(every(evidence, OWA_MAILBOX_POLICIES), _OUTLOOK_DEFAULT)
    wanted = Wanted(
        "AdditionalStorageProvidersAvailable",
        False,
        "Outlook on the web offers no foreign file storage.",
        "Outlook on the web lets people attach files from foreign storage.",
    )
    return judge_flag(policy, wanted)
