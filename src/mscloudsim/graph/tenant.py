"""The tenant itself: organization, domains, licences, and what a partner sees of its customers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from mscloudsim.graph.call import Call, not_found
from mscloudsim.graph.listing import Listing, page, rows
from mscloudsim.graph.routing import route
from mscloudsim.graph.schema import EntityType, Item
from mscloudsim.graph.types import (
    ACCESS_ASSIGNMENT,
    CONTRACT,
    DELEGATED_ADMIN,
    DELEGATED_CUSTOMER,
    DOMAIN,
    ORGANIZATION,
    SUBSCRIBED_SKU,
)
from mscloudsim.http import Reply
from mscloudsim.world.directory import partners, policies
from mscloudsim.world.directory.licences import BY_ID
from mscloudsim.world.directory.people import People
from mscloudsim.world.estate import Tenant


def organizations(call: Call) -> Reply:
    return page(call, rows(ORGANIZATION, lambda: [call.directory.settings.object("organization")]))


def organization(call: Call) -> Reply:
    return _one(call, ORGANIZATION, [call.directory.settings.object("organization")])


def domains(call: Call) -> Reply:
    return page(call, rows(DOMAIN, lambda: call.directory.settings.rows("domains")))


def domain(call: Call) -> Reply:
    return _one(call, DOMAIN, call.directory.settings.rows("domains"))


def licences(call: Call) -> Reply:
    return page(call, rows(SUBSCRIBED_SKU, lambda: _licences(call)))


def licence(call: Call) -> Reply:
    return _one(call, SUBSCRIBED_SKU, _licences(call))


def contracts(call: Call) -> Reply:
    return page(call, _of_customers(CONTRACT, call, partners.contract))


def relationships(call: Call) -> Reply:
    return page(call, _of_customers(DELEGATED_ADMIN, call, partners.relationship))


def relationship(call: Call) -> Reply:
    return _one(call, DELEGATED_ADMIN, _made(call, partners.relationship))


def access_assignments(call: Call) -> Reply:
    people, key = call.directory.people, call.key.lower()
    found = (item for item in _customers(call) if partners.relationship_id(people, item) == key)
    customer = next(found, None)
    if customer is None:
        raise not_found(call.key)
    listing = rows(ACCESS_ASSIGNMENT, lambda: partners.access_assignments(people, customer))
    return page(call, replace(listing, is_kept=False))


def customers(call: Call) -> Reply:
    return page(call, _of_customers(DELEGATED_CUSTOMER, call, partners.delegated_customer))


def _licences(call: Call) -> list[Item]:
    used = call.directory.licences_used()
    return [policies.subscribed_sku(call.directory.people, BY_ID[key], number) for key, number in sorted(used.items())]


def _customers(call: Call) -> list[Tenant]:
    return partners.customers(call.world.estate, call.directory.people)


def _made(call: Call, make: Callable[[People, Tenant], Item]) -> list[Item]:
    return [make(call.directory.people, customer) for customer in _customers(call)]


def _of_customers(entity: EntityType, call: Call, make: Callable[[People, Tenant], Item]) -> Listing:
    """Not kept, because customers come and go without a change in the partner's directory."""
    return replace(rows(entity, lambda: _made(call, make)), is_kept=False)


def _one(call: Call, entity: EntityType, items: list[Item]) -> Reply:
    found = next((item for item in items if item["id"] == call.key.lower()), None)
    if found is None:
        raise not_found(call.key)
    return call.one(entity, found)


_CUSTOMERS: Final = "/tenantRelationships/delegatedAdminCustomers"
_GDAP: Final = "/tenantRelationships/delegatedAdminRelationships"
ROUTES: Final = (
    route("GET", "/organization", organizations),
    route("GET", "/organization/{id}", organization),
    route("GET", "/domains", domains),
    route("GET", "/domains/{id}", domain),
    route("GET", "/subscribedSkus", licences),
    route("GET", "/subscribedSkus/{id}", licence),
    route("GET", "/contracts", contracts),
    route("GET", _GDAP, relationships),
    route("GET", f"{_GDAP}/{{id}}", relationship),
    route("GET", f"{_GDAP}/{{id}}/accessAssignments", access_assignments),
    route("GET", _CUSTOMERS, customers),
)
