"""What a partner sees of the customers that let it in: contracts, and delegated admin relationships (GDAP)."""

from typing import Any, Final

from mscloudsim.world.azure.dice import guid, number
from mscloudsim.world.directory.people import People
from mscloudsim.world.directory.roles import ROLES
from mscloudsim.world.directory.stamps import DAY, stamp
from mscloudsim.world.estate import Estate, Tenant

Item = dict[str, Any]
_DAYS: Final = 730
_ROLES: Final = (7, 5, 1, 3, 25)
"""Least privilege, as GDAP asks for: reader, helpdesk, users, security, service support."""


def customers(estate: Estate, people: People) -> list[Tenant]:
    """The tenants that are managed by this one."""
    return [tenant for tenant in estate.tenants.values() if tenant.managed_by == people.tenant.id]


def contract(people: People, customer: Tenant) -> Item:
    return {
        "id": guid(people.tenant.id, customer.id, "contract"),
        "deletedDateTime": None,
        "contractType": "ResellerPartnerContract",
        "customerId": customer.id,
        "defaultDomainName": customer.domain,
        "displayName": customer.name,
    }


def relationship_id(people: People, customer: Tenant) -> str:
    return f"{guid(people.tenant.id, customer.id, 'gdap')}-{guid(customer.id, 'gdap')}"


def relationship(people: People, customer: Tenant) -> Item:
    """Two years long; some are about to end, as the real ones always are at the wrong moment."""
    started = people.born - (20 + number(customer.id, "gdap", below=_DAYS - 25)) * DAY
    return {
        "id": relationship_id(people, customer),
        "displayName": f"{people.tenant.name} manages {customer.name}"[:50],
        "duration": f"P{_DAYS}D",
        "autoExtendDuration": "PT0S" if number(customer.id, "extends", below=3) else "P180D",
        "status": "active",
        "customer": {"tenantId": customer.id, "displayName": customer.name},
        "accessDetails": _roles(customer),
        "createdDateTime": stamp(started - DAY),
        "activatedDateTime": stamp(started),
        "lastModifiedDateTime": stamp(started),
        "endDateTime": stamp(started + _DAYS * DAY),
    }


def access_assignments(people: People, customer: Tenant) -> list[Item]:
    """The partner's group whose members may use the relationship."""
    started = relationship(people, customer)["activatedDateTime"]
    return [
        {
            "id": guid(customer.id, "access assignment"),
            "status": "active",
            "accessContainer": {
                "accessContainerId": people.ids.of("group", 4),
                "accessContainerType": "securityGroup",
            },
            "accessDetails": _roles(customer),
            "createdDateTime": started,
            "lastModifiedDateTime": started,
        }
    ]


def delegated_customer(_people: People, customer: Tenant) -> Item:
    return {"id": customer.id, "tenantId": customer.id, "displayName": customer.name}


def _roles(customer: Tenant) -> Item:
    count = 2 + number(customer.id, "gdap roles", below=len(_ROLES) - 1)
    return {"unifiedRoles": [{"roleDefinitionId": ROLES[place]["id"]} for place in _ROLES[:count]]}
