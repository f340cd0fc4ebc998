"""Exchange Online: one read cmdlet each, ten to a batch; only what exists once per mailbox is streamed."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from tenantry.observe.datasets import Dataset, Needs, dataset
from tenantry.observe.sources import CmdletAsk, CmdletList, Source

MANAGE_AS_APP: Final = "Exchange.ManageAsApp"
_DAY: Final = timedelta(hours=24)
_VOLATILE: Final = frozenset({"WhenChanged", "WhenChangedUTC", "ExchangeVersion", "OriginatingServer", "ObjectState"})


def _exchange(name: str, title: str, source: Source, key: str = "id") -> Dataset:
    needs = Dataset(
        f"exchange.{name}", title, Needs.EXCHANGE, source, (MANAGE_AS_APP,), title, key, volatile=_VOLATILE, every=_DAY
    )
    return dataset(needs)


def _cmdlet(name: str, title: str, cmdlet: str, parameters: Mapping[str, Any] | None = None) -> Dataset:
    return _exchange(name, title, CmdletAsk(cmdlet, parameters or {}))


ORGANIZATION_CONFIG = _cmdlet("organization_config", "Organisation settings of Exchange", "Get-OrganizationConfig")
SHARING_POLICIES = _cmdlet("sharing_policies", "Calendar sharing policies", "Get-SharingPolicy")
OWA_MAILBOX_POLICIES = _cmdlet("owa_mailbox_policies", "Outlook on the web policies", "Get-OwaMailboxPolicy")
ADMIN_AUDIT_LOG = _cmdlet("admin_audit_log", "Audit log settings", "Get-AdminAuditLogConfig")
TRANSPORT_CONFIG = _cmdlet("transport_config", "Mail transport settings", "Get-TransportConfig")
TRANSPORT_RULES = _cmdlet("transport_rules", "Mail flow rules", "Get-TransportRule", {"ResultSize": "Unlimited"})
EXTERNAL_IN_OUTLOOK = _cmdlet("external_in_outlook", "Marking of external senders", "Get-ExternalInOutlook")
ACCEPTED_DOMAINS = _cmdlet("accepted_domains", "Accepted domains", "Get-AcceptedDomain")
DKIM = _cmdlet("dkim", "DKIM signing", "Get-DkimSigningConfig")
CONNECTION_FILTERS = _cmdlet("connection_filters", "Connection filter", "Get-HostedConnectionFilterPolicy")
CONTENT_FILTERS = _cmdlet("content_filters", "Inbound anti-spam policies", "Get-HostedContentFilterPolicy")
OUTBOUND_SPAM_POLICIES = _cmdlet(
    "outbound_spam_policies", "Outbound anti-spam policies", "Get-HostedOutboundSpamFilterPolicy"
)
OUTBOUND_SPAM_RULES = _cmdlet("outbound_spam_rules", "Outbound anti-spam rules", "Get-HostedOutboundSpamFilterRule")
MALWARE_POLICIES = _cmdlet("malware_policies", "Anti-malware policies", "Get-MalwareFilterPolicy")
MALWARE_RULES = _cmdlet("malware_rules", "Anti-malware rules", "Get-MalwareFilterRule")
SAFE_LINKS_POLICIES = _cmdlet("safe_links_policies", "Safe Links policies", "Get-SafeLinksPolicy")
SAFE_LINKS_RULES = _cmdlet("safe_links_rules", "Safe Links rules", "Get-SafeLinksRule")
SAFE_ATTACHMENT_POLICIES = _cmdlet("safe_attachment_policies", "Safe Attachments policies", "Get-SafeAttachmentPolicy")
SAFE_ATTACHMENT_RULES = _cmdlet("safe_attachment_rules", "Safe Attachments rules", "Get-SafeAttachmentRule")
ATP_PRESET_RULES = _cmdlet("atp_preset_rules", "Preset security policies (Defender)", "Get-ATPProtectionPolicyRule")
EOP_PRESET_RULES = _cmdlet("eop_preset_rules", "Preset security policies (Exchange)", "Get-EOPProtectionPolicyRule")
ATP_POLICY = _cmdlet("atp_policy", "Safe Attachments for files", "Get-AtpPolicyForO365")
ANTI_PHISH_POLICIES = _cmdlet("anti_phish_policies", "Anti-phishing policies", "Get-AntiPhishPolicy")
ANTI_PHISH_RULES = _cmdlet("anti_phish_rules", "Anti-phishing rules", "Get-AntiPhishRule")
EMAIL_TENANT_SETTINGS = _cmdlet("email_tenant_settings", "Priority account protection", "Get-EmailTenantSettings")
TEAMS_PROTECTION_POLICIES = _cmdlet(
    "teams_protection_policies", "Protection of Teams messages", "Get-TeamsProtectionPolicy"
)
TEAMS_PROTECTION_RULES = _cmdlet(
    "teams_protection_rules", "Exceptions of Teams protection", "Get-TeamsProtectionPolicyRule"
)
ROLE_ASSIGNMENT_POLICIES = _cmdlet(
    "role_assignment_policies", "What users may do in Outlook", "Get-RoleAssignmentPolicy"
)
REPORT_SUBMISSION = _cmdlet("report_submission", "Reporting of messages", "Get-ReportSubmissionPolicy")

_MAILBOX: Final = ("ExternalDirectoryObjectId", "UserPrincipalName", "RecipientTypeDetails")
_AUDIT: Final = ("AuditEnabled", "AuditAdmin", "AuditDelegate", "AuditOwner")
_ALL: Final = {"ResultSize": "Unlimited"}

USER_MAILBOXES = _exchange(
    "user_mailboxes",
    "User mailboxes",
    CmdletList("Get-Mailbox", {"RecipientTypeDetails": "UserMailbox", **_ALL}, (*_MAILBOX, *_AUDIT)),
    key="ExternalDirectoryObjectId",
)
SHARED_MAILBOXES = _exchange(
    "shared_mailboxes",
    "Shared mailboxes",
    CmdletList("Get-Mailbox", {"RecipientTypeDetails": "SharedMailbox", **_ALL}, _MAILBOX),
    key="ExternalDirectoryObjectId",
)
AUDIT_BYPASS = _exchange(
    "audit_bypass",
    "Accounts that bypass mailbox audit",
    CmdletList("Get-MailboxAuditBypassAssociation", _ALL, ("Identity", "Name", "AuditBypassEnabled")),
    key="Identity",
)
