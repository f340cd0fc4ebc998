"""`$batch`: up to twenty requests, each with its own status, limits and dependencies."""

from typing import TYPE_CHECKING, Any, Final

import orjson

from mscloudsim.authorization import graph_caller
from mscloudsim.errors import GraphRefusal, Refusal
from mscloudsim.faults import FaultKind
from mscloudsim.graph.call import answer
from mscloudsim.http import Reply, Request
from mscloudsim.misbehaviour import answer_instead

if TYPE_CHECKING:
    from mscloudsim.graph.service import Graph

Item = dict[str, Any]
_MOST: Final = 20
_METHODS: Final = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})
_SINGLY: Final = (
    FaultKind.THROTTLE,
    FaultKind.THROTTLE_WITHOUT_HINT,
    FaultKind.SERVER_ERROR,
    FaultKind.UNAVAILABLE,
    FaultKind.FORBIDDEN,
)
"""Faults that hit one item and leave its neighbours alone."""
_SHOWN: Final = {
    "retry-after": "Retry-After",
    "content-type": "Content-Type",
    "location": "Location",
    "x-ms-resource-unit": "x-ms-resource-unit",
}
_FAILED: Final = 400


def batch(graph: "Graph", request: Request, version: str) -> Reply:
    """The envelope is 200 whenever it could be read; what went wrong stands in the items."""
    if request.method != "POST":
        text = "Specified HTTP method is not allowed for the request target."
        raise GraphRefusal(405, "Request_BadRequest", text)
    failed: set[str] = set()
    answers = [_answer(graph, request, version, item, failed) for item in _items(request)]
    # The real service answers in any order; ours is the reverse one, so that nobody relies on it.
    return answer({"responses": answers[::-1]})


def _items(request: Request) -> list[Item]:
    body = request.json()
    items = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise _bad("Invalid batch payload format.")
    if len(items) > _MOST:
        raise _bad(f"Number of batch request steps exceeds the maximum value of {_MOST}.")
    names: set[str] = set()
    for item in items:
        name = item.get("id")
        if not isinstance(name, str) or not name or name.lower() in names:
            raise _bad("Batch request ids must be unique and not empty.")
        _check(item, names)
        names.add(name.lower())
    return items


def _check(item: Item, earlier: set[str]) -> None:
    """Raises GraphRefusal for what spoils the whole batch."""
    after, headers = item.get("dependsOn") or [], item.get("headers") or {}
    if not isinstance(item.get("url"), str) or str(item.get("method", "")).upper() not in _METHODS:
        raise _bad(f"Batch request '{item['id'][:40]}' needs a method and a relative url.")
    if not isinstance(after, list) or any(str(name).lower() not in earlier for name in after):
        raise _bad(f"Batch request '{item['id'][:40]}' depends on a request that does not come before it.")
    if not isinstance(headers, dict):
        raise _bad(f"Headers of batch request '{item['id'][:40]}' are no object.")


def _answer(graph: "Graph", outer: Request, version: str, item: Item, failed: set[str]) -> Item:
    name = item["id"]
    if failed & {str(other).lower() for other in item.get("dependsOn") or ()}:
        failed.add(name.lower())
        error = {"code": "FailedDependency", "message": "A request this one depends on has failed."}
        return {"id": name, "status": 424, "headers": {}, "body": {"error": error}}
    inner = _inner(outer, version, item)
    try:
        reply = _reply(graph, inner, item)
    except Refusal as refusal:
        reply = refusal.reply(inner, graph.world.clock.now())
    if reply.status >= _FAILED:
        failed.add(name.lower())
    return {"id": name, "status": reply.status, "headers": _headers(reply), "body": _body(reply)}


def _reply(graph: "Graph", inner: Request, item: Item) -> Reply:
    if item.get("body") is not None and not inner.header("content-type"):
        raise _bad("Content-Type is required for a batch request with a body.")
    if "$batch" in inner.path:
        raise _bad("A batch cannot hold another one.")
    caller = graph_caller(graph.world, inner)
    fault = graph.world.faults.due("graph", inner.path, caller.tenant.id, *_SINGLY)
    if fault is None:
        return graph.answer(inner, caller)
    graph.world.stats.faults[fault.kind.value] += 1
    return answer_instead(fault, "graph", inner, graph.world.clock.now())


def _inner(outer: Request, version: str, item: Item) -> Request:
    path, _, query = item["url"].partition("?")
    headers = {str(key).lower(): str(value) for key, value in (item.get("headers") or {}).items()}
    headers["authorization"] = outer.header("authorization")
    content = orjson.dumps(item["body"]) if item.get("body") is not None else b""
    full = f"/{version}/{path.strip('/')}"
    return Request(str(item["method"]).upper(), full, query, headers, content, outer.base_url)


def _headers(reply: Reply) -> dict[str, str]:
    return {_SHOWN[name]: value for name, value in reply.headers.items() if name in _SHOWN}


def _body(reply: Reply) -> Any:
    """JSON as it is; a bare number, as of `/$count`, as text."""
    if not reply.body:
        return None
    is_json = reply.headers.get("content-type", "").startswith("application/json")
    return orjson.loads(reply.body) if is_json else reply.body.decode()


def _bad(message: str) -> GraphRefusal:
    return GraphRefusal(400, "BadRequest", message)
