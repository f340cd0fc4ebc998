"""Directory objects of any type: as members and owners, by id, and many by their ids."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from mscloudsim.errors import GraphRefusal
from mscloudsim.graph.call import Call, answer, not_found
from mscloudsim.graph.listing import Listing, Scan
from mscloudsim.graph.routing import route
from mscloudsim.graph.schema import Item
from mscloudsim.graph.types import BY_NAME, DIRECTORY_OBJECT
from mscloudsim.http import Reply
from mscloudsim.world.directory import Directory

EXPANDED: Final = 20
"""An expanded relation of a directory object holds no more, and has no next link."""
_MOST_IDS: Final = 1000


def typed(kind: str, item: Item) -> Item:
    """An object that says what it is, as every one in a mixed collection does."""
    return {"@odata.type": f"#microsoft.graph.{kind}", **item}


def find(directory: Directory, object_id: str, names: Iterable[str] | None = None) -> Item | None:
    found = directory.find_object(object_id, names)
    return None if found is None else typed(*found)


def shown_object(item: Item, select: Iterable[str] = ()) -> Item:
    """What a mixed collection shows of an object: those of the selected properties that its type has."""
    entity = BY_NAME[str(item["@odata.type"]).rpartition(".")[2]]
    wanted = tuple(select)
    known = [name for name in wanted if entity.has(name)]
    return {"@odata.type": item["@odata.type"]} if wanted and not known else entity.shown(item, known)


def object_listing(scan: Scan, total: int | None = None) -> Listing:
    return Listing(
        DIRECTORY_OBJECT,
        scan,
        None if total is None else lambda: total,
        shape=shown_object,
        context="directoryObjects",
    )


def by_ids(directory: Directory, rows: Iterable[tuple[int, str]]) -> Iterator[tuple[int, Item]]:
    """Objects for ids, positions kept; those that were removed meanwhile are left out."""
    for position, key in rows:
        item = find(directory, key)
        if item is not None:
            yield position, item


def expanded(rows: Iterable[tuple[int, Item]], select: tuple[str, ...]) -> list[Item]:
    return [shown_object(item, select) for _, item in islice(rows, EXPANDED)]


def groups_and_roles(directory: Directory, object_id: str, start: int) -> Iterator[tuple[int, Item]]:
    """What somebody is a direct member of: activated roles, then groups."""
    roles = directory.roles_of(object_id)
    for place in range(start, len(roles)):
        yield place, typed("directoryRole", roles[place])
    for position, group in directory.groups_of(object_id, max(0, start - len(roles))):
        yield position + len(roles), typed("group", group)


def directory_object(call: Call) -> Reply:
    item = find(call.directory, call.key)
    if item is None:
        raise not_found(call.key)
    shown = shown_object(item, call.options(DIRECTORY_OBJECT).select)
    return answer({"@odata.context": call.context("directoryObjects/$entity"), **shown})


def get_by_ids(call: Call) -> Reply:
    ids, types = call.body.get("ids"), call.body.get("types") or list(BY_NAME)
    if not isinstance(ids, list) or not isinstance(types, list) or not all(isinstance(key, str) for key in ids):
        raise GraphRefusal(400, "Request_BadRequest", "A value is required for parameter 'ids'.")
    if len(ids) > _MOST_IDS:
        raise GraphRefusal(400, "Request_BadRequest", f"Too many ids: {len(ids)}. Max allowed: {_MOST_IDS}.")
    found = (find(call.directory, key) for key in dict.fromkeys(ids))
    allowed = {f"#microsoft.graph.{name}" for name in types} | {
        f"#microsoft.graph.{name}" for name in BY_NAME if "directoryObject" in types
    }
    value = [shown_object(item) for item in found if item is not None and item["@odata.type"] in allowed]
    return answer({"@odata.context": call.context("directoryObjects"), "value": value})


ROUTES: Final = (
    route("POST", "/directoryObjects/getByIds", get_by_ids),
    route("GET", "/directoryObjects/{id}", directory_object),
)
