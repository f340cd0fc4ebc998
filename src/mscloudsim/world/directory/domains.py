"""The domains of a tenant: its own, the initial one, and in some a child and a second, federated one."""

from typing import Any, Final

from mscloudsim.world.directory.people import People
from mscloudsim.world.estate import Tenant

Item = dict[str, Any]

NEVER: Final = 2_147_483_647
"""Days a password is valid when it never expires."""
_LAX_DAYS: Final = 90


def child_domain(tenant: Tenant) -> str | None:
    """Every fourth tenant sends its newsletters from a domain below its own."""
    return f"news.{tenant.domain}" if tenant.index % 4 == 1 else None


def second_domain(tenant: Tenant) -> str | None:
    """Every fifth tenant bought another company; its domain came along."""
    return f"{tenant.slug}-group.example" if tenant.index % 5 == 2 else None


def domain_names(tenant: Tenant) -> list[str]:
    """The default domain first, the initial one second."""
    more = (child_domain(tenant), second_domain(tenant))
    return [tenant.domain, tenant.initial_domain, *(name for name in more if name)]


def domains(people: People) -> list[Item]:
    """Rows of Graph's `domains`. A child states no validity of passwords: its root's holds for it."""
    tenant = people.tenant
    days = NEVER if people.care > 0.4 else _LAX_DAYS
    rows = []
    for name in domain_names(tenant):
        federated = name == second_domain(tenant) and people.synced
        child = name == child_domain(tenant)
        rows.append(
            {
                "id": name,
                "authenticationType": "Federated" if federated else "Managed",
                "availabilityStatus": None,
                "isDefault": name == tenant.domain,
                "isInitial": name == tenant.initial_domain,
                "isVerified": True,
                "isAdminManaged": True,
                "isRoot": not child,
                "passwordValidityPeriodInDays": None if child or federated else days,
                "passwordNotificationWindowInDays": None if child or federated else 14,
                "supportedServices": ["Email", "OfficeCommunicationsOnline"],
                "state": None,
            }
        )
    return rows
