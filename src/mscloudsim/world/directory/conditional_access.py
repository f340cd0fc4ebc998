"""Conditional Access: policies and named locations, from exemplary to neglected by the care of a tenant."""

from typing import Any, Final

from mscloudsim.world.azure.dice import chance, guid
from mscloudsim.world.directory.people import People, has_premium
from mscloudsim.world.directory.roles import GLOBAL_ADMINISTRATOR, ROLES
from mscloudsim.world.directory.stamps import DAY, stamp
from mscloudsim.world.estate import Licence

Item = dict[str, Any]

_REPORT_ONLY: Final = "enabledForReportingButNotEnforced"
_ADMIN_ROLES: Final = [GLOBAL_ADMINISTRATOR, *(role["id"] for role in ROLES[1:7])]
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


class ConditionalAccess:
    """The policies a tenant starts with; without a licence for them it has none."""

    def __init__(self, people: People) -> None:
        self.people, self.tenant, self.born = people, people.tenant, people.born
        self._drafts = self._wanted() if has_premium(self.tenant) else []

    @property
    def count(self) -> int:
        return len(self._drafts)

    def policy(self, index: int) -> Item:
        draft = self._drafts[index]
        created = self.born - (200 + 17 * index) * DAY
        return {
            "id": self.people.ids.of("policy", index),
            "templateId": None,
            "deletedDateTime": None,
            "createdDateTime": stamp(created),
            "modifiedDateTime": stamp(created + 30 * DAY) if index % 2 else None,
            **draft,
        }

    def _wanted(self) -> list[Item]:
        """Policies in the order in which careful administrators make them; the careless stop early."""
        care = self.people.care
        firm = "enabled" if care > 0.35 else _REPORT_ONLY
        drafts = [
            _policy("Require MFA for administrators", firm, self._users(roles=_ADMIN_ROLES), grant=["mfa"]),
            _policy(
                "Block legacy authentication",
                "enabled" if care > 0.5 else "disabled",
                self._users(everyone=True),
                grant=["block"],
                apps=["exchangeActiveSync", "other"],
            ),
            _policy(
                "Require MFA for all users",
                "enabled" if care > 0.6 else _REPORT_ONLY,
                self._users(everyone=True),
                grant=["mfa"],
            ),
            _policy(
                "Require compliant device for Office 365",
                firm,
                self._users(everyone=True),
                grant=["compliantDevice", "domainJoinedDevice"],
                targets=["Office365"],
            ),
            _policy(
                "Secure security info registration",
                "enabled",
                self._users(everyone=True),
                grant=["mfa"],
                actions=["urn:user:registersecurityinfo"],
                locations=True,
            ),
            _policy("Require MFA for guests", "enabled", self._users(guests=True), grant=["mfa"]),
            _policy(
                "Sign-in frequency for administrators",
                "enabled",
                self._users(roles=_ADMIN_ROLES),
                grant=["mfa"],
                session=_every_hours(4),
            ),
            _policy(
                "Phishing-resistant MFA for administrators", "enabled", self._users(roles=_ADMIN_ROLES), strong=True
            ),
            _policy(
                "Block device code flow",
                "enabled",
                self._users(everyone=True),
                grant=["block"],
                flows="deviceCodeFlow,authenticationTransfer",
            ),
        ]
        if self.tenant.licence is Licence.P2:
            drafts += [
                _policy("Block risky sign-ins", "enabled", self._users(everyone=True), grant=["block"], risk=["high"]),
                _policy(
                    "Password change for risky users",
                    "enabled",
                    self._users(everyone=True),
                    grant=["mfa", "passwordChange"],
                    user_risk=["high"],
                ),
            ]
        return drafts[: 1 + int(care * (len(drafts) - 0.01))]

    def _users(self, *, everyone: bool = False, guests: bool = False, roles: list[str] | None = None) -> Item:
        """Whom a policy is for; emergency accounts are left out, and where nobody cares a few friends as well."""
        careless = chance(self.tenant.id, "friends") > self.people.care
        excluded = [self.people.id_of(index) for index in range(self.people.emergency_accounts)]
        excluded += [self.people.id_of(index) for index in (3, 4)] if careless and self.tenant.users > 4 else []
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

    # Named locations

    @property
    def location_count(self) -> int:
        return 2 if has_premium(self.tenant) and self.people.care > 0.3 else 0

    def location(self, index: int) -> Item:
        created = stamp(self.born - (300 + index) * DAY)
        row = {
            "id": self.people.ids.of("location", index),
            "deletedDateTime": None,
            "createdDateTime": created,
            "modifiedDateTime": created,
        }
        if index:
            return {
                "@odata.type": "#microsoft.graph.countryNamedLocation",
                **row,
                "displayName": "Countries we work in",
                "countriesAndRegions": sorted({self.tenant.country, "DE", "GB"}),
                "includeUnknownCountriesAndRegions": False,
                "countryLookupMethod": "clientIpAddress",
            }
        office = {
            "@odata.type": "#microsoft.graph.iPv4CidrRange",
            "cidrAddress": f"198.51.100.{self.tenant.index % 250}/32",
        }
        return {
            "@odata.type": "#microsoft.graph.ipNamedLocation",
            **row,
            "displayName": "Head office",
            "isTrusted": True,
            "ipRanges": [office, {"@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": "2001:db8:10::/48"}],
        }


def _policy(name: str, state: str, users: Item, **parts: Any) -> Item:
    """One policy in the shape Graph stores it; parts left out are what the portal leaves out."""
    actions = parts.get("actions", [])
    trusted = {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}
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
            "platforms": None,
            "locations": trusted if parts.get("locations") else None,
            "devices": None,
            "clientApplications": None,
            "authenticationFlows": transfer,
        },
        "grantControls": controls,
        "sessionControls": parts.get("session"),
    }


def _every_hours(hours: int) -> Item:
    """Ask again every few hours, and leave nobody signed in after the browser was closed."""
    frequency = {
        "value": hours,
        "type": "hours",
        "authenticationType": "primaryAndSecondaryAuthentication",
        "frequencyInterval": "timeBased",
        "isEnabled": True,
    }
    return {
        "disableResilienceDefaults": None,
        "applicationEnforcedRestrictions": None,
        "cloudAppSecurity": None,
        "signInFrequency": frequency,
        "persistentBrowser": {"mode": "never", "isEnabled": True},
        "secureSignInSession": None,
    }


def new_id(tenant_id: str, count: int) -> str:
    """The id of a policy or location that is added later."""
    return guid(tenant_id, "conditional access", count)
