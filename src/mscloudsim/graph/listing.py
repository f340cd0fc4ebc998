"""Lists: selecting, filtering, counting, searching and paging, within the limits of the real service."""

import base64
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import orjson

from mscloudsim.errors import GraphRefusal
from mscloudsim.faults import FaultKind
from mscloudsim.graph.filters import ADVANCED, parse_filter
from mscloudsim.http import Reply, Request
from mscloudsim.world.world import World

Item = dict[str, Any]
_OPTIONS: Final = frozenset(
    {"$select", "$filter", "$top", "$count", "$search", "$orderby", "$expand", "$skiptoken", "$skip", "$deltatoken"}
)
CONTENT: Final = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"


@dataclass(frozen=True, slots=True)
class Kind:
    """What is listed: its type, its properties, those shown without `$select`, and how big a page may be."""

    type_name: str
    properties: frozenset[str]
    default: tuple[str, ...] = ()
    page: int = 100
    largest: int = 999
    pages: bool = True


Source = Callable[[int], Iterator[tuple[int, Item]]]
"""Items with their positions, from a position on."""


def listing(world: World, request: Request, tenant: str, kind: Kind, source: Source) -> Reply:
    """One page of a list. Raises GraphRefusal 400 for options the real service would refuse."""
    options = _options(request)
    eventual = request.header("consistencylevel").lower() == "eventual"
    top = _top(options, kind)
    test = _test(options, kind, eventual=eventual)
    start = _start(options)
    empty = _fault(world, request, tenant, FaultKind.EMPTY_PAGE) if start else None
    body: Item = {"@odata.context": f"{request.base_url}/v1.0/$metadata#{kind.type_name}s"}
    if options.get("$count", "").lower() == "true" and eventual and not start:
        body["@odata.count"] = sum(1 for _ in _matching(source(0), test))
    if empty is not None:
        body |= {"value": [], "@odata.nextLink": _link(request, start, top, retry=True)}
        return page_reply(body)
    matching = _matching(source(start), test)
    rows = _ordered(options, matching) if "$orderby" in options else matching
    taken = list(islice(rows, top + 1 if kind.pages else None))
    shown = taken[:top] if kind.pages else taken
    body["value"] = _selected(shown, options, kind)
    if kind.pages and len(taken) > top:
        following = shown[-1][0] + 1
        if _fault(world, request, tenant, FaultKind.REPEATED_LINK):
            body["@odata.nextLink"] = request.url
        else:
            body["@odata.nextLink"] = _link(request, following, top)
    return page_reply(body)


def single(request: Request, item: Item, kind: Kind, context: str) -> Reply:
    """One object, reduced to what was selected."""
    chosen = _selected([(0, item)], _options(request), kind)[0]
    return page_reply({"@odata.context": f"{request.base_url}/v1.0/$metadata#{context}/$entity", **chosen})


def page_reply(body: Any, status: int = 200) -> Reply:
    return Reply(status, orjson.dumps(body), {"content-type": CONTENT, "odata-version": "4.0"})


def _options(request: Request) -> dict[str, str]:
    options = dict(parse_qsl(request.raw_query, keep_blank_values=True))
    for name in options:
        if name.startswith("$") and name not in _OPTIONS:
            raise GraphRefusal(400, "Request_BadRequest", f"The query option '{name}' is not recognised.")
    return options


def _top(options: dict[str, str], kind: Kind) -> int:
    if "$top" not in options:
        return min(kind.page, kind.largest)
    text = options["$top"]
    if not text.isdigit() or not 1 <= int(text) <= kind.largest:
        message = f"Invalid page size specified: '{text}'. Must be between 1 and {kind.largest} inclusive."
        raise GraphRefusal(400, "Request_BadRequest", message)
    return int(text)


def _test(options: dict[str, str], kind: Kind, *, eventual: bool) -> Callable[[Item], bool] | None:
    if "$skip" in options:
        raise GraphRefusal(400, "Request_BadRequest", "'$skip' is not supported by the service.")
    counted = options.get("$count", "").lower() == "true"
    if "$search" in options:
        if not eventual:
            text = (
                "Request with $search query parameter only works through MSGraph with a special request header: "
                "'ConsistencyLevel: eventual'"
            )
            raise GraphRefusal(400, "Request_UnsupportedQuery", text)
        return _search(options["$search"])
    if "$filter" not in options:
        return None
    advanced = ADVANCED.search(options["$filter"]) is not None or "$orderby" in options
    if (
        advanced
        and kind.type_name in ("user", "group", "application", "servicePrincipal")
        and not (eventual and counted)
    ):
        raise GraphRefusal(
            400, "Request_UnsupportedQuery", "Operator or sort combination needs ConsistencyLevel and $count."
        )
    return parse_filter(options["$filter"], kind.properties, kind.type_name)


def _search(expression: str) -> Callable[[Item], bool]:
    name, _, words = expression.strip('"').partition(":")
    return lambda item: words.lower() in str(item.get(name) or "").lower()


def _matching(rows: Iterable[tuple[int, Item]], test: Callable[[Item], bool] | None) -> Iterator[tuple[int, Item]]:
    return iter(rows) if test is None else (row for row in rows if test(row[1]))


def _ordered(options: dict[str, str], rows: Iterator[tuple[int, Item]]) -> Iterator[tuple[int, Item]]:
    name, _, direction = options["$orderby"].partition(" ")
    ordered = sorted(rows, key=lambda row: str(row[1].get(name) or ""), reverse=direction.strip() == "desc")
    # Positions follow the order, so that a page can say where the next one starts.
    return ((position, item) for position, (_, item) in enumerate(ordered))


def _selected(rows: list[tuple[int, Item]], options: dict[str, str], kind: Kind) -> list[Item]:
    names = [name.strip() for name in options.get("$select", "").split(",") if name.strip()] or list(kind.default)
    for name in names:
        if name not in kind.properties:
            text = f"Could not find a property named '{name}' on type 'microsoft.graph.{kind.type_name}'."
            raise GraphRefusal(400, "Request_BadRequest", text)
    if not names:
        return [{key: value for key, value in item.items() if not key.startswith("_")} for _, item in rows]
    kept = ["id", *(name for name in names if name != "id")] if "id" in kind.properties else names
    return [{name: item.get(name) for name in kept if name in item or name != "signInActivity"} for _, item in rows]


def _start(options: dict[str, str]) -> int:
    if "$skiptoken" not in options:
        return 0
    try:
        start, _ = orjson.loads(base64.urlsafe_b64decode(options["$skiptoken"] + "=="))
        return int(start)
    except (ValueError, TypeError) as error:
        raise GraphRefusal(400, "Directory_ExpiredPageToken", "The specified page token value has expired.") from error


def _link(request: Request, start: int, salt: int, *, retry: bool = False) -> str:
    token = base64.urlsafe_b64encode(orjson.dumps([start, f"{salt}{'r' if retry else ''}"])).decode().rstrip("=")
    kept = [
        (name, value) for name, value in parse_qsl(request.raw_query, keep_blank_values=True) if name != "$skiptoken"
    ]
    query = urlencode([*kept, ("$skiptoken", token)], safe="$,'()")
    return f"{request.base_url}{request.path}?{query}"


def _fault(world: World, request: Request, tenant: str, kind: FaultKind) -> Any:
    fault = world.faults.due("graph", request.path, tenant, kind)
    if fault is not None:
        world.stats.faults[kind.value] += 1
    return fault
