"""Policy definitions, and how the simulation judges by them: what is read of a resource, and what it should be.

Names of built-in definitions are Microsoft's: learn.microsoft.com/azure/governance/policy/samples/built-in-policies.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mscloudsim.world.azure.cloud import Azure
from mscloudsim.world.azure.landscape import ResourceGroup
from mscloudsim.world.azure.resource import Json, Resource

GROUP_TYPE: Final = "Microsoft.Resources/subscriptions/resourceGroups"
_STORAGE, _SITE = "Microsoft.Storage/storageAccounts", "Microsoft.Web/sites"


@dataclass(frozen=True, slots=True)
class Subject:
    """A resource or a resource group as a policy sees it."""

    id: str
    type: str
    location: str
    tags: Mapping[str, str]
    body: Json
    group: ResourceGroup


Parameters = Mapping[str, Any]
Read = Callable[[Subject, Parameters], Any]
Holds = Callable[[Any, Parameters], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy definition. `type` is what it looks at; without one, everything but resource groups."""

    name: str
    title: str
    category: str
    type: str
    alias: str
    """The name by which a definition reads it."""
    read: Read
    holds: Holds
    wanted: str
    breach: tuple[str, Any] | None = None
    """A property's path and the value with which a resource complies no more."""
    effect: str = "Audit"
    parameters: Parameters = field(default_factory=dict)
    """Those it has besides the effect, with the types of their values."""
    custom: bool = False
    deprecated: bool = False

    def looks_at(self, subject: Subject) -> bool:
        return subject.type == self.type if self.type else subject.type != GROUP_TYPE

    def complies(self, subject: Subject, parameters: Parameters) -> bool:
        return self.holds(self.read(subject, parameters), parameters)

    @property
    def version(self) -> str:
        return "2.0.1-deprecated" if self.deprecated else "1.1.0"


def subject_of(azure: Azure, item: Resource | ResourceGroup) -> Subject:
    tags = azure.tags_of(item) or {}
    if isinstance(item, ResourceGroup):
        return Subject(item.id, GROUP_TYPE, item.location, tags, {}, item)
    body = {**item.properties(), "sku": item.sku or {}}
    return Subject(item.id, item.type, item.location, tags, body, item.group)


def value_at(body: Any, path: str) -> Any:
    """The value at a dotted path; None where there is none."""
    for part in path.split("."):
        body = body.get(part) if isinstance(body, dict) else None
    return body


def _property(name: str, title: str, kind: str, path: str, wanted: tuple[Any, ...], worse: Any, **more: Any) -> Rule:
    return Rule(
        name,
        title,
        more.pop("category"),
        kind,
        f"{kind}/{path}",
        lambda subject, _parameters: value_at(subject.body, path),
        lambda value, _parameters: value in wanted,
        str(wanted[0]).lower(),
        None if worse is None else (path, worse),
        **more,
    )


def _has_public_address(subject: Subject, _parameters: Parameters) -> bool:
    cards = subject.body.get("ipConfigurations") or ()
    return any("publicIPAddress" in (card.get("properties") or {}) for card in cards)


def _lets_everybody_in(subject: Subject, _parameters: Parameters) -> bool:
    rules = (rule["properties"] for rule in subject.body.get("securityRules") or ())
    return any(rule["sourceAddressPrefix"] == "*" and rule["destinationPortRange"] == "3389" for rule in rules)


def _tag(subject: Subject, parameters: Parameters) -> str | None:
    return subject.tags.get(parameters["tagName"])


def _is_tagged(value: Any, _parameters: Parameters) -> bool:
    return value is not None


_TAG_NAME: Final = {"tagName": "String"}
SECURE_TRANSFER = _property(
    "404c3081-a854-4457-ae30-26a93ef643f9",
    "Secure transfer to storage accounts should be enabled",
    _STORAGE, "supportsHttpsTrafficOnly", (True,), False, category="Storage",
)  # fmt: skip
PUBLIC_BLOBS = _property(
    "4fa4b6c0-31ca-4c0d-b10d-24b96f62a751",
    "Storage account public access should be disallowed",
    _STORAGE, "allowBlobPublicAccess", (False,), True, category="Storage",
)  # fmt: skip
STORAGE_NETWORK = _property(
    "34c877ad-507e-4c82-993e-3452a6e0ad3c",
    "Storage accounts should restrict network access",
    _STORAGE, "networkAcls.defaultAction", ("Deny",), "Allow", category="Storage",
)  # fmt: skip
STORAGE_TLS = _property(
    "fe83a0eb-a853-422d-aac2-1bffd182c5d0",
    "Storage accounts should have the specified minimum TLS version",
    _STORAGE, "minimumTlsVersion", ("TLS1_2", "TLS1_3"), "TLS1_0", category="Storage",
)  # fmt: skip
SITE_HTTPS = _property(
    "a4af4a39-4135-47fb-b175-47fbdf85311d",
    "App Service apps should only be accessible over HTTPS",
    _SITE, "httpsOnly", (True,), False, category="App Service",
)  # fmt: skip
SITE_TLS = _property(
    "f0e6e85b-9b9f-4a4b-b67b-f730d42f1b0b",
    "App Service apps should use the latest TLS version",
    _SITE, "siteConfig.minTlsVersion", ("1.2", "1.3"), "1.0", category="App Service", effect="AuditIfNotExists",
)  # fmt: skip
SQL_PUBLIC = _property(
    "1b8ca024-1d5c-4dec-8995-b1a932b41780",
    "Public network access on Azure SQL Database should be disabled",
    "Microsoft.Sql/servers", "publicNetworkAccess", ("Disabled",), "Enabled", category="SQL",
)  # fmt: skip
VAULT_PURGE = _property(
    "0b60c0b2-2dc2-4e1c-b5c9-abbed971de53",
    "Key vaults should have deletion protection enabled",
    "Microsoft.KeyVault/vaults", "enablePurgeProtection", (True,), False, category="Key Vault",
)  # fmt: skip
CLUSTER_ACCOUNTS = _property(
    "993c2fcd-2b29-49d2-9eb0-df2c3a730c32",
    "Azure Kubernetes Service Clusters should have local authentication methods disabled",
    "Microsoft.ContainerService/managedClusters", "disableLocalAccounts", (True,), False, category="Kubernetes",
)  # fmt: skip
CARD_ADDRESS = Rule(
    "83a86a26-fd1f-447c-b59d-e51f44264114",
    "Network interfaces should not have public IPs",
    "Network",
    "Microsoft.Network/networkInterfaces",
    "Microsoft.Network/networkInterfaces/ipconfigurations[*].publicIpAddress.id",
    _has_public_address,
    lambda value, _parameters: not value,
    "",
    effect="Deny",
)
REMOTE_DESKTOP = Rule(
    "e372f825-a257-4fb8-9175-797a8a8627d6",
    "[Deprecated]: RDP access from the Internet should be blocked",
    "Network",
    "Microsoft.Network/networkSecurityGroups",
    "Microsoft.Network/networkSecurityGroups/securityRules[*].destinationPortRange",
    _lets_everybody_in,
    lambda value, _parameters: not value,
    "",
    deprecated=True,
)
LOCATIONS = Rule(
    "e56962a6-4747-49cd-b67b-bf8b01975c4c",
    "Allowed locations",
    "General",
    "",
    "location",
    lambda subject, _parameters: subject.location,
    lambda value, parameters: value == "global" or value in parameters["listOfAllowedLocations"],
    "one of listOfAllowedLocations",
    effect="Deny",
    parameters={"listOfAllowedLocations": "Array"},
)
TAG = Rule(
    "871b6d14-10aa-478d-b590-94f262ecfa99",
    "Require a tag on resources",
    *("Tags", "", "tags", _tag, _is_tagged, "exists"),
    effect="Deny",
    parameters=_TAG_NAME,
)
GROUP_TAG = Rule(
    "96670d01-0a4d-4649-9c89-2d3abc0a5025",
    "Require a tag on resource groups",
    *("Tags", GROUP_TYPE, "tags", _tag, _is_tagged, "exists"),
    effect="Deny",
    parameters=_TAG_NAME,
)
PLAN_TIER = _property(
    "no-basic-plans",
    "App Service plans have to be of a production tier",
    "Microsoft.Web/serverfarms", "sku.tier", ("Standard", "PremiumV3"), None, category="App Service", custom=True,
)  # fmt: skip
IMAGES = _property(
    "approved-images",
    "Virtual machines have to use images of approved publishers",
    "Microsoft.Compute/virtualMachines", "storageProfile.imageReference.publisher",
    ("MicrosoftWindowsServer", "Canonical"), "Contoso", category="Compute", custom=True,
)  # fmt: skip
"""Nobody assigned it."""
CLIENT_CERTIFICATES = _property(
    "eaebaea7-8013-4ceb-9d14-7eb32271373c",
    "[Deprecated]: Function apps should have 'Client Certificates (Incoming client certificates)' enabled",
    "Microsoft.Web/sites/slots", "clientCertEnabled", (True,), False, category="App Service", deprecated=True,
)  # fmt: skip
"""Nothing in the simulated cloud is of the type it looks at: an assignment of it has no compliance data."""

RULES: Final = (
    SECURE_TRANSFER, PUBLIC_BLOBS, STORAGE_NETWORK, STORAGE_TLS, SITE_HTTPS, SITE_TLS, SQL_PUBLIC, VAULT_PURGE,
    CLUSTER_ACCOUNTS, CARD_ADDRESS, REMOTE_DESKTOP, LOCATIONS, TAG, GROUP_TAG, PLAN_TIER, IMAGES, CLIENT_CERTIFICATES,
)  # fmt: skip
