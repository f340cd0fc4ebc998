"""Whose costs are asked for: the books of a subscription or a group, for those who may see them."""

from typing import Final

from mscloudsim.arm.call import Call
from mscloudsim.arm.costs.refusals import no_access, require_costs
from mscloudsim.errors import ArmRefusal
from mscloudsim.world.azure.costs.ledger import Books
from mscloudsim.world.azure.costs.offers import Offer, offer_of

_FORBIDDEN: Final = 403


def entity_of(call: Call) -> str:
    """What the entity bucket counts by: the subscription."""
    return call.arguments[0].lower()


def books_of(call: Call, *, amortized: bool = False) -> tuple[Books, Offer]:
    """The books at the call's scope. Every role that reads resources reads costs, through Lighthouse too.

    Raises ArmRefusal: in ARM's words for what is not there, in Cost Management's for what may not be seen.
    """
    key, *groups = call.arguments[:2] if "/resourcegroups/" in call.request.path.lower() else call.arguments[:1]
    try:
        azure, subscription = call.subscription(key)
    except ArmRefusal as refusal:
        raise (no_access(call.request) if refusal.status == _FORBIDDEN else refusal) from refusal
    group = call.group(key, groups[0])[1] if groups else None
    offer = offer_of(call.world, azure.tenant, subscription)
    require_costs(offer, subscription, call.request)
    return Books(call.world, azure, subscription, group, amortized), offer
