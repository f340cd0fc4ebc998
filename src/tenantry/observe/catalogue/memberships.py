"""Who belongs to what: members of groups, users of applications, owners of registrations, sponsors of guests."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec

from tenantry.microsoft import BatchItem, Connection, Kind, Page, UpstreamError
from tenantry.observe.datasets import Dataset, Needs, dataset
from tenantry.observe.sources import GraphList, Steps, page_of

_DAY: Final = timedelta(hours=24)
_AT_A_TIME: Final = 20
_ONE_PAGE: Final = 999
"""A group of more members is not told member by member: it is nearly everybody, and would be most of all rows."""

Item = dict[str, Any]


async def _chunks(connection: Connection, path: str) -> AsyncIterator[list[Item]]:
    """Items of a list, as many at a time as a batch takes."""
    waiting: list[Item] = []
    async for item in connection.graph.items(path):
        waiting.append(item)
        if len(waiting) == _AT_A_TIME:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


async def _group_members(connection: Connection, _resume: str | None, _scope: Sequence[str]) -> AsyncIterator[Page]:
    """One item per group, with the ids of its members, nested ones included."""
    async for groups in _chunks(connection, "/groups?$select=id&$top=999"):
        rosters = await asyncio.gather(*(_roster(connection, group["id"]) for group in groups))
        yield page_of([roster for roster in rosters if roster is not None])


async def _roster(connection: Connection, group: str) -> Item | None:
    """The first page tells whether the group is large, and no more of it is read; None for one that is gone."""
    try:
        async for page in connection.graph.pages(f"/groups/{group}/transitiveMembers?$select=id&$top={_ONE_PAGE}"):
            keys = [] if page.next_link else sorted(msgspec.json.decode(row)["id"] for row in page.rows)
            return {"id": group, "isLarge": page.next_link is not None, "members": keys}
    except UpstreamError as error:
        if error.kind is not Kind.NOT_FOUND:
            raise
    return None


async def _app_users(connection: Connection, _resume: str | None, _scope: Sequence[str]) -> AsyncIterator[Page]:
    """Every assignment of a person or a group to an application."""
    async for principals in _chunks(connection, "/servicePrincipals?$select=id,appRoles&$top=999"):
        asked = [BatchItem(f"/servicePrincipals/{item['id']}/appRoleAssignedTo?$top=999") for item in principals]
        answers = await connection.graph.batch(asked)
        yield page_of([row for item, answer in zip(principals, answers, strict=True) for row in _used(item, answer)])


def _used(principal: Item, answer: Any) -> Iterator[Item]:
    """Raises the UpstreamError of an answer, unless the application is gone meanwhile."""
    if isinstance(answer, UpstreamError):
        if answer.kind is Kind.NOT_FOUND:
            return
        raise answer
    names = {role.get("id"): role.get("displayName") for role in principal.get("appRoles") or ()}
    for row in answer["value"]:
        if row.get("principalType") in ("User", "Group"):
            yield {**row, "appRoleName": names.get(row.get("appRoleId"))}


GROUP_MEMBERS = dataset(
    Dataset(
        "entra.group_members",
        "Members of groups",
        Needs.ENTRA,
        Steps("GET /groups?$select=id; GET /groups/{id}/transitiveMembers", _group_members),
        ("Group.Read.All", "GroupMember.Read.All"),
        "groups of a person, and what a person may do through them",
        every=_DAY,
    )
)
APP_USERS = dataset(
    Dataset(
        "entra.app_users",
        "Users of applications",
        Needs.ENTRA,
        Steps("GET /servicePrincipals; GET /servicePrincipals/{id}/appRoleAssignedTo", _app_users),
        ("Application.Read.All",),
        "which applications a person may use",
        every=_DAY,
    )
)
APPLICATION_OWNERS = dataset(
    Dataset(
        "entra.application_owners",
        "Owners of app registrations",
        Needs.ENTRA,
        GraphList("/applications?$select=id&$expand=owners($select=id,displayName,userPrincipalName)&$top=100"),
        ("Application.Read.All",),
        "who renews the credentials of an application",
        every=_DAY,
    )
)
GUEST_SPONSORS = dataset(
    Dataset(
        "entra.guest_sponsors",
        "Sponsors of guests",
        Needs.ENTRA,
        GraphList(
            "/users?$filter=userType eq 'Guest'&$select=id"
            "&$expand=sponsors($select=id,displayName,userPrincipalName)&$top=100"
        ),
        ("User.Read.All",),
        "who answers for a guest",
        every=_DAY,
    )
)
