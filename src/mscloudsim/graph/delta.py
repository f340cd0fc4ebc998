"""Change queries: a token is a place in the tenant's log; an old one is answered with 410 and a way to start over."""

import base64
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import orjson

from mscloudsim.errors import GraphRefusal
from mscloudsim.faults import FaultKind
from mscloudsim.graph.listing import Kind, Source, page_reply
from mscloudsim.http import Reply, Request
from mscloudsim.world.directory import Directory

Item = dict[str, Any]
_PAGE: Final = 200
_LIFETIME: Final = 7 * 86_400


def delta(
    directory: Directory, request: Request, kind: Kind, source: Source, find: Callable[[str], Item | None]
) -> Reply:
    """Everything first, page by page; then what changed since the token was given."""
    query = dict(parse_qsl(request.raw_query, keep_blank_values=True))
    for refused in ("$expand", "$top", "$orderby"):
        if refused in query:
            raise GraphRefusal(400, "Request_BadRequest", f"'{refused}' is not supported for change tracking.")
    world = directory.world
    if world.faults.due("graph", request.path, directory.tenant.id, FaultKind.RESYNC):
        world.stats.faults[FaultKind.RESYNC.value] += 1
        raise _resync(request)
    select = [name for name in query.get("$select", "").split(",") if name]
    now = int(world.clock.now())
    if query.get("$deltatoken") == "latest":
        return _page(request, [], delta_token=[len(directory.log), now])
    if "$deltatoken" in query:
        position, given = _read(query["$deltatoken"])
        if now - given > _LIFETIME:
            raise _resync(request)
        changed = [
            _entry(kind, find, entry, select) for entry in directory.log[position:] if entry[0] == kind.type_name
        ]
        return _page(request, changed, delta_token=[len(directory.log), now])
    start, log = _read(query["$skiptoken"]) if "$skiptoken" in query else (0, len(directory.log))
    rows: list[Item] = []
    following: int | None = None
    for position, item in source(start):
        if len(rows) == _PAGE:
            following = position
            break
        rows.append(_chosen(item, select, kind))
    if following is None:
        return _page(request, rows, delta_token=[log, now])
    return _page(request, rows, skip_token=[following, log])


def _entry(kind: Kind, find: Callable[[str], Item | None], entry: tuple[str, str, bool], select: list[str]) -> Item:
    _, item_id, removed = entry
    item = None if removed else find(item_id)
    return {"id": item_id, "@removed": {"reason": "changed"}} if item is None else _chosen(item, select, kind)


def _chosen(item: Item, select: list[str], kind: Kind) -> Item:
    names = ["id", *select] if select else [*kind.default, "id"]
    return {name: item[name] for name in names if item.get(name) is not None}


def _page(
    request: Request, rows: list[Item], *, delta_token: list[int] | None = None, skip_token: list[int] | None = None
) -> Reply:
    kept = [(n, v) for n, v in parse_qsl(request.raw_query) if n not in ("$skiptoken", "$deltatoken")]
    option = ("$deltatoken", _write(delta_token)) if delta_token else ("$skiptoken", _write(skip_token or [0, 0]))
    link = f"{request.base_url}{request.path}?{urlencode([*kept, option], safe='$,')}"
    body: Item = {"@odata.context": f"{request.base_url}/v1.0/$metadata#users", "value": rows}
    body["@odata.deltaLink" if delta_token else "@odata.nextLink"] = link
    return page_reply(body)


def _write(token: list[int]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(token)).decode().rstrip("=")


def _read(token: str) -> tuple[int, int]:
    try:
        first, second = orjson.loads(base64.urlsafe_b64decode(token + "=="))
        return int(first), int(second)
    except (ValueError, TypeError) as error:
        raise GraphRefusal(400, "SyncStateNotFound", "The sync state generation is not found.") from error


def _resync(request: Request) -> GraphRefusal:
    location = f"{request.base_url}{request.path}?$deltatoken="
    return GraphRefusal(410, "resyncRequired", "Resync is required.", {"location": location})
