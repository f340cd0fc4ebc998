"""Initiatives: definitions that are assigned together, each under a reference and in groups."""

from dataclasses import dataclass, field
from typing import Any, Final

from mscloudsim.world.azure.governance import rules
from mscloudsim.world.azure.governance.rules import Parameters, Rule
from mscloudsim.world.azure.resource import Json

PROVIDER: Final = "/providers/Microsoft.Authorization"


@dataclass(frozen=True, slots=True)
class Member:
    """A definition in an initiative, or one that is assigned by itself and has no reference."""

    rule: Rule
    reference: str = ""
    groups: tuple[str, ...] = ()
    parameters: Parameters = field(default_factory=dict)
    """What the initiative sets; `[parameters('x')]` is taken from the assignment."""

    def given(self, assigned: Parameters) -> dict[str, Any]:
        """The parameters it is judged with."""
        if not self.reference:
            return dict(assigned)
        passed_on = {name for name, value in self.parameters.items() if value == f"[parameters('{name}')]"}
        return {**self.parameters, **{name: assigned.get(name) for name in passed_on}}


@dataclass(frozen=True, slots=True)
class Initiative:
    """A policy set definition."""

    name: str
    title: str
    category: str
    members: tuple[Member, ...]
    groups: tuple[tuple[str, str], ...]
    """Name and title of each."""
    parameters: Parameters = field(default_factory=dict)
    custom: bool = False


_CONTROL: Final = "Azure_Security_Benchmark_v3.0_"
CONTROLS: Final = {
    "NS-2": "Secure cloud native services with network controls",
    "DP-3": "Encrypt sensitive data in transit",
    "DP-8": "Ensure security of key and certificate repository",
    "IM-1": "Use centralized identity and authentication system",
}


def _benchmark(reference: str, rule: Rule, control: str) -> Member:
    return Member(rule, reference, (f"{_CONTROL}{control}",))


BENCHMARK: Final = Initiative(
    "1f3afdf9-d0c9-4c3d-847f-89da613e70a8",
    "Microsoft cloud security benchmark",
    "Security Center",
    (
        _benchmark("secureTransferToStorageAccountMonitoring", rules.SECURE_TRANSFER, "DP-3"),
        _benchmark("disallowPublicBlobAccessMonitoring", rules.PUBLIC_BLOBS, "NS-2"),
        _benchmark("storageAccountShouldRestrictNetworkAccess", rules.STORAGE_NETWORK, "NS-2"),
        _benchmark("webAppEnforceHttpsMonitoring", rules.SITE_HTTPS, "DP-3"),
        _benchmark("webAppRequireLatestTls", rules.SITE_TLS, "DP-3"),
        _benchmark("publicNetworkAccessOnAzureSQLDatabase", rules.SQL_PUBLIC, "NS-2"),
        _benchmark("keyVaultsDeletionProtection", rules.VAULT_PURGE, "DP-8"),
        _benchmark("kubernetesLocalAccounts", rules.CLUSTER_ACCOUNTS, "IM-1"),
    ),
    tuple((f"{_CONTROL}{name}", title) for name, title in CONTROLS.items()),
)
_LOCATIONS: Final = {"listOfAllowedLocations": "[parameters('listOfAllowedLocations')]"}
BASELINE: Final = Initiative(
    "corporate-baseline",
    "Corporate baseline",
    "General",
    (
        Member(rules.LOCATIONS, "allowedLocations", ("Residency",), _LOCATIONS),
        Member(rules.TAG, "ownerTag", ("Tagging",), {"tagName": "owner"}),
        Member(rules.TAG, "environmentTag", ("Tagging",), {"tagName": "environment"}),
        Member(rules.GROUP_TAG, "groupOwnerTag", ("Tagging",), {"tagName": "owner"}),
    ),
    (("Residency", "Where resources may be"), ("Tagging", "Tags that resources have to carry")),
    {"listOfAllowedLocations": "Array"},
    custom=True,
)
INITIATIVES: Final = (BENCHMARK, BASELINE)


def definition_id(item: Rule | Initiative, root: str) -> str:
    """Built-in ones are the same everywhere; custom ones are kept at the tenant's root management group."""
    kind = "policyDefinitions" if isinstance(item, Rule) else "policySetDefinitions"
    return f"{root if item.custom else ''}{PROVIDER}/{kind}/{item.name}"


def definition(rule: Rule, root: str) -> Json:
    """A definition as ARM writes it."""
    declared = {
        name: {"type": kind, "metadata": {"displayName": name}} for name, kind in sorted(rule.parameters.items())
    }
    effect = {"type": "String", "allowedValues": [rule.effect, "Audit", "Disabled"], "defaultValue": rule.effect}
    condition: Json = {"field": rule.alias, "notEquals": rule.wanted}
    of_type: Json = {"field": "type", "equals": rule.type}
    return {
        "id": definition_id(rule, root),
        "type": "Microsoft.Authorization/policyDefinitions",
        "name": rule.name,
        "properties": {
            "displayName": rule.title,
            "policyType": "Custom" if rule.custom else "BuiltIn",
            "mode": "Indexed" if rule.type != rules.GROUP_TYPE else "All",
            "description": f"{rule.title}.",
            "metadata": _metadata(rule.category, rule.version, deprecated=rule.deprecated),
            "parameters": declared | {"effect": effect},
            "policyRule": {
                "if": {"allOf": [of_type, condition]} if rule.type else condition,
                "then": {"effect": "[parameters('effect')]"},
            },
            "version": rule.version,
        },
    }


def set_definition(initiative: Initiative, root: str) -> Json:
    """An initiative as ARM writes it."""
    return {
        "id": definition_id(initiative, root),
        "type": "Microsoft.Authorization/policySetDefinitions",
        "name": initiative.name,
        "properties": {
            "displayName": initiative.title,
            "policyType": "Custom" if initiative.custom else "BuiltIn",
            "description": f"{initiative.title}.",
            "metadata": _metadata(initiative.category, "57.0.0", deprecated=False),
            "parameters": {name: {"type": kind} for name, kind in initiative.parameters.items()},
            "policyDefinitions": [
                {
                    "policyDefinitionReferenceId": member.reference,
                    "policyDefinitionId": definition_id(member.rule, root),
                    "parameters": {name: {"value": value} for name, value in member.parameters.items()},
                    "groupNames": list(member.groups),
                }
                for member in initiative.members
            ],
            "policyDefinitionGroups": [{"name": name, "displayName": title} for name, title in initiative.groups],
            "version": "57.0.0",
        },
    }


def _metadata(category: str, version: str, *, deprecated: bool) -> Json:
    return {"category": category, "version": version, **({"deprecated": True} if deprecated else {})}
