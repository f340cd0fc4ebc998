"""Exchange Online: the organisation, its domains, its mail flow and what people may do in Outlook."""

from typing import Any, Final

from mscloudsim.world.directory.domains import domains
from mscloudsim.world.m365.kinds import Item, Kind, named
from mscloudsim.world.m365.upkeep import Upkeep

_ADD_INS: Final = ("My Custom Apps", "My Marketplace Apps", "My ReadWriteMailbox Apps")
_ROLES: Final = (
    "MyBaseOptions",
    "MyContactInformation",
    "MyDistributionGroupMembership",
    "MyMailSubscriptions",
    "MyProfileInformation",
    "MyTextMessaging",
    "MyVoiceMail",
)
LOCKBOX: Final = "LOCKBOX_ENTERPRISE"


def _organization(keep: Upkeep) -> list[Item]:
    tips = keep.hardened("mail tips")
    return [
        {
            "Name": keep.tenant.initial_domain,
            "DisplayName": keep.tenant.name,
            "AuditDisabled": keep.worsened("audit"),
            "BookingsEnabled": not (keep.happens("no bookings", 0.1) and keep.hardened("bookings")),
            "CustomerLockBoxEnabled": keep.has(LOCKBOX) and keep.hardened("customer lockbox"),
            "MailTipsExternalRecipientsTipsEnabled": tips,
            "MailTipsLargeAudienceThreshold": 25 if not keep.worsened("large audience") else 1000,
            "OAuth2ClientProfileEnabled": not keep.worsened("modern authentication"),
            "RejectDirectSend": keep.hardened("direct send"),
        }
    ]


def _sharing(keep: Upkeep) -> list[Item]:
    partners = {
        "Name": "Project partners",
        "Default": False,
        "Domains": ["partner.example:CalendarSharingFreeBusyDetail"],
    }
    shipped = {"Enabled": not keep.hardened("calendar sharing")}
    return [shipped, partners] if keep.happens("sharing policy", 0.3) else [shipped]


def _outlook(keep: Upkeep) -> list[Item]:
    personal = not keep.hardened("personal accounts")
    shipped = {
        "AdditionalStorageProvidersAvailable": not keep.hardened("storage providers"),
        "BookingsMailboxCreationEnabled": not keep.hardened("bookings"),
        "PersonalAccountsEnabled": personal,
        "PersonalAccountCalendarsEnabled": personal,
    }
    kiosk = {"Name": "Kiosk", "IsDefault": False, "AdditionalStorageProvidersAvailable": False}
    return [shipped, kiosk] if keep.happens("outlook policy", 0.3) else [shipped]


def _audit(keep: Upkeep) -> list[Item]:
    return [{"UnifiedAuditLogIngestionEnabled": not keep.worsened("audit log")}]


def _transport(keep: Upkeep) -> list[Item]:
    return [{"SmtpClientAuthenticationDisabled": keep.hardened("smtp authentication")}]


def _rules(keep: Upkeep) -> list[Item]:
    """Trusting a supplier's domain and sending invoices to a private mailbox are what neglect looks like."""
    rules: list[Item] = []
    if keep.happens("disclaimer", 0.6):
        rules.append({"Name": "Disclaimer on outbound mail", "SentToScope": "NotInOrganization"})
    if keep.worsened("trusted domain"):
        rules.append({"Name": "Let the supplier through", "SetSCL": -1, "SenderDomainIs": ["supplier.example"]})
    if keep.worsened("forwarding rule"):
        rules.append({"Name": "Invoices to the accountant", "RedirectMessageTo": ["accounts@bookkeeper.example"]})
    return [{**rule, "Priority": place} for place, rule in enumerate(rules)]


def _external(keep: Upkeep) -> list[Item]:
    """Nothing at all where nobody ever set it, in most tenants."""
    if keep.hardened("external tag"):
        return [{"Identity": keep.tenant.id, "Enabled": True}]
    return [{"Identity": keep.tenant.id}] if keep.happens("external tag looked at", 0.4) else []


def _domains(keep: Upkeep) -> list[Item]:
    people = keep.directory.people
    rows = [
        {
            "Name": domain["id"],
            "DomainName": domain["id"],
            "InitialDomain": domain["isInitial"],
            "Default": domain["isDefault"],
        }
        for domain in domains(people)
    ]
    hybrid = f"{keep.tenant.slug}.mail.onmicrosoft.com"
    coexisting = {"Name": hybrid, "DomainName": hybrid, "IsCoExistenceDomain": True}
    return [*rows, coexisting] if people.synced else rows


def _signing(keep: Upkeep) -> list[Item]:
    """The initial domain always signs; a domain nobody thought of may have no configuration at all."""
    rows: list[Item] = []
    for domain in _domains(keep):
        name, initial = domain["DomainName"], domain.get("InitialDomain", False)
        signs = initial or keep.hardened(f"dkim {initial}")
        if domain.get("IsCoExistenceDomain") or not (signs or keep.happens(f"dkim {name}", 0.5)):
            continue
        key = name.replace(".", "-")
        selectors = {
            f"Selector{number}CNAME": f"selector{number}-{key}._domainkey.{keep.tenant.initial_domain}"
            for number in (1, 2)
        }
        status = "Valid" if signs else "CnameMissing"
        rows.append({"Name": name, "Domain": name, "Enabled": signs, "Status": status, **selectors})
    return rows


def _role_assignments(keep: Upkeep) -> list[Item]:
    add_ins = [] if keep.hardened("outlook add-ins") else [*_ADD_INS]
    return [{"AssignedRoles": [*_ROLES, *add_ins]}]


def _reports(keep: Upkeep) -> list[Item]:
    if not keep.hardened("report submission"):
        return [{}]
    address = [f"security@{keep.tenant.domain}"]
    kinds = ("Junk", "NotJunk", "Phish")
    ours: dict[str, Any] = {f"Report{kind}ToCustomizedAddress": True for kind in kinds}
    ours |= {f"Report{kind}Addresses": address for kind in kinds}
    return [{**ours, "ReportChatMessageEnabled": False, "ReportChatMessageToCustomizedAddressEnabled": True}]


KINDS: Final = (
    Kind(
        "OrganizationConfig",
        named(
            "",
            DisplayName="",
            AuditDisabled=False,
            BookingsEnabled=True,
            CustomerLockBoxEnabled=False,
            FocusedInboxOn=None,
            MailTipsAllTipsEnabled=True,
            MailTipsExternalRecipientsTipsEnabled=False,
            MailTipsGroupMetricsEnabled=True,
            MailTipsLargeAudienceThreshold=25,
            OAuth2ClientProfileEnabled=True,
            PublicFoldersEnabled="Local",
            RejectDirectSend=False,
            SendFromAliasEnabled=False,
        ),
        _organization,
    ),
    Kind(
        "SharingPolicy",
        named(
            "Default Sharing Policy",
            Default=True,
            Enabled=True,
            Domains=["Anonymous:CalendarSharingFreeBusyReviewer", "*:CalendarSharingFreeBusySimple"],
        ),
        _sharing,
    ),
    Kind(
        "OwaMailboxPolicy",
        named(
            "OwaMailboxPolicy-Default",
            IsDefault=True,
            AdditionalStorageProvidersAvailable=True,
            BookingsMailboxCreationEnabled=True,
            PersonalAccountCalendarsEnabled=True,
            PersonalAccountsEnabled=True,
            ThirdPartyFileProvidersEnabled=False,
        ),
        _outlook,
    ),
    Kind(
        "AdminAuditLogConfig",
        named(
            "Admin Audit Log Settings",
            AdminAuditLogAgeLimit="90.00:00:00",
            AdminAuditLogEnabled=True,
            UnifiedAuditLogIngestionEnabled=True,
        ),
        _audit,
    ),
    Kind(
        "TransportConfig",
        named(
            "Transport Settings",
            HygieneSuite="Premium",
            MessageExpiration="1.00:00:00",
            ReplyAllStormProtectionEnabled=True,
            SmtpClientAuthenticationDisabled=False,
        ),
        _transport,
    ),
    Kind(
        "TransportRule",
        named(
            "",
            BlindCopyTo=None,
            CopyTo=None,
            FromScope=None,
            Mode="Enforce",
            Priority=0,
            RedirectMessageTo=None,
            SenderDomainIs=None,
            SentToScope=None,
            SetSCL=None,
            State="Enabled",
        ),
        _rules,
    ),
    Kind("ExternalInOutlook", {"Identity": "", "Enabled": False, "AllowList": []}, _external),
    Kind(
        "AcceptedDomain",
        named(
            "",
            AuthenticationType="Managed",
            Default=False,
            DomainName="",
            DomainType="Authoritative",
            InitialDomain=False,
            IsCoExistenceDomain=False,
        ),
        _domains,
    ),
    Kind(
        "DkimSigningConfig",
        named(
            "",
            Algorithm="RsaSHA256",
            Domain="",
            Enabled=False,
            KeyCreationTime="2025-03-03T09:00:00Z",
            Selector1CNAME="",
            Selector2CNAME="",
            Status="CnameMissing",
        ),
        _signing,
    ),
    Kind(
        "RoleAssignmentPolicy",
        named("Default Role Assignment Policy", AssignedRoles=[], Description="", IsDefault=True),
        _role_assignments,
    ),
    Kind(
        "ReportSubmissionPolicy",
        named(
            "DefaultReportSubmissionPolicy",
            EnableReportToMicrosoft=True,
            ReportChatMessageEnabled=True,
            ReportChatMessageToCustomizedAddressEnabled=False,
            ReportJunkAddresses=[],
            ReportJunkToCustomizedAddress=False,
            ReportNotJunkAddresses=[],
            ReportNotJunkToCustomizedAddress=False,
            ReportPhishAddresses=[],
            ReportPhishToCustomizedAddress=False,
        ),
        _reports,
    ),
)
