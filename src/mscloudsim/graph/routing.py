"""Which path is answered by what, and which application permissions open it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import orjson

from mscloudsim.errors import GraphRefusal
from mscloudsim.graph.call import Call
from mscloudsim.http import Reply

Handler = Callable[[Call], Reply]
_PERMISSIONS: Final[dict[str, list[str]]] = orjson.loads(files(__package__).joinpath("permissions.json").read_bytes())
"""By method and path, any of which is enough (from microsoft-graph-devx-content, MIT)."""
VERSIONS: Final = ("v1.0", "beta")
_ARGUMENT: Final = re.compile(r"\\\{\w+\\\}")


@dataclass(frozen=True, slots=True)
class Route:
    """One path with its `{arguments}`, for one method."""

    method: str
    template: str
    handler: Handler
    permissions: frozenset[str]
    versions: tuple[str, ...] = VERSIONS


def route(method: str, template: str, handler: Handler, *versions: str) -> Route:
    """A route with the permissions of the reference, of both versions unless they are named.

    Raises KeyError for a path the reference does not know.
    """
    known = re.sub(r"\{\w+\}", "{}", template)
    return Route(method, template, handler, frozenset(_PERMISSIONS[f"{method} {known}"]), versions or VERSIONS)


class Router:
    """Finds routes by their first segment and then by pattern, in the order they were declared in."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_head: dict[str, list[tuple[re.Pattern[str], Route]]] = {}
        for item in routes:
            self._by_head.setdefault(_head(item.template), []).append((_pattern(item.template), item))

    def find(self, method: str, path: str, version: str) -> tuple[Route, tuple[str, ...]]:
        """The route and its arguments. Raises GraphRefusal 400 for unknown paths and 405 for unknown methods."""
        known = False
        for pattern, item in self._by_head.get(_head(path), ()):
            match = pattern.fullmatch(path) if version in item.versions else None
            if match is not None and item.method == method:
                return item, match.groups()
            known = known or match is not None
        if known:
            text = "Specified HTTP method is not allowed for the request target."
            raise GraphRefusal(405, "Request_BadRequest", text)
        segment = path.split("/")[1][:80]
        raise GraphRefusal(400, "BadRequest", f"Resource not found for the segment '{segment}'.")


def _head(path: str) -> str:
    return path.split("/")[1].partition("(")[0].lower()


def _pattern(template: str) -> re.Pattern[str]:
    """Letter case does not matter, and a function may be called with or without its brackets."""
    text = re.sub(_ARGUMENT, "([^/()']+)", re.escape(template)).replace(r"\(\)", r"(?:\(\))?")
    return re.compile(text, re.IGNORECASE)
