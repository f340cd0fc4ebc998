"""Lists: one page of what was asked for, in time that depends on the page and not on the list."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Final

import orjson

from mscloudsim.errors import GraphRefusal
from mscloudsim.faults import FaultKind
from mscloudsim.graph.cache import PageCache
from mscloudsim.graph.call import Call, Expansion, answer_bytes, answer_number
from mscloudsim.graph.options import Options
from mscloudsim.graph.schema import EntityType, Item
from mscloudsim.graph.tokens import read_token, write_token
from mscloudsim.http import Reply
from mscloudsim.world.world import World

Scan = Callable[[int, Iterable[str] | None], Iterator[tuple[int, Item]]]
"""Objects with their positions, from a position on, with at least the named properties."""
_HOUR: Final = 3600
_LIFETIME_HOURS: Final = 3
"""Skip tokens live "minutes to hours"; nobody documents how many."""


@dataclass(frozen=True)
class Listing:
    """What is listed and how it is walked."""

    entity: EntityType
    scan: Scan
    total: Callable[[], int] | None = None
    """How many there are without a filter, where that is known without walking."""
    expand: Expansion | None = None
    newest_first: str | None = None
    """The moment by which the walk descends, so that it may stop early."""
    context: str | None = None
    shape: Callable[[Item, tuple[str, ...]], Item] | None = None
    """How an object is reduced to what was selected, where its type alone does not decide that."""
    is_kept: bool = True
    """Whether pages may be kept until the directory changes."""


def rows(entity: EntityType, make: Callable[[], list[Item]], expand: Expansion | None = None) -> Listing:
    """A listing of objects that are few enough to be made at once."""

    def scan(start: int, _names: Iterable[str] | None) -> Iterator[tuple[int, Item]]:
        items = make()
        return ((place, items[place]) for place in range(start, len(items)))

    return Listing(entity, scan, lambda: len(make()), expand)


def page(call: Call, listing: Listing) -> Reply:
    """The page a call asks for. Raises GraphRefusal 400 for options the real service refuses."""
    return _Page(call, listing, call.options(listing.entity)).reply()


def count(call: Call, listing: Listing) -> Reply:
    """The answer to `/$count`. Raises GraphRefusal 400 where the header of advanced queries is missing."""
    if listing.entity.is_directory_object and not call.is_eventual:
        raise GraphRefusal(400, "Request_BadRequest", "$count is not currently supported.")
    return answer_number(_Page(call, listing, call.options(listing.entity)).total())


@dataclass
class _Page:
    """One page being made."""

    call: Call
    listing: Listing
    options: Options

    def reply(self) -> Reply:
        start = self._start()
        if self.call.world.faults.orders:
            return self._troubled(start)
        if not self.listing.is_kept:
            return answer_bytes(self._body(start))
        key = (self._query_key, self.call.request.base_url, self.call.is_eventual, self._hour)
        return answer_bytes(self._cache.page((key, "page"), lambda: self._body(start)))

    def total(self) -> int:
        """How many match, from the listing's own knowledge or by walking once."""
        if self.options.filter is None and self.options.search is None and self.listing.total is not None:
            return self.listing.total()
        found: int = self._cache.answer((self._query_key, "count"), lambda: sum(1 for _ in self._matching(0)))
        return found

    def _troubled(self, start: int) -> Reply:
        """A page while misbehaviour is on order; none of it is kept."""
        if start and due(self.call, FaultKind.EMPTY_PAGE):
            body = {"@odata.context": self._context, "value": [], "@odata.nextLink": self._link(start, retry=1)}
            return answer_bytes(orjson.dumps(body))
        return answer_bytes(self._body(start, may_repeat=True))

    def _body(self, start: int, *, may_repeat: bool = False) -> bytes:
        options, entity = self.options, self.listing.entity
        found = list(islice(self._walk(start), options.top + 1 if entity.paged else None))
        more = entity.paged and len(found) > options.top
        shown = found[: options.top] if more else found
        body: Item = {"@odata.context": self._context}
        if options.count and not start:
            body["@odata.count"] = self.total()
        if more:
            repeat = may_repeat and due(self.call, FaultKind.REPEATED_LINK)
            body["@odata.nextLink"] = self.call.request.url if repeat else self._link(shown[-1][0] + 1)
        body["value"] = [self._shown(item) for _, item in shown]
        return orjson.dumps(body)

    def _shown(self, item: Item) -> Item:
        shown = (self.listing.shape or self.listing.entity.shown)(item, self.options.select)
        expand = self.options.expand
        if expand is None or self.listing.expand is None:
            return shown
        return {**shown, **self.listing.expand(item, expand)}

    def _walk(self, start: int) -> Iterator[tuple[int, Item]]:
        """Positions and objects from a start on, sorted if that was asked for."""
        if not self.options.order:
            return self._matching(start)
        order: list[int] = self._cache.answer((self._query_key, "order"), self._sorted)
        reads = self.options.reads(self.listing.entity)
        return ((place, next(self.listing.scan(order[place], reads))[1]) for place in range(start, len(order)))

    def _sorted(self) -> list[int]:
        found = [(position, item) for position, item in self._matching(0)]
        for name, descends in reversed(self.options.order):
            found.sort(key=lambda row: str(row[1].get(name) or "").casefold(), reverse=descends)
        return [position for position, _ in found]

    def _matching(self, start: int) -> Iterator[tuple[int, Item]]:
        options, newest = self.options, self.listing.newest_first
        floor = options.filter.floors.get(newest, "") if options.filter and newest else ""
        for position, item in self.listing.scan(start, options.reads(self.listing.entity)):
            if newest and floor and str(item[newest]) < floor:
                return
            if options.matches(item):
                yield position, item

    @cached_property
    def _query_key(self) -> Hashable:
        """Everything a list depends on but the place in it."""
        request = self.call.request
        return self.call.caller.tenant.id, request.path, request.raw_query, self.call.directory.version

    @property
    def _cache(self) -> PageCache:
        return cache_of(self.call.world)

    @property
    def _hour(self) -> int:
        return int(self.call.world.clock.now()) // _HOUR

    @property
    def _context(self) -> str:
        select = f"({','.join(self.options.select)})" if self.options.select else ""
        return self.call.context(f"{self.listing.context or self.listing.entity.set_name}{select}")

    def _start(self) -> int:
        if self.options.token is None:
            return 0
        read = read_token("skip", self.call.caller.tenant.id, self.options.token)
        if read is None or self._hour - read[2] > _LIFETIME_HOURS:
            raise GraphRefusal(400, "Directory_ExpiredPageToken", "The specified page token value has expired.")
        return read[0]

    def _link(self, start: int, retry: int = 0) -> str:
        token = write_token("skip", self.call.caller.tenant.id, start, retry, self._hour)
        return link(self.call, f"$skiptoken={token}")


def link(call: Call, option: str) -> str:
    """A next or delta link: the request's own options, as they were sent, and the token."""
    parts = (part for part in call.request.raw_query.split("&") if part)
    kept = [part for part in parts if not part.lower().replace("%24", "$").startswith(("$skiptoken", "$deltatoken"))]
    return f"{call.request.base_url}{call.request.path}?{'&'.join([*kept, option])}"


def cache_of(world: World) -> PageCache:
    found: PageCache = world.state("graph pages", PageCache)
    return found


def due(call: Call, kind: FaultKind) -> bool:
    fault = call.world.faults.due("graph", call.request.path, call.caller.tenant.id, kind)
    if fault is not None:
        call.world.stats.faults[kind.value] += 1
    return fault is not None
