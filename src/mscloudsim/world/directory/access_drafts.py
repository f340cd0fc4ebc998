"""Conditional Access policies in the order in which careful administrators make them."""

from typing import Any, Final

from mscloudsim.world.azure.dice import chance
from mscloudsim.world.directory.people import People
from mscloudsim.world.directory.roles import ROLES
from mscloudsim.world.estate import Licence

Item = dict[str, Any]

_REPORT_ONLY: Final = "enabledForReportingButNotEnforced"
_ENROLMENT: Final = "d4ebce55-015a-49b5-a083-c84d1797ae8c"
_OFFICE: Final = (
    "00000002-0000-0ff1-ce00-000000000000",
    "00000003-0000-0ff1-ce00-000000000000",
    "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe",
)
"""Exchange Online, SharePoint Online, Teams."""
_REGISTER: Final = "urn:user:registersecurityinfo"
_MANAGED: Final = ["compliantDevice", "domainJoinedDevice"]
_ADMIN_ROLES: Final = [
    role["id"]
    for role in ROLES
    if role["displayName"] == "Global Reader" or (role["isPrivileged"] and "Administrator" in role["displayName"])
] + [role["id"] for role in ROLES if role["displayName"] == "Billing Administrator"]
_STRENGTH: Final = {
    "id": "00000000-0000-0000-0000-000000000004",
    "createdDateTime": "2021-12-01T00:00:00Z",
    "modifiedDateTime": "2021-12-01T00:00:00Z",
    "displayName": "Phishing-resistant MFA",
    "description": "Phishing-resistant, Passwordless methods for the strongest authentication",
    "policyType": "builtIn",
    "requirementsSatisfied": "mfa",
    "allowedCombinations": ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"],
}
"""A built-in strength (learn.microsoft.com/entra/identity/authentication/concept-authentication-strengths)."""


def drafts(people: People, countries: str) -> list[Item]:
    """What a tenant has; the careless stop early. `countries` is the id of the location of those it works in."""
    care = people.care
    wanted = [*_for_everybody(people), *_for_sessions(people, countries)]
    if people.tenant.licence is Licence.P2:
        wanted += _for_risks(people)
    return wanted[: 1 + int(care * (len(wanted) - 0.01))]


def _for_everybody(people: People) -> list[Item]:
    care = people.care
    firm = "enabled" if care > 0.35 else _REPORT_ONLY
    everyone, admins = _users(people, everyone=True), _users(people, roles=_ADMIN_ROLES)
    return [
        _policy("Require MFA for administrators", firm, admins, grant=["mfa"]),
        _policy(
            "Block legacy authentication",
            "enabled" if care > 0.5 else "disabled",
            everyone,
            grant=["block"],
            apps=["exchangeActiveSync", "other"],
        ),
        _policy("Require MFA for all users", "enabled" if care > 0.6 else _REPORT_ONLY, everyone, grant=["mfa"]),
        _policy("Require compliant device for Office 365", firm, everyone, grant=_MANAGED, targets=["Office365"]),
        _policy(
            "Secure security info registration", "enabled", everyone, grant=["mfa"], actions=[_REGISTER], trusted=True
        ),
        _policy("Require MFA for guests", "enabled", _users(people, guests=True), grant=["mfa"]),
        _policy("Sign-in frequency for administrators", "enabled", admins, grant=["mfa"], session=_of_admins()),
        _policy(
            "Approved apps on phones",
            _REPORT_ONLY,
            everyone,
            grant=["approvedApplication"],
            targets=["Office365"],
            platforms=["android", "iOS"],
        ),
        _policy("Phishing-resistant MFA for administrators", "enabled", admins, strong=True),
        _policy(
            "Block device code flow",
            "enabled",
            everyone,
            grant=["block"],
            flows="deviceCodeFlow,authenticationTransfer",
        ),
    ]


def _for_sessions(people: People, countries: str) -> list[Item]:
    everyone = _users(people, everyone=True)
    always = _session(signInFrequency=_every_time())
    weekly = _session(signInFrequency=_every(7, "days"))
    enforced = _session(applicationEnforcedRestrictions={"isEnabled": True})
    abroad = {"includeLocations": ["All"], "excludeLocations": ["AllTrusted", countries]}
    return [
        _policy("Reauthenticate every week", "enabled", everyone, session=weekly),
        _policy(
            "Restrict unmanaged browsers",
            "enabled",
            everyone,
            targets=["Office365"],
            apps=["browser"],
            session=enforced,
        ),
        _policy("Block countries we do not work in", "enabled", everyone, grant=["block"], locations=abroad),
        _policy("Require managed device", "enabled", everyone, grant=_MANAGED),
        _policy("Managed device to register security info", "enabled", everyone, grant=_MANAGED, actions=[_REGISTER]),
        _policy("MFA to enrol devices", "enabled", everyone, grant=["mfa"], targets=[_ENROLMENT], session=always),
        _policy(
            "Token protection",
            "enabled",
            everyone,
            targets=list(_OFFICE),
            platforms=["windows"],
            apps=["mobileAppsAndDesktopClients"],
            session=_session(secureSignInSession={"isEnabled": True}),
        ),
    ]


def _for_risks(people: People) -> list[Item]:
    """Need Entra ID P2."""
    everyone = _users(people, everyone=True)
    return [
        _policy("Block risky sign-ins", "enabled", everyone, grant=["block"], risk=["high", "medium"]),
        _policy(
            "Password change for risky users",
            "enabled",
            everyone,
            grant=["mfa", "passwordChange"],
            user_risk=["high"],
            session=_session(signInFrequency=_every_time()),
        ),
    ]


def _users(people: People, *, everyone: bool = False, guests: bool = False, roles: list[str] | None = None) -> Item:
    """Whom a policy is for; emergency accounts are left out, and where nobody cares a few friends as well."""
    careless = chance(people.tenant.id, "friends") > people.care
    excluded = [people.id_of(index) for index in range(people.emergency_accounts)]
    excluded += [people.id_of(index) for index in (3, 4)] if careless and people.tenant.users > 4 else []
    kinds = "internalGuest,b2bCollaborationGuest,b2bCollaborationMember,b2bDirectConnectUser,otherExternalUser"
    external = {"guestOrExternalUserTypes": kinds, "externalTenants": {"membershipKind": "all"}}
    return {
        "includeUsers": ["All"] if everyone else [],
        "excludeUsers": excluded,
        "includeGroups": [],
        "excludeGroups": [],
        "includeRoles": roles or [],
        "excludeRoles": [],
        "includeGuestsOrExternalUsers": external if guests else None,
        "excludeGuestsOrExternalUsers": None,
    }


def _policy(name: str, state: str, users: Item, **parts: Any) -> Item:
    """One policy in the shape Graph stores it; parts left out are what the portal leaves out."""
    actions = parts.get("actions", [])
    locations = parts.get("locations")
    if parts.get("trusted"):
        locations = {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}
    platforms = {"includePlatforms": parts["platforms"], "excludePlatforms": []} if "platforms" in parts else None
    transfer = {"transferMethods": parts["flows"]} if "flows" in parts else None
    controls = {
        "operator": "AND" if "user_risk" in parts else "OR",
        "builtInControls": parts.get("grant", []),
        "customAuthenticationFactors": [],
        "termsOfUse": [],
        "authenticationStrength": dict(_STRENGTH) if parts.get("strong") else None,
    }
    return {
        "displayName": name,
        "state": state,
        "conditions": {
            "clientAppTypes": parts.get("apps", ["all"]),
            "userRiskLevels": parts.get("user_risk", []),
            "signInRiskLevels": parts.get("risk", []),
            "servicePrincipalRiskLevels": [],
            "insiderRiskLevels": None,
            "applications": {
                "includeApplications": [] if actions else parts.get("targets", ["All"]),
                "excludeApplications": [],
                "includeUserActions": actions,
                "includeAuthenticationContextClassReferences": [],
                "applicationFilter": None,
            },
            "users": users,
            "platforms": platforms,
            "locations": locations,
            "devices": None,
            "clientApplications": None,
            "authenticationFlows": transfer,
        },
        "grantControls": controls if "grant" in parts or parts.get("strong") else None,
        "sessionControls": parts.get("session"),
    }


def _of_admins() -> Item:
    """Ask again every four hours, and leave nobody signed in after the browser was closed."""
    return _session(signInFrequency=_every(4, "hours"), persistentBrowser={"mode": "never", "isEnabled": True})


def _session(**controls: Item) -> Item:
    absent = dict.fromkeys(_CONTROLS)
    return {**absent, **controls}


_CONTROLS: Final = (
    "disableResilienceDefaults",
    "applicationEnforcedRestrictions",
    "cloudAppSecurity",
    "signInFrequency",
    "persistentBrowser",
    "secureSignInSession",
)


def _every(value: int, unit: str) -> Item:
    return {
        "value": value,
        "type": unit,
        "authenticationType": "primaryAndSecondaryAuthentication",
        "frequencyInterval": "timeBased",
        "isEnabled": True,
    }


def _every_time() -> Item:
    return {**_every(0, "hours"), "value": None, "type": None, "frequencyInterval": "everyTime"}
