"""SharePoint and OneDrive: sharing with outsiders, links, guests, infected files.

Graph knows four of the settings and needs little permission for them; the administration site knows them all, under
other names and as numbers.
"""

from collections.abc import Mapping
from typing import Final

from tenantry.observe.catalogue.policies import SHAREPOINT_SETTINGS
from tenantry.observe.catalogue.sharepoint import TENANT
from tenantry.posture.controls.flags import Wanted, flag_control, judge_flag, listed
from tenantry.posture.controls.registry import check
from tenantry.posture.evidence import Evidence, first_complete, one
from tenantry.posture.facts import Facts
from tenantry.posture.licences import Feature
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Affected, Finding, Unexpected, failed, passed

_BOTH: Final = (SHAREPOINT_SETTINGS, TENANT)
_SHARING: Final = (
    "Disabled",
    "ExternalUserSharingOnly",
    "ExternalUserAndGuestSharing",
    "ExistingExternalUserSharingOnly",
)
_LINKS: Final = ("None", "Direct", "Internal", "AnonymousAccess")
_PERMISSIONS: Final = ("None", "View", "Edit")
_RESTRICTIONS: Final = ("None", "AllowList", "BlockList")
_DAYS: Final = 30
_CODE_DAYS: Final = 15
_GROUPS: Final = ("GuestSharingGroupAllowListInTenant", "GuestSharingGroupAllowListInTenantByPrincipalIdentity")


def _choice(facts: Facts, path: str, names: tuple[str, ...]) -> str:
    """A setting by its name: the administration site sends its number, Graph and PowerShell its name."""
    found = facts.get(path)
    if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < len(names):
        return names[found]
    for place, name in enumerate(names):
        if isinstance(found, str) and found.lower() in (name.lower(), str(place)):
            return name
    raise Unexpected(f"{facts.where}.{path}", found)


def _either(evidence: Evidence) -> tuple[Facts, bool]:
    """The settings, and whether they are Graph's. Raises NotCollected when neither source is complete."""
    source = first_complete(evidence, *_BOTH)
    return one(evidence, source), source is SHAREPOINT_SETTINGS


def _sharing(facts: Facts, is_graph: bool) -> str:
    return _choice(facts, "sharingCapability" if is_graph else "SharingCapability", _SHARING)


@check("sharepoint.modern_authentication", either=_BOTH)
def modern_authentication(evidence: Evidence, _parameters: Parameters) -> Finding:
    facts, is_graph = _either(evidence)
    path = "isLegacyAuthProtocolsEnabled" if is_graph else "LegacyAuthProtocolsEnabled"
    good, bad = "SharePoint refuses legacy authentication.", "SharePoint accepts legacy authentication."
    return judge_flag(facts, Wanted(path, False, good, bad))


@check("sharepoint.external_sharing_is_restricted", either=_BOTH)
def external_sharing_is_restricted(evidence: Evidence, _parameters: Parameters) -> Finding:
    sharing = _sharing(*_either(evidence))
    observed = {"SharingCapability": sharing}
    if sharing == "ExternalUserAndGuestSharing":
        return failed("Content can be shared with anyone, without signing in.", observed)
    return passed("Content cannot be shared with people who do not sign in.", observed)


@check("sharepoint.guests_cannot_reshare", either=_BOTH)
def guests_cannot_reshare(evidence: Evidence, _parameters: Parameters) -> Finding:
    facts, is_graph = _either(evidence)
    good, bad = "Guests cannot share what they do not own.", "Guests may share what they do not own."
    if is_graph:
        return judge_flag(facts, Wanted("isResharingByExternalUsersEnabled", False, good, bad))
    return judge_flag(facts, Wanted("PreventExternalUsersFromResharing", True, good, bad))


@check("sharepoint.sharing_domains_are_allowed", either=_BOTH, inputs=("approved_sharing_domains",))
def sharing_domains_are_allowed(evidence: Evidence, parameters: Parameters) -> Finding:
    """A list of blocked domains lets all others in, and does not do."""
    facts, is_graph = _either(evidence)
    if _sharing(facts, is_graph) == "Disabled":
        return passed("Nothing is shared with outsiders.", {"SharingCapability": "Disabled"})
    prefix = "sharing" if is_graph else "Sharing"
    mode = _choice(facts, f"{prefix}DomainRestrictionMode", _RESTRICTIONS)
    domains = _domains(facts, f"{prefix}AllowedDomainList") if mode == "AllowList" else []
    return _judge_domains(mode, domains, {name.lower() for name in parameters.approved_sharing_domains})


def _judge_domains(mode: str, domains: list[str], approved: set[str]) -> Finding:
    observed = {"SharingDomainRestrictionMode": mode, "SharingAllowedDomainList": domains}
    if mode != "AllowList":
        return failed("Content can be shared with any domain that is not blocked.", observed)
    if not domains:
        return failed("Sharing is restricted to a list of domains, and the list is empty.", observed)
    strange = [name for name in domains if name not in approved]
    if approved and strange:
        wrong = [Affected(name, name, "is not an approved domain") for name in strange]
        return failed("Content can be shared with domains that are not approved.", observed, wrong)
    review = [] if approved else [f"Nobody has said yet which domains are approved: {listed(domains)}."]
    return passed(f"Content can be shared only with {listed(domains)}.", observed, review)


def _domains(facts: Facts, path: str) -> list[str]:
    """The administration site separates domains by spaces."""
    return [part.lower() for name in facts.names(path, required=True) for part in name.split()]


@check("sharepoint.sync_is_restricted", SHAREPOINT_SETTINGS)
def sync_is_restricted(evidence: Evidence, _parameters: Parameters) -> Finding:
    facts = one(evidence, SHAREPOINT_SETTINGS)
    observed = facts.shown("isUnmanagedSyncAppForTenantRestricted", "allowedDomainGuidsForSyncApp")
    if not facts.flag("isUnmanagedSyncAppForTenantRestricted"):
        return failed("OneDrive synchronises with any device.", observed)
    if not facts.names("allowedDomainGuidsForSyncApp", required=True):
        return failed("OneDrive synchronisation is restricted to domains, and none is named.", observed)
    return passed("OneDrive synchronises only with devices of named domains.", observed)


@check("sharepoint.onedrive_sharing_is_restricted", TENANT)
def onedrive_sharing_is_restricted(evidence: Evidence, _parameters: Parameters) -> Finding:
    sharing = _choice(one(evidence, TENANT), "ODBSharingCapability", _SHARING)
    told = passed if sharing == "Disabled" else failed
    return told(f"OneDrive sharing with outsiders is {sharing}.", {"ODBSharingCapability": sharing})


def _judge_choice(evidence: Evidence, path: str, names: tuple[str, ...], good: Mapping[str, str], bad: str) -> Finding:
    found = _choice(one(evidence, TENANT), path, names)
    return passed(good[found], {path: found}) if found in good else failed(bad, {path: found})


@check("sharepoint.link_sharing_is_restricted", TENANT)
def link_sharing_is_restricted(evidence: Evidence, _parameters: Parameters) -> Finding:
    good = {"Direct": "New links are for chosen people.", "Internal": "New links are for people of the organisation."}
    return _judge_choice(
        evidence, "DefaultSharingLinkType", _LINKS, good, "New links are not limited to chosen people."
    )


@check("sharepoint.links_are_view_only", TENANT)
def links_are_view_only(evidence: Evidence, _parameters: Parameters) -> Finding:
    good = {"View": "New links only let people view."}
    return _judge_choice(evidence, "DefaultLinkPermission", _PERMISSIONS, good, "New links are not limited to viewing.")


@check("sharepoint.sharing_by_security_group", TENANT)
def sharing_by_security_group(evidence: Evidence, _parameters: Parameters) -> Finding:
    facts = one(evidence, TENANT)
    sharing = _sharing(facts, is_graph=False)
    groups = sorted({group for path in _GROUPS for group in facts.names(path)})
    observed = {"SharingCapability": sharing, "groups": groups}
    if sharing == "Disabled":
        return passed("Nothing is shared with outsiders.", observed)
    if not groups:
        return failed("Everybody may share with outsiders, not only members of a group.", observed)
    return passed("Only members of named groups may share with outsiders.", observed)


@check("sharepoint.guest_access_expires", TENANT, inputs=("shorter_guest_expiry_passes",))
def guest_access_expires(evidence: Evidence, parameters: Parameters) -> Finding:
    facts = one(evidence, TENANT)
    observed = facts.shown("ExternalUserExpirationRequired", "ExternalUserExpireInDays")
    if not facts.flag("ExternalUserExpirationRequired"):
        return failed("Access of guests never ends by itself.", observed)
    days = facts.number("ExternalUserExpireInDays")
    if days == _DAYS or (parameters.shorter_guest_expiry_passes and 0 < days < _DAYS):
        return passed(f"Access of guests ends after {days} days.", observed)
    return failed(f"Access of guests ends after {days} days, and not after {_DAYS}.", observed)


@check("sharepoint.verification_code_reauthentication", TENANT)
def verification_code_reauthentication(evidence: Evidence, _parameters: Parameters) -> Finding:
    facts = one(evidence, TENANT)
    observed = facts.shown("EmailAttestationRequired", "EmailAttestationReAuthDays")
    if not facts.flag("EmailAttestationRequired"):
        return failed("People with a verification code are never asked for it again.", observed)
    days = facts.number("EmailAttestationReAuthDays")
    told = passed if 0 < days <= _CODE_DAYS else failed
    return told(f"People with a verification code are asked for a new one after {days} days.", observed)


flag_control(
    "sharepoint.b2b_integration",
    TENANT,
    Wanted(
        "EnableAzureADB2BIntegration",
        True,
        "People whom something is shared with become guests of Entra.",
        "People whom something is shared with do not become guests of Entra, so its rules do not hold for them.",
    ),
)
flag_control(
    "sharepoint.infected_files_are_blocked",
    TENANT,
    Wanted(
        "DisallowInfectedFileDownload",
        True,
        "Infected files cannot be downloaded.",
        "Infected files can be downloaded.",
    ),
    Feature.DEFENDER_OFFICE_P1,
)
