"""Advisor: recommendations and what was put aside."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

from mscloudsim.arm.call import Call, Item
from mscloudsim.errors import ArmRefusal
from mscloudsim.http import Reply
from mscloudsim.world.azure.blocks import Block
from mscloudsim.world.azure.cloud import Azure
from mscloudsim.world.azure.governance import advice
from mscloudsim.world.azure.landscape import Subscription

_PAGE: Final = 100
_FILTER: Final = re.compile(r"\s*Category\s+eq\s+'(\w+)'\s*", re.IGNORECASE)
Make = Callable[[], Iterable[Item]]
_METER: Final = "x-ms-ratelimit-remaining-subscription-resource-requests"


def recommendations(call: Call) -> Reply:
    azure, subscription = call.subscription(call.arguments[0])
    category = _category(call)

    def chosen(make: Make) -> Iterator[Item]:
        return (row for row in make() if category in ("", row["properties"]["category"].lower()))

    blocks = recommendation_blocks(azure, subscription, call.world.clock.now())
    return _metered(call.page_of(((key, partial(chosen, make)) for key, make in blocks), call.top(_PAGE)))


def suppressions(call: Call) -> Reply:
    azure, subscription = call.subscription(call.arguments[0])
    now = call.world.clock.now()

    def put_aside(make: Make) -> Iterator[Item]:
        return advice.suppressions(make(), now)

    blocks = recommendation_blocks(azure, subscription, now)
    return _metered(call.page_of(((key, partial(put_aside, make)) for key, make in blocks), call.top(_PAGE)))


def recommendation_blocks(azure: Azure, subscription: Subscription, now: float) -> Iterator[Block[Item]]:
    """What concerns the subscription, then what concerns each group: the order of their ids."""
    yield f"{subscription.scope}/providers/", partial(advice.of_subscription, subscription, now)
    for group in subscription.groups:
        yield f"{group.id}/", partial(advice.in_group, azure, group, now)


def _category(call: Call) -> str:
    """Raises ArmRefusal 400 for a filter by anything else."""
    expression = call.option.get("$filter", "")
    match = _FILTER.fullmatch(expression) if expression else None
    if expression and match is None:
        raise ArmRefusal(400, "InvalidFilter", f"The filter '{expression[:100]}' is not supported.")
    return match[1].lower() if match else ""


def _metered(reply: Reply) -> Reply:
    reply.headers[_METER] = "599"
    return reply
