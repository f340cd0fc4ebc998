"""Pages of a query's answer: made when they are asked for where rows stand alone, cut from a kept answer otherwise."""

import base64
import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, Final

import orjson

from mscloudsim.errors import ArmRefusal
from mscloudsim.resource_graph.asking import Asked
from mscloudsim.resource_graph.kql.expressions import Row
from mscloudsim.resource_graph.kql.plan import Plan
from mscloudsim.resource_graph.kql.values import text
from mscloudsim.resource_graph.tables import Tables
from mscloudsim.world.azure.blocks import Place, rows_from

_COUNTS_KEPT: Final = 256
_ROWS_KEPT: Final = 50_000
"""Of all answers together; a larger answer is kept alone, until the next one."""
Cells = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, how many there are in all, and where to go on; empty at the end."""

    rows: list[Cells]
    total: int
    token: str


@dataclass
class Answers:
    """What is remembered between the pages of queries."""

    _counts: OrderedDict[str, int] = field(default_factory=OrderedDict)
    _kept: OrderedDict[str, list[Cells]] = field(default_factory=OrderedDict)

    def page(self, plan: Plan, tables: Tables, asked: Asked) -> Page:
        """The page that was asked for. Raises ArmRefusal 400 for a token of another query."""
        query = _digest(asked.query)
        state, place = _from_token(asked.token, query) if asked.token else (_digest(query, tables.state), None)
        if plan.whole:
            return self._cut(plan, tables, asked, f"{query}|{state}", place)
        return self._made(plan, tables, asked, f"{query}|{state}", place)

    def _made(self, plan: Plan, tables: Tables, asked: Asked, key: str, place: Place | None) -> Page:
        """Rows that stand alone: those of the page are made, and all of them only once, to be counted."""
        names = tables.keys(plan.table)
        blocks = [(name, partial(_block, plan, tables, number)) for number, name in enumerate(names)]
        if key not in self._counts:
            self._counts[key] = sum(1 for _, make in blocks for _ in make())
            _forget(self._counts, _COUNTS_KEPT)
        start, skip = place or Place(), 0 if place else asked.skip
        taken = list(islice(rows_from(blocks, start), skip, skip + asked.top + 1))
        rows = [_plain(row) for _, row in taken[: asked.top]]
        more = len(taken) > asked.top
        return Page(rows, self._counts[key], _token(key, taken[asked.top - 1][0]) if more else "")

    def _cut(self, plan: Plan, tables: Tables, asked: Asked, key: str, place: Place | None) -> Page:
        rows = self._kept.get(key)
        if rows is None:
            rows = self._kept[key] = [_plain(row) for row in plan.run(tables)]
        self._kept.move_to_end(key)
        while len(self._kept) > 1 and sum(map(len, self._kept.values())) > _ROWS_KEPT:
            self._kept.popitem(last=False)
        start = place.offset if place else asked.skip
        end = start + asked.top
        return Page(rows[start:end], len(rows), _token(key, Place("", end)) if end < len(rows) else "")


def _block(plan: Plan, tables: Tables, number: int) -> Iterator[Row]:
    return plan.block(tables.block(plan.table, number))


def _plain(row: Row) -> Cells:
    """The row as JSON can hold it; moments and spans as Kusto writes them."""
    return {name: text(value) if isinstance(value, datetime | timedelta) else value for name, value in row.items()}


def _from_token(token: str, query: str) -> tuple[str, Place]:
    """The state of the world at the first page, and the place. Raises ArmRefusal 400."""
    try:
        key, place = orjson.loads(base64.urlsafe_b64decode(f"{token}=="))
        of, state = key.split("|")
        found = Place.of(place)
    except (ValueError, TypeError, AttributeError) as error:
        raise ArmRefusal(400, "BadRequest", "The skip token is malformed.") from error
    if of != query:
        raise ArmRefusal(400, "BadRequest", "The skip token belongs to another query.")
    return state, found


def _token(key: str, place: Place) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([key, place.written()])).decode().rstrip("=")


def _digest(*parts: Any) -> str:
    return hashlib.blake2b(orjson.dumps(parts), digest_size=8).hexdigest()


def _forget(known: OrderedDict[str, int], most: int) -> None:
    if len(known) > most:
        known.popitem(last=False)
