"""Conditional Access policies as what they really do: whom they cover, where, when, and what they ask.

Only an enabled policy protects: a report-only one merely writes down what it would have done. Whatever is excluded is
named for review, since an exclusion is where protection ends without anybody noticing.
"""

from dataclasses import dataclass
from typing import Final

from tenantry.posture.facts import Facts

ENABLED: Final = "enabled"
REPORT_ONLY: Final = "enabledForReportingButNotEnforced"
ALL: Final = "All"
ADMIN_ROLES: Final = {
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "Application Administrator",
    "c4e39bd9-1100-46d3-8c65-fb160da0071f": "Authentication Administrator",
    "b0f54661-2d74-4c50-afa3-1ec803f12efe": "Billing Administrator",
    "158c047a-c907-4556-b7ef-446551a6b5f7": "Cloud Application Administrator",
    "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9": "Conditional Access Administrator",
    "29232cdf-9323-42fd-ade2-1d097af3e4de": "Exchange Administrator",
    "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451": "Global Reader",
    "729827e3-9c14-49f7-bb1b-9608f156bbb8": "Helpdesk Administrator",
    "966707d0-3269-4727-9be2-8c3a10f19b9d": "Password Administrator",
    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13": "Privileged Authentication Administrator",
    "e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
    "194ae4cb-b126-40b2-bd5b-6091b380977d": "Security Administrator",
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c": "SharePoint Administrator",
    "fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
}
"""The roles that the benchmark calls administrative, by template."""
_PHISHING_RESISTANT: Final = frozenset({"windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"})
MODERN: Final = frozenset({"browser", "mobileAppsAndDesktopClients"})
"""Everything but legacy clients, which are blocked by a policy of their own."""
_MANAGED: Final = frozenset({"compliantDevice", "domainJoinedDevice"})
_EXCLUSIONS: Final = {
    "conditions.users.excludeUsers": "users",
    "conditions.users.excludeGroups": "groups",
    "conditions.users.excludeRoles": "roles",
    "conditions.applications.excludeApplications": "applications",
    "conditions.platforms.excludePlatforms": "platforms",
    "conditions.locations.excludeLocations": "locations",
}
_FILTERS: Final = {
    "conditions.devices.deviceFilter": "devices",
    "conditions.applications.applicationFilter": "applications",
}
_OTHER_GRANTS: Final = ("authenticationStrength", "termsOfUse", "customAuthenticationFactors")
_DECIDING: Final = (
    "conditions.users.includeUsers",
    "conditions.users.includeRoles",
    "conditions.users.includeGroups",
    "conditions.applications.includeApplications",
    "conditions.applications.includeUserActions",
    "conditions.clientAppTypes",
    "conditions.platforms.includePlatforms",
    "conditions.locations.includeLocations",
    "conditions.userRiskLevels",
    "conditions.signInRiskLevels",
    "conditions.authenticationFlows",
    "grantControls.operator",
    "grantControls.builtInControls",
    "grantControls.authenticationStrength.allowedCombinations",
    "sessionControls.signInFrequency",
    "sessionControls.persistentBrowser",
    "sessionControls.applicationEnforcedRestrictions",
    "sessionControls.secureSignInSession",
)
NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy. Absent and empty conditions do not narrow it."""

    facts: Facts

    @property
    def name(self) -> str:
        return self.facts.name

    @property
    def is_on(self) -> bool:
        return self.facts.text("state") == ENABLED

    @property
    def is_report_only(self) -> bool:
        return self.facts.text("state") == REPORT_ONLY

    def values(self, path: str) -> frozenset[str]:
        return frozenset(self.facts.texts(f"conditions.{path}"))

    @property
    def covers_everyone(self) -> bool:
        return ALL in self.values("users.includeUsers")

    def covers_admins(self, all_users_too: bool) -> bool:
        """All fifteen roles; everybody counts as more than that where the parameter says so."""
        named = {role.lower() for role in self.values("users.includeRoles")}
        return (all_users_too and self.covers_everyone) or named >= ADMIN_ROLES.keys()

    @property
    def covers_every_application(self) -> bool:
        return ALL in self.values("applications.includeApplications")

    @property
    def client_types(self) -> frozenset[str]:
        """Without the condition every client is meant, which Microsoft writes as `all`."""
        return self.values("clientAppTypes") or frozenset({"all"})

    @property
    def grants(self) -> frozenset[str]:
        return frozenset(self.facts.texts("grantControls.builtInControls"))

    @property
    def combinations(self) -> frozenset[str]:
        """What the authentication strength allows; empty without one."""
        return frozenset(self.facts.texts("grantControls.authenticationStrength.allowedCombinations"))

    @property
    def blocks(self) -> bool:
        return "block" in self.grants

    @property
    def requires_mfa(self) -> bool:
        """By the built-in control or by any authentication strength."""
        return "mfa" in self.grants or self.facts.get("grantControls.authenticationStrength.id") is not None

    @property
    def requires_phishing_resistant(self) -> bool:
        return bool(self.combinations) and self.combinations <= _PHISHING_RESISTANT

    @property
    def requires_managed_device(self) -> bool:
        """By one of two controls, and by nothing that would do instead of them."""
        if "compliantDevice" not in self.grants or not self.grants <= _MANAGED:
            return False
        others = [self.facts.get(f"grantControls.{other}") for other in _OTHER_GRANTS]
        return self.any_is_enough and all(other in (None, []) for other in others)

    @property
    def any_is_enough(self) -> bool:
        return self.facts.text("grantControls.operator") == "OR"

    @property
    def flows(self) -> frozenset[str]:
        """Authentication flows. Microsoft sends a list, or one text with commas."""
        return frozenset(self.facts.names("conditions.authenticationFlows.transferMethods")) - {"none"}

    @property
    def every_time(self) -> bool:
        frequency = "sessionControls.signInFrequency"
        on = self.facts.flag(f"{frequency}.isEnabled", default=False)
        return on and self.facts.text(f"{frequency}.frequencyInterval", "") == "everyTime"

    @property
    def frequency_hours(self) -> int | None:
        """How often it asks again; 0 for every time, None when it does not."""
        frequency = "sessionControls.signInFrequency"
        if not self.facts.flag(f"{frequency}.isEnabled", default=False):
            return None
        if self.every_time:
            return 0
        value = self.facts.number(f"{frequency}.value")
        return value * 24 if self.facts.text(f"{frequency}.type") == "days" else value

    @property
    def never_persists(self) -> bool:
        persistent = "sessionControls.persistentBrowser"
        on = self.facts.flag(f"{persistent}.isEnabled", default=False)
        return on and self.facts.text(f"{persistent}.mode", "") == "never"

    @property
    def exclusions(self) -> list[str]:
        """In words, for review."""
        told = []
        for path, what in _EXCLUSIONS.items():
            found = self.facts.texts(path)
            if found:
                shown = ", ".join(found[:NAMED]) + (f" and {len(found) - NAMED} more" if len(found) > NAMED else "")
                told.append(f"{self.name} excludes {what}: {shown}.")
        if self.facts.get("conditions.users.excludeGuestsOrExternalUsers") is not None:
            told.append(f"{self.name} excludes guests or external users.")
        for what, path in self.filters("exclude").items():
            told.append(f"{self.name} excludes {what} by a filter: {self.facts.text(f'{path}.rule', '')}.")
        return told

    def filters(self, mode: str) -> dict[str, str]:
        """What is included or excluded by a filter, and where the filter is."""
        return {what: path for path, what in _FILTERS.items() if self._mode(path) == mode}

    def _mode(self, path: str) -> str:
        is_there = self.facts.get(path) is not None
        return self.facts.text(f"{path}.mode", default=None if is_there else "")

    @property
    def ways_around(self) -> list[str]:
        """What does instead of MFA where any control is enough, in words for review."""
        others = sorted(self.grants - {"mfa", "passwordChange", "block"})
        told = []
        if self.requires_mfa and others and self.any_is_enough:
            told.append(f"{self.name} lets people in without MFA who satisfy {', '.join(others)}.")
        if self.facts.get("grantControls.authenticationStrength.requirementsSatisfied") == "none":
            told.append(f"{self.name} requires a strength that Microsoft does not count as MFA.")
        return told

    def shown(self) -> dict[str, object]:
        """What decides about it, under Microsoft's names; conditions and controls it does not have are left out."""
        values = {path: self.facts.get(path) for path in _DECIDING}
        held = {path: value for path, value in values.items() if value not in (None, [], "")}
        return {"policy": self.name, "id": self.facts.id, "state": self.facts.text("state"), **held}
