"""`$batch`: up to ten cmdlets, each with its own address, status and limits."""

from typing import Any, Final
from urllib.parse import unquote, urlsplit

import orjson

from mscloudsim.errors import ExchangeRefusal, Refusal
from mscloudsim.exchange.front import Front
from mscloudsim.faults import FaultKind
from mscloudsim.http import Reply, Request
from mscloudsim.misbehaviour import answer_instead

Item = dict[str, Any]
_MOST: Final = 10
_MALFORMED: Final = "Microsoft.OData.ODataException"
_SINGLY: Final = (
    FaultKind.THROTTLE,
    FaultKind.THROTTLE_WITHOUT_HINT,
    FaultKind.SERVER_ERROR,
    FaultKind.UNAVAILABLE,
    FaultKind.FORBIDDEN,
)
"""Faults that hit one item and leave its neighbours alone; their path ends in `InvokeCommand/Get-…`."""
_SHOWN: Final = {"retry-after": "Retry-After", "content-type": "Content-Type"}


def batch(front: Front, request: Request) -> Reply:
    """The envelope is 200 whenever it could be read; what went wrong stands in the items. Raises ExchangeRefusal."""
    answers = [_answer(front, request, item) for item in _items(request)]
    # Nobody promises an order; ours is the reverse one, so that nobody relies on it.
    return Reply.json({"responses": answers[::-1]})


def _items(request: Request) -> list[Item]:
    body = request.json()
    items = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise ExchangeRefusal(400, _MALFORMED, "The batch holds no requests.")
    if len(items) > _MOST:
        raise ExchangeRefusal(400, _MALFORMED, f"A batch holds at most {_MOST} requests; this one holds {len(items)}.")
    names = [item.get("id") for item in items]
    if not all(isinstance(name, str) and name for name in names) or len(set(names)) < len(names):
        raise ExchangeRefusal(400, _MALFORMED, "The requests of a batch need ids of their own.")
    return items


def _answer(front: Front, outer: Request, item: Item) -> Item:
    inner = _inner(outer, item)
    try:
        reply = _reply(front, outer, inner, item)
    except Refusal as refusal:
        reply = refusal.reply(inner, front.world.clock.now())
    headers = {_SHOWN[name]: value for name, value in reply.headers.items() if name in _SHOWN}
    return {"id": item["id"], "status": reply.status, "headers": headers, "body": orjson.loads(reply.body)}


def _reply(front: Front, outer: Request, inner: Request, item: Item) -> Reply:
    root, _, rest = inner.path.rpartition("/adminapi/beta/")
    segments = rest.split("/")
    if inner.method != "POST" or not root or len(segments) != 2 or segments[1] != "InvokeCommand":  # noqa: PLR2004
        raise ExchangeRefusal(400, _MALFORMED, "A request of a batch is a POST to the full address of InvokeCommand.")
    if not str(item.get("url")).startswith(("http://", "https://")):
        raise ExchangeRefusal(400, _MALFORMED, "The address of a request of a batch is absolute.")
    caller = front.caller(outer, segments[0])
    cmdlet = str(((item.get("body") or {}).get("CmdletInput") or {}).get("CmdletName"))
    fault = front.world.faults.due(front.service, f"{inner.path}/{cmdlet}", caller.tenant.id, *_SINGLY)
    if fault is None:
        return front.invoke(inner, caller)
    front.world.stats.faults[fault.kind.value] += 1
    return answer_instead(fault, front.service, inner, front.world.clock.now())


def _inner(outer: Request, item: Item) -> Request:
    """The item as a request of its own, at the address of the batch it came in."""
    address = urlsplit(str(item.get("url")))
    given = item.get("headers") if isinstance(item.get("headers"), dict) else {}
    headers = outer.headers | {str(key).lower(): str(value) for key, value in (given or {}).items()}
    root = outer.path.partition("/adminapi/")[0]
    path = f"{root}/adminapi/{unquote(address.path).rpartition('/adminapi/')[2]}"
    content = orjson.dumps(item.get("body"))
    return Request(str(item.get("method")).upper(), path, address.query, headers, content, outer.base_url)
