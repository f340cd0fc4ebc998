"""The tags of a resource, a group or a subscription, read and written by themselves."""

from typing import Any

from mscloudsim.arm.call import Call, Item
from mscloudsim.errors import ArmRefusal
from mscloudsim.http import Reply
from mscloudsim.world.azure.changes import set_tags
from mscloudsim.world.azure.cloud import Azure, Role
from mscloudsim.world.azure.landscape import ResourceGroup
from mscloudsim.world.azure.resource import Resource


def tags(call: Call) -> Reply:
    azure, target = _target(call)
    return Reply.json(_shown(target, azure.tags_of(target) or {}))


def replace(call: Call) -> Reply:
    """PUT: these tags and no others."""
    return _write(call, "replace", call.request.json())


def update(call: Call) -> Reply:
    """PATCH: `operation` is Merge, Replace or Delete."""
    body = call.request.json()
    return _write(call, str(body.get("operation", "")).lower() if isinstance(body, dict) else "", body)


def _write(call: Call, operation: str, body: Any) -> Reply:
    azure, target = _target(call)
    call.may(azure, "Microsoft.Resources/tags/write", target.id, Role.CONTRIBUTOR, Role.OWNER)
    given = _given(body)
    before = azure.tags_of(target) or {}
    after = {
        "replace": given,
        "merge": before | given,
        "delete": {name: value for name, value in before.items() if given.get(name) != value},
    }.get(operation)
    if after is None:
        raise ArmRefusal(400, "InvalidRequestContent", "The operation has to be Merge, Replace or Delete.")
    set_tags(call.world, azure, target, after, call.caller.app_id)
    return Reply.json(_shown(target, after))


def _given(body: Any) -> dict[str, str]:
    match body:
        case {"properties": {"tags": dict(found)}} if all(isinstance(value, str) for value in found.values()):
            return found
    raise ArmRefusal(400, "InvalidRequestContent", "The request needs properties.tags, names with texts.")


def _target(call: Call) -> tuple[Azure, Resource | ResourceGroup]:
    path = call.request.path
    scope = path[: path.lower().rindex("/providers/microsoft.resources/tags")]
    return call.resource(scope) if "/providers/" in scope.lower() else call.group(*call.arguments[:2])


def _shown(target: Resource | ResourceGroup, found: dict[str, str]) -> Item:
    return {
        "id": f"{target.id}/providers/Microsoft.Resources/tags/default",
        "name": "default",
        "type": "Microsoft.Resources/tags",
        "properties": {"tags": found},
    }
