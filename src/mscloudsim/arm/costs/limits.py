"""Cost Management's quotas: query processing units of a Microsoft tenant, and the buckets around them.

learn.microsoft.com/azure/cost-management-billing/costs/manage-automation for the units; the entity, tenant and client
buckets are nowhere documented. Their sizes are as seen in headers, their refill is assumed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mscloudsim.arm.call import Call
from mscloudsim.errors import ArmRefusal
from mscloudsim.throttling import Rate, Verdict

_PREFIX: Final = "microsoft.costmanagement"
_UNITS: Final = {"QueriesPerHour": Rate(600, 1 / 6), "QueriesPerMin": Rate(60, 1), "QueriesPer10Sec": Rate(12, 1.2)}
_ENTITY: Final = Rate(4, 4 / 60)
_TENANT: Final = Rate(20, 20 / 60)
_CLIENT: Final = Rate(60, 2)
_NAMELESS: Final = Rate(1, 1 / 45)
"""The bucket that all share who send no `ClientType`: everybody else's requests have mostly emptied it."""
_PROVIDER: Final = Rate(100, 100 / 300)
_CONSUMPTION: Final = Rate(60, 1)


@dataclass(frozen=True, slots=True)
class _Bucket:
    kind: str
    key: str
    rate: Rate
    cost: float = 1.0


def charge_query(call: Call, entity: str, units: int) -> dict[str, str]:
    """Takes a query's units and returns the headers that tell what is left. Raises ArmRefusal 429."""
    tenant, client = call.caller.tenant.id, call.request.header("clienttype")
    buckets = [
        *(_Bucket("qpu", f"{tenant}|{name}", rate, units) for name, rate in _UNITS.items()),
        _Bucket("entity", f"{tenant}|{entity}", _ENTITY),
        _Bucket("tenant", tenant, _TENANT),
        _Bucket("clienttype", client.lower(), _CLIENT if client else _NAMELESS),
        _Bucket("provider", f"{call.caller.object_id}|{entity}", _PROVIDER),
    ]
    verdicts = _take(call, buckets)
    left = {bucket.kind: int(verdict.remaining) for bucket, verdict in zip(buckets, verdicts, strict=True)}
    remaining = [f"{name}:{int(verdict.remaining)}" for name, verdict in zip(_UNITS, verdicts, strict=False)]
    return {
        **{
            f"x-ms-ratelimit-remaining-{_PREFIX}-{kind}-requests": f"DefaultQuota:{left[kind]}"
            for kind in ("entity", "tenant", "clienttype")
        },
        f"x-ms-ratelimit-{_PREFIX}-qpu-consumed": str(units),
        f"x-ms-ratelimit-{_PREFIX}-qpu-remaining": ",".join(remaining),
    }


def charge_budgets(call: Call) -> None:
    """Takes one request for budgets. Raises ArmRefusal 429."""
    _take(call, [_Bucket("consumption", call.caller.tenant.id, _CONSUMPTION)])


def _take(call: Call, buckets: Sequence[_Bucket]) -> list[Verdict]:
    charges = [(f"cost-{bucket.kind}|{bucket.key}", bucket.rate, bucket.cost) for bucket in buckets]
    verdicts = call.world.throttles.take_all(charges, call.world.clock.now())
    refused = {b.kind: v for b, v in zip(buckets, verdicts, strict=True) if not v.passed}
    for kind, verdict in refused.items():
        call.world.stats.throttled[f"cost-{kind}"] += 1
        if verdict.too_early:
            call.world.stats.too_early[f"cost-{kind}|{call.caller.tenant.id}"] += 1
    if refused:
        raise _refusal({kind: verdict.retry_after for kind, verdict in refused.items()})
    return verdicts


def _refusal(waits: dict[str, int]) -> ArmRefusal:
    """Each bucket has a header of its own; `Retry-After` comes with some of them and is missing with others."""
    if "provider" in waits:
        seconds = str(waits["provider"])
        text = (
            "Number of requests for action 'Microsoft.CostManagement/query/action' exceeded the limit of '100' for "
            f"time interval '00:05:00'. Please try again after '{seconds}' seconds."
        )
        return ArmRefusal(429, "ResourceRequestsThrottled", text, {"retry-after": seconds})
    headers = {f"x-ms-ratelimit-{_PREFIX}-{kind}-retry-after": str(seconds) for kind, seconds in waits.items()}
    if "consumption" in waits:
        headers = {"x-ms-ratelimit-microsoft.consumption-retry-after": str(waits["consumption"])}
    if "clienttype" in waits:
        headers[f"x-ms-ratelimit-{_PREFIX}-client-retry-after"] = str(waits["clienttype"])
    if "tenant" in waits:
        headers["retry-after"] = str(waits["tenant"])
    return ArmRefusal(429, "429", "Too many requests. Please retry.", headers)
