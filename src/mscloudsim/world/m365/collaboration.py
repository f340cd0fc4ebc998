"""Teams policies as ConfigAPI names them, and the tenant object of SharePoint administration."""

from typing import Any, Final

from mscloudsim.world.azure.dice import guid
from mscloudsim.world.m365.kinds import Item, Kind
from mscloudsim.world.m365.upkeep import Upkeep

TEAMS_PLAN: Final = ("TEAMS1",)
_STORAGE: Final = ("AllowDropBox", "AllowBox", "AllowGoogleDrive", "AllowShareFile", "AllowEgnyte")
_NOBODY: Final = 0
_EXISTING_GUESTS: Final = 3
_EVERYBODY: Final = 2


def _client(keep: Upkeep) -> list[Item]:
    storage = {name: not keep.hardened("teams storage") for name in _STORAGE}
    return [{**storage, "AllowEmailIntoChannel": not keep.hardened("channel mail")}]


def _external(keep: Upkeep) -> list[Item]:
    inbound = not keep.hardened("unmanaged teams inbound")
    shipped = {"EnableTeamsConsumerInbound": inbound}
    return [shipped, {"Identity": "Tag:FederationAndPICDefault"}, {"Identity": "Tag:NoFederationAndPIC", **_CLOSED}]


_CLOSED: Final[Item] = {"EnableFederationAccess": False, "EnableTeamsConsumerAccess": False}


def _federation(keep: Upkeep) -> list[Item]:
    consumers = not keep.hardened("unmanaged teams")
    item: Item = {"AllowTeamsConsumer": consumers, "AllowTeamsConsumerInbound": consumers}
    item["ExternalAccessWithTrialTenants"] = "Blocked" if keep.hardened("trial tenants") else "Allowed"
    if keep.hardened("federation"):
        item["AllowedDomains"] = {"AllowedDomain": [{"Domain": "partner.example"}]}
    return [item]


def _meetings(keep: Upkeep) -> list[Item]:
    item: Item = {
        "AllowAnonymousUsersToJoinMeeting": not keep.hardened("anonymous join"),
        "AllowAnonymousUsersToStartMeeting": keep.worsened("anonymous start"),
        "AllowPSTNUsersToBypassLobby": keep.worsened("dial-in lobby"),
        "AllowExternalParticipantGiveRequestControl": keep.worsened("external control"),
        "AllowExternalNonTrustedMeetingChat": not keep.hardened("external chat"),
        "AllowCloudRecording": not keep.hardened("recording"),
    }
    if keep.hardened("lobby"):
        item["AutoAdmittedUsers"] = "EveryoneInCompanyExcludingGuests"
    if keep.hardened("anonymous chat"):
        item["MeetingChatEnabledType"] = "EnabledExceptAnonymous"
    if keep.hardened("presenters"):
        item["DesignatedPresenterRoleMode"] = "OrganizerOnlyUserOverride"
    return [item, {"Identity": "Tag:AllOn"}, {"Identity": "Tag:Kiosk", "AllowCloudRecording": False}]


def _messaging(keep: Upkeep) -> list[Item]:
    return [{"AllowSecurityEndUserReporting": not keep.worsened("teams reports")}]


def _apps(keep: Upkeep) -> list[Item]:
    third_party = "AllowedAppList" if keep.hardened("teams apps") else "BlockedAppList"
    return [{"GlobalCatalogAppsType": third_party, "PrivateCatalogAppsType": third_party}]


def _tenant(keep: Upkeep) -> list[Item]:
    """Sharing goes together: who closed the door to strangers also closed it in OneDrive and for links."""
    sharing = _EXISTING_GUESTS if keep.hardened("sharing") else _EVERYBODY
    groups = [guid(keep.tenant.id, "may share with guests")] if keep.hardened("sharing groups") else []
    item: Item = {
        "SharingCapability": sharing,
        "CoreSharingCapability": sharing,
        "ODBSharingCapability": _NOBODY if keep.hardened("onedrive sharing") else sharing,
        "DefaultSharingLinkType": 1 if keep.hardened("link type") else 3,
        "DefaultLinkPermission": 1 if keep.hardened("link permission") else 2,
        "DisallowInfectedFileDownload": keep.hardened("infected files"),
        "EnableAzureADB2BIntegration": keep.hardened("b2b"),
        "LegacyAuthProtocolsEnabled": not keep.hardened("legacy authentication"),
        "PreventExternalUsersFromResharing": keep.hardened("resharing"),
        "GuestSharingGroupAllowListInTenant": ";".join(groups),
        "GuestSharingGroupAllowListInTenantByPrincipalIdentity": groups,
    }
    if keep.hardened("allowed domains"):
        item |= {"SharingDomainRestrictionMode": 1, "SharingAllowedDomainList": "partner.example auditors.example"}
    if keep.hardened("guest expiry"):
        item |= {"ExternalUserExpirationRequired": True, "ExternalUserExpireInDays": 30}
    if keep.hardened("verification code"):
        item |= {"EmailAttestationRequired": True, "EmailAttestationReAuthDays": 15}
    return [item]


def _policy(**properties: Any) -> Item:
    return {"Identity": "Global", "Description": None, **properties}


TEAMS: Final = (
    Kind(
        "TeamsClientConfiguration",
        _policy(
            **dict.fromkeys(_STORAGE, True),
            AllowEmailIntoChannel=True,
            AllowGuestUser=True,
            AllowOrganizationTab=True,
            ContentPin="RequiredOutsideScheduleMeeting",
            ResourceAccountContentAccess="NoAccess",
            RestrictedSenderList=None,
        ),
        _client,
    ),
    Kind(
        "ExternalAccessPolicy",
        _policy(
            EnableAcsFederationAccess=False,
            EnableFederationAccess=True,
            EnableTeamsConsumerAccess=True,
            EnableTeamsConsumerInbound=True,
        ),
        _external,
    ),
    Kind(
        "TenantFederationSettings",
        _policy(
            AllowFederatedUsers=True,
            AllowTeamsConsumer=True,
            AllowTeamsConsumerInbound=True,
            AllowTeamsSms=True,
            AllowedDomains={"AllowAllKnownDomains": {}},
            AllowedTrialTenantDomains=[],
            BlockAllSubdomains=False,
            BlockedDomains=[],
            ExternalAccessWithTrialTenants="Allowed",
            SharedSipAddressSpace=False,
            TreatDiscoveredPartnersAsUnverified=False,
        ),
        _federation,
    ),
    Kind(
        "TeamsMeetingPolicy",
        _policy(
            AllowAnonymousUsersToJoinMeeting=True,
            AllowAnonymousUsersToStartMeeting=False,
            AllowCloudRecording=True,
            AllowExternalNonTrustedMeetingChat=True,
            AllowExternalParticipantGiveRequestControl=False,
            AllowMeetNow=True,
            AllowParticipantGiveRequestControl=True,
            AllowPSTNUsersToBypassLobby=False,
            AllowTranscription=True,
            AutoAdmittedUsers="EveryoneInCompany",
            DesignatedPresenterRoleMode="EveryoneUserOverride",
            MeetingChatEnabledType="Enabled",
            RecordingStorageMode="OneDriveForBusiness",
        ),
        _meetings,
    ),
    Kind(
        "TeamsMessagingPolicy",
        _policy(
            AllowFluidCollaborate=True,
            AllowGiphy=True,
            AllowSecurityEndUserReporting=True,
            AllowUrlPreviews=True,
            AllowUserDeleteMessage=True,
            GiphyRatingType="Moderate",
        ),
        _messaging,
    ),
    Kind(
        "TeamsAppPermissionPolicy",
        _policy(
            DefaultCatalogApps=[],
            DefaultCatalogAppsType="BlockedAppList",
            GlobalCatalogApps=[],
            GlobalCatalogAppsType="BlockedAppList",
            PrivateCatalogApps=[],
            PrivateCatalogAppsType="BlockedAppList",
        ),
        _apps,
    ),
    Kind("TeamsMessagingConfiguration", _policy(EnableInOrganizationChatControl=False, MessagingNotes="Enabled")),
    Kind("TeamsAcsFederationConfiguration", _policy(EnableAcsUsers=False, AllowedAcsResources=[])),
)
SHAREPOINT: Final = (
    Kind(
        "Tenant",
        {
            "Identity": "SPO.Tenant",
            "AllowedDomainListForSyncClient": [],
            "AllowDownloadingNonWebViewableFiles": True,
            "AllowEditing": True,
            "BlockMacSync": False,
            "ConditionalAccessPolicy": 0,
            "CoreSharingCapability": _EVERYBODY,
            "DefaultLinkPermission": 2,
            "DefaultSharingLinkType": 3,
            "DisableCustomAppAuthentication": False,
            "DisallowInfectedFileDownload": False,
            "EmailAttestationReAuthDays": 30,
            "EmailAttestationRequired": False,
            "EnableAzureADB2BIntegration": False,
            "ExternalUserExpirationRequired": False,
            "ExternalUserExpireInDays": 60,
            "FileAnonymousLinkType": 2,
            "FolderAnonymousLinkType": 2,
            "GuestSharingGroupAllowListInTenant": "",
            "GuestSharingGroupAllowListInTenantByPrincipalIdentity": [],
            "IsUnmanagedSyncClientForTenantRestricted": False,
            "LegacyAuthProtocolsEnabled": True,
            "NotifyOwnersWhenItemsReshared": True,
            "ODBSharingCapability": _EVERYBODY,
            "OneDriveStorageQuota": 1_048_576,
            "PreventExternalUsersFromResharing": False,
            "RequireAnonymousLinksExpireInDays": -1,
            "SharingAllowedDomainList": "",
            "SharingBlockedDomainList": "",
            "SharingCapability": _EVERYBODY,
            "SharingDomainRestrictionMode": 0,
            "ShowEveryoneClaim": False,
            "StorageQuota": 1_097_728,
        },
        _tenant,
    ),
)
