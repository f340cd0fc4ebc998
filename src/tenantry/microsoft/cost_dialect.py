"""How Cost Management words its refusals, and what it says of its many budgets."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from multidict import CIMultiDictProxy

from tenantry.microsoft.answers import error_of
from tenantry.microsoft.arm import ArmDialect
from tenantry.microsoft.calls import Call
from tenantry.microsoft.errors import Kind, UpstreamError
from tenantry.microsoft.limits import Charge
from tenantry.microsoft.tokens import seconds_of
from tenantry.microsoft.transport import kind_of_status

_PREFIX: Final = "x-ms-ratelimit-microsoft.costmanagement"
_REMAINING: Final = "x-ms-ratelimit-remaining-microsoft.costmanagement"
_SHORTEST: Final = "QueriesPer10Sec"
"""The budget that is paused for all units: every query takes from it, and it is full again soonest."""
_BUCKETS: Final = {"qpu": _SHORTEST, "entity": "entity", "tenant": "tenant", "client": "client", "clienttype": "client"}
"""The name of a bucket in headers → the budget of ours that it is."""
_HINTS: Final = (
    "Retry-After",
    "x-ms-ratelimit-microsoft.consumption-retry-after",
    *(f"{_PREFIX}-{name}-retry-after" for name in _BUCKETS),
)
_COUNT: Final = re.compile(r"(\w+):(\d+)")
_THROTTLED: Final = 429
_NO_TRAINING: Final = 424
ROLE: Final = "Cost Management Reader"


class CostState(StrEnum):
    """What is known of a subscription's costs. None but `AVAILABLE` has an amount; none is ever zero."""

    AVAILABLE = "available"
    NO_USAGE = "no_usage"
    UNSUPPORTED = "unsupported"
    BLOCKED_BY_PARTNER = "blocked_by_partner"
    NO_ACCESS = "no_access"
    TOO_NEW = "too_new"
    STALE = "stale"
    """Microsoft asked to wait, or did not answer: what was known before stays, with its age."""


_REFUSALS: Final[tuple[tuple[str, str, CostState], ...]] = (
    ("IndirectCostDisabled", "", CostState.BLOCKED_BY_PARTNER),
    ("AccountCostDisabled", "", CostState.UNSUPPORTED),
    ("DepartmentCostDisabled", "", CostState.UNSUPPORTED),
    ("SubscriptionCostDisabled", "", CostState.UNSUPPORTED),
    ("BadRequest", "The offer .* is not supported", CostState.UNSUPPORTED),
    ("BadRequest", "Invalid query definition(?!.*grouping)", CostState.UNSUPPORTED),
    ("400", "Cost Management supports only", CostState.UNSUPPORTED),
    ("NotFound", "valid WebDirect/AIRS offer type", CostState.UNSUPPORTED),
    ("NotFound", "not supported for subscription", CostState.UNSUPPORTED),
    ("RBACAccessDenied", "", CostState.NO_ACCESS),
    ("Unauthorized", "", CostState.NO_ACCESS),
    ("AuthorizationFailed", "", CostState.NO_ACCESS),
    ("InvalidAuthenticationTokenTenant", "", CostState.NO_ACCESS),
    ("404", "", CostState.TOO_NEW),
)
"""Code, a pattern in the message, and what both together say.

Sources: learn.microsoft.com/azure/cost-management-billing (the CostDisabled codes, RBACAccessDenied),
github.com/JulianHayward/AzAPICall (offers, WebDirect, numeric 404, invalid definitions) and
github.com/mivano/azure-cost-cli/issues/24 (numeric 400). AuthorizationFailed and InvalidAuthenticationTokenTenant are
ARM's own: without a role, and for a delegation that was withdrawn. A query with too many groupings is a fault of ours.
"""
_KINDS: Final = {
    CostState.UNSUPPORTED: Kind.UNSUPPORTED,
    CostState.BLOCKED_BY_PARTNER: Kind.UNSUPPORTED,
    CostState.NO_ACCESS: Kind.NO_ACCESS,
    CostState.TOO_NEW: Kind.NOT_FOUND,
}
_STALE: Final = frozenset({Kind.THROTTLED, Kind.UNAVAILABLE, Kind.MALFORMED})


@dataclass(slots=True)
class CostsRefused(UpstreamError):
    """The costs of a subscription cannot be had, for a reason that asking again does not change."""

    state: CostState = CostState.UNSUPPORTED


def cost_state_of(error: UpstreamError) -> CostState | None:
    """The state of a subscription whose costs were asked for in vain; None when the fault is not the subscription's."""
    if isinstance(error, CostsRefused):
        return error.state
    if error.kind is Kind.NO_ACCESS:
        return CostState.NO_ACCESS
    return CostState.STALE if error.kind in _STALE else None


@dataclass(frozen=True, slots=True)
class CostWaits:
    """How long a refused query waits: the longest of all hints and a little more, half a minute at least.

    Hints of up to twelve seconds were too short when others measured. Beyond its patience a caller is refused instead
    (`RetryPolicy.longest_retry_after`): nobody returns earlier than told.
    """

    floor: float = 30.0
    extra: float = 2.5

    def after(self, headers: CIMultiDictProxy[str]) -> float:
        return max(self.floor, (longest_hint(headers) or 0.0) + self.extra)


def longest_hint(headers: CIMultiDictProxy[str]) -> float | None:
    told = (seconds_of(headers.get(name)) for name in _HINTS)
    return max((seconds for seconds in told if seconds is not None), default=None)


@dataclass(slots=True)
class CostDialect(ArmDialect):
    """As ARM, with refusals that are states, and with a budget for every bucket that a header names."""

    waits: CostWaits = field(default_factory=CostWaits)
    service = "cost"

    def error(self, call: Call, status: int, headers: CIMultiDictProxy[str], body: bytes) -> UpstreamError:
        code, message = error_of(body)
        request_id, code = headers.get("x-ms-request-id"), None if code is None else str(code)
        if status == _THROTTLED:
            wait = self.waits.after(headers)
            return UpstreamError(Kind.THROTTLED, self.service, message[:500], status, code, wait, request_id=request_id)
        state = _state(code, message)
        if state is not None:
            missing = ROLE if state is CostState.NO_ACCESS else None
            return CostsRefused(
                _KINDS[state], self.service, message[:500], status, code, None, missing, request_id, state=state
            )
        kind = Kind.UNSUPPORTED if status == _NO_TRAINING else kind_of_status(status)
        hint = self.retry_after(headers)
        return UpstreamError(kind, self.service, message[:500], status, code, hint, request_id=request_id)

    def retry_after(self, headers: CIMultiDictProxy[str]) -> float | None:
        return longest_hint(headers)

    def pauses(self, status: int, headers: CIMultiDictProxy[str], charges: tuple[Charge, ...]) -> dict[str, float]:
        """The buckets that are named; without a name, those of the whole Microsoft tenant."""
        if status != _THROTTLED:
            return ArmDialect.pauses(self, status, headers, charges)
        named = {budget for name, budget in _BUCKETS.items() if f"{_PREFIX}-{name}-retry-after" in headers}
        paused = [charge for charge in charges if _name(charge) in (named or {_SHORTEST})] or [charges[0]]
        return dict.fromkeys((charge.key for charge in paused), self.waits.after(headers))

    def lefts(self, headers: CIMultiDictProxy[str], charges: tuple[Charge, ...]) -> list[tuple[Charge, float]]:
        """What is left, as far as it is told: many answers say nothing."""
        told = dict(_COUNT.findall(headers.get(f"{_PREFIX}-qpu-remaining", "")))
        for name, budget in (("entity", "entity"), ("tenant", "tenant"), ("clienttype", "client")):
            if count := _COUNT.search(headers.get(f"{_REMAINING}-{name}-requests", "")):
                told[budget] = count[2]
        return [(charge, float(told[name])) for charge in charges if (name := _name(charge)) in told]


def _name(charge: Charge) -> str:
    return charge.key.split("|")[1]


def _state(code: str | None, message: str) -> CostState | None:
    found = (state for known, pattern, state in _REFUSALS if code == known and re.search(pattern, message))
    return next(found, None)
