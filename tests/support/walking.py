"""Finding every page there is: its route from the code, its address by following the links of the running product."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import parse_qs, urljoin, urlsplit

from fastapi.routing import APIRoute
from tests.support.web import Client

from tenantry.platform.doors import Pages
from tenantry.slices import doors

_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<=/)[a-z0-9]+\.[a-z0-9_]+$")
"""An id of ours, or the key of a control: pages that differ by one only are pages of one kind."""


def page_routes() -> list[APIRoute]:
    """The routes that answer with HTML, in the order the application tries them: no downloads, no parts of pages."""
    every = [route for door in doors() if isinstance(door, Pages) for route in door.router.routes]
    return [route for route in every if isinstance(route, APIRoute) and _is_page(route)]


def _is_page(route: APIRoute) -> bool:
    is_whole = not route.path.startswith("/partials/")
    return "GET" in (route.methods or ()) and is_whole and not route.path.endswith((".{ending}", ".json"))


_FILTERED: Final = 3
_PAGED: Final = " page"


@dataclass(slots=True)
class Walk:
    """Everything that links lead to from the front page, by kind of page."""

    visitor: Client
    each: int = 3
    """Of pages that differ only by an id, and of a list's pages, so many are read; of those filtered, a few."""
    seen: dict[str, list[str]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    """What was read, by address."""

    def walk(self, start: str = "/") -> "Walk":
        ahead, asked = [start], dict[str, int]()
        while ahead:
            address = ahead.pop(0)
            kind = _kind(address)
            known = self.seen.setdefault(kind, [])
            if address in known:
                continue
            known.append(address)
            asked[kind] = asked.get(kind, 0) + 1
            if asked[kind] <= self._most(kind, address):
                ahead += self._links(address)
        return self

    def _most(self, kind: str, address: str) -> int:
        """How many of a kind are read. Lists are read as they are, however many links lead to what they filter."""
        if kind.endswith(_PAGED) or "*" in kind:
            return self.each
        return _FILTERED if "?" in address else len(self.seen[kind])

    def of(self, route: APIRoute) -> list[str]:
        """The addresses to look at for a route: some of each kind, and one with as many filters as there are."""
        every = [known for kind, known in self.seen.items() if not kind.endswith(_PAGED)]
        kinds = [known for known in every if route_of(known[0]) is route]
        most = [max((address for known in kinds for address in known), key=len)] if kinds else []
        return sorted({address for known in kinds for address in _spread(known, self.each)}.union(most))

    def _links(self, address: str) -> list[str]:
        answer = self.visitor.request("GET", address, Accept="text/html")
        while answer.status == 303:
            address = answer.headers["Location"]
            answer = self.visitor.request("GET", address, Accept="text/html")
        assert answer.status == 200, f"{address} is linked, but answers {answer.status}"
        self.texts[address] = answer.text
        return [link for link in _hrefs(address, answer.text) if route_of(link) is not None]


_ROUTES: Final = page_routes()


def route_of(address: str) -> APIRoute | None:
    """The route that answers there."""
    path = urlsplit(address).path
    return next((route for route in _ROUTES if route.path_regex.fullmatch(path)), None)


def _kind(address: str) -> str:
    """Equal for pages of which one shows what the other shows of something else."""
    parts = urlsplit(address)
    asked = parse_qs(parts.query)
    return " ".join([_ID.sub("*", parts.path), *asked.get("kind", [])]) + (_PAGED if asked.keys() == {"cursor"} else "")


def _spread(known: list[str], each: int) -> list[str]:
    """Of something, a few that were found far from each other; of a list, as it is without filters."""
    if not _ID.search(urlsplit(known[0]).path):
        return [min(known, key=len)]
    last = len(known) - 1
    return [known[last * part // (each - 1)] for part in range(each)]


def _hrefs(address: str, text: str) -> Iterator[str]:
    """The links to places of the same origin, without what stands after `#`."""
    reader = _Links()
    reader.feed(text)
    for href in reader.found:
        link = urlsplit(urljoin(address, href))
        if not link.netloc:
            yield link.path + (f"?{link.query}" if link.query else "")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and given.get("href") and "download" not in given:
            self.found.append(given["href"] or "")
