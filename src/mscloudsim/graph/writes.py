"""What can be changed: groups over Graph, people and policies by the control API's named actors."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from mscloudsim.authorization import Caller
from mscloudsim.errors import GraphRefusal
from mscloudsim.graph import kinds
from mscloudsim.graph.listing import single
from mscloudsim.http import Reply, Request
from mscloudsim.world.directory import Directory, directory_of
from mscloudsim.world.directory.people import person, stamp
from mscloudsim.world.directory.roles import ROLES
from mscloudsim.world.estate import Tenant
from mscloudsim.world.world import World

Item = dict[str, Any]
_REQUIRED = ("displayName", "mailEnabled", "mailNickname", "securityEnabled")


def create_group(request: Request, caller: Caller, directory: Directory) -> Reply:
    body = _body(request)
    for name in _REQUIRED:
        if body.get(name) is None:
            text = f"A value is required for property '{name}' of resource 'Group'."
            raise GraphRefusal(400, "Request_BadRequest", text)
    if len(str(body["displayName"])) > 256:  # noqa: PLR2004 - Graph's limit
        raise GraphRefusal(400, "Request_BadRequest", "Invalid value specified for property 'displayName'.")
    group_id = str(uuid4())
    known = {name: value for name, value in body.items() if name in kinds.GROUP.properties}
    item = {**dict.fromkeys(kinds.GROUP.properties), "groupTypes": [], **known, "id": group_id}
    item |= {"createdDateTime": stamp(directory.now()), "_made": True}
    directory.groups_made[group_id] = item
    directory.changed("group", group_id)
    directory.audit("Add group", caller.app_id, {**item, "_category": "GroupManagement", "_type": "Group"})
    reply = single(request, _public(item), kinds.GROUP, "groups")
    reply.status = 201
    reply.headers["location"] = f"{request.base_url}/v1.0/groups/{group_id}"
    return reply


def update_group(request: Request, caller: Caller, directory: Directory, key: str) -> Reply:
    item = _group(directory, key)
    body = _body(request)
    unknown = set(body) - kinds.GROUP.properties
    if unknown:
        raise GraphRefusal(400, "Request_BadRequest", f"Invalid property '{min(unknown)}'.")
    changes = [{"displayName": name, "oldValue": str(item.get(name)), "newValue": str(body[name])} for name in body]
    directory.groups_made[key] = {**item, **body}
    directory.changed("group", key)
    target = {**item, "_category": "GroupManagement", "_type": "Group"}
    directory.audit("Update group", caller.app_id, target, changes)
    return Reply.empty(204)


def delete_group(_request: Request, caller: Caller, directory: Directory, key: str) -> Reply:
    item = _group(directory, key)
    directory.groups_gone.add(key)
    directory.changed("group", key, removed=True)
    directory.audit("Delete group", caller.app_id, {**item, "_category": "GroupManagement", "_type": "Group"})
    return Reply.empty(204)


def add_member(request: Request, caller: Caller, directory: Directory, key: str) -> Reply:
    item = _group(directory, key)
    member = str(_body(request).get("@odata.id", "")).rpartition("/")[2]
    if directory.find_user(member) is None and directory.find_group(member) is None:
        raise _missing(member)
    if member in directory.member_ids(key):
        text = "One or more added object references already exist for the following modified properties: 'members'."
        raise GraphRefusal(400, "Request_BadRequest", text)
    directory.members_added.setdefault(key, set()).add(member)
    directory.members_removed.get(key, set()).discard(member)
    directory.changed("group", key)
    directory.audit("Add member to group", caller.app_id, {**item, "_category": "GroupManagement", "_type": "Group"})
    return Reply.empty(204)


def remove_member(_request: Request, caller: Caller, directory: Directory, key: str, member: str) -> Reply:
    item = _group(directory, key)
    if member not in directory.member_ids(key):
        raise _missing(member)
    directory.members_removed.setdefault(key, set()).add(member)
    directory.members_added.get(key, set()).discard(member)
    directory.changed("group", key)
    target = {**item, "_category": "GroupManagement", "_type": "Group"}
    directory.audit("Remove member from group", caller.app_id, target)
    return Reply.empty(204)


def changes(world: World) -> dict[str, Callable[..., Any]]:
    """Changes by name, for the control API: each leaves the audit entry of whoever made it."""

    def user_joins(tenant: Tenant, name: str = "New Person", by: str = "hr@sim.example") -> Item:
        directory = directory_of(world, tenant)
        user_id = str(uuid4())
        item = {**person(tenant, 9, directory.born), "id": user_id, "displayName": name}
        local = "".join(letter for letter in name.lower() if letter.isascii() and letter.isalnum()) or "new"
        item |= {"userPrincipalName": f"{local}.{user_id[:4]}@{tenant.domain}", "userType": "Member"}
        item |= {"accountEnabled": True, "createdDateTime": stamp(directory.now()), "externalUserState": None}
        directory.people_made[user_id] = item
        directory.changed("user", user_id)
        directory.audit("Add user", by, item)
        return {"id": user_id}

    def user_leaves(tenant: Tenant, user: str, by: str = "hr@sim.example") -> Item:
        directory = directory_of(world, tenant)
        found = directory.find_user(user)
        if found is None:
            raise ValueError(f"there is no user {user}")
        directory.people_gone.add(found[1]["id"])
        directory.changed("user", found[1]["id"], removed=True)
        directory.audit("Delete user", by, found[1])
        return {"id": found[1]["id"]}

    def user_edited(tenant: Tenant, user: str, values: Item, by: str = "helpdesk@sim.example") -> Item:
        directory = directory_of(world, tenant)
        found = directory.find_user(user)
        if found is None:
            raise ValueError(f"there is no user {user}")
        item = found[1]
        edits = [{"displayName": k, "oldValue": str(item.get(k)), "newValue": str(v)} for k, v in values.items()]
        directory.people_changed.setdefault(item["id"], {}).update(values)
        directory.changed("user", item["id"])
        directory.audit("Update user", by, item, edits)
        return {"id": item["id"]}

    def role_granted(tenant: Tenant, user: str, role: str = ROLES[0]["id"], by: str = "admin@sim.example") -> Item:
        directory = directory_of(world, tenant)
        found = directory.find_user(user)
        if found is None:
            raise ValueError(f"there is no user {user}")
        grant = {"id": str(uuid4()), "principalId": found[1]["id"], "roleDefinitionId": role, "directoryScopeId": "/"}
        directory.role_grants.append({**grant, "appScopeId": None})
        directory.audit("Add member to role", by, {**found[1], "_category": "RoleManagement"})
        return grant

    def policy_edited(tenant: Tenant, policy: str, values: Item, by: str = "admin@sim.example") -> Item:
        directory = directory_of(world, tenant)
        found = next((p for p in directory.policies.values() if policy in (p["id"], p["displayName"])), None)
        if found is None:
            raise ValueError(f"there is no policy {policy}")
        edits = [{"displayName": k, "oldValue": str(found.get(k)), "newValue": str(v)} for k, v in values.items()]
        directory.policies[found["id"]] = {**found, **values, "modifiedDateTime": stamp(directory.now())}
        target = {**found, "_category": "Policy", "_type": "Policy"}
        directory.audit("Update conditional access policy", by, target, edits)
        return {"id": found["id"]}

    made = (user_joins, user_leaves, user_edited, role_granted, policy_edited)
    return {change.__name__: change for change in made}


def _group(directory: Directory, key: str) -> Item:
    item = directory.find_group(key)
    if item is None:
        raise _missing(key)
    return item


def _missing(key: str) -> GraphRefusal:
    text = f"Resource '{key}' does not exist or one of its queried reference-property objects are not present."
    return GraphRefusal(404, "Request_ResourceNotFound", text)


def _public(item: Item) -> Item:
    return {name: value for name, value in item.items() if not name.startswith("_")}


def _body(request: Request) -> Item:
    body = request.json()
    if not isinstance(body, dict):
        raise GraphRefusal(400, "BadRequest", "Unable to read JSON request payload.")
    return body
