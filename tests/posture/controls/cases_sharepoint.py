"""SharePoint and OneDrive: Graph's names, and the numbers and other names of the administration site."""

from typing import Any

from tests.posture.building import fails, flags, passes, strange, uncollected, unlicensed
from tests.posture.judging import Case, Items

from tenantry.observe.catalogue.policies import SHAREPOINT_SETTINGS
from tenantry.observe.catalogue.sharepoint import TENANT
from tenantry.posture.licences import Feature

_LEGACY, _SHARING = "sharepoint.modern_authentication", "sharepoint.external_sharing_is_restricted"
_RESHARE, _DOMAINS = "sharepoint.guests_cannot_reshare", "sharepoint.sharing_domains_are_allowed"
_ONEDRIVE, _LINKS = "sharepoint.onedrive_sharing_is_restricted", "sharepoint.link_sharing_is_restricted"
_VIEW, _GROUPS = "sharepoint.links_are_view_only", "sharepoint.sharing_by_security_group"
_EXPIRY, _CODE = "sharepoint.guest_access_expires", "sharepoint.verification_code_reauthentication"
_SYNC, _INFECTED = "sharepoint.sync_is_restricted", "sharepoint.infected_files_are_blocked"
_IDENTITIES = "GuestSharingGroupAllowListInTenantByPrincipalIdentity"


def graph(**values: Any) -> Items:
    return {SHAREPOINT_SETTINGS: [{"id": "settings", **values}]}


def site(**values: Any) -> Items:
    return {TENANT: [{"id": "tenant", **values}]}


def groups(sharing: Any = 2, listed: Any = "", identities: Any = None) -> Items:
    return site(SharingCapability=sharing, GuestSharingGroupAllowListInTenant=listed, **{_IDENTITIES: identities})


def expiry(days: Any, required: Any = True) -> Items:
    return site(ExternalUserExpirationRequired=required, ExternalUserExpireInDays=days)


def code(days: Any, required: Any = True) -> Items:
    return site(EmailAttestationRequired=required, EmailAttestationReAuthDays=days)


def allowed(domains: Any, mode: str = "allowList") -> Items:
    return graph(
        sharingCapability="externalUserSharingOnly", sharingDomainRestrictionMode=mode, sharingAllowedDomainList=domains
    )


CASES: list[Case] = [
    *uncollected(_LEGACY, _SHARING, _RESHARE, _DOMAINS, _ONEDRIVE, _LINKS, _VIEW, _GROUPS, _EXPIRY, _CODE, _SYNC),
    *unlicensed(Feature.DEFENDER_OFFICE_P1, _INFECTED),
    *flags(_INFECTED, TENANT, {"DisallowInfectedFileDownload": True}),
    *flags("sharepoint.b2b_integration", TENANT, {"EnableAzureADB2BIntegration": True}),
    passes(_LEGACY, "Graph says off", graph(isLegacyAuthProtocolsEnabled=False)),
    passes(_LEGACY, "only the administration site was read", site(LegacyAuthProtocolsEnabled=False)),
    passes(
        _LEGACY,
        "Graph comes first",
        {**graph(isLegacyAuthProtocolsEnabled=False), **site(LegacyAuthProtocolsEnabled=True)},
    ),
    fails(_LEGACY, "Graph says on", graph(isLegacyAuthProtocolsEnabled=True)),
    fails(_LEGACY, "the site says on", site(LegacyAuthProtocolsEnabled=True)),
    strange(_LEGACY, "absent", graph()),
    *(passes(_SHARING, f"number {number}", site(SharingCapability=number)) for number in (0, 1, 3)),
    *(
        passes(_SHARING, f"name {name}", graph(sharingCapability=name))
        for name in ("disabled", "externalUserSharingOnly", "existingExternalUserSharingOnly")
    ),
    fails(_SHARING, "number 2", site(SharingCapability=2)),
    fails(_SHARING, "PowerShell's name", site(SharingCapability="ExternalUserAndGuestSharing")),
    fails(_SHARING, "Graph's name", graph(sharingCapability="externalUserAndGuestSharing")),
    strange(_SHARING, "an unknown number", site(SharingCapability=4)),
    strange(_SHARING, "an unknown name", graph(sharingCapability="unknownFutureValue")),
    strange(_SHARING, "null", graph(sharingCapability=None)),
    strange(_SHARING, "false is not 0", site(SharingCapability=False)),
    passes(_RESHARE, "Graph", graph(isResharingByExternalUsersEnabled=False)),
    passes(_RESHARE, "the site has it the other way round", site(PreventExternalUsersFromResharing=True)),
    fails(_RESHARE, "Graph", graph(isResharingByExternalUsersEnabled=True)),
    fails(_RESHARE, "the site", site(PreventExternalUsersFromResharing=False)),
    passes(_DOMAINS, "nothing is shared", graph(sharingCapability="disabled")),
    passes(_DOMAINS, "a list, nobody approved it", allowed(["a.example"]), review="a.example"),
    passes(_DOMAINS, "approved", allowed(["A.example"]), parameters={"approved_sharing_domains": ["a.example"]}),
    passes(
        _DOMAINS,
        "the site",
        site(SharingCapability=1, SharingDomainRestrictionMode=1, SharingAllowedDomainList="a.example b.example"),
        "b.example",
    ),
    fails(
        _DOMAINS,
        "not approved",
        allowed(["a.example", "b.example"]),
        affected=["b.example"],
        parameters={"approved_sharing_domains": ["a.example"]},
    ),
    fails(_DOMAINS, "a block list", allowed([], "blockList")),
    fails(_DOMAINS, "a block list of the site", site(SharingCapability=1, SharingDomainRestrictionMode=2)),
    fails(_DOMAINS, "no restriction", allowed([], "none")),
    fails(_DOMAINS, "an empty list", allowed([]), "empty"),
    strange(
        _DOMAINS,
        "the list is absent",
        graph(sharingCapability="externalUserSharingOnly", sharingDomainRestrictionMode="allowList"),
    ),
    passes(
        _SYNC,
        "domains are named",
        graph(isUnmanagedSyncAppForTenantRestricted=True, allowedDomainGuidsForSyncApp=["1"]),
    ),
    fails(_SYNC, "none is named", graph(isUnmanagedSyncAppForTenantRestricted=True, allowedDomainGuidsForSyncApp=[])),
    fails(
        _SYNC, "not restricted", graph(isUnmanagedSyncAppForTenantRestricted=False, allowedDomainGuidsForSyncApp=["1"])
    ),
    passes(_ONEDRIVE, "0", site(ODBSharingCapability=0)),
    passes(_ONEDRIVE, "0 as a text", site(ODBSharingCapability="0")),
    *(fails(_ONEDRIVE, str(number), site(ODBSharingCapability=number)) for number in (1, 2, 3)),
    strange(_ONEDRIVE, "PowerShell's property", site(OneDriveSharingCapability="Disabled")),
    *(passes(_LINKS, str(number), site(DefaultSharingLinkType=number)) for number in (1, 2, "Direct")),
    *(fails(_LINKS, str(number), site(DefaultSharingLinkType=number)) for number in (0, 3)),
    passes(_VIEW, "1", site(DefaultLinkPermission=1)),
    *(fails(_VIEW, str(number), site(DefaultLinkPermission=number)) for number in (0, 2)),
    passes(_GROUPS, "nothing is shared", groups(0)),
    passes(_GROUPS, "one group", groups(identities=["id-1"])),
    passes(_GROUPS, "as SharePoint writes collections", groups(identities={"results": ["id-1"]})),
    passes(_GROUPS, "a text", groups(listed="id-1;id-2")),
    fails(_GROUPS, "no group", groups(identities=[])),
    fails(_GROUPS, "an empty collection", groups(identities={"results": []})),
    passes(_EXPIRY, "30", expiry(30)),
    passes(_EXPIRY, "29, where that passes", expiry(29), parameters={"shorter_guest_expiry_passes": True}),
    fails(_EXPIRY, "29", expiry(29)),
    fails(_EXPIRY, "60", expiry(60)),
    fails(_EXPIRY, "0, where shorter passes", expiry(0), parameters={"shorter_guest_expiry_passes": True}),
    fails(_EXPIRY, "not required", expiry(30, required=False)),
    passes(_CODE, "15", code(15)),
    passes(_CODE, "1", code(1)),
    fails(_CODE, "16", code(16)),
    fails(_CODE, "0", code(0)),
    fails(_CODE, "not required", code(15, required=False)),
]
