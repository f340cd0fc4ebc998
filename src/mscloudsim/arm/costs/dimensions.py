"""What costs can be grouped and filtered by."""

from collections.abc import Callable
from typing import Any, Final

from mscloudsim.errors import ArmRefusal
from mscloudsim.world.azure.costs.bills import Bill

Read = Callable[[Bill], str]
Test = Callable[[Bill], bool]
Refuse = Callable[[str], ArmRefusal]
_DEEPEST: Final = 10

DIMENSIONS: Final[dict[str, Read]] = {
    "resourceid": lambda bill: bill.resource_id,
    "resourcegroup": lambda bill: bill.group,
    "resourcegroupname": lambda bill: bill.group,
    "resourcetype": lambda bill: bill.resource_type,
    "resourcelocation": lambda bill: bill.location,
    "servicename": lambda bill: bill.service,
    "metercategory": lambda bill: bill.category,
    "meter": lambda bill: bill.meter,
    "metersubcategory": lambda bill: bill.meter,
    "chargetype": lambda bill: bill.charge.lower(),
    "publishertype": lambda bill: bill.publisher.lower(),
    "pricingmodel": lambda bill: bill.pricing,
    "subscriptionid": lambda bill: bill.resource_id.split("/")[2] if "/subscriptions/" in bill.resource_id else "",
}
"""By name in lower case."""


def tag_of(name: str) -> Read:
    """The value of a tag, whose name has no casing."""
    wanted = name.lower()
    return lambda bill: next((value for key, value in bill.tags.items() if key.lower() == wanted), "")


def filter_of(expression: Any, refuse: Refuse, depth: int = 0) -> Test:
    """A filter as a test of bills. Raises what `refuse` makes for one that the service refuses."""
    if depth > _DEEPEST:
        raise refuse("the filter is nested too deeply.")
    match expression:
        case None:
            return lambda _bill: True
        case {"and": list(children)} if len(expression) == 1:
            tests = _children(children, refuse, depth + 1)
            return lambda bill: all(test(bill) for test in tests)
        case {"or": list(children)} if len(expression) == 1:
            tests = _children(children, refuse, depth + 1)
            return lambda bill: any(test(bill) for test in tests)
        case {"dimensions": {"name": str(name), "operator": "In", "values": [*values]}} if len(expression) == 1:
            return _in(_dimension(name, refuse), values, refuse)
        case {"tags": {"name": str(name), "operator": "In", "values": [*values]}} if len(expression) == 1:
            return _in(tag_of(name), values, refuse)
    raise refuse("the filter needs exactly one of and, or, dimensions, tags, with the operator In.")


def _children(given: list[Any], refuse: Refuse, depth: int) -> list[Test]:
    if len(given) < 2:  # noqa: PLR2004 - as the service says
        raise refuse("a filter with and/or must have at least 2 children.")
    return [filter_of(child, refuse, depth) for child in given]


def _in(read: Read, values: list[Any], refuse: Refuse) -> Test:
    if not values:
        raise refuse("a filter needs at least one value.")
    wanted = frozenset(str(value).lower() for value in values)
    return lambda bill: read(bill).lower() in wanted


def _dimension(name: str, refuse: Refuse) -> Read:
    if name.lower() not in DIMENSIONS:
        raise refuse(f"the dimension '{name[:60]}' is not valid.")
    return DIMENSIONS[name.lower()]
