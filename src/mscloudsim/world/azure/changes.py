"""Changes by a named actor: a resource is tagged, created or deleted, and the activity log knows by whom."""

from collections.abc import Callable
from typing import Any, Final

from mscloudsim.world.azure.cloud import Azure, Event, Role, azure_of
from mscloudsim.world.azure.dice import guid
from mscloudsim.world.azure.landscape import ResourceGroup
from mscloudsim.world.azure.resource import Json, Resource, provider_path
from mscloudsim.world.estate import Tenant
from mscloudsim.world.world import World

Change = Callable[..., Json]


def _tagged(world: World) -> Change:
    def change(tenant: Tenant, *, resource: str, tags: dict[str, str], by: str = "") -> Json:
        """Replaces the tags of a resource."""
        azure = azure_of(world, tenant)
        return set_tags(world, azure, existing(azure, resource), tags, by)

    return change


def set_tags(world: World, azure: Azure, target: Resource | ResourceGroup, tags: dict[str, str], by: str) -> Json:
    """Replaces the tags of a resource or a group, and notes which changed."""
    before = azure.tags_of(target) or {}
    azure.tags[target.id.lower()] = {str(key): str(value) for key, value in tags.items()}
    changed = {
        f"tags.{key}": {"previousValue": before.get(key), "newValue": tags.get(key)}
        for key in sorted(before.keys() | tags.keys())
        if before.get(key) != tags.get(key)
    }
    return note(world, azure, by, "Microsoft.Resources/tags/write", target.id, changed)


def _deleted(world: World) -> Change:
    def change(tenant: Tenant, *, resource: str, by: str = "") -> Json:
        azure = azure_of(world, tenant)
        found = existing(azure, resource)
        if (made := azure.created.get(found.group.id.lower(), {}).pop(found.id.lower(), None)) is not None:
            azure.gone.setdefault(found.group.id.lower(), {})[found.id.lower()] = made
        azure.deleted.add(found.id.lower())
        return note(world, azure, by, f"{found.type}/delete", found.id, kind="Delete")

    return change


def _created(world: World) -> Change:
    def change(
        tenant: Tenant,
        *,
        group: str,
        resource_type: str,
        name: str,
        properties: Json | None = None,
        by: str = "",
    ) -> Json:
        """Adds a resource to a group, which is given by its id."""
        azure = azure_of(world, tenant)
        place = azure.group_of(group.split("/"))
        if place is None:
            raise ValueError(f"there is no resource group {group}")
        made = _resource(place, resource_type, name, properties or {"provisioningState": "Succeeded"})
        azure.deleted.discard(made.id.lower())
        azure.gone.get(place.id.lower(), {}).pop(made.id.lower(), None)
        azure.created.setdefault(place.id.lower(), {})[made.id.lower()] = made
        return note(world, azure, by, f"{resource_type}/write", made.id, kind="Create")

    return change


def _granted(world: World) -> Change:
    def change(tenant: Tenant, *, role: str, by: str = "") -> Json:
        """Gives the application that the tenant is onboarded with a role on every subscription, or none."""
        azure = azure_of(world, tenant)
        azure.granted = Role(role)
        action = "delete" if azure.granted is Role.NONE else "write"
        scope = azure.every_subscription()[0].scope
        return note(world, azure, by, f"Microsoft.Authorization/roleAssignments/{action}", scope)

    return change


def _access(world: World) -> Change:
    def change(tenant: Tenant, *, subscription: str, granted: bool, by: str = "") -> Json:
        """Takes away, or gives back, what applications may do in one subscription: its role or its delegation."""
        azure, key = azure_of(world, tenant), subscription.lower()
        if not azure.owns(key):
            raise ValueError(f"there is no subscription {subscription}")
        if granted:
            azure.withheld.discard(key)
        else:
            azure.withheld.add(key)
        operation = f"Microsoft.Authorization/roleAssignments/{'write' if granted else 'delete'}"
        return note(world, azure, by, operation, f"/subscriptions/{key}")

    return change


CHANGES: Final[dict[str, Callable[[World], Change]]] = {
    "resource_tagged": _tagged,
    "resource_deleted": _deleted,
    "resource_created": _created,
    "azure_role_granted": _granted,
    "azure_access_changed": _access,
}


def _resource(group: ResourceGroup, kind: str, name: str, properties: Json) -> Resource:
    resource_id = f"{group.id}/providers/{provider_path(kind, name)}"
    return Resource(resource_id, group, kind, name, lambda: properties, group.location)


def existing(azure: Azure, resource_id: str) -> Resource:
    """Raises ValueError for a resource that is not there."""
    found = azure.find(resource_id)
    if found is None:
        raise ValueError(f"there is no resource {resource_id}")
    return found


def note(
    world: World,
    azure: Azure,
    by: str,
    operation: str,
    resource_id: str,
    changes: dict[str, Any] | None = None,
    kind: str = "Update",
) -> Json:
    """Notes in the activity log what somebody did."""
    caller = by or f"admin@{azure.tenant.domain}"
    caller_id = guid(azure.tenant.id, caller)
    azure.events.append(Event(world.clock.now(), caller, caller_id, operation, resource_id, changes or {}, kind))
    return {"resource": resource_id, "caller": caller, "operation": operation}
