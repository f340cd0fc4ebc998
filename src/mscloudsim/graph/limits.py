"""Graph's throttling (learn.microsoft.com/graph/throttling-limits): resource units, reports, Conditional Access."""

from typing import Final

from mscloudsim.authorization import Caller
from mscloudsim.errors import GraphRefusal
from mscloudsim.http import Request
from mscloudsim.throttling import Rate, Verdict
from mscloudsim.world.world import World

_SIZES: Final = ((50, Rate(3500, 350)), (500, Rate(5000, 500)), (10**9, Rate(8000, 800)))
_WRITES: Final = Rate(3000, 20)
_REPORTS: Final = Rate(5, 0.5)
_CONDITIONAL_ACCESS: Final = Rate(1, 1)
_SECURITY: Final = Rate(150, 2.5)
_TWO: Final = (
    "/users",
    "/applications",
    "/oauth2PermissionGrants",
    "/appRoleAssignments",
    "/memberOf",
    "/licenseDetails",
)
_THREE: Final = ("/members", "/subscribedSkus", "/contracts", "/getByIds")


def charge(world: World, request: Request, caller: Caller) -> dict[str, str]:
    """Takes what the request costs and returns the headers that tell. Raises GraphRefusal 429."""
    path, now = request.path, world.clock.now()
    scope = f"{caller.tenant.id}|{caller.app_id}"
    if "/auditLogs/" in path or "/reports/" in path:
        _check(world, caller, world.throttles.take(f"reports|{scope}", _REPORTS, 1, now), "reports")
        return {}
    if "/identity/conditionalAccess" in path or "/identityProtection" in path:
        verdict = world.throttles.take(f"conditional-access|{caller.tenant.id}", _CONDITIONAL_ACCESS, 1, now)
        _check(world, caller, verdict, "conditional-access", hint=False)
        return {}
    if "/security/" in path:
        _check(world, caller, world.throttles.take(f"security|{scope}", _SECURITY, 1, now), "security")
        return {}
    return _identity(world, request, caller, scope, now)


def _identity(world: World, request: Request, caller: Caller, scope: str, now: float) -> dict[str, str]:
    cost = units(request)
    rate = next(rate for size, rate in _SIZES if caller.tenant.users < size)
    verdict = world.throttles.take(f"graph|{scope}", rate, cost, now)
    _check(world, caller, verdict, "graph")
    if request.method not in ("GET", "HEAD") and not request.path.endswith("getByIds"):
        _check(world, caller, world.throttles.take(f"writes|{scope}", _WRITES, 1, now), "writes")
    headers = {"x-ms-resource-unit": str(int(cost))}
    used = 1 - verdict.remaining / rate.capacity
    if used >= 0.8:  # noqa: PLR2004 - the service tells only from here on
        headers["x-ms-throttle-limit-percentage"] = f"{used:.1f}"
    return headers


def units(request: Request) -> float:
    """Resource units of a request."""
    cost = 1
    if "/transitiveMembers" in request.path:
        cost = 5
    elif request.path.endswith(_THREE):
        cost = 3
    elif any(part in request.path for part in _TWO):
        cost = 2
    top = request.query.get("$top", "")
    cost += ("$expand" in request.query) - ("$select" in request.query) - (top.isdigit() and int(top) < 20)  # noqa: PLR2004
    return float(max(1, cost))


def _check(world: World, caller: Caller, verdict: Verdict, bucket: str, *, hint: bool = True) -> None:
    if verdict.passed:
        return
    world.stats.throttled[f"graph-{bucket}"] += 1
    if verdict.too_early:
        world.stats.too_early[f"graph-{bucket}|{caller.tenant.id}"] += 1
    headers = {
        "x-ms-throttle-scope": f"Tenant_Application/ReadWrite/{caller.app_id}/{caller.tenant.id}",
        "x-ms-throttle-information": "ResourceUnitLimitExceeded",
    }
    if hint:
        headers["retry-after"] = str(verdict.retry_after)
    raise GraphRefusal(429, "TooManyRequests", "Too many requests. Please retry again later.", headers)
