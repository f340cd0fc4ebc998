"""The first operations: list users, list groups, create a security group."""

from typing import Annotated, Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from tenantry.microsoft import Connection, Kind, UpstreamError
from tenantry.operations.permissions import CHANGE, QUERY
from tenantry.operations.registry import OperationKind, Plan, Result, operation

_SHOWN = 999
_USER = "id,displayName,userPrincipalName,userType,accountEnabled"
_GROUP = "id,displayName,groupTypes,securityEnabled,mailEnabled"
_MARK = "Tenantry operation "
"""Stands in the description of what we create, so that a repeated operation finds its own work again."""


class ListArguments(BaseModel):
    """How many to show."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[
        int, Field(ge=1, le=_SHOWN, title="How many", description="The first ones, in Microsoft's order.")
    ] = 100


class GroupArguments(BaseModel):
    """The security group to create."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256), Field(title="Group name")
    ]
    description: Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=600),
        Field(description="Tenantry adds a mark to it, by which it knows its own work again."),
    ] = ""


async def _plan_list(_connection: Connection, arguments: ListArguments) -> Plan:
    return Plan(f"Reads up to {arguments.limit} entries. Changes nothing.")


async def _list_users(connection: Connection, arguments: ListArguments, _key: str) -> Result:
    return await _first(connection, f"/users?$select={_USER}&$top={arguments.limit}", arguments.limit, "users")


async def _list_groups(connection: Connection, arguments: ListArguments, _key: str) -> Result:
    return await _first(connection, f"/groups?$select={_GROUP}&$top={arguments.limit}", arguments.limit, "groups")


async def _first(connection: Connection, path: str, limit: int, what: str) -> Result:
    rows: list[dict[str, Any]] = []
    async for item in connection.graph.items(path):
        rows.append(item)
        if len(rows) == limit:
            break
    return Result(f"{len(rows)} {what}", rows)


async def _plan_group(connection: Connection, arguments: GroupArguments) -> Plan:
    same = [item async for item in connection.graph.items(f"{_groups_called(arguments.name)}&$select=id")]
    warning = f" {len(same)} of this name exist already." if same else ""
    request = {"method": "POST", "path": "/v1.0/groups", "body": _group_body(arguments, "<key>")}
    return Plan(f"Creates the security group “{arguments.name}”.{warning}", [request])


async def _create_group(connection: Connection, arguments: GroupArguments, key: str) -> Result:
    """Creates once per key: an interrupted attempt is recognised by the mark it left."""
    existing = await _made_before(connection, arguments, key)
    made = existing or await connection.graph.post("/groups", _group_body(arguments, key))
    found = await connection.graph.get(f"/groups/{made['id']}")
    if found.get("displayName") != arguments.name or not found.get("securityEnabled"):
        raise UpstreamError(Kind.CONFLICT, "graph", "the group reads back differently from what was asked for")
    return Result(f"The group “{arguments.name}” exists, with the id {found['id']}.", [found])


async def _made_before(connection: Connection, arguments: GroupArguments, key: str) -> dict[str, Any] | None:
    path = f"{_groups_called(arguments.name)}&$select=id,displayName,description"
    async for item in connection.graph.items(path):
        if f"{_MARK}{key}" in str(item.get("description")):
            return item
    return None


def _groups_called(name: str) -> str:
    """Groups of exactly this name, whatever it is: it ends neither the text nor the filter nor the query."""
    text = name.replace("'", "''")
    return f"/groups?$filter=displayName eq '{quote(text, safe='')}'"


def _group_body(arguments: GroupArguments, key: str) -> dict[str, Any]:
    nickname = "".join(letter for letter in arguments.name if letter.isascii() and letter.isalnum())[:40] or "group"
    return {
        "displayName": arguments.name,
        "description": f"{arguments.description} ({_MARK}{key})".strip(),
        "mailEnabled": False,
        "mailNickname": nickname,
        "securityEnabled": True,
    }


operation(OperationKind("list-users", "List users", False, QUERY, ListArguments, _plan_list, _list_users))
operation(OperationKind("list-groups", "List groups", False, QUERY, ListArguments, _plan_list, _list_groups))
operation(
    OperationKind(
        "create-security-group", "Create a security group", True, CHANGE, GroupArguments, _plan_group, _create_group
    )
)
