"""Change queries: a token is a place in a list's log; an old one is answered with 410 and a way to start over."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from mscloudsim.errors import GraphRefusal
from mscloudsim.faults import FaultKind
from mscloudsim.graph.call import Call, answer
from mscloudsim.graph.listing import Scan, due, link
from mscloudsim.graph.options import Options, parse_options
from mscloudsim.graph.schema import Edm, EntityType, Item
from mscloudsim.graph.tokens import read_token, write_token
from mscloudsim.http import Reply
from mscloudsim.world.directory.roster import Change, Roster

_PAGE: Final = 200
_MEMBERS: Final = 1000
"""More members than this are spread over several entries of their group, as the real service does."""
_LIFETIME: Final = 7 * 86_400
_REFUSED: Final = ("$expand", "$top", "$orderby", "$search", "$count")
_OFFSET_BITS: Final = 32
_MOVES: Final = ("members+", "members-")
Members = Callable[[str, int], Iterator[tuple[int, str]]]


@dataclass(frozen=True)
class Tracked:
    """A list whose changes can be asked for; with `members`, changes of membership as well."""

    entity: EntityType
    roster: Roster
    scan: Scan
    members: Members | None = None


def delta(call: Call, tracked: Tracked) -> Reply:
    """Everything first, page by page; then what changed since the token was given."""
    return _Query(call, tracked).reply()


@dataclass
class _Query:
    """One change query."""

    call: Call
    tracked: Tracked

    def __post_init__(self) -> None:
        query = self.call.request.query
        for name in _REFUSED:
            if name in query:
                raise GraphRefusal(400, "Request_BadRequest", f"'{name}' is not supported for change tracking.")
        entity, asked = self.tracked.entity, query.get("$select", "").split(",")
        if self.tracked.members:
            entity = replace(entity, properties={**entity.properties, "members": Edm.LIST})
        self.options: Options = parse_options(self.call.request, entity)
        if self.options.filter and self.options.filter.names != {"id"}:
            raise GraphRefusal(400, "Request_BadRequest", "Only filters on id are supported for change tracking.")
        self.select = tuple(name for name in self.options.select if name != "members")
        self.with_members = self.tracked.members is not None and ("members" in asked or not self.options.select)
        self.minimal = "return=minimal" in self.call.request.header("prefer").lower()
        self.now = int(self.call.world.clock.now())

    def reply(self) -> Reply:
        if due(self.call, FaultKind.RESYNC):
            raise self._resync()
        query, roster = self.call.request.query, self.tracked.roster
        written = roster.forgotten + len(roster.log)
        if query.get("$deltatoken") == "latest":
            return self._page([], self._delta_link(written))
        if query.get("$deltatoken"):
            return self._changes(query["$deltatoken"], written)
        if "$skiptoken" in query:
            place, log, _ = self._read("deltaskip", query["$skiptoken"])
            return self._everything(place >> _OFFSET_BITS, place % (1 << _OFFSET_BITS), log)
        return self._everything(0, 0, written)

    def _everything(self, start: int, offset: int, log: int) -> Reply:
        """A page of the first round. `offset`: the member from which the first object goes on."""
        rows: list[Item] = []
        for position, item in self.tracked.scan(start, self._names()):
            if len(rows) == _PAGE:
                return self._page(rows, self._skip_link(position, 0, log))
            if not self.options.matches(item):
                continue
            row = self._shown(item)
            rest = self._add_members(row, offset)
            rows.append(row)
            if rest is not None:
                return self._page(rows, self._skip_link(position, rest, log))
            offset = 0
        return self._page(rows, self._delta_link(log))

    def _add_members(self, row: Item, offset: int) -> int | None:
        """Adds the members from an offset on; returns the offset of those that did not fit."""
        if not self.with_members or self.tracked.members is None:
            return None
        found = list(islice(self.tracked.members(row["id"], offset), _MEMBERS + 1))
        if found:
            row["members@delta"] = [_reference(key) for _, key in found[:_MEMBERS]]
        return found[_MEMBERS][0] if len(found) > _MEMBERS else None

    def _changes(self, token: str, written: int) -> Reply:
        place, _, made = self._read("delta", token)
        roster = self.tracked.roster
        if self.now - made > _LIFETIME or place < roster.forgotten:
            raise self._resync()
        latest: dict[str, list[Change]] = {}
        for change in roster.log[place - roster.forgotten :]:
            latest.setdefault(change.object_id, []).append(change)
        rows = [row for key, changes in latest.items() if (row := self._changed(key, changes)) is not None]
        return self._page(rows, self._delta_link(written))

    def _changed(self, key: str, changes: list[Change]) -> Item | None:
        removed = changes[-1].removed
        if removed is not None:
            return {"id": key, "@removed": {"reason": removed}}
        item = self.tracked.roster.find(key)
        if item is None or not self.options.matches(item):
            return None
        row, names = self._shown(item), [name for change in changes for name in change.properties]
        if self.minimal:
            row = {name: value for name, value in row.items() if name in names or name == "id"}
        moves = [_moved(name) for name in names if name.startswith(_MOVES)]
        return {**row, "members@delta": moves} if moves and self.with_members else row

    def _names(self) -> tuple[str, ...] | None:
        return ("id", *self.select) if self.select else self.tracked.entity.default or None

    def _shown(self, item: Item) -> Item:
        """Properties that were never set are absent here."""
        names = self._names() or tuple(item)
        return {name: item[name] for name in dict.fromkeys((*names, "id")) if item.get(name) is not None}

    def _page(self, value: list[Item], following: tuple[str, str]) -> Reply:
        name, address = following
        body = {"@odata.context": self.call.context(self.tracked.entity.set_name), name: address, "value": value}
        return answer(body)

    def _delta_link(self, log: int) -> tuple[str, str]:
        token = write_token("delta", self.call.caller.tenant.id, log, 0, self.now)
        return "@odata.deltaLink", link(self.call, f"$deltatoken={token}")

    def _skip_link(self, position: int, offset: int, log: int) -> tuple[str, str]:
        place = position << _OFFSET_BITS | offset
        token = write_token("deltaskip", self.call.caller.tenant.id, place, log, self.now)
        return "@odata.nextLink", link(self.call, f"$skiptoken={token}")

    def _read(self, purpose: str, token: str) -> tuple[int, int, int]:
        read = read_token(purpose, self.call.caller.tenant.id, token)
        if read is None:
            raise GraphRefusal(400, "syncStateNotFound", "The sync state generation is not found.")
        return read

    def _resync(self) -> GraphRefusal:
        location = link(self.call, "$deltatoken=")
        return GraphRefusal(410, "resyncRequired", "Resync is required.", {"location": location})


def _moved(name: str) -> Item:
    """Somebody who came or went, from a change noted as `members+id` or `members-id`."""
    gone = {"@removed": {"reason": "deleted"}} if name.startswith(_MOVES[1]) else {}
    return {**_reference(name[len(_MOVES[0]) :]), **gone}


def _reference(object_id: str) -> Item:
    return {"@odata.type": "#microsoft.graph.directoryObject", "id": object_id}
