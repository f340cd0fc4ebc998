"""Conditional Access policies as what they really do: whom they cover, where, when, and what they ask.

Only an enabled policy protects: a report-only one merely writes down what it would have done. Whatever is excluded is
named for review, since an exclusion is where protection ends without anybody noticing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tenantry.posture.facts import Facts
from tenantry.posture.verdicts import Affected, Finding, failed, passed

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
_MODERN: Final = frozenset({"browser", "mobileAppsAndDesktopClients"})
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
_NAMED: Final = 5


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
        return (all_users_too and self.covers_everyone) or self.values("users.includeRoles") >= ADMIN_ROLES.keys()

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
        if "compliantDevice" not in self.grants or not self.grants <= _MANAGED:
            return False
        return self.facts.text("grantControls.operator") == "OR"

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
                shown = ", ".join(found[:_NAMED]) + (f" and {len(found) - _NAMED} more" if len(found) > _NAMED else "")
                told.append(f"{self.name} excludes {what}: {shown}.")
        others = sorted(self.grants - {"mfa", "passwordChange", "block"})
        if self.requires_mfa and others and self.facts.text("grantControls.operator", "OR") == "OR":
            told.append(f"{self.name} lets people in without MFA who satisfy {', '.join(others)}.")
        if self.facts.get("conditions.users.excludeGuestsOrExternalUsers") is not None:
            told.append(f"{self.name} excludes guests or external users.")
        return told

    def shown(self) -> dict[str, object]:
        """What decides about it."""
        return {"policy": self.name, "id": self.facts.id, "state": self.facts.text("state")}


def narrowed_by(policy: Policy, *besides: str) -> list[str]:
    """The conditions that make a policy hold only sometimes, but those the control asks for (`besides`)."""
    narrowing = {
        "platforms": policy.values("platforms.includePlatforms") - {"all"},
        "locations": policy.values("locations.includeLocations") - {ALL},
        "user risk": policy.values("userRiskLevels"),
        "sign-in risk": policy.values("signInRiskLevels"),
        "client applications": frozenset() if policy.client_types >= _MODERN else policy.client_types - {"all"},
        "authentication flows": frozenset(policy.facts.texts("conditions.authenticationFlows.transferMethods")),
    }
    told = [name for name, values in narrowing.items() if values and name not in besides]
    if policy.facts.get("conditions.devices.deviceFilter") is not None:
        told.append("device filter")
    return told


Test = Callable[[Policy], Sequence[str]]
"""What keeps a policy from being what the control asks for; nothing when it is."""


def sufficient(policies: Sequence[Facts], test: Test, asks: str) -> Finding:
    """Passes when one enabled policy is what is asked for. `asks` completes "an enabled policy …"."""
    read = [Policy(facts) for facts in policies]
    fitting = [policy for policy in read if not test(policy)]
    enforced = [policy for policy in fitting if policy.is_on]
    if enforced:
        names = ", ".join(policy.name for policy in enforced[:_NAMED])
        review = [note for policy in enforced for note in policy.exclusions]
        return passed(f"An enabled policy {asks}: {names}.", {"policies": [one.shown() for one in enforced]}, review)
    reporting = [policy for policy in fitting if policy.is_report_only]
    observed = {"policies": len(read), "enabled": sum(policy.is_on for policy in read)}
    if reporting:
        names = ", ".join(policy.name for policy in reporting[:_NAMED])
        return failed(
            f"A policy that {asks} is only in report-only mode, which protects nobody: {names}.",
            {**observed, "report_only": [one.shown() for one in reporting]},
            [Affected(one.facts.id, one.name, "is in report-only mode") for one in reporting],
        )
    near = [(policy, test(policy)) for policy in read if policy.is_on]
    closest = sorted((pair for pair in near if len(pair[1]) == 1), key=lambda pair: pair[0].name)
    affected = [Affected(policy.facts.id, policy.name, reasons[0]) for policy, reasons in closest]
    return failed(f"No enabled policy {asks}.", observed, affected)
