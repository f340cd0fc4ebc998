"""Teams: foreign storage, mail to channels, conversations with other organisations, apps, reports of concerns."""

from collections.abc import Sequence
from typing import Any, Final

from tenantry.observe.catalogue.exchange import REPORT_SUBMISSION
from tenantry.observe.catalogue.teams import (
    APP_PERMISSIONS,
    CLIENT_CONFIGURATION,
    EXTERNAL_ACCESS,
    FEDERATION,
    MESSAGING_POLICY,
)
from tenantry.posture.controls.flags import Wanted, flag_control, judge_flag, listed, wrong_flags
from tenantry.posture.controls.registry import check
from tenantry.posture.evidence import Evidence, one
from tenantry.posture.facts import Facts
from tenantry.posture.licences import Feature
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Affected, Finding, Unexpected, failed, manual, passed

_PROVIDERS: Final = ("DropBox", "Box", "GoogleDrive", "ShareFile", "Egnyte")
_REPORTS: Final = {
    "ReportJunkToCustomizedAddress": True,
    "ReportNotJunkToCustomizedAddress": True,
    "ReportPhishToCustomizedAddress": True,
    "ReportChatMessageToCustomizedAddressEnabled": True,
    "ReportChatMessageEnabled": False,
}
_ADDRESSES: Final = ("ReportJunkAddresses", "ReportNotJunkAddresses", "ReportPhishAddresses")
_APP_TYPES: Final = ("DefaultCatalogAppsType", "GlobalCatalogAppsType", "PrivateCatalogAppsType")
_EVERYBODY: Final = "AllowAllKnownDomains"
_NAMED: Final = "AllowedDomain"

flag_control(
    "teams.no_mail_to_channels",
    CLIENT_CONFIGURATION,
    Wanted("AllowEmailIntoChannel", False, "Channels take no mail.", "Anybody may send mail into channels."),
)


@check("teams.storage_providers_are_approved", CLIENT_CONFIGURATION, inputs=("approved_storage_providers",))
def storage_providers_are_approved(evidence: Evidence, parameters: Parameters) -> Finding:
    facts = one(evidence, CLIENT_CONFIGURATION)
    approved = {name.lower() for name in parameters.approved_storage_providers}
    allowed = [name for name in _PROVIDERS if facts.flag(f"Allow{name}")]
    strange = [Affected(name, name, "is not approved") for name in allowed if name.lower() not in approved]
    observed = facts.shown(*(f"Allow{name}" for name in _PROVIDERS))
    if strange:
        return failed(
            f"Teams offers storage nobody approved: {listed([one.name for one in strange])}.", observed, strange
        )
    text = f"Teams offers only approved storage: {listed(allowed)}." if allowed else "Teams offers no foreign storage."
    return passed(text, observed)


@check("teams.external_domains_are_restricted", EXTERNAL_ACCESS, FEDERATION)
def external_domains_are_restricted(evidence: Evidence, _parameters: Parameters) -> Finding:
    """Either of the two settings closes the door; with both open, the partners have to be named."""
    policy, federation = one(evidence, EXTERNAL_ACCESS), one(evidence, FEDERATION)
    observed = policy.shown("EnableFederationAccess") | federation.shown("AllowFederatedUsers", "AllowedDomains")
    if not (policy.flag("EnableFederationAccess") and federation.flag("AllowFederatedUsers")):
        return passed("Teams does not talk to other organisations.", observed)
    if _is_open(federation.get("AllowedDomains")):
        return failed("Teams talks to every other organisation.", observed)
    return passed("Teams talks only to named domains.", observed)


def _is_open(allowed: Any) -> bool:
    """Whether all domains are allowed. Raises Unexpected for a form that is not known: it must not count as a list."""
    if isinstance(allowed, dict) and (_EVERYBODY in allowed or _NAMED in allowed):
        return _EVERYBODY in allowed
    if isinstance(allowed, str) and allowed:
        return _EVERYBODY.lower() in allowed.lower()
    if isinstance(allowed, list):
        return any(_EVERYBODY in str(row) for row in allowed)
    raise Unexpected("teams.federation.AllowedDomains", allowed)


def _either_off(evidence: Evidence, policy: str, settings: Sequence[str], good: str, bad: str) -> Finding:
    """One flag that is off is enough: a conversation needs all of them."""
    access, federation = one(evidence, EXTERNAL_ACCESS), one(evidence, FEDERATION)
    flags = [access.flag(policy), *(federation.flag(name) for name in settings)]
    observed = access.shown(policy) | federation.shown(*settings)
    return failed(bad, observed) if all(flags) else passed(good, observed)


@check("teams.no_unmanaged_users", EXTERNAL_ACCESS, FEDERATION)
def no_unmanaged_users(evidence: Evidence, _parameters: Parameters) -> Finding:
    good = "Teams does not talk to personal accounts."
    bad = "Teams talks to personal accounts that no organisation manages."
    return _either_off(evidence, "EnableTeamsConsumerAccess", ("AllowTeamsConsumer",), good, bad)


@check("teams.unmanaged_users_cannot_start", EXTERNAL_ACCESS, FEDERATION)
def unmanaged_users_cannot_start(evidence: Evidence, _parameters: Parameters) -> Finding:
    good = "Personal accounts cannot start a conversation."
    bad = "Personal accounts may start conversations with people of the organisation."
    settings = ("AllowTeamsConsumerInbound", "AllowTeamsConsumer")
    return _either_off(evidence, "EnableTeamsConsumerInbound", settings, good, bad)


@check("teams.no_trial_tenants", FEDERATION)
def no_trial_tenants(evidence: Evidence, _parameters: Parameters) -> Finding:
    federation = one(evidence, FEDERATION)
    observed = federation.shown("ExternalAccessWithTrialTenants")
    if federation.text("ExternalAccessWithTrialTenants") == "Blocked":
        return passed("Teams does not talk to trial organisations.", observed)
    return failed("Teams talks to trial organisations, which anybody can create.", observed)


@check("teams.no_skype_users", FEDERATION)
def no_skype_users(evidence: Evidence, _parameters: Parameters) -> Finding:
    wanted = Wanted("AllowPublicUsers", False, "Teams does not talk to Skype users.", "Teams talks to Skype users.")
    return judge_flag(one(evidence, FEDERATION), wanted)


@check("teams.app_permissions_are_configured", APP_PERMISSIONS)
def app_permissions_are_configured(evidence: Evidence, _parameters: Parameters) -> Finding:
    """The settings for the whole organisation cannot be read by an application; the global policy can."""
    policy = one(evidence, APP_PERMISSIONS)
    kinds = {name: policy.text(name) for name in _APP_TYPES}
    is_open = [name for name, kind in kinds.items() if kind == "BlockedAppList" and not _apps(policy, name)]
    review = [f"The global policy lets all apps in: {listed(is_open)}."] if is_open else []
    text = "Somebody has to attest the settings for the whole organisation; the global policy is shown."
    return manual(text, kinds, review)


def _apps(policy: Facts, kind: str) -> list[Facts]:
    return policy.objects(kind.removesuffix("Type"))


@check("teams.users_can_report_concerns", MESSAGING_POLICY, REPORT_SUBMISSION, feature=Feature.DEFENDER_OFFICE_P2)
def users_can_report_concerns(evidence: Evidence, _parameters: Parameters) -> Finding:
    messaging, reports = one(evidence, MESSAGING_POLICY), one(evidence, REPORT_SUBMISSION)
    wrong = wrong_flags(messaging, {"AllowSecurityEndUserReporting": True}) + wrong_flags(reports, _REPORTS)
    wrong += [name for name in _ADDRESSES if not reports.names(name, required=True)]
    observed = messaging.shown("AllowSecurityEndUserReporting") | reports.shown(*_REPORTS, *_ADDRESSES)
    if wrong:
        return failed(f"Concerns of users do not reach the organisation: {listed(wrong)}.", observed)
    return passed("Users can report messages in Teams, and the organisation is told.", observed)
