"""One call of Graph: who asks what of which tenant, and how it is answered."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import unquote

import orjson

from mscloudsim.authorization import Caller
from mscloudsim.errors import GraphRefusal
from mscloudsim.graph.options import Expand, Options, body_of, parse_options
from mscloudsim.graph.schema import EntityType, Item
from mscloudsim.http import Reply, Request
from mscloudsim.world.directory import Directory
from mscloudsim.world.world import World

CONTENT: Final = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
Expansion = Callable[[Item, Expand], Item]
"""Makes the expanded relation of an object."""


@dataclass
class Call:
    """Handed to every handler."""

    world: World
    request: Request
    caller: Caller
    directory: Directory
    version: str
    arguments: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The first id in the path."""
        return self.arguments[0]

    @property
    def is_beta(self) -> bool:
        return self.version == "beta"

    @property
    def is_eventual(self) -> bool:
        return self.request.header("consistencylevel").lower() == "eventual"

    def options(self, entity: EntityType) -> Options:
        return parse_options(self.request, entity, beta=self.is_beta)

    @cached_property
    def body(self) -> dict[str, Any]:
        return body_of(self.request)

    def context(self, tail: str) -> str:
        return f"{self.request.base_url}/{self.version}/$metadata#{tail}"

    def one(self, entity: EntityType, item: Item, status: int = 200, expand: Expansion | None = None) -> Reply:
        """The answer holding one object, reduced to what was selected, with what was expanded."""
        options = self.options(entity) if self.request.method == "GET" else None
        select = options.select if options else ()
        names = f"({','.join(select)})" if select else ""
        shown = entity.shown(item, select)
        if options and options.expand and expand:
            shown = {**shown, **expand(item, options.expand)}
        return answer({"@odata.context": self.context(f"{entity.set_name}{names}/$entity"), **shown}, status)

    def need(self, *permissions: str) -> None:
        """Raises GraphRefusal 403 unless the caller has one of the permissions."""
        if self.caller.roles.isdisjoint(permissions):
            raise GraphRefusal(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def answer(body: Any, status: int = 200) -> Reply:
    """A JSON answer with the headers of OData."""
    return answer_bytes(orjson.dumps(body), status)


def answer_bytes(body: bytes, status: int = 200) -> Reply:
    return Reply(status, body, {"content-type": CONTENT, "odata-version": "4.0", "cache-control": "no-cache"})


def answer_number(number: int) -> Reply:
    """The answer to a `/$count` segment."""
    return Reply(200, str(number).encode(), {"content-type": "text/plain", "odata-version": "4.0"})


def not_found(key: str) -> GraphRefusal:
    """The refusal for an object that is not there."""
    text = f"Resource '{unquote(key)[:100]}' does not exist or one of its queried reference-property objects are not "
    return GraphRefusal(404, "Request_ResourceNotFound", f"{text}present.")
