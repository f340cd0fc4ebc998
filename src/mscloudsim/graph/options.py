"""Query options, parsed, and refused where the real service refuses them."""

import re
from dataclasses import dataclass
from typing import Any, Final

from mscloudsim.errors import GraphRefusal
from mscloudsim.graph.filters import Filter, parse_filter
from mscloudsim.graph.schema import EntityType, Item, Oversize
from mscloudsim.graph.searching import Search, parse_search
from mscloudsim.http import Request

_KNOWN: Final = frozenset(
    {"$select", "$filter", "$top", "$count", "$search", "$orderby", "$expand"}
    | {"$skiptoken", "$deltatoken", "$skip", "$format"}
)
_DIGITS: Final = 9
_EXPANSION: Final = re.compile(r"(\w+)(?:\((.*)\))?")
_NESTED: Final = re.compile(r"\$(\w+)=([^;]*)")


@dataclass(frozen=True, slots=True)
class Expand:
    """The one relation that is answered along with each object, and what of it."""

    relation: str
    select: tuple[str, ...] = ()
    nested: str = ""
    """The relation that is answered along with the expanded object."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a request asks for. Everything in it was found to be allowed for the type."""

    top: int
    select: tuple[str, ...] = ()
    filter: Filter | None = None
    search: Search | None = None
    order: tuple[tuple[str, bool], ...] = ()
    """Properties to sort by, each with whether it descends."""
    expand: Expand | None = None
    count: bool = False
    token: str | None = None

    def reads(self, entity: EntityType) -> frozenset[str] | None:
        """The properties an answer needs; None when all are shown."""
        shown = self.select or entity.default
        if not shown:
            return None
        filtered = self.filter.names if self.filter else set()
        searched = self.search.names if self.search else set()
        return frozenset({"id", *shown, *filtered, *searched, *(name for name, _ in self.order)})

    def matches(self, item: Item) -> bool:
        return (self.filter is None or self.filter.test(item)) and (self.search is None or self.search.test(item))


def parse_options(request: Request, entity: EntityType, *, beta: bool = False) -> Options:
    """Raises GraphRefusal 400 for unknown options and properties, and for combinations that are not supported."""
    given = _given(request, beta=beta)
    eventual = request.header("consistencylevel").lower() == "eventual"
    counted = eventual and given.get("$count", "").lower() == "true"
    found = parse_filter(given["$filter"], entity) if given.get("$filter") else None
    order = _order(given.get("$orderby", ""), entity)
    if entity.is_directory_object and not counted:
        _refuse_advanced(found, order, entity)
    search = _search(given, entity, eventual=eventual)
    expand = _expand(given.get("$expand", ""), entity)
    if expand and entity.is_directory_object and (search or (found and found.is_advanced)):
        raise _unsupported("$expand is not supported with advanced queries.")
    return Options(
        top=_top(given.get("$top"), entity, expanded=expand is not None),
        select=_select(given.get("$select", ""), entity),
        filter=_lonely(found),
        search=search,
        order=order,
        expand=expand,
        count=counted or (not entity.is_directory_object and given.get("$count", "").lower() == "true"),
        token=given.get("$skiptoken"),
    )


def _given(request: Request, *, beta: bool) -> dict[str, str]:
    """The options by name. On beta the `$` may be left out; elsewhere names without it are custom, and ignored."""
    given = {}
    for name, value in request.query.items():
        full = f"${name}" if beta and f"${name}" in _KNOWN else name
        if full.startswith("$"):
            if full not in _KNOWN:
                raise _bad(f"The query parameter '{name}' is not supported.")
            given[full] = value
    if "$skip" in given:
        raise _bad("'$skip' is not supported by the service.")
    return given


def _top(text: str | None, entity: EntityType, *, expanded: bool) -> int:
    most = min(entity.largest, 100) if expanded and entity.is_directory_object else entity.largest
    if text is None:
        return min(entity.page, most)
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS or int(text) < 1:
        raise _bad(f"Invalid page size specified: '{text[:40]}'. Must be between 1 and {entity.largest} inclusive.")
    if int(text) > entity.largest and entity.oversize is Oversize.REFUSE and entity.paged:
        raise _bad(f"Invalid page size specified: '{text}'. Must be between 1 and {entity.largest} inclusive.")
    return min(int(text), most)


def _select(text: str, entity: EntityType) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names:
        known(name, entity)
    return names


def known(name: str, entity: EntityType) -> None:
    """Raises GraphRefusal for a property the type does not have, or that lists do not serve."""
    if name in entity.elsewhere:
        raise GraphRefusal(501, "NotImplemented", "This operation target is not yet supported.")
    if not entity.has(name):
        raise _bad(f"Could not find a property named '{name[:80]}' on type 'microsoft.graph.{entity.name}'.")


def _order(text: str, entity: EntityType) -> tuple[tuple[str, bool], ...]:
    order = []
    for part in (part.strip() for part in text.split(",") if part.strip()):
        name, _, direction = part.partition(" ")
        known(name, entity)
        if direction.strip().lower() not in ("", "asc", "desc"):
            raise _bad(f"Syntax error at position {len(part)} in '{part[:80]}'.")
        order.append((name, direction.strip().lower() == "desc"))
    return tuple(order)


def _refuse_advanced(found: Filter | None, order: tuple[tuple[str, bool], ...], entity: EntityType) -> None:
    """Advanced queries on directory objects need the header and `$count=true`."""
    unusual = any(name not in entity.sortable for name, _ in order)
    if (found and found.is_advanced) or unusual or (found and order):
        raise _unsupported("Operator or sort combination needs header 'ConsistencyLevel: eventual' and $count=true.")


def _search(given: dict[str, str], entity: EntityType, *, eventual: bool) -> Search | None:
    if "$search" not in given:
        return None
    if not entity.searchable:
        raise _bad("The query parameter '$search' is not supported.")
    if not eventual:
        text = "Request with $search query parameter only works through MSGraph with a special request header"
        raise _unsupported(f"{text}: 'ConsistencyLevel: eventual'")
    return parse_search(given["$search"], entity.searchable)


def _expand(text: str, entity: EntityType) -> Expand | None:
    if not text:
        return None
    match = _EXPANSION.fullmatch(text.strip())
    if match is None or "," in text.partition("(")[0]:
        raise _bad("The request may expand one relationship only.")
    if match[1] not in entity.relations:
        name = f"'{match[1][:80]}' on type 'microsoft.graph.{entity.name}'"
        raise _bad(f"Parsing OData Select and Expand failed: Could not find a property named {name}.")
    nested = dict(_NESTED.findall(match[2] or ""))
    names = nested.get("select", "").split(",")
    return Expand(match[1], tuple(name.strip() for name in names if name.strip()), nested.get("expand", ""))


def _lonely(found: Filter | None) -> Filter | None:
    """`signInActivity` cannot be filtered together with anything else."""
    if found and "signInActivity" in found.names and len(found.names) > 1:
        raise _unsupported("Filter on signInActivity is not supported together with other properties.")
    return found


def _bad(message: str) -> GraphRefusal:
    return GraphRefusal(400, "Request_BadRequest", message)


def _unsupported(message: str) -> GraphRefusal:
    return GraphRefusal(400, "Request_UnsupportedQuery", message)


def body_of(request: Request) -> dict[str, Any]:
    """The JSON object in a request's body. Raises GraphRefusal 400 for anything else."""
    body = request.json()
    if not isinstance(body, dict):
        raise GraphRefusal(400, "BadRequest", "Unable to read JSON request payload.")
    return body
