"""A list of objects that are computed when asked for, and the little that was changed about them since."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from mscloudsim.world.directory.ids import ObjectIds

Item = dict[str, Any]
Maker = Callable[[int, Iterable[str] | None], Item]
"""Makes the object of a number, with all properties or those named."""
_KEPT: Final = 100_000


def whole(make: Callable[[int], Item]) -> Maker:
    """A maker for objects that are so few that all their properties are always made."""
    return lambda number, _names: make(number)


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to an object: which properties were set, or that it went away and whether for good."""

    object_id: str
    properties: tuple[str, ...] = ()
    removed: str | None = None


@dataclass
class Roster:
    """Objects of one kind by position. Positions never move: generated objects first, later ones after them."""

    kind: str
    ids: ObjectIds
    size: int
    make: Maker
    version: int = 0
    log: list[Change] = field(default_factory=list)
    forgotten: int = 0
    """How many of the oldest changes the log no longer holds."""
    _edited: dict[str, Item] = field(default_factory=dict)
    _gone: set[str] = field(default_factory=set)
    _added: dict[str, Item] = field(default_factory=dict)
    _order: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return self.size + len(self._order) - len(self._gone)

    @property
    def positions(self) -> int:
        """How many positions there are, those of removed objects included."""
        return self.size + len(self._order)

    def scan(self, start: int = 0, names: Iterable[str] | None = None) -> Iterator[tuple[int, Item]]:
        """Objects with their positions, from a position on; if names are given, at least with these properties."""
        for position in range(start, self.positions):
            item = self.at(position, names)
            if item is not None:
                yield position, item

    def at(self, position: int, names: Iterable[str] | None = None) -> Item | None:
        """The object at a position as it is now; None where one was removed."""
        later = position - self.size
        item = self.make(position, names) if later < 0 else self._added[self._order[later]]
        if not self.version:
            return item
        object_id = item["id"] if "id" in item else self.ids.of(self.kind, position)
        if object_id in self._gone:
            return None
        edits = self._edited.get(object_id)
        return {**item, **edits} if edits else item

    def position_of(self, object_id: str) -> int | None:
        """Where the object of this id stands, removed or not."""
        if object_id in self._added:
            return self.size + self._order.index(object_id)
        number = self.ids.number_of(self.kind, object_id)
        return number if number is not None and number < self.size else None

    def find(self, object_id: str, names: Iterable[str] | None = None) -> Item | None:
        position = self.position_of(object_id.lower())
        return None if position is None else self.at(position, names)

    def added(self) -> Iterator[Item]:
        """Objects that were added later and are still there."""
        return (item for position, item in self.scan(self.size))

    def add(self, item: Item) -> Item:
        self._added[item["id"]] = item
        self._order.append(item["id"])
        self._changed(Change(item["id"], tuple(item)))
        return item

    def edit(self, object_id: str, values: Item) -> None:
        self._edited[object_id] = {**self._edited.get(object_id, {}), **values}
        self._changed(Change(object_id, tuple(values)))

    def touch(self, object_id: str, *properties: str) -> None:
        """Notes a change of something that is kept elsewhere, such as members."""
        self._changed(Change(object_id, properties))

    def remove(self, object_id: str, *, for_good: bool = False) -> None:
        self._gone.add(object_id)
        self._changed(Change(object_id, removed="deleted" if for_good else "changed"))

    def _changed(self, change: Change) -> None:
        self.version += 1
        self.log.append(change)
        if len(self.log) > _KEPT:
            self.forgotten += len(self.log) - _KEPT // 2
            del self.log[: len(self.log) - _KEPT // 2]
