"""How Cost Management says that it has nothing to tell: in the words that other tools look for."""

from typing import Final

from mscloudsim.errors import ArmRefusal
from mscloudsim.http import Request
from mscloudsim.world.azure.costs.offers import Offer
from mscloudsim.world.azure.landscape import Subscription

_WORDS: Final[dict[Offer, tuple[int, str, str]]] = {
    Offer.OFFER_NOT_SUPPORTED: (
        400,
        "BadRequest",
        "Cost management data is unavailable for subscription {id}. The offer MS-AZR-0148P is not supported.",
    ),
    Offer.INVALID_QUERY: (400, "BadRequest", "Invalid query definition: the dataset is not available for {id}."),
    Offer.NO_VALID_OFFER: (404, "NotFound", "Given subscription {id} doesn't have valid WebDirect/AIRS offer type."),
    Offer.NOT_SUPPORTED: (
        404,
        "NotFound",
        "Cost management data is not supported for subscription(s) {id} in the provided api-version.",
    ),
    Offer.ACCOUNT_DISABLED: (
        400,
        "AccountCostDisabled",
        "Account owner users do not have the privilege to see the cost. Please contact your enrollment admin.",
    ),
    Offer.SUBSCRIPTION_DISABLED: (
        400,
        "SubscriptionCostDisabled",
        "Cost views are disabled for subscription users because the cost policy is turned off by your account admin.",
    ),
    Offer.BLOCKED_BY_PARTNER: (
        400,
        "IndirectCostDisabled",
        "Cost view is disabled by your partner. Please contact your partner to see the cost.",
    ),
    Offer.ACCESS_DENIED: (401, "RBACAccessDenied", "The client does not have authorization to perform action."),
    Offer.UNAUTHORIZED: (401, "Unauthorized", "The client is not authorized to see the cost of {id}."),
    Offer.TOO_NEW: (404, "404", "No cost data is there yet for the subscription {id}."),
}


def require_costs(offer: Offer, subscription: Subscription, request: Request) -> None:
    """Raises ArmRefusal for a subscription whose costs cannot be had."""
    if offer in _WORDS:
        status, code, message = _WORDS[offer]
        raise cost_refusal(status, code, message.format(id=subscription.id), request)


def no_access(request: Request) -> ArmRefusal:
    status, code, message = _WORDS[Offer.ACCESS_DENIED]
    return cost_refusal(status, code, message, request)


def bad_query(message: str, request: Request) -> ArmRefusal:
    return cost_refusal(400, "BadRequest", f"Invalid query definition: {message}", request)


def cost_refusal(status: int, code: str, message: str, request: Request) -> ArmRefusal:
    """Every message ends with the id that support asks for."""
    return ArmRefusal(status, code, f"{message} (Request ID: {request.request_id})")
