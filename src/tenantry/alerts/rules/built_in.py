"""The five rules that every tenant has from the beginning. They are data: each may be changed or switched off."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID, uuid5

from tenantry.alerts.rules.models import Severity
from tenantry.alerts.rules.schemas import RuleIn
from tenantry.governance.compliance.metrics import SCORE_DROP
from tenantry.governance.costs.metrics import DAILY_CHANGE, IDLE
from tenantry.observe.metrics import API_ERRORS, SYNC_HOURS

_NAMESPACE: Final = UUID("6d0f1c4e-6a0b-5c65-9f0a-3c6f5b1f7a10")
_ABOUT_TEN_DOLLARS: Final = {
    currency: amount
    for amount, currencies in (
        (10.0, ("USD", "EUR", "*")),
        (9.0, ("CHF", "GBP")),
        (15.0, ("CAD", "AUD", "NZD")),
        (50.0, ("PLN", "BRL")),
        (70.0, ("DKK", "CNY")),
        (100.0, ("SEK", "NOK")),
        (200.0, ("CZK", "MXN", "ZAR")),
        (850.0, ("INR",)),
        (1500.0, ("JPY",)),
        (14_000.0, ("KRW",)),
    )
    for currency in currencies
}
"""Less than this a day nobody wants to be called for."""

BUILT_IN: Final[Mapping[str, RuleIn]] = {
    "cost-spike": RuleIn(
        name="Cost spike", metric=DAILY_CHANGE.name, threshold=20, floors=_ABOUT_TEN_DOLLARS, min_previous=1
    ),
    "compliance-drop": RuleIn(name="Compliance drop", metric=SCORE_DROP.name, threshold=5),
    "stale-sync": RuleIn(name="Stale sync", metric=SYNC_HOURS.name, threshold=24),
    "api-errors": RuleIn(name="API errors", metric=API_ERRORS.name, threshold=10),
    "idle-resources": RuleIn(
        name="Idle resources", metric=IDLE.name, threshold=100, severity=Severity.INFO, channel_ids=[]
    ),
}
"""Idle resources are told of once a week, in the digest, so that their own rule tells nobody."""


def built_in_id(key: str) -> UUID:
    """The same in every tenant, so that a rule has an address before anybody has changed it."""
    return uuid5(_NAMESPACE, key)
