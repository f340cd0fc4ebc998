"""Settings from exemplary to neglected, and flipping any of them by its name."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.mscloudsim.cloud import Cloud
from tests.mscloudsim.credentials import Certified, make_certificate
from tests.mscloudsim.m365 import Item, Office

Check = Callable[[Any], bool]
NAME = "Proseware Législation"
DOMAIN, BUILT_IN = "prosewarelegislation.example", "Built-In Protection Policy"
SHARED = ["SharedMailbox", "RoomMailbox"]


def is_set(**wanted: Any) -> Check:
    """Whether the object for everybody, or the only one, has these values."""

    def check(rows: list[Item]) -> bool:
        chosen = next((row for row in rows if row.get("IsDefault") or row.get("Identity") == "Default"), rows[0])
        return all(chosen[name] == value for name, value in wanted.items())

    return check


def some(**wanted: Any) -> Check:
    return lambda rows: any(all(row[name] == value for name, value in wanted.items()) for row in rows)


def every(**wanted: Any) -> Check:
    return lambda rows: bool(rows) and all(all(row[name] == value for name, value in wanted.items()) for row in rows)


def strict(rows: list[Item]) -> bool:
    rule = next((row for row in rows if row["Identity"] == "Strict Preset Security Policy"), None)
    return rule is not None and rule["State"] == "Enabled" and bool(rule["SentTo"])


def outbound(rows: list[Item]) -> bool:
    return all(
        row["BccSuspiciousOutboundMail"] and row["BccSuspiciousOutboundAdditionalRecipients"]
        and row["NotifyOutboundSpam"] and row["NotifyOutboundSpamRecipients"] and row["AutoForwardingMode"] == "Off"
        and 0 < row["RecipientLimitExternalPerHour"] <= 500 and 0 < row["RecipientLimitInternalPerHour"] <= 1000
        and 0 < row["RecipientLimitPerDay"] <= 1000 and row["ActionWhenThresholdReached"] == "BlockUser"
        for row in rows
    )  # fmt: skip


def phishing(rows: list[Item]) -> bool:
    return any(
        row["Enabled"] and row["EnableTargetedUserProtection"] and row["EnableOrganizationDomainsProtection"]
        and row["EnableMailboxIntelligence"] and row["EnableMailboxIntelligenceProtection"]
        and row["EnableSpoofIntelligence"] and row["EnableFirstContactSafetyTips"]
        and row["EnableSimilarUsersSafetyTips"] and row["EnableSimilarDomainsSafetyTips"]
        and row["EnableUnusualCharactersSafetyTips"] and row["HonorDmarcPolicy"] and row["PhishThresholdLevel"] >= 3
        and row["TargetedUserProtectionAction"] == row["TargetedDomainProtectionAction"] == "Quarantine"
        and row["MailboxIntelligenceProtectionAction"] == "Quarantine" and row["TargetedUsersToProtect"]
        for row in rows
    )  # fmt: skip


def reports(rows: list[Item]) -> bool:
    row = rows[0]
    kinds = ("Junk", "NotJunk", "Phish")
    sent = all(row[f"Report{kind}ToCustomizedAddress"] and row[f"Report{kind}Addresses"] for kind in kinds)
    return sent and row["ReportChatMessageToCustomizedAddressEnabled"] and not row["ReportChatMessageEnabled"]


def signing(rows: list[Item]) -> bool:
    return len(rows) > 1 and all(row["Enabled"] and row["Status"] == "Valid" for row in rows)


def audited(rows: list[Item]) -> bool:
    lengths = (("AuditAdmin", 16), ("AuditDelegate", 13), ("AuditOwner", 13))
    return all(row["AuditEnabled"] and all(len(set(row[name])) == least for name, least in lengths) for row in rows)


def no_add_ins(rows: list[Item]) -> bool:
    return not any("Apps" in role for row in rows if row["IsDefault"] for role in row["AssignedRoles"])


def trusting_nobody(rows: list[Item]) -> bool:
    return not any(row["RedirectMessageTo"] or row["SetSCL"] for row in rows)


def in_force(rows: list[Item]) -> bool:
    return any(row["State"] == "Enabled" and row["RecipientDomainIs"] for row in rows)


def notified(rows: list[Item]) -> bool:
    return all(row["EnableInternalSenderAdminNotifications"] and row["InternalSenderAdminAddress"] for row in rows)


_LINKS = ("ForEmail", "ForTeams", "ForOffice")
EXCHANGE: list[tuple[str, str, Check]] = [
    ("1.3.3", "Get-SharingPolicy", lambda rows: not rows[0]["Enabled"]),
    ("1.3.6", "Get-OrganizationConfig", is_set(CustomerLockBoxEnabled=True)),
    ("1.3.9, 6.3.2, 6.5.3", "Get-OwaMailboxPolicy", is_set(BookingsMailboxCreationEnabled=False,
        PersonalAccountsEnabled=False, PersonalAccountCalendarsEnabled=False,
        AdditionalStorageProvidersAvailable=False)),
    ("2.1.1", "Get-SafeLinksPolicy", some(**{f"EnableSafeLinks{name}": True for name in _LINKS}, TrackClicks=True,
        ScanUrls=True, EnableForInternalSenders=True, DeliverMessageAfterScan=True, AllowClickThrough=False,
        DisableUrlRewrite=False)),
    ("2.1.2", "Get-MalwareFilterPolicy", lambda rows: rows[0]["EnableFileFilter"] and len(rows[0]["FileTypes"]) >= 53),
    ("2.1.3", "Get-MalwareFilterPolicy", notified),
    ("2.1.4", "Get-SafeAttachmentPolicy", every(Enable=True, Action="Block", QuarantineTag="AdminOnlyAccessPolicy")),
    ("2.1.5", "Get-AtpPolicyForO365", is_set(EnableATPForSPOTeamsODB=True, EnableSafeDocs=True,
        AllowSafeDocsOpen=False)),
    ("2.1.6, 2.1.15, 6.2.1", "Get-HostedOutboundSpamFilterPolicy", outbound),
    ("2.1.7", "Get-AntiPhishPolicy", phishing),
    ("2.1.7", "Get-AntiPhishRule", in_force),
    ("2.1.9", "Get-DkimSigningConfig", signing),
    ("2.1.11", "Get-MalwareFilterPolicy", lambda rows: any(len(row["FileTypes"]) >= 168 for row in rows)),
    ("2.1.11", "Get-MalwareFilterRule", some(State="Enabled")),
    ("2.1.12, 2.1.13", "Get-HostedConnectionFilterPolicy", is_set(IPAllowList=[], EnableSafeList=False)),
    ("2.1.14", "Get-HostedContentFilterPolicy", every(AllowedSenderDomains=[])),
    ("2.4.1", "Get-EmailTenantSettings", is_set(EnablePriorityAccountProtection=True)),
    ("2.4.2", "Get-ATPProtectionPolicyRule", strict),
    ("2.4.2", "Get-EOPProtectionPolicyRule", strict),
    ("2.4.4", "Get-TeamsProtectionPolicy", is_set(ZapEnabled=True)),
    ("3.1.1", "Get-AdminAuditLogConfig", is_set(UnifiedAuditLogIngestionEnabled=True)),
    ("6.1.1, 6.5.1, 6.5.2, 6.5.5", "Get-OrganizationConfig", is_set(AuditDisabled=False,
        OAuth2ClientProfileEnabled=True, MailTipsAllTipsEnabled=True, MailTipsExternalRecipientsTipsEnabled=True,
        MailTipsGroupMetricsEnabled=True, MailTipsLargeAudienceThreshold=25, RejectDirectSend=True)),
    ("6.1.2", "Get-Mailbox", audited),
    ("6.1.3", "Get-MailboxAuditBypassAssociation", every(AuditBypassEnabled=False)),
    ("6.2.1, 6.2.2", "Get-TransportRule", trusting_nobody),
    ("6.2.3", "Get-ExternalInOutlook", every(Enabled=True)),
    ("6.3.1", "Get-RoleAssignmentPolicy", no_add_ins),
    ("6.5.4", "Get-TransportConfig", is_set(SmtpClientAuthenticationDisabled=True)),
    ("8.6.1", "Get-ReportSubmissionPolicy", reports),
]  # fmt: skip
COMPLIANCE: list[tuple[str, str, Check]] = [
    ("2.4.1", "Get-ProtectionAlert", lambda rows: {row["ThreatType"] for row in rows if row["RecipientTags"]} == {
        "Phish", "Malware"}),
    ("3.2.1", "Get-DlpCompliancePolicy", some(Mode="Enable", ExchangeLocation=["All"])),
    ("3.2.2", "Get-DlpCompliancePolicy", some(Mode="Enable", Workload="Teams", TeamsLocation=["All"])),
    ("3.2.3", "Get-DlpCompliancePolicy", some(Mode="Enable", EnforcementPlanes=["CopilotExperiences"],
        LocationInclusions=["All"])),
    ("3.3.1", "Get-LabelPolicy", some(Type="PublishedSensitivityLabel", Enabled=True)),
]  # fmt: skip
TEAMS: dict[str, Item] = {
    "TeamsClientConfiguration": dict.fromkeys(
        ("AllowDropBox", "AllowBox", "AllowGoogleDrive", "AllowShareFile", "AllowEgnyte", "AllowEmailIntoChannel"),
        False,
    ),
    "ExternalAccessPolicy": {"EnableTeamsConsumerInbound": False},
    "TenantFederationSettings": {
        "AllowTeamsConsumer": False,
        "AllowTeamsConsumerInbound": False,
        "ExternalAccessWithTrialTenants": "Blocked",
        "AllowedDomains": {"AllowedDomain": [{"Domain": "partner.example"}]},
    },
    "TeamsMeetingPolicy": {
        "AllowAnonymousUsersToJoinMeeting": False,
        "AllowAnonymousUsersToStartMeeting": False,
        "AutoAdmittedUsers": "EveryoneInCompanyExcludingGuests",
        "AllowPSTNUsersToBypassLobby": False,
        "MeetingChatEnabledType": "EnabledExceptAnonymous",
        "DesignatedPresenterRoleMode": "OrganizerOnlyUserOverride",
        "AllowExternalParticipantGiveRequestControl": False,
        "AllowExternalNonTrustedMeetingChat": False,
        "AllowCloudRecording": False,
    },
    "TeamsMessagingPolicy": {"AllowSecurityEndUserReporting": True},
}
SHAREPOINT: dict[str, Item] = {
    "exemplary": {
        "LegacyAuthProtocolsEnabled": False,
        "EnableAzureADB2BIntegration": True,
        "SharingCapability": 3,
        "ODBSharingCapability": 0,
        "PreventExternalUsersFromResharing": True,
        "SharingDomainRestrictionMode": 1,
        "DefaultSharingLinkType": 1,
        "ExternalUserExpirationRequired": True,
        "ExternalUserExpireInDays": 30,
        "EmailAttestationRequired": True,
        "EmailAttestationReAuthDays": 15,
        "DefaultLinkPermission": 1,
        "DisallowInfectedFileDownload": True,
    },
}
ON = {"EimInformationProtectionEdit", "BlockResourceKeyAuthentication"}
LIMITED = {
    *("AllowGuestUserToAccessSharedContent", "ExternalSharingV2", "ElevatedGuestsTenant", "PublishToWeb"),
    *("ShareLinkToEntireOrg", "EnableDatasetInPlaceSharing", "ServicePrincipalAccessPermissionAPIs"),
    *("AllowServicePrincipalsCreateAndUseProfiles", "ServicePrincipalAccessGlobalAPIs", "RScriptVisual"),
}


@pytest.fixture(scope="module")
def certified() -> Certified:
    return make_certificate()


@pytest.fixture
def office(cloud: Cloud) -> Iterator[Office]:
    """An E5 tenant, well kept before and after."""
    cloud.order("throttling", {"enabled": False})
    found = Office(cloud, cloud.customer(name=NAME))
    yield found
    found.keep(0.92)
    cloud.order("throttling", {"enabled": True})


def failing(office: Office, certified: Certified) -> set[str]:
    """What of all the benchmark asks of these services is not as it should be."""
    found = {key for key, cmdlet, is_kept in EXCHANGE if not is_kept(office.rows(cmdlet))}
    found |= {key for key, cmdlet, is_kept in COMPLIANCE if not is_kept(office.comply(cmdlet).json()["value"])}
    for kind, wanted in TEAMS.items():
        item = office.configuration(kind)
        found |= {name for name, value in wanted.items() if item[name] != value}
    tenant = office.sharepoint(office.certified_token(certified)).json()["d"]
    found |= {name for name, value in SHAREPOINT["exemplary"].items() if tenant[name] != value}
    for row in office.fabric():
        name, limited = row["settingName"], bool(row["enabledSecurityGroups"])
        if (name in ON and not row["enabled"]) or (name in LIMITED and row["enabled"] and not limited):
            found.add(name)
    return found


def test_an_exemplary_tenant_is_as_the_benchmark_wants_it(office: Office, certified: Certified) -> None:
    office.keep(1)
    assert failing(office, certified) == set()
    publishing = next(row for row in office.fabric() if row["settingName"] == "PublishToWeb")
    assert publishing["properties"] == [{"name": "createP2w", "value": "false", "type": "Boolean"}]


def test_a_neglected_tenant_fails_in_everything(office: Office, certified: Certified) -> None:
    office.keep(0)
    everything = {key for key, _, _ in (*EXCHANGE, *COMPLIANCE)} | LIMITED | ON | SHAREPOINT["exemplary"].keys()
    everything |= {name for wanted in TEAMS.values() for name in wanted}
    assert everything - failing(office, certified) == set()


def test_shared_mailboxes_are_open_where_nobody_cares(office: Office) -> None:
    def enabled() -> set[bool]:
        token = office.cloud.token(office.tenant)
        users = office.cloud.get("/v1.0/users?$top=999&$select=id,accountEnabled", token).json()["value"]
        shared = {row["ExternalDirectoryObjectId"] for row in office.rows("Get-Mailbox", RecipientTypeDetails=SHARED)}
        assert shared
        return {user["accountEnabled"] for user in users if user["id"] in shared}

    for care, expected in ((0, True), (1, False)):
        office.keep(care)
        assert enabled() == {expected}


@pytest.mark.parametrize(
    ("setting", "value", "cmdlet", "named"),
    [
        ("OrganizationConfig.AuditDisabled", True, "Get-OrganizationConfig", ""),
        ("MalwareFilterPolicy.InternalSenderAdminAddress", None, "Get-MalwareFilterPolicy", "Default"),
        (f"SafeLinksPolicy[{BUILT_IN}].TrackClicks", False, "Get-SafeLinksPolicy", BUILT_IN),
        (f"DkimSigningConfig[{DOMAIN}].Status", "CnameMissing", "Get-DkimSigningConfig", DOMAIN),
        ("AdminAuditLogConfig.UnifiedAuditLogIngestionEnabled", False, "Get-AdminAuditLogConfig", ""),
    ],
)  # fmt: skip
def test_any_setting_flips_and_its_neighbours_stay(
    office: Office, setting: str, value: Any, cmdlet: str, named: str
) -> None:
    before = office.rows(cmdlet)
    office.change(f"exchange.{setting}", value)
    name = setting.rpartition(".")[2]
    for old, new in zip(before, office.rows(cmdlet), strict=True):
        is_meant = not named or old["Identity"] == named
        assert new == ({**old, name: value} if is_meant else old)


def test_one_mailbox_flips(office: Office) -> None:
    person = office.rows("Get-Mailbox")[2]["UserPrincipalName"]
    office.change(f"exchange.Mailbox[{person}].AuditEnabled", value=False)
    office.change(f"exchange.MailboxAuditBypassAssociation[{person}].AuditBypassEnabled", value=True)
    assert [m["UserPrincipalName"] for m in office.rows("Get-Mailbox") if not m["AuditEnabled"]] == [person]
    bypassed = [r["Identity"] for r in office.rows("Get-MailboxAuditBypassAssociation") if r["AuditBypassEnabled"]]
    assert bypassed == [person]


def test_a_list_of_objects_is_replaced(office: Office) -> None:
    rule = {"Name": "Trust", "SetSCL": -1, "SenderDomainIs": ["supplier.example"]}
    office.change("exchange.TransportRule", [rule])
    (found,) = office.rows("Get-TransportRule")
    assert found.items() >= {**rule, "State": "Enabled", "Identity": "Trust"}.items()
    office.change("exchange.TransportRule[Trust].State", "Disabled")
    assert office.rows("Get-TransportRule")[0]["State"] == "Disabled"
    office.change("exchange.TransportRule", [])
    assert office.rows("Get-TransportRule") == []


def test_the_other_services_flip_too(office: Office, certified: Certified) -> None:
    office.change("teams.TeamsMeetingPolicy.AutoAdmittedUsers", "Everyone")
    office.change("sharepoint.Tenant.SharingCapability", 2)
    office.change("fabric.TenantSetting[RScriptVisual].enabled", value=True)
    office.change("compliance.LabelPolicy", [])
    assert office.configuration("TeamsMeetingPolicy")["AutoAdmittedUsers"] == "Everyone"
    assert office.sharepoint(office.certified_token(certified)).json()["d"]["SharingCapability"] == 2
    assert next(row for row in office.fabric() if row["settingName"] == "RScriptVisual")["enabled"] is True
    assert office.comply("Get-LabelPolicy").json()["value"] == []


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("nowhere.X.Y", 1, "settings begin with"),
        ("exchange.Nothing.AuditDisabled", 1, "OrganizationConfig"),
        ("exchange.OrganizationConfig.Nothing", 1, "AuditDisabled"),
        ("exchange.OrganizationConfig", 1, "takes a list of objects"),
        ("exchange.TransportRule", [{"Colour": "red"}], "has no Colour"),
        ("exchange.SafeLinksPolicy.TrackClicks", 1, "built-in protection policy"),
        ("exchange.SafeLinksPolicy[None].TrackClicks", 1, "needs one of these names"),
        ("exchange.Mailbox[nobody@nowhere.example].AuditEnabled", 1, "principal name"),
        ("exchange.Mailbox", [], "comes with people"),
        ("exchange.", 1, "OrganizationConfig"),
    ],
)
def test_a_wrong_name_is_refused_with_the_right_ones(office: Office, setting: str, value: Any, words: str) -> None:
    order = {"kind": "setting_changed", "tenant": office.tenant["id"], "setting": setting, "value": value}
    answer = office.cloud.call("/_sim/changes", json.dumps(order).encode())
    assert answer.status == 400
    assert words in answer.json()["error"]


def test_a_care_beyond_the_scale_is_refused(office: Office) -> None:
    order = {"kind": "profile_changed", "tenant": office.tenant["id"], "care": 2}
    assert office.cloud.call("/_sim/changes", json.dumps(order).encode()).status == 400
