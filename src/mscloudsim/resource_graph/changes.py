"""`resourcechanges`: what the activity log knows to have been done to resources, with what was before and after."""

from collections.abc import Iterator
from typing import Any, Final

from mscloudsim.arm.activity import events
from mscloudsim.world.azure.cloud import Azure, Event
from mscloudsim.world.azure.dice import guid
from mscloudsim.world.azure.landscape import Subscription
from mscloudsim.world.azure.resource import Json, arm_moment

_KEPT: Final = 14 * 86_400
_NO_RESOURCE: Final = ("microsoft.authorization/", "microsoft.resources/deployments/")
"""Operations on what is kept in other tables, or in none."""


def resource_changes(azure: Azure, subscription: Subscription, now: float) -> Iterator[dict[str, Any]]:
    """The changes of the last fourteen days.

    Of everyday work nobody wrote down what it changed: the newest of a resource is said to have set one of its
    switches to what it is now, the older ones to have changed nothing.
    """
    seen = set[str]()
    for event in events(azure, subscription, now - _KEPT, now):
        if event.operation.lower().startswith(_NO_RESOURCE):
            continue
        ordered = bool(event.changes) or event.kind != "Update"
        changes = event.changes if ordered or event.resource_id in seen else _switched(azure, event)
        seen.add(event.resource_id)
        yield _row(event, changes)


def _switched(azure: Azure, event: Event) -> Json:
    resource = azure.find(event.resource_id)
    switches = sorted(resource.properties().items()) if resource is not None else ()
    path, value = next(((name, held) for name, held in switches if isinstance(held, bool)), ("", False))
    return {f"properties.{path}": {"previousValue": not value, "newValue": value}} if path else {}


def _row(event: Event, changes: Json) -> dict[str, Any]:
    key = guid(event.resource_id, event.at, event.operation, "change")
    parts = event.resource_id.lower().partition("/providers/")[2].split("/")
    return {
        "id": f"{event.resource_id}/providers/Microsoft.Resources/changes/{key}",
        "name": key,
        "type": "microsoft.resources/changes",
        "properties": {
            "targetResourceId": event.resource_id,
            "targetResourceType": "/".join((parts[0], *parts[1::2])),
            "changeType": event.kind,
            "changes": changes,
            "changeAttributes": {
                "changesCount": len(changes),
                "correlationId": guid(event.resource_id, event.at, event.operation, "correlation"),
                "timestamp": arm_moment(event.at),
                "previousResourceSnapshotId": guid(key, "before"),
                "newResourceSnapshotId": guid(key, "after"),
                "changedBy": event.caller,
                "changedByType": "User",
                "clientType": "Azure Portal",
                "operation": event.operation,
            },
        },
    }
