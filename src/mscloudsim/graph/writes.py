"""Writing groups, their members and owners: checked as the real service checks, and recorded with the writer."""

from typing import Any, Final

from mscloudsim.errors import GraphRefusal
from mscloudsim.graph.call import Call, not_found
from mscloudsim.graph.groups import found_group
from mscloudsim.graph.licences import need_premium
from mscloudsim.graph.routing import route
from mscloudsim.graph.schema import Edm
from mscloudsim.graph.types import GROUP
from mscloudsim.http import Reply
from mscloudsim.world.directory import group_changes as changes

_REQUIRED: Final = ("displayName", "mailEnabled", "mailNickname", "securityEnabled")
_LONGEST: Final = {"displayName": 256, "mailNickname": 64, "description": 1024}
_READ_ONLY: Final = frozenset(
    [
        "id",
        "mail",
        "createdDateTime",
        "deletedDateTime",
        "renewedDateTime",
        "expirationDateTime",
        "onPremisesSyncEnabled",
        "onPremisesLastSyncDateTime",
        "proxyAddresses",
        "resourceProvisioningOptions",
    ]
)
_FIXED: Final = frozenset({"isAssignableToRole", "mailEnabled"})
"""Set when a group is made, and never again."""
_BINDS: Final = ("members@odata.bind", "owners@odata.bind")
_MOST_BINDS: Final = 20
_TYPES: Final[dict[Edm, type]] = {Edm.TEXT: str, Edm.FLAG: bool, Edm.LIST: list}


def create_group(call: Call) -> Reply:
    body = _checked(call.body)
    for name in _REQUIRED:
        if body.get(name) is None:
            raise _bad(f"A value is required for property '{name}' of resource 'Group'.")
    _check_kind(call, body)
    bound = {name: _bound(call, body.pop(name, [])) for name in _BINDS}
    item = changes.group_created(call.directory, body, call.caller.app_id)
    for key in bound[_BINDS[0]]:
        changes.member_added(call.directory, item["id"], key, call.caller.app_id)
    for key in bound[_BINDS[1]]:
        changes.owner_added(call.directory, item["id"], key, call.caller.app_id)
    reply = call.one(GROUP, item, 201)
    reply.headers["location"] = f"{call.request.base_url}/{call.version}/groups/{item['id']}"
    return reply


def update_group(call: Call) -> Reply:
    item, body = found_group(call), _checked(call.body)
    fixed = next((name for name in body if name in _FIXED and body[name] != item[name]), None)
    if fixed is not None:
        raise _bad(f"Property '{fixed}' is read-only and cannot be set.")
    new = _bound(call, body.pop(_BINDS[0], []))
    for key in new:
        _check_new(call, item["id"], key)
    for key in new:
        changes.member_added(call.directory, item["id"], key, call.caller.app_id)
    if body:
        changes.group_edited(call.directory, item["id"], body, call.caller.app_id)
    return Reply.empty(204)


def delete_group(call: Call) -> Reply:
    changes.group_deleted(call.directory, found_group(call)["id"], call.caller.app_id)
    return Reply.empty(204)


def add_member(call: Call) -> Reply:
    item = found_group(call)
    if "DynamicMembership" in item["groupTypes"]:
        raise _bad("Insufficient privileges to complete the write operation: membership of this group is dynamic.", 403)
    key = _referenced(call, call.body.get("@odata.id"))
    _check_new(call, item["id"], key)
    changes.member_added(call.directory, item["id"], key, call.caller.app_id)
    return Reply.empty(204)


def remove_member(call: Call) -> Reply:
    item, key = found_group(call), call.arguments[1].lower()
    if not call.directory.has_member(item["id"], key):
        raise not_found(key)
    changes.member_removed(call.directory, item["id"], key, call.caller.app_id)
    return Reply.empty(204)


def add_owner(call: Call) -> Reply:
    item, key = found_group(call), _referenced(call, call.body.get("@odata.id"))
    if key in call.directory.owner_ids(item["id"]):
        raise _exists("owners")
    changes.owner_added(call.directory, item["id"], key, call.caller.app_id)
    return Reply.empty(204)


def remove_owner(call: Call) -> Reply:
    item, key = found_group(call), call.arguments[1].lower()
    owners = call.directory.owner_ids(item["id"])
    if key not in owners:
        raise not_found(key)
    if len(owners) == 1:
        raise _bad("The group must have at least one owner, hence this owner cannot be removed.")
    changes.owner_removed(call.directory, item["id"], key, call.caller.app_id)
    return Reply.empty(204)


def _checked(body: dict[str, Any]) -> dict[str, Any]:
    """The body, if every property may be written and has the right type."""
    for name, value in body.items():
        if name in _BINDS:
            continue
        if name not in GROUP.properties:
            raise _bad(f"One or more property values specified are invalid: '{name[:80]}' is unknown.")
        if name in _READ_ONLY:
            raise _bad(f"Property '{name}' is read-only and cannot be set.")
        wanted = _TYPES.get(GROUP.properties[name], object)
        if value is not None and (not isinstance(value, wanted) or len(str(value)) > _LONGEST.get(name, 4096)):
            raise _bad(f"Invalid value specified for property '{name}' of resource 'Group'.")
    return dict(body)


def _check_kind(call: Call, body: dict[str, Any]) -> None:
    """Combinations of properties that no group can have."""
    kinds = body.get("groupTypes") or []
    if not set(kinds) <= {"Unified", "DynamicMembership"}:
        raise _bad("Invalid value specified for property 'groupTypes' of resource 'Group'.")
    if body["mailEnabled"] != ("Unified" in kinds):
        raise _bad("Mail-enabled groups that are not unified cannot be made or changed through this interface.")
    if not body["mailEnabled"] and not body["securityEnabled"]:
        raise _bad("A group must be mail-enabled, security-enabled or both.")
    if ("DynamicMembership" in kinds) != bool(body.get("membershipRule")):
        raise _bad("A dynamic group needs a membership rule, and no other group may have one.")
    if body.get("isAssignableToRole"):
        call.need("RoleManagement.ReadWrite.Directory")
    if kinds and "DynamicMembership" in kinds:
        need_premium(call)


def _bound(call: Call, references: Any) -> list[str]:
    if not isinstance(references, list) or len(references) > _MOST_BINDS:
        raise _bad(f"A list of at most {_MOST_BINDS} references is expected.")
    return [_referenced(call, reference) for reference in references]


def _referenced(call: Call, reference: Any) -> str:
    """The id at the end of a reference's address, which has to exist."""
    if not isinstance(reference, str) or "/" not in reference:
        raise _bad("Invalid URL format specified in @odata.id reference.")
    key = reference.rstrip("/").rpartition("/")[2].lower()
    if call.directory.find_object(key) is None:
        raise not_found(key)
    return key


def _check_new(call: Call, group_id: str, key: str) -> None:
    if call.directory.has_member(group_id, key):
        raise _exists("members")


def _exists(relation: str) -> GraphRefusal:
    text = "One or more added object references already exist for the following modified properties:"
    return _bad(f"{text} '{relation}'.")


def _bad(message: str, status: int = 400) -> GraphRefusal:
    code = "Request_BadRequest" if status < 403 else "Authorization_RequestDenied"  # noqa: PLR2004 - a status
    return GraphRefusal(status, code, message)


ROUTES: Final = (
    route("POST", "/groups", create_group),
    route("PATCH", "/groups/{id}", update_group),
    route("DELETE", "/groups/{id}", delete_group),
    route("POST", "/groups/{id}/members/$ref", add_member),
    route("DELETE", "/groups/{id}/members/{member}/$ref", remove_member),
    route("POST", "/groups/{id}/owners/$ref", add_owner),
    route("DELETE", "/groups/{id}/owners/{owner}/$ref", remove_owner),
)
