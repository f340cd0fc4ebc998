"""Lighthouse: which tenant a subscription is delegated to, and delegating it with a deployment."""

import re
from typing import Any, Final

from mscloudsim.arm.call import Call, Item
from mscloudsim.arm.roles import READER
from mscloudsim.errors import ArmRefusal
from mscloudsim.http import Reply
from mscloudsim.world.azure.cloud import Azure, Role
from mscloudsim.world.azure.dice import guid
from mscloudsim.world.azure.landscape import Subscription
from mscloudsim.world.estate import Reach
from mscloudsim.world.world import World

_PROVIDER: Final = "Microsoft.ManagedServices"
_DEPLOYMENTS: Final = "/providers/Microsoft.Resources/deployments"
_REFERENCE: Final = re.compile(r"\[(parameters|variables)\('([^']+)'\)\]")
_MOST_STEPS: Final = 4


def assignments(call: Call) -> Reply:
    """Registration assignments, with their definition when that is asked for."""
    azure, subscription = call.subscription(call.arguments[0])
    expanded = call.option.get("$expandRegistrationDefinition", "").lower() == "true"
    rows = [assignment(call.world, azure, subscription, expanded=expanded)] if is_managed(azure) else []
    return call.page(iter(rows))


def definitions(call: Call) -> Reply:
    azure, subscription = call.subscription(call.arguments[0])
    return call.page(iter([definition(call.world, azure, subscription)] if is_managed(azure) else []))


def withdraw(call: Call) -> Reply:
    """Deleting the assignment ends the delegation, at once and for every subscription of the simulated customer."""
    azure, _ = call.subscription(call.arguments[0])
    if not is_managed(azure):
        raise ArmRefusal(404, "RegistrationAssignmentNotFound", "The registration assignment was not found.")
    azure.tenant.managed_by = None
    return Reply.empty(200)


def deploy(call: Call) -> Reply:
    """A subscription-level deployment of the onboarding template, as its customer would make it."""
    azure, subscription = call.subscription(call.arguments[0])
    call.may(azure, "Microsoft.Resources/deployments/write", subscription.scope, Role.OWNER)
    managing = _managing(call.request.json())
    partner = call.world.estate.tenants.get(managing)
    if partner is None:
        text = f"The managedByTenantId '{managing[:60]}' is no tenant."
        raise ArmRefusal(400, "InvalidRegistrationDefinitionManagedByTenantId", text)
    azure.tenant.managed_by, azure.tenant.reach = partner.id, Reach.LIGHTHOUSE
    made = _deployment(subscription, call.arguments[1], str(call.request.json().get("location", "westeurope")))
    _deployments(call)[made["id"].lower()] = made
    return Reply.json(made, 201)


def deployment(call: Call) -> Reply:
    """A deployment made before, as whoever waits for it asks."""
    _, subscription = call.subscription(call.arguments[0])
    name = call.arguments[1]
    found = _deployments(call).get(f"{subscription.scope}{_DEPLOYMENTS}/{name}".lower())
    if found is None:
        raise ArmRefusal(404, "DeploymentNotFound", f"Deployment '{name[:64]}' could not be found.")
    return Reply.json(found)


def _deployments(call: Call) -> dict[str, Item]:
    made: dict[str, Item] = call.world.state("deployments", dict)
    return made


def _deployment(subscription: Subscription, name: str, location: str) -> Item:
    return {
        "id": f"{subscription.scope}{_DEPLOYMENTS}/{name}",
        "name": name,
        "type": "Microsoft.Resources/deployments",
        "location": location,
        "properties": {"provisioningState": "Succeeded", "mode": "Incremental"},
    }


def _managing(body: Any) -> str:
    """The managing tenant of a template's registration definition, parameters and variables resolved."""
    properties = body.get("properties") if isinstance(body, dict) else None
    if not isinstance(properties, dict) or not isinstance(properties.get("template"), dict):
        raise ArmRefusal(400, "InvalidRequestContent", "The deployment has no template.")
    template = properties["template"]
    resources = [item for item in template.get("resources") or () if isinstance(item, dict)]
    types = [str(item.get("type", "")).lower() for item in resources]
    wanted = [f"{_PROVIDER}/registrationDefinitions".lower(), f"{_PROVIDER}/registrationAssignments".lower()]
    if not set(wanted) <= set(types):
        raise ArmRefusal(400, "InvalidTemplate", f"The simulation deploys {_PROVIDER} definitions with assignments.")
    defined = resources[types.index(wanted[0])].get("properties") or {}
    if not defined.get("authorizations"):
        raise ArmRefusal(400, "InvalidRegistrationDefinition", "At least one authorization is needed.")
    return _resolved(defined.get("managedByTenantId"), template, properties.get("parameters") or {})


def _resolved(value: Any, template: Item, given: Item) -> str:
    """What a reference to a parameter or a variable stands for; anything else is what it is."""
    text = str(value)
    for _ in range(_MOST_STEPS):
        match = _REFERENCE.fullmatch(text)
        if match is None:
            break
        declared = (template.get(match[1]) or {}).get(match[2])
        chosen = (given.get(match[2]) or {}).get("value") if match[1] == "parameters" else declared
        text = str(declared.get("defaultValue") if chosen is None and isinstance(declared, dict) else chosen)
    return text


def is_managed(azure: Azure) -> bool:
    """Whether the tenant's subscriptions are delegated to anybody."""
    return azure.tenant.reach is Reach.LIGHTHOUSE and azure.tenant.managed_by is not None


def assignment(world: World, azure: Azure, subscription: Subscription, *, expanded: bool) -> Item:
    """The delegation of one subscription."""
    defined = definition(world, azure, subscription)
    name = guid(subscription.id, "registration assignment")
    properties: Item = {"registrationDefinitionId": defined["id"], "provisioningState": "Succeeded"}
    if expanded:
        properties["registrationDefinition"] = defined
    return {
        "id": f"{subscription.scope}/providers/{_PROVIDER}/registrationAssignments/{name}",
        "type": f"{_PROVIDER}/registrationAssignments",
        "name": name,
        "properties": properties,
    }


def definition(world: World, azure: Azure, subscription: Subscription) -> Item:
    """What was delegated, to whom."""
    managing = world.estate.tenants[azure.tenant.managed_by or ""]
    name = guid(subscription.id, "registration definition")
    reader = managing.object_id_of(world.estate.partner_app.id)
    return {
        "id": f"{subscription.scope}/providers/{_PROVIDER}/registrationDefinitions/{name}",
        "type": f"{_PROVIDER}/registrationDefinitions",
        "name": name,
        "properties": {
            "description": "Governance by the managed service provider",
            "registrationDefinitionName": f"{managing.name} governance",
            "authorizations": [
                {"principalId": reader, "principalIdDisplayName": "Tenantry", "roleDefinitionId": READER}
            ],
            "provisioningState": "Succeeded",
            "manageeTenantId": azure.tenant.id,
            "manageeTenantName": azure.tenant.name,
            "managedByTenantId": managing.id,
            "managedByTenantName": managing.name,
        },
    }
