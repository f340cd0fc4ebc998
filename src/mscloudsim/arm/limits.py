"""ARM's token buckets: per principal and subscription, or per principal and tenant outside of one.

learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
"""

from typing import Final

from mscloudsim.authorization import Caller
from mscloudsim.errors import ArmRefusal
from mscloudsim.http import Request
from mscloudsim.throttling import Rate
from mscloudsim.world.world import World

_RATES: Final = {"reads": Rate(250, 25), "writes": Rate(200, 10), "deletes": Rate(200, 10)}
_EVERYONE: Final = 15
"""All principals together may ask this many times as much of a subscription."""
_VERBS: Final = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}


def charge(world: World, request: Request, caller: Caller) -> dict[str, str]:
    """Takes one request and returns the headers that tell what is left. Raises ArmRefusal 429."""
    verb = _VERBS.get(request.method, "writes")
    parts = request.segments
    inside = len(parts) > 1 and parts[0].lower() == "subscriptions"
    scope, place = (parts[1].lower(), "subscription") if inside else (caller.tenant.id, "tenant")
    rate = _RATES[verb]
    left = {f"{place}-{verb}": _take(world, caller, f"{scope}|{caller.object_id}", rate, verb, place)}
    if inside:
        everyone = Rate(rate.capacity * _EVERYONE, rate.per_second * _EVERYONE)
        left[f"subscription-global-{verb}"] = _take(world, caller, scope, everyone, verb, place)
    return {f"x-ms-ratelimit-remaining-{name}": str(int(number)) for name, number in left.items()}


def _take(world: World, caller: Caller, who: str, rate: Rate, verb: str, place: str) -> float:
    verdict = world.throttles.take(f"arm-{verb}|{who}", rate, 1, world.clock.now())
    if verdict.passed:
        return verdict.remaining
    scope = who.partition("|")[0]
    world.stats.throttled[f"arm-{verb}"] += 1
    if verdict.too_early:
        world.stats.too_early[f"arm-{verb}|{scope}"] += 1
    raise _refused(verb.removesuffix("s"), scope, place, caller, verdict.retry_after)


def _refused(verb: str, scope: str, place: str, caller: Caller, seconds: int) -> ArmRefusal:
    text = (
        f"Number of '{verb}' requests for {place} '{scope}' actor '{caller.object_id}' exceeded. Please try again "
        f"after '{seconds}' seconds after additional tokens are available. Refer to https://aka.ms/arm-throttling."
    )
    return ArmRefusal(429, f"{place.capitalize()}RequestsThrottled", text, {"retry-after": str(seconds)})
