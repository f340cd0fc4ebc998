"""What Graph knows about a type of object: its properties, what a list shows of them, and which queries it takes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Item = dict[str, Any]


class Edm(StrEnum):
    """Types of properties, named as OData's errors name them."""

    TEXT = "Edm.String"
    FLAG = "Edm.Boolean"
    MOMENT = "Edm.DateTimeOffset"
    NUMBER = "Edm.Int32"
    LIST = "Collection"
    COMPLEX = "Complex"
    ANY = "Edm.Untyped"


class Oversize(StrEnum):
    """What an interface does with a `$top` above its largest page."""

    REFUSE = "refuse"
    CLAMP = "clamp"


def properties(**by_type: str) -> dict[str, Edm]:
    """Properties by type: `properties(text="id displayName", flag="accountEnabled")`."""
    return {name: Edm[kind.upper()] for kind, names in by_type.items() for name in names.split()}


@dataclass(frozen=True, slots=True)
class EntityType:
    """One type of object. `default` is what is shown without `$select`; empty means everything."""

    name: str
    set_name: str
    properties: Mapping[str, Edm]
    default: tuple[str, ...] = ()
    page: int = 100
    largest: int = 999
    oversize: Oversize = Oversize.REFUSE
    paged: bool = True
    is_directory_object: bool = False
    """Whether advanced queries need `ConsistencyLevel: eventual` and `$count=true`."""
    sortable: frozenset[str] = frozenset()
    """Properties that `$orderby` takes without being an advanced query."""
    searchable: frozenset[str] = frozenset()
    relations: frozenset[str] = frozenset()
    """What `$expand` takes."""
    elsewhere: frozenset[str] = field(default=frozenset())
    """Properties kept outside the directory, which lists do not serve."""

    def has(self, name: str) -> bool:
        return name in self.properties or name.startswith("@odata.")

    def shown(self, item: Item, select: Iterable[str] = ()) -> Item:
        """An object reduced to what was selected, or to what the type shows by itself."""
        names = tuple(select) or self.default
        if not names:
            return item
        kept = {name: item.get(name, self._unset(name)) for name in names if name in item or name not in _LEFT_OUT}
        kind = item.get("@odata.type")
        return {"@odata.type": kind, **kept} if kind else kept

    def _unset(self, name: str) -> list[object] | None:
        return [] if self.properties.get(name) is Edm.LIST else None


_LEFT_OUT = frozenset({"signInActivity"})
"""Selected and not set, a property is null; these are absent instead."""
