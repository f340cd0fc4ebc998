"""Teams: external access, meetings, storage, apps, reports."""

from typing import Any

from tests.posture.building import fails, flags, passes, strange, uncollected, unlicensed
from tests.posture.judging import Case, Items

from tenantry.observe.catalogue.exchange import REPORT_SUBMISSION
from tenantry.observe.catalogue.teams import (
    APP_PERMISSIONS,
    CLIENT_CONFIGURATION,
    EXTERNAL_ACCESS,
    FEDERATION,
    MEETING_POLICY,
    MESSAGING_POLICY,
)
from tenantry.posture.licences import Feature
from tenantry.posture.verdicts import Cause, Status

_STORAGE, _DOMAINS = "teams.storage_providers_are_approved", "teams.external_domains_are_restricted"
_UNMANAGED, _INBOUND = "teams.no_unmanaged_users", "teams.unmanaged_users_cannot_start"
_TRIAL, _APPS, _CONCERNS = (
    "teams.no_trial_tenants",
    "teams.app_permissions_are_configured",
    "teams.users_can_report_concerns",
)
_PROVIDERS = ("AllowDropBox", "AllowBox", "AllowGoogleDrive", "AllowShareFile", "AllowEgnyte")
_OPEN: dict[str, Any] = {"AllowAllKnownDomains": {}}


def storage(**changed: Any) -> Items:
    return {CLIENT_CONFIGURATION: [{"id": "Global", **dict.fromkeys(_PROVIDERS, False), **changed}]}


def external(policy: dict[str, Any], federation: dict[str, Any]) -> Items:
    return {EXTERNAL_ACCESS: [{"id": "Global", **policy}], FEDERATION: [{"id": "Global", **federation}]}


def domains(allowed: Any, policy: Any = True, federated: Any = True) -> Items:
    return external({"EnableFederationAccess": policy}, {"AllowFederatedUsers": federated, "AllowedDomains": allowed})


def consumers(policy: Any, federation: Any) -> Items:
    return external({"EnableTeamsConsumerAccess": policy}, {"AllowTeamsConsumer": federation})


def inbound(policy: Any, federation: Any, consumer: Any = True) -> Items:
    settings = {"AllowTeamsConsumerInbound": federation, "AllowTeamsConsumer": consumer}
    return external({"EnableTeamsConsumerInbound": policy}, settings)


def trial(value: Any) -> Items:
    return {FEDERATION: [{"id": "Global", "ExternalAccessWithTrialTenants": value}]}


def apps(kind: Any, named: Any = ()) -> Items:
    kinds = ("DefaultCatalogApps", "GlobalCatalogApps", "PrivateCatalogApps")
    return {
        APP_PERMISSIONS: [
            {"id": "Global", **{f"{one}Type": kind for one in kinds}, **{key: list(named) for key in kinds}}
        ]
    }


REPORTS: dict[str, Any] = {
    "ReportJunkToCustomizedAddress": True,
    "ReportNotJunkToCustomizedAddress": True,
    "ReportPhishToCustomizedAddress": True,
    "ReportChatMessageToCustomizedAddressEnabled": True,
    "ReportChatMessageEnabled": False,
    "ReportJunkAddresses": ["soc@contoso.com"],
    "ReportNotJunkAddresses": ["soc@contoso.com"],
    "ReportPhishAddresses": "soc@contoso.com",
}


def reports(messaging: Any = True, **changed: Any) -> Items:
    return {
        MESSAGING_POLICY: [{"id": "Global", "AllowSecurityEndUserReporting": messaging}],
        REPORT_SUBMISSION: [{"id": "Default", **REPORTS, **changed}],
    }


_MEETING_FLAGS = {
    "teams.anonymous_users_cannot_join": "AllowAnonymousUsersToJoinMeeting",
    "teams.anonymous_users_cannot_start": "AllowAnonymousUsersToStartMeeting",
    "teams.dial_in_waits_in_lobby": "AllowPSTNUsersToBypassLobby",
    "teams.external_participants_cannot_take_control": "AllowExternalParticipantGiveRequestControl",
    "teams.no_external_meeting_chat": "AllowExternalNonTrustedMeetingChat",
    "teams.recording_is_off": "AllowCloudRecording",
}
_MEETING_CHOICES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "teams.only_organisation_bypasses_lobby": (
        "AutoAdmittedUsers",
        ("InvitedUsers", "EveryoneInCompanyExcludingGuests", "OrganizerOnly"),
        ("Everyone", "EveryoneInCompany", "EveryoneInSameAndFederatedCompany"),
    ),
    "teams.no_anonymous_chat": (
        "MeetingChatEnabledType",
        ("EnabledExceptAnonymous", "EnabledInMeetingOnlyForAllExceptAnonymous", "Disabled"),
        ("Enabled",),
    ),
    "teams.only_organisers_present": (
        "DesignatedPresenterRoleMode",
        ("OrganizerOnlyUserOverride",),
        ("EveryoneUserOverride", "EveryoneInCompanyUserOverride"),
    ),
}
CASES: list[Case] = [
    *uncollected(_STORAGE, _DOMAINS, _UNMANAGED, _INBOUND, _TRIAL, _CONCERNS, *_MEETING_CHOICES),
    *unlicensed(Feature.DEFENDER_OFFICE_P2, _CONCERNS),
    *flags("teams.no_mail_to_channels", CLIENT_CONFIGURATION, {"AllowEmailIntoChannel": False}),
    *flags("teams.no_skype_users", FEDERATION, {"AllowPublicUsers": False}),
    *(case for key, path in _MEETING_FLAGS.items() for case in flags(key, MEETING_POLICY, {path: False})),
    *(
        case
        for key, (path, good, bad) in _MEETING_CHOICES.items()
        for case in (
            *(passes(key, value, {MEETING_POLICY: [{"id": "Global", path: value}]}) for value in good),
            *(fails(key, value, {MEETING_POLICY: [{"id": "Global", path: value}]}) for value in bad),
            strange(key, "it is null", {MEETING_POLICY: [{"id": "Global", path: None}]}),
        )
    ),
    passes(_STORAGE, "none", storage()),
    passes(_STORAGE, "an approved one", storage(AllowBox=True), parameters={"approved_storage_providers": ["box"]}),
    fails(_STORAGE, "as Microsoft ships it", storage(**dict.fromkeys(_PROVIDERS, True))),
    *(fails(_STORAGE, f"{name} is on", storage(**{name: True})) for name in _PROVIDERS),
    fails(
        _STORAGE,
        "another one than approved",
        storage(AllowBox=True, AllowEgnyte=True),
        affected=["Egnyte"],
        parameters={"approved_storage_providers": ["Box"]},
    ),
    strange(_STORAGE, "one is absent", {CLIENT_CONFIGURATION: [{"id": "Global"}]}),
    passes(_DOMAINS, "the policy is off, the federation open", domains(_OPEN, policy=False)),
    passes(_DOMAINS, "the federation is off", domains(_OPEN, federated=False)),
    passes(_DOMAINS, "named domains", domains({"AllowedDomain": [{"Domain": "partner.example"}]})),
    passes(_DOMAINS, "one named domain as a text", domains({"AllowedDomain": "Domain=partner.example"})),
    passes(_DOMAINS, "an empty list", domains({"AllowedDomain": []})),
    passes(_DOMAINS, "a bare list", domains(["partner.example"])),
    fails(_DOMAINS, "as Microsoft ships it", domains(_OPEN)),
    fails(_DOMAINS, "the name alone", domains("AllowAllKnownDomains")),
    strange(_DOMAINS, "null", domains(None)),
    strange(_DOMAINS, "an unknown form", domains({})),
    strange(_DOMAINS, "the policy does not say", domains(_OPEN, policy=None)),
    passes(_UNMANAGED, "the policy is off", consumers(False, True)),
    passes(_UNMANAGED, "the federation is off", consumers(True, False)),
    fails(_UNMANAGED, "both are on", consumers(True, True)),
    strange(_UNMANAGED, "absent", consumers(None, True)),
    passes(_INBOUND, "the policy is off", inbound(False, True)),
    passes(_INBOUND, "the federation is off", inbound(True, False)),
    passes(_INBOUND, "there are no conversations at all", inbound(True, True, consumer=False)),
    fails(_INBOUND, "all are on", inbound(True, True)),
    passes(_TRIAL, "blocked", trial("Blocked")),
    fails(_TRIAL, "allowed", trial("Allowed")),
    strange(_TRIAL, "null", trial(None)),
    Case(_APPS, "as Microsoft ships it", Status.MANUAL, apps("BlockedAppList"), "attest", review="lets all apps in"),
    Case(_APPS, "only named apps", Status.MANUAL, apps("AllowedAppList"), "attest"),
    Case(_APPS, "nothing was collected", Status.MANUAL, {}, "could not be read", cause=Cause.NOT_COLLECTED),
    passes(_CONCERNS, "all goes to the organisation", reports()),
    fails(_CONCERNS, "Teams does not report", reports(messaging=False)),
    *(
        fails(_CONCERNS, f"{name} is wrong", reports(**{name: not value if isinstance(value, bool) else []}), name)
        for name, value in REPORTS.items()
    ),
    strange(_CONCERNS, "a flag is null", reports(ReportChatMessageEnabled=None)),
]
