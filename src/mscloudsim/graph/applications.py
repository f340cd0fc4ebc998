"""App registrations, service principals, and what they were allowed."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final

from mscloudsim.graph.call import Call, not_found
from mscloudsim.graph.listing import Listing, count, page, rows
from mscloudsim.graph.objects import EXPANDED, by_ids, expanded
from mscloudsim.graph.options import Expand
from mscloudsim.graph.routing import route
from mscloudsim.graph.schema import EntityType, Item
from mscloudsim.graph.types import (
    APP_ROLE_ASSIGNMENT,
    APP_ROLE_ASSIGNMENT_BETA,
    APPLICATION,
    PERMISSION_GRANT,
    SERVICE_PRINCIPAL,
)
from mscloudsim.http import Reply
from mscloudsim.world.directory import Directory

_RENAMED: Final = {"createdDateTime": "creationTimestamp"}


def applications(call: Call) -> Reply:
    return page(call, _applications(call))


def application_total(call: Call) -> Reply:
    return count(call, _applications(call))


def application(call: Call) -> Reply:
    item = call.directory.applications.find(call.key)
    if item is None:
        raise not_found(call.key)
    return call.one(APPLICATION, item, expand=partial(_owned, call.directory))


def application_by_app_id(call: Call) -> Reply:
    item = next((row for _, row in call.directory.applications.scan() if row["appId"] == call.key.lower()), None)
    if item is None:
        raise not_found(call.key)
    return call.one(APPLICATION, item, expand=partial(_owned, call.directory))


def principals(call: Call) -> Reply:
    return page(call, _principals(call))


def principal_total(call: Call) -> Reply:
    return count(call, _principals(call))


def principal(call: Call) -> Reply:
    return call.one(SERVICE_PRINCIPAL, _found(call), expand=partial(_expanded, call))


def assignments(call: Call) -> Reply:
    item, plan = _found(call), call.directory.application_plan
    return page(call, rows(_assignment_type(call), lambda: _worded(call, plan.role_assignments(item))))


def assigned_to(call: Call) -> Reply:
    item, directory = _found(call), call.directory
    return page(call, rows(_assignment_type(call), lambda: _worded(call, directory.assigned_to(item["id"]))))


def grants(call: Call) -> Reply:
    plan = call.directory.application_plan

    def scan(start: int, _names: Iterable[str] | None) -> Iterator[tuple[int, Item]]:
        return ((index, plan.delegated_grant(index)) for index in range(start, plan.count))

    return page(call, Listing(PERMISSION_GRANT, scan, lambda: plan.count))


def grant(call: Call) -> Reply:
    plan = call.directory.application_plan
    found = next((row for index in range(plan.count) if (row := plan.delegated_grant(index))["id"] == call.key), None)
    if found is None:
        raise not_found(call.key)
    return call.one(PERMISSION_GRANT, found)


def grants_of(call: Call) -> Reply:
    item, directory = _found(call), call.directory
    number = directory.ids.number_of("principal", item["id"])
    own = number is not None and number < directory.application_plan.count
    found = [directory.application_plan.delegated_grant(number or 0)] if own else []
    return page(call, rows(PERMISSION_GRANT, lambda: found))


def _applications(call: Call) -> Listing:
    roster = call.directory.applications
    return Listing(APPLICATION, roster.scan, lambda: len(roster), partial(_owned, call.directory))


def _owned(directory: Directory, item: Item, wanted: Expand) -> Item:
    owners = enumerate(directory.application_owner_ids(item["id"]))
    return {wanted.relation: expanded(by_ids(directory, owners), wanted.select)}


def _principals(call: Call) -> Listing:
    directory = call.directory

    def scan(start: int, _names: Iterable[str] | None) -> Iterator[tuple[int, Item]]:
        return directory.service_principals(start)

    return Listing(SERVICE_PRINCIPAL, scan, expand=partial(_expanded, call))


def _assignment_type(call: Call) -> EntityType:
    return APP_ROLE_ASSIGNMENT_BETA if call.is_beta else APP_ROLE_ASSIGNMENT


def _worded(call: Call, items: list[Item]) -> list[Item]:
    """Beta has another name for the moment in which something was assigned."""
    if not call.is_beta:
        return items
    return [{_RENAMED.get(name, name): value for name, value in item.items()} for item in items]


def _expanded(call: Call, item: Item, wanted: Expand) -> Item:
    if wanted.relation == "appRoleAssignments":
        found = call.directory.application_plan.role_assignments(item)
    else:
        found = call.directory.assigned_to(item["id"])
    kind = _assignment_type(call)
    return {wanted.relation: [kind.shown(row, wanted.select) for row in _worded(call, found[:EXPANDED])]}


def _found(call: Call) -> Item:
    """By id or, in the path's other form, by application."""
    key = call.key.lower()
    if "(" not in call.request.path:
        found = call.directory.find_object(key)
        if found is not None and found[0] == "servicePrincipal":
            return found[1]
        raise not_found(call.key)
    item = next((row for _, row in call.directory.service_principals() if row["appId"] == key), None)
    if item is None:
        raise not_found(call.key)
    return item


ROUTES: Final = (
    route("GET", "/applications", applications),
    route("GET", "/applications/$count", application_total),
    route("GET", "/applications/{id}", application),
    route("GET", "/applications(appId='{app}')", application_by_app_id),
    route("GET", "/servicePrincipals", principals),
    route("GET", "/servicePrincipals/$count", principal_total),
    route("GET", "/servicePrincipals/{id}", principal),
    route("GET", "/servicePrincipals(appId='{app}')", principal),
    route("GET", "/servicePrincipals/{id}/appRoleAssignments", assignments),
    route("GET", "/servicePrincipals/{id}/appRoleAssignedTo", assigned_to),
    route("GET", "/servicePrincipals/{id}/oauth2PermissionGrants", grants_of),
    route("GET", "/oauth2PermissionGrants", grants),
    route("GET", "/oauth2PermissionGrants/{id}", grant),
)
