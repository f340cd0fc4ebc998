"""Directory roles: activated ones with their members, definitions, assignments, and what is only eligible."""

from collections.abc import Callable
from functools import partial
from typing import Final

from mscloudsim.graph.call import Call, not_found
from mscloudsim.graph.licences import need_privileged_identity_management
from mscloudsim.graph.listing import page, rows
from mscloudsim.graph.objects import by_ids, expanded, find, object_listing, shown_object
from mscloudsim.graph.options import Expand
from mscloudsim.graph.routing import route
from mscloudsim.graph.schema import EntityType, Item
from mscloudsim.graph.types import (
    DIRECTORY_ROLE,
    ROLE_ASSIGNMENT,
    ROLE_ASSIGNMENT_INSTANCE,
    ROLE_DEFINITION,
    ROLE_DEFINITION_BETA,
    ROLE_ELIGIBILITY_INSTANCE,
)
from mscloudsim.http import Reply
from mscloudsim.world.directory import Directory
from mscloudsim.world.directory.roles import BY_ID, ROLES


def directory_roles(call: Call) -> Reply:
    return page(call, rows(DIRECTORY_ROLE, call.directory.activated_roles, partial(_with_members, call.directory)))


def directory_role(call: Call) -> Reply:
    return call.one(DIRECTORY_ROLE, _activated(call), expand=partial(_with_members, call.directory))


def role_members(call: Call) -> Reply:
    ids, directory = call.directory.role_member_ids(_activated(call)["roleTemplateId"]), call.directory
    return page(call, object_listing(lambda start, _: by_ids(directory, list(enumerate(ids))[start:]), len(ids)))


def definitions(call: Call) -> Reply:
    return page(call, rows(_definition_type(call), lambda: list(ROLES)))


def definition(call: Call) -> Reply:
    found = BY_ID.get(call.key.lower())
    if found is None:
        raise not_found(call.key)
    return call.one(_definition_type(call), found)


def assignments(call: Call) -> Reply:
    return _grants(call, ROLE_ASSIGNMENT, call.directory.role_assignments)


def assignment(call: Call) -> Reply:
    found = next((row for row in call.directory.role_assignments() if row["id"] == call.key), None)
    if found is None:
        raise not_found(call.key)
    return call.one(ROLE_ASSIGNMENT, found, expand=partial(_with_parties, call.directory))


def assignment_instances(call: Call) -> Reply:
    need_privileged_identity_management(call)
    return _grants(call, ROLE_ASSIGNMENT_INSTANCE, call.directory.role_instances)


def eligibility_instances(call: Call) -> Reply:
    need_privileged_identity_management(call)
    return _grants(call, ROLE_ELIGIBILITY_INSTANCE, call.directory.role_eligibilities)


def _grants(call: Call, entity: EntityType, make: Callable[[], list[Item]]) -> Reply:
    return page(call, rows(entity, make, partial(_with_parties, call.directory)))


def _with_parties(directory: Directory, item: Item, wanted: Expand) -> Item:
    if wanted.relation == "roleDefinition":
        return {"roleDefinition": ROLE_DEFINITION.shown(BY_ID[item["roleDefinitionId"]], wanted.select)}
    found = find(directory, item["principalId"])
    return {"principal": shown_object(found, wanted.select) if found else None}


def _definition_type(call: Call) -> EntityType:
    return ROLE_DEFINITION_BETA if call.is_beta else ROLE_DEFINITION


def _with_members(directory: Directory, item: Item, wanted: Expand) -> Item:
    ids = directory.role_member_ids(item["roleTemplateId"])
    return {"members": expanded(by_ids(directory, enumerate(ids)), wanted.select)}


def _activated(call: Call) -> Item:
    """By id or, in the path's other form, by template; a role that nobody ever held is not there."""
    key = call.key.lower()
    for role in call.directory.activated_roles():
        if key in (role["id"], role["roleTemplateId"] if "(" in call.request.path else role["id"]):
            return role
    raise not_found(call.key)


ROUTES: Final = (
    route("GET", "/directoryRoles", directory_roles),
    route("GET", "/directoryRoles/{id}", directory_role),
    route("GET", "/directoryRoles/{id}/members", role_members),
    route("GET", "/directoryRoles(roleTemplateId='{template}')", directory_role),
    route("GET", "/directoryRoles(roleTemplateId='{template}')/members", role_members),
    route("GET", "/roleManagement/directory/roleDefinitions", definitions),
    route("GET", "/roleManagement/directory/roleDefinitions/{id}", definition),
    route("GET", "/roleManagement/directory/roleAssignments", assignments),
    route("GET", "/roleManagement/directory/roleAssignments/{id}", assignment),
    route("GET", "/roleManagement/directory/roleAssignmentScheduleInstances", assignment_instances),
    route("GET", "/roleManagement/directory/roleEligibilityScheduleInstances", eligibility_instances),
)
