"""The services that tokens are for, and which of the permissions that were granted belong into a token for each.

Ids of Microsoft's own applications: learn.microsoft.com, verify first-party Microsoft applications in sign-in reports.
"""

from collections.abc import Iterable
from typing import Final

from mscloudsim.world.estate import SERVICE_PERMISSIONS, Tenant

GRAPH: Final = frozenset({"https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000"})
ARM: Final = frozenset(
    {"https://management.azure.com", "https://management.core.windows.net", "797f4846-ba00-4fd7-ba43-dac1f8f63013"}
)
VAULT: Final = frozenset({"https://vault.azure.net", "cfa8b339-82a2-471a-a3c9-0fc0be7a4093"})
EXCHANGE: Final = frozenset({"https://outlook.office365.com", "00000002-0000-0ff1-ce00-000000000000"})
COMPLIANCE: Final = frozenset({"https://ps.compliance.protection.outlook.com"})
TEAMS: Final = frozenset({"48ac35b8-9aa8-4d74-927d-1f4a14a0b239"})
FABRIC: Final = frozenset({"https://api.fabric.microsoft.com"})
KNOWN: Final = GRAPH | ARM | VAULT | EXCHANGE | COMPLIANCE | TEAMS | FABRIC
"""Those that every tenant has. SharePoint's carry the tenant's own name."""

_FABRIC_ROLES: Final = frozenset({"Tenant.Read.All", "Tenant.ReadWrite.All"})
_ELSEWHERE: Final = frozenset(SERVICE_PERMISSIONS) | _FABRIC_ROLES


def sharepoint_of(tenant: Tenant) -> frozenset[str]:
    """SharePoint administration of a tenant."""
    return frozenset({f"https://{tenant.slug}-admin.sharepoint.com"})


def permissions_of(resource: str, granted: Iterable[str]) -> list[str]:
    """Of everything that was granted, the application permissions that a token for this resource carries."""
    name = resource.rstrip("/")
    if name in GRAPH:
        return sorted(set(granted) - _ELSEWHERE)
    return sorted(set(granted) & _roles_of(name))


def scopes_of(resource: str, granted: Iterable[str]) -> list[str]:
    """The delegated permissions that a token for this resource carries."""
    name = resource.rstrip("/")
    if name in GRAPH:
        return permissions_of(name, granted)
    if name in EXCHANGE | COMPLIANCE:
        return ["Exchange.Manage"]
    if name in FABRIC:
        return ["Tenant.Read.All"]
    return ["AllSites.FullControl"] if name.endswith(_SHAREPOINT) else ["user_impersonation"]


def _roles_of(name: str) -> frozenset[str]:
    if name in EXCHANGE | COMPLIANCE:
        return frozenset({"Exchange.ManageAsApp"})
    if name in TEAMS:
        return frozenset({"application_access"})
    if name in FABRIC:
        return _FABRIC_ROLES
    return frozenset({"Sites.FullControl.All"}) if name.endswith(_SHAREPOINT) else frozenset()


_SHAREPOINT: Final = "-admin.sharepoint.com"
