"""Role assignments and role definitions (Azure RBAC). Lighthouse's authorizations are not among them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mscloudsim.arm.call import Call, Item
from mscloudsim.errors import ArmRefusal
from mscloudsim.http import Reply
from mscloudsim.world.azure.cloud import Azure, Role
from mscloudsim.world.azure.dice import chance, guid, number
from mscloudsim.world.azure.landscape import Subscription
from mscloudsim.world.azure.resource import ANCHOR, arm_time
from mscloudsim.world.directory import directory_of
from mscloudsim.world.directory.groups import OPERATIONS
from mscloudsim.world.world import World

OWNER: Final = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR: Final = "b24988ac-6180-42a0-ab88-20f7382dd24c"
COST_READER: Final = "72fafb9e-0641-4937-9268-a91bfd8191a3"
READER: Final = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
USER_ACCESS: Final = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
_ROOT: Final = "/"
_NAMES: Final = {
    OWNER: ("Owner", "Grants full access to manage all resources, including the ability to assign roles.", ["*"]),
    CONTRIBUTOR: ("Contributor", "Grants full access to manage all resources, but not to assign roles.", ["*"]),
    READER: ("Reader", "View all resources, but does not allow you to make any changes.", ["*/read"]),
    USER_ACCESS: (
        "User Access Administrator",
        "Lets you manage user access to Azure resources.",
        ["*/read", "Microsoft.Authorization/*"],
    ),
    COST_READER: (
        "Cost Management Reader",
        "Can view cost data and configuration (e.g. budgets, exports)",
        [
            "Microsoft.Consumption/*/read",
            "Microsoft.CostManagement/*/read",
            "Microsoft.Billing/billingPeriods/read",
            "Microsoft.Resources/subscriptions/read",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
    ),
    "43d0d8ad-25c7-4714-9337-8ba259a9fe05": ("Monitoring Reader", "Can read all monitoring data.", ["*/read"]),
    "91c1777a-f3dc-4fae-b103-61d183457e46": (
        "Managed Services Registration Assignment Delete Role",
        "Lets the managing tenant's users delete the registration assignment.",
        ["Microsoft.ManagedServices/registrationAssignments/delete"],
    ),
}
_IDS: Final = {Role.COST_READER: COST_READER, Role.READER: READER, Role.CONTRIBUTOR: CONTRIBUTOR, Role.OWNER: OWNER}
_FILTER: Final = re.compile(r"atScope\(\)|(principalId)\s+eq\s+'([^']*)'|assignedTo\('([^']*)'\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that a principal holds over a scope."""

    scope: str
    role: str
    principal: str
    principal_type: str


def grants(world: World, azure: Azure, subscription: Subscription) -> list[Grant]:
    """Who may do what: the application that reads, administrators who own it all, teams that run a group of it."""
    app = world.estate.app_of(azure.tenant)
    found = []
    if azure.role is not Role.NONE and app.id in azure.tenant.consents:
        reader = azure.tenant.object_id_of(app.id)
        found.append(Grant(subscription.scope, _IDS[azure.role], reader, "ServicePrincipal"))
    people = _administrators(world, azure)
    owners = people[: 1 + number(subscription.id, "owners", below=5)]
    found += [Grant(subscription.scope, OWNER, person, "User") for person in owners]
    for group in subscription.groups:
        if people and chance(group.id, "team") < 0.2:  # noqa: PLR2004 - a share of groups
            person = people[number(group.id, "team", below=len(people))]
            found.append(Grant(group.id, CONTRIBUTOR, person, "User"))
    if chance(subscription.id, "ghost") < azure.landscape.neglect:
        # Who held this role was deleted; Graph cannot resolve the id, which is a finding.
        found.append(Grant(subscription.scope, CONTRIBUTOR, guid(subscription.id, "ghost"), "User"))
    return found


def grants_above(world: World, azure: Azure) -> list[Grant]:
    """Who may do what in every subscription: a team, and an administrator who never gave access back."""
    group = f"/providers/Microsoft.Management/managementGroups/{azure.tenant.id}"
    team = directory_of(world, azure.tenant).group_plan.id_of(OPERATIONS)
    found = [Grant(group, CONTRIBUTOR, team, "Group")]
    people = _administrators(world, azure)
    if people and chance(azure.tenant.id, "elevated") < azure.landscape.neglect:
        found.append(Grant(_ROOT, USER_ACCESS, people[0], "User"))
    return found


def built_in() -> list[Item]:
    """The roles there are everywhere."""
    return [definition(role, "") for role in _NAMES]


def assignment(grant: Grant) -> Item:
    """A grant as ARM writes it; its id belongs to the scope it was made at."""
    name = guid("grant", grant.scope, grant.role, grant.principal)
    made = arm_time(ANCHOR)
    place = grant.scope.rstrip("/")
    subscription = "/".join(place.split("/")[:3]) if place.startswith("/subscriptions/") else ""
    return {
        "id": f"{place}/providers/Microsoft.Authorization/roleAssignments/{name}",
        "type": "Microsoft.Authorization/roleAssignments",
        "name": name,
        "properties": {
            "roleDefinitionId": f"{subscription}/providers/Microsoft.Authorization/roleDefinitions/{grant.role}",
            "principalId": grant.principal,
            "principalType": grant.principal_type,
            "scope": grant.scope,
            "createdOn": made,
            "updatedOn": made,
            "createdBy": "",
            "updatedBy": "",
        },
    }


def assignments(call: Call) -> Reply:
    """Those at the scope and, without `atScope()`, those below it."""
    azure, subscription = call.subscription(call.arguments[0])
    call.require_reader(azure, "Microsoft.Authorization/roleAssignments/read", subscription.scope)
    scope = call.request.path.lower().partition("/providers/microsoft.authorization")[0]
    rows = [*grants_above(call.world, azure), *grants(call.world, azure, subscription)]
    return call.page(assignment(grant) for grant in _chosen(call, rows, scope))


def definitions(call: Call) -> Reply:
    _, subscription = call.subscription(call.arguments[0])
    return call.page(definition(role, subscription.scope) for role in _NAMES)


def single_definition(call: Call) -> Reply:
    """Asked at a subscription or at the root of everything: built-in roles are the same everywhere."""
    role = call.arguments[-1].lower()
    if role not in _NAMES:
        text = f"The specified role definition with ID '{role[:60]}' does not exist."
        raise ArmRefusal(404, "RoleDefinitionDoesNotExist", text)
    scope = call.request.path.partition("/providers/")[0] if len(call.arguments) > 1 else ""
    return Reply.json(definition(role, scope))


def definition(role: str, scope: str) -> Item:
    name, description, actions = _NAMES[role]
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleDefinitions/{role}",
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": role,
        "properties": {
            "roleName": name,
            "type": "BuiltInRole",
            "description": description,
            "assignableScopes": ["/"],
            "permissions": [{"actions": actions, "notActions": [], "dataActions": [], "notDataActions": []}],
        },
    }


def _chosen(call: Call, rows: list[Grant], scope: str) -> Iterator[Grant]:
    expression = call.option.get("$filter", "").strip()
    match = _FILTER.fullmatch(expression) if expression else None
    if expression and match is None:
        raise ArmRefusal(400, "InvalidFilter", f"The filter '{expression[:100]}' is not supported.")
    principal = (match[2] or match[3]) if match else None
    at_scope = expression.lower() == "atscope()"
    for row in rows:
        held = row.scope.lower()
        inside = _is_above(held) or scope.startswith(held) or (held.startswith(f"{scope}/") and not at_scope)
        if inside and (principal is None or row.principal == principal.lower()):
            yield row


def _is_above(scope: str) -> bool:
    """Whether a scope is over every subscription of the tenant: its management group, or the root."""
    return not scope.startswith("/subscriptions/")


def _administrators(world: World, azure: Azure) -> list[str]:
    """Ids of people who hold a directory role, in a stable order."""
    directory = directory_of(world, azure.tenant)
    held = (row["principalId"] for row in directory.role_assignments())
    return [key for key in dict.fromkeys(held) if directory.users.find(key)][:12]
