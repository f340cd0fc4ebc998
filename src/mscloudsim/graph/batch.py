"""`$batch`: up to twenty requests, each with its own status, limits and dependencies."""

from typing import TYPE_CHECKING, Any, Final

import orjson

from mscloudsim.authorization import graph_caller
from mscloudsim.errors import GraphRefusal, Refusal
from mscloudsim.http import Reply, Request

if TYPE_CHECKING:
    from mscloudsim.graph.service import Graph

Item = dict[str, Any]
_MOST: Final = 20


async def batch(graph: "Graph", request: Request) -> Reply:
    """The envelope is 200 whenever it could be read; what went wrong stands in the items."""
    body = request.json()
    items = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise GraphRefusal(400, "BadRequest", "Invalid batch payload format.")
    names = [str(item.get("id", "")).lower() for item in items]
    if len(items) > _MOST:
        raise GraphRefusal(400, "BadRequest", f"Number of batch request steps exceeds the maximum value of {_MOST}.")
    if len(set(names)) != len(names) or "" in names:
        raise GraphRefusal(400, "BadRequest", "Batch request ids must be unique and not empty.")
    failed: set[str] = set()
    answers = [_answer(graph, request, item, failed) for item in items]
    # The real service answers in any order; ours is the reverse one, so that nobody relies on it.
    return Reply.json({"responses": answers[::-1]})


def _answer(graph: "Graph", outer: Request, item: Item, failed: set[str]) -> Item:
    name = str(item["id"])
    if failed & {str(other) for other in item.get("dependsOn") or ()}:
        failed.add(name)
        return {
            "id": name,
            "status": 424,
            "headers": {},
            "body": {"error": {"code": "FailedDependency", "message": ""}},
        }
    path, _, query = str(item.get("url", "")).partition("?")
    headers = {key.lower(): str(value) for key, value in (item.get("headers") or {}).items()}
    headers["authorization"] = outer.header("authorization")
    content = orjson.dumps(item["body"]) if item.get("body") is not None else b""
    inner = Request(str(item.get("method", "GET")).upper(), f"/v1.0{path}", query, headers, content, outer.base_url)
    try:
        reply = graph.answer(inner, graph_caller(graph.world, inner), path)
    except Refusal as refusal:
        reply = refusal.reply(inner, graph.world.clock.now())
        failed.add(name)
    body = orjson.loads(reply.body) if reply.body else None
    return {"id": name, "status": reply.status, "headers": _shown(reply.headers), "body": body}


def _shown(headers: dict[str, str]) -> dict[str, str]:
    kept = {"retry-after": "Retry-After", "content-type": "Content-Type", "location": "Location"}
    return {kept[name]: value for name, value in headers.items() if name in kept}
