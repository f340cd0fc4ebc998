"""Tenants, subscriptions, resource groups and resources."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

from mscloudsim.arm import shapes
from mscloudsim.arm.call import Call, Item
from mscloudsim.errors import ArmRefusal
from mscloudsim.http import Reply
from mscloudsim.world.azure.cloud import Azure, visible
from mscloudsim.world.azure.landscape import REGIONS, ResourceGroup, Subscription
from mscloudsim.world.azure.resource import Resource

_CLAUSE: Final = re.compile(r"\s*(\w+)\s+eq\s+'((?:[^']|'')*)'\s*", re.IGNORECASE)
_PLACES: Final = {
    "westeurope": "West Europe",
    "northeurope": "North Europe",
    "germanywestcentral": "Germany West Central",
    "swedencentral": "Sweden Central",
}
Test = Callable[[Azure, Resource], bool]


def tenants(call: Call) -> Reply:
    tenant = call.caller.tenant
    row = {
        "id": f"/tenants/{tenant.id}",
        "tenantId": tenant.id,
        "countryCode": tenant.country,
        "displayName": tenant.name,
        "domains": [tenant.domain, tenant.initial_domain],
        "tenantCategory": "Home",
        "defaultDomain": tenant.domain,
        "tenantType": "AAD",
    }
    return call.page(iter([row]))


def subscriptions(call: Call) -> Reply:
    """Those the caller may read. One without any role sees none; ARM does not say that there are more."""
    seen = visible(call.world, call.caller.tenant, call.caller.app_id)
    return call.page_of((f"{azure.tenant.index:06}", partial(_subscriptions, azure)) for azure in seen)


def _subscriptions(azure: Azure) -> Iterator[Item]:
    return (shapes.subscription(azure, item) for item in azure.subscriptions())


def subscription(call: Call) -> Reply:
    azure, item = call.subscription(call.arguments[0])
    return Reply.json(shapes.subscription(azure, item))


def locations(call: Call) -> Reply:
    _, item = call.subscription(call.arguments[0])
    rows = (
        {
            "id": f"{item.scope}/locations/{name}",
            "subscriptionId": item.id,
            "name": name,
            "type": "Region",
            "displayName": _PLACES[name],
            "regionalDisplayName": f"(Europe) {_PLACES[name]}",
            "metadata": {"regionType": "Physical", "regionCategory": "Recommended", "geographyGroup": "Europe"},
        }
        for name, _ in REGIONS
    )
    return call.page(rows)


def groups(call: Call) -> Reply:
    azure, item = call.subscription(call.arguments[0])
    rows = (shapes.group(azure, group) for group in item.groups)
    return call.page(_with_tag(rows, call.option.get("$filter")), call.top())


def group(call: Call) -> Reply:
    azure, item = call.group(*call.arguments)
    return Reply.json(shapes.group(azure, item))


def resources(call: Call) -> Reply:
    azure, item = call.subscription(call.arguments[0])
    return _listed(call, azure, item.groups)


def resources_of_group(call: Call) -> Reply:
    azure, item = call.group(*call.arguments)
    return _listed(call, azure, [item])


def resource(call: Call) -> Reply:
    azure, item = call.resource(call.request.path)
    return Reply.json(shapes.whole_resource(azure, item))


def providers(call: Call) -> Reply:
    """The resource providers whose types occur in the subscription."""
    azure, item = call.subscription(call.arguments[0])
    return call.page(iter(_providers(azure, item)))


def _providers(azure: Azure, item: Subscription) -> list[Item]:
    types: dict[str, set[str]] = {"Microsoft.ManagedServices": {"registrationDefinitions", "registrationAssignments"}}
    for found in azure.all_resources(item):
        namespace, _, kind = found.type.partition("/")
        types.setdefault(namespace, set()).add(kind)
    return [
        {
            "id": f"{item.scope}/providers/{namespace}",
            "namespace": namespace,
            "registrationPolicy": "RegistrationRequired",
            "registrationState": "Registered",
            "resourceTypes": [{"resourceType": kind} for kind in sorted(kinds)],
        }
        for namespace, kinds in sorted(types.items())
    ]


def _listed(call: Call, azure: Azure, groups: Iterable[ResourceGroup]) -> Reply:
    test = _test(call.option.get("$filter"))
    expand = frozenset(part.strip().lower() for part in call.option.get("$expand", "").split(","))

    def rows(group: ResourceGroup) -> Iterator[Item]:
        return (shapes.resource(azure, item, expand) for item in azure.resources(group) if test(azure, item))

    return call.page_of(((f"{group.id}/", partial(rows, group)) for group in groups), call.top())


def _test(expression: str | None) -> Test:
    """`$filter` over resources. Tags cannot be combined with anything else; ARM refuses that as well."""
    if not expression:
        return lambda _azure, _item: True
    clauses = _clauses(expression)
    if "tagname" in clauses:
        return _tag_test(clauses)
    tests: dict[str, Callable[[Resource], str]] = {
        "resourcetype": lambda item: item.type,
        "location": lambda item: item.location,
        "name": lambda item: item.name,
        "resourcegroup": lambda item: item.group.name,
    }
    if not clauses.keys() <= tests.keys():
        raise _bad_filter(expression)
    wanted = [(tests[name], value.lower()) for name, value in clauses.items()]
    return lambda _azure, item: all(read(item).lower() == value for read, value in wanted)


def _clauses(expression: str) -> dict[str, str]:
    found = {}
    for part in re.split(r"\s+and\s+", expression, flags=re.IGNORECASE):
        if (match := _CLAUSE.fullmatch(part)) is None:
            raise _bad_filter(expression)
        found[match[1].lower()] = match[2].replace("''", "'")
    return found


def _tag_test(clauses: dict[str, str]) -> Test:
    name, value = clauses["tagname"], clauses.get("tagvalue")
    if clauses.keys() - {"tagname", "tagvalue"}:
        raise ArmRefusal(400, "InvalidFilterInQueryString", "Tags cannot be combined with another filter.")

    return lambda azure, item: _carries(azure.tags_of(item), name, value)


def _carries(tags: dict[str, str] | None, name: str, value: str | None) -> bool:
    return tags is not None and name in tags and value in (None, tags[name])


def _with_tag(rows: Iterator[Item], expression: str | None) -> Iterator[Item]:
    if not expression:
        return rows
    clauses = _clauses(expression)
    if "tagname" not in clauses:
        raise _bad_filter(expression)

    name, value = clauses["tagname"], clauses.get("tagvalue")
    return (row for row in rows if _carries(row.get("tags"), name, value))


def _bad_filter(expression: str) -> ArmRefusal:
    return ArmRefusal(
        400, "InvalidFilterInQueryString", f"Invalid $filter '{expression[:200]}' specified in the query."
    )
