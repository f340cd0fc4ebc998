"""Users: the list with its sign-in activity, one of them, and what hangs on one."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from mscloudsim.graph.call import Call, answer, not_found
from mscloudsim.graph.delta import Tracked, delta
from mscloudsim.graph.licences import need_premium
from mscloudsim.graph.listing import Listing, count, page, rows
from mscloudsim.graph.objects import by_ids, expanded, groups_and_roles, object_listing, shown_object, typed
from mscloudsim.graph.options import Expand
from mscloudsim.graph.routing import route
from mscloudsim.graph.schema import Item
from mscloudsim.graph.types import LICENCE_DETAILS, USER, USER_WITH_ACTIVITY
from mscloudsim.http import Reply
from mscloudsim.world.directory import Directory
from mscloudsim.world.directory.people import PROPERTIES
from mscloudsim.world.directory.policies import licence_details

_ACTIVITY: Final = "signInActivity"


def users(call: Call) -> Reply:
    return page(call, _listing(call))


def user_total(call: Call) -> Reply:
    return count(call, _listing(call))


def user(call: Call) -> Reply:
    item = _found(call)
    if _asks_for_activity(call):
        _need_activity(call)
        item = _with_activity(call.directory, item)
    return call.one(USER, item, expand=partial(_expanded, call.directory))


def user_changes(call: Call) -> Reply:
    roster = call.directory.users
    return delta(call, Tracked(USER, roster, lambda start, names: roster.scan(start, _kept(names))))


def manager(call: Call) -> Reply:
    found = call.directory.manager_of(_found(call)["id"])
    if found is None:
        raise not_found("manager")
    shown = shown_object(typed("user", found), call.options(USER).select)
    return answer({"@odata.context": call.context("directoryObjects/$entity"), **shown})


def memberships(call: Call) -> Reply:
    return page(call, _memberships(call))


def membership_total(call: Call) -> Reply:
    return count(call, _memberships(call))


def _memberships(call: Call) -> Listing:
    key = _found(call)["id"]
    return object_listing(lambda start, _: groups_and_roles(call.directory, key, start))


def licences_of(call: Call) -> Reply:
    item = _found(call)
    details = [licence_details(item["id"], licence["skuId"]) for licence in item["assignedLicenses"]]
    listing = rows(LICENCE_DETAILS, lambda: details)
    return page(call, replace(listing, context=f"users('{item['id']}')/licenseDetails"))


def _listing(call: Call) -> Listing:
    directory = call.directory
    expand = partial(_expanded, directory)
    if not _asks_for_activity(call):
        return Listing(
            USER, lambda start, names: directory.users.scan(start, _kept(names)), lambda: len(directory.users), expand
        )
    _need_activity(call)

    def scan(start: int, names: Iterable[str] | None) -> Iterator[tuple[int, Item]]:
        for position, item in directory.users.scan(start, _kept(names)):
            activity = directory.sign_in_activity(position)
            yield position, {**item, _ACTIVITY: activity} if activity else item

    return Listing(USER_WITH_ACTIVITY, scan, lambda: len(directory.users), expand)


def _kept(names: Iterable[str] | None) -> Iterable[str] | None:
    """The names that the directory itself knows."""
    return None if names is None else [name for name in names if name in PROPERTIES]


def _expanded(directory: Directory, item: Item, wanted: Expand) -> Item:
    if wanted.relation == "manager":
        found = directory.manager_of(item["id"])
        return {"manager": shown_object(typed("user", found), wanted.select) if found else None}
    if wanted.relation == "sponsors":
        return {"sponsors": expanded(by_ids(directory, enumerate(directory.sponsor_ids(item["id"]))), wanted.select)}
    return {"memberOf": expanded(groups_and_roles(directory, item["id"], 0), wanted.select)}


def _with_activity(directory: Directory, item: Item) -> Item:
    position = directory.users.position_of(item["id"])
    activity = directory.sign_in_activity(position) if position is not None else None
    return {**item, _ACTIVITY: activity} if activity else item


def _asks_for_activity(call: Call) -> bool:
    query = call.request.query
    return _ACTIVITY in query.get("$select", "") or _ACTIVITY in query.get("$filter", "")


def _need_activity(call: Call) -> None:
    call.need("AuditLog.Read.All")
    need_premium(call)


def _found(call: Call) -> Item:
    item = call.directory.find_user(call.key)
    if item is None:
        raise not_found(call.key)
    return item


ROUTES: Final = (
    route("GET", "/users", users),
    route("GET", "/users/$count", user_total),
    route("GET", "/users/delta()", user_changes),
    route("GET", "/users/{id}", user),
    route("GET", "/users/{id}/manager", manager),
    route("GET", "/users/{id}/memberOf", memberships),
    route("GET", "/users/{id}/memberOf/$count", membership_total),
    route("GET", "/users/{id}/licenseDetails", licences_of),
)
