"""Groups, their members and owners, and which groups they belong to."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from mscloudsim.graph.call import Call, not_found
from mscloudsim.graph.delta import Tracked, delta
from mscloudsim.graph.listing import Listing, cache_of, count, page
from mscloudsim.graph.objects import by_ids, expanded, object_listing, typed
from mscloudsim.graph.options import Expand
from mscloudsim.graph.routing import route
from mscloudsim.graph.schema import Item
from mscloudsim.graph.types import GROUP
from mscloudsim.http import Reply
from mscloudsim.world.directory import Directory


def groups(call: Call) -> Reply:
    return page(call, _groups(call))


def group_total(call: Call) -> Reply:
    return count(call, _groups(call))


def group(call: Call) -> Reply:
    return call.one(GROUP, found_group(call), expand=partial(_expanded, call.directory))


def group_changes(call: Call) -> Reply:
    return delta(call, Tracked(GROUP, call.directory.groups, call.directory.groups.scan, call.directory.members))


def members(call: Call) -> Reply:
    return page(call, _members(call))


def member_total(call: Call) -> Reply:
    return count(call, _members(call))


def transitive_members(call: Call) -> Reply:
    return page(call, _transitive(call))


def transitive_total(call: Call) -> Reply:
    return count(call, _transitive(call))


def owners(call: Call) -> Reply:
    return page(call, _owners(call))


def owner_total(call: Call) -> Reply:
    return count(call, _owners(call))


def memberships(call: Call) -> Reply:
    key, directory = found_group(call)["id"], call.directory
    return page(
        call,
        object_listing(lambda start, _: ((at, typed("group", item)) for at, item in directory.groups_of(key, start))),
    )


def found_group(call: Call) -> Item:
    """The group of the path. Raises GraphRefusal 404."""
    item = call.directory.groups.find(call.key)
    if item is None:
        raise not_found(call.key)
    return item


def _groups(call: Call) -> Listing:
    roster = call.directory.groups
    return Listing(GROUP, roster.scan, lambda: len(roster), partial(_expanded, call.directory))


def _members(call: Call) -> Listing:
    key, directory = found_group(call)["id"], call.directory
    return object_listing(
        lambda start, _: by_ids(directory, directory.members(key, start)), directory.member_total(key)
    )


def _transitive(call: Call) -> Listing:
    """A group without nested groups is walked; the others are small enough to be gathered, once per state."""
    key, directory = found_group(call)["id"], call.directory
    if not directory.has_nested(key):
        return _members(call)
    state = (directory.tenant.id, directory.version, key, "transitive")
    ids: list[str] = cache_of(call.world).answer(state, lambda: directory.transitive_members(key))

    def scan(start: int, _names: object) -> Iterator[tuple[int, Item]]:
        return by_ids(directory, ((place, ids[place]) for place in range(start, len(ids))))

    return object_listing(scan, len(ids))


def _owners(call: Call) -> Listing:
    ids, directory = call.directory.owner_ids(found_group(call)["id"]), call.directory
    return object_listing(lambda start, _: by_ids(directory, list(enumerate(ids))[start:]), len(ids))


def _expanded(directory: Directory, item: Item, wanted: Expand) -> Item:
    found = (
        directory.members(item["id"]) if wanted.relation == "members" else enumerate(directory.owner_ids(item["id"]))
    )
    return {wanted.relation: expanded(by_ids(directory, found), wanted.select)}


ROUTES: Final = (
    route("GET", "/groups", groups),
    route("GET", "/groups/$count", group_total),
    route("GET", "/groups/delta()", group_changes),
    route("GET", "/groups/{id}", group),
    route("GET", "/groups/{id}/members", members),
    route("GET", "/groups/{id}/members/$count", member_total),
    route("GET", "/groups/{id}/transitiveMembers", transitive_members),
    route("GET", "/groups/{id}/transitiveMembers/$count", transitive_total),
    route("GET", "/groups/{id}/owners", owners),
    route("GET", "/groups/{id}/owners/$count", owner_total),
    route("GET", "/groups/{id}/memberOf", memberships),
)
