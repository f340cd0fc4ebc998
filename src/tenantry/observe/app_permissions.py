"""Which application permissions service principals were granted, asked of the resources that grant them.

A resource lists everybody it granted something to, one unit a page, where a list per service principal would cost two
units each, and `$expand` stops at twenty. Few service principals are such resources; they go twenty to a batch.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Final

from tenantry.microsoft import BatchItem, Connection, Kind, Page, UpstreamError
from tenantry.observe.sources import page_of

_RESOURCES: Final = "/servicePrincipals?$select=id,appId,displayName,appRoles&$top=999"
_AT_A_TIME: Final = 20

Item = dict[str, Any]


async def app_permissions(connection: Connection, _resume: str | None, _scope: Sequence[str]) -> AsyncIterator[Page]:
    """Every assignment of an application permission, with the name that its resource gives the permission."""
    resources = [item async for item in connection.graph.items(_RESOURCES) if _grants_to_applications(item)]
    for start in range(0, len(resources), _AT_A_TIME):
        some = resources[start : start + _AT_A_TIME]
        asked = [BatchItem(f"/servicePrincipals/{item['id']}/appRoleAssignedTo?$top=999") for item in some]
        answers = await connection.graph.batch(asked)
        yield page_of([row for item, answer in zip(some, answers, strict=True) for row in _granted(item, answer)])


def _grants_to_applications(resource: Item) -> bool:
    return any("Application" in (role.get("allowedMemberTypes") or ()) for role in resource.get("appRoles") or ())


def _granted(resource: Item, answer: Any) -> Iterator[Item]:
    """Raises the UpstreamError of an answer, unless the resource is gone meanwhile. Users and groups are left out."""
    if isinstance(answer, UpstreamError):
        if answer.kind is Kind.NOT_FOUND:
            return
        raise answer
    names = {role.get("id"): role.get("value") for role in resource.get("appRoles") or ()}
    for row in answer["value"]:
        if row.get("principalType") == "ServicePrincipal":
            yield {
                **row,
                "resourceDisplayName": resource.get("displayName"),
                "resourceAppId": resource.get("appId"),
                "appRoleValue": names.get(row.get("appRoleId")),
            }
