"""Whose costs can be read, and in which currency: by offer, by what a partner allows, by age."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from mscloudsim.world.azure.dice import chance
from mscloudsim.world.azure.landscape import Subscription
from mscloudsim.world.estate import Tenant
from mscloudsim.world.world import World

RATES: Final = {
    "EUR": 1000,
    "USD": 1080,
    "GBP": 850,
    "CHF": 950,
    "SEK": 11_300,
    "DKK": 7_460,
    "NOK": 11_600,
    "CAD": 1_500,
    "PLN": 4_300,
    "JPY": 163_000,
}
"""What a thousand euros are in a currency; fixed, as Microsoft's own list prices are for a year."""
_CURRENCIES: Final = {
    "US": "USD",
    "GB": "GBP",
    "CH": "CHF",
    "SE": "SEK",
    "DK": "DKK",
    "NO": "NOK",
    "CA": "CAD",
    "PL": "PLN",
    "JP": "JPY",
}


class Offer(StrEnum):
    """What Cost Management says about a subscription."""

    AVAILABLE = "available"
    NO_USAGE = "no_usage"
    OFFER_NOT_SUPPORTED = "offer_not_supported"
    NO_VALID_OFFER = "no_valid_offer"
    NOT_SUPPORTED = "not_supported"
    INVALID_QUERY = "invalid_query"
    """An offer for which every query is said to be ill-defined."""
    ACCOUNT_DISABLED = "account_disabled"
    SUBSCRIPTION_DISABLED = "subscription_disabled"
    BLOCKED_BY_PARTNER = "blocked_by_partner"
    ACCESS_DENIED = "access_denied"
    UNAUTHORIZED = "unauthorized"
    TOO_NEW = "too_new"


@dataclass
class CostSettings:
    """What was decided about a tenant's costs since the simulation began."""

    offers: dict[str, Offer] = field(default_factory=dict)
    """By subscription."""
    most_groupings: int = 5
    """Documentation says 2; more were seen to work."""


def settings_of(world: World, tenant: Tenant) -> CostSettings:
    found: CostSettings = world.state(f"cost settings|{tenant.id}", CostSettings)
    return found


def currency_of(tenant: Tenant) -> str:
    """The one currency a Microsoft tenant is billed in."""
    return _CURRENCIES.get(tenant.country, "EUR")


def in_currency(micro_euros: int, currency: str) -> int:
    return micro_euros * RATES[currency] // 1000


def in_dollars(micro: int, currency: str) -> int:
    return micro * RATES["USD"] // RATES[currency]


def is_partners(subscription: Subscription) -> bool:
    """Whether a partner sells it: its customers see retail rates, and no purchases."""
    return subscription.quota_id.startswith("CSP_")


def offer_of(world: World, tenant: Tenant, subscription: Subscription) -> Offer:
    """What was decided; otherwise most can be read, and every offer has its own reasons not to."""
    decided = settings_of(world, tenant).offers.get(subscription.id)
    if decided is not None or subscription.index == 0:
        return decided or Offer.AVAILABLE
    roll = chance(subscription.id, "cost offer")
    reasons = _reasons(subscription)
    return next((offer for limit, offer in reasons if roll < limit), Offer.AVAILABLE)


def _reasons(subscription: Subscription) -> tuple[tuple[float, Offer], ...]:
    if is_partners(subscription):
        return (0.3, Offer.BLOCKED_BY_PARTNER), (0.45, Offer.NO_VALID_OFFER), (0.55, Offer.TOO_NEW)
    if subscription.quota_id.startswith("EnterpriseAgreement_"):
        return (0.15, Offer.ACCOUNT_DISABLED), (0.3, Offer.ACCESS_DENIED), (0.4, Offer.TOO_NEW)
    if subscription.quota_id.startswith("MSDN"):
        return (0.08, Offer.OFFER_NOT_SUPPORTED), (0.2, Offer.NO_USAGE)
    return (0.15, Offer.SUBSCRIPTION_DISABLED), (0.3, Offer.TOO_NEW)
