"""The published limits, and which of them a request touches.

Starting values from learn.microsoft.com/graph/throttling-limits, …/azure/azure-resource-manager/management/
request-limits-and-throttling, …/azure/governance/resource-graph/concepts/guidance-for-throttled-requests and
…/azure/cost-management-billing/costs/manage-automation.
Microsoft calls them subject to change; answers correct them.
"""

from typing import Final
from urllib.parse import urlsplit

from tenantry.microsoft.limits import Charge, Limit


def _within(capacity: float, per_second: float) -> Limit:
    """A published limit with some room: what we send a second apart may arrive closer together.

    The smaller the bucket, the less it forgives, so the room is a little larger.
    """
    return Limit(max(1.0, capacity - 0.5 * per_second), (0.97 - 0.02 / capacity) * per_second)


IDENTITY: Final = {"S": _within(3500, 350), "M": _within(5000, 500), "L": _within(8000, 800)}
"""Resource units per 10 s: under 50 users, 50 to 500, more."""
IDENTITY_WRITES: Final = _within(3000, 20)
REPORTS: Final = _within(5, 0.5)
CONDITIONAL_ACCESS: Final = _within(1, 1)
SECURITY: Final = _within(150, 2.5)
ARM_READS: Final = _within(250, 25)
ARM_WRITES: Final = _within(200, 10)
RESOURCE_GRAPH: Final = _within(15, 3)
EXCHANGE: Final = Limit(60, 20)
TEAMS: Final = Limit(60, 20)
SHAREPOINT: Final = Limit(60, 20)
"""Of these three Microsoft publishes no numbers: answers correct what is assumed here."""
FABRIC: Final = _within(25, 25 / 60)
KEY_VAULT: Final = _within(4000, 400)

COST_UNITS: Final = {
    "QueriesPer10Sec": _within(12, 1.2),
    "QueriesPerMin": _within(60, 1),
    "QueriesPerHour": _within(600, 1 / 6),
}
"""Query processing units of a Microsoft tenant, one for each month of data, under the names that answers use."""
COST_ENTITY: Final = _within(4, 4 / 60)
COST_TENANT: Final = _within(20, 20 / 60)
COST_CLIENT: Final = _within(60, 2)
"""Seen in headers, documented nowhere, and so are their refills: answers correct what is assumed here."""
CONSUMPTION: Final = _within(30, 0.5)

_FEW: Final = 20
_TWO_UNITS: Final = ("/users", "/applications", "/oauth2PermissionGrants", "/appRoleAssignments", "/licenseDetails")
_THREE_UNITS: Final = ("/members", "/subscribedSkus", "/contracts", "/getByIds", "/memberOf")


def graph_charges(method: str, url: str, tenant: str, app: str, size: str = "L") -> tuple[Charge, ...]:
    """What a Graph request takes: the report, Conditional Access and security limits have budgets of their own."""
    parts = urlsplit(url)
    path, query = parts.path, parts.query
    if "/auditLogs/" in path or "/reports/" in path:
        return (Charge(f"graph-reports|{tenant}|{app}", REPORTS),)
    if "/identity/conditionalAccess" in path or "/identityProtection" in path:
        return (Charge(f"graph-conditional-access|{tenant}", CONDITIONAL_ACCESS),)
    if "/security/" in path:
        return (Charge(f"graph-security|{tenant}|{app}", SECURITY),)
    units = Charge(f"graph|{tenant}|{app}", IDENTITY[size], _units(path, query))
    if method in ("GET", "HEAD") or path.endswith(("/$batch", "/getByIds")):
        return (units,)
    return units, Charge(f"graph-writes|{tenant}|{app}", IDENTITY_WRITES)


def arm_charges(method: str, url: str, tenant: str, app: str) -> tuple[Charge, ...]:
    """What an ARM request takes: buckets per principal and subscription, or per Microsoft tenant outside of one."""
    path = urlsplit(url).path.lower()
    if path.startswith("/providers/microsoft.resourcegraph/"):
        return (Charge(f"resource-graph|{tenant}|{app}", RESOURCE_GRAPH),)
    parts = path.split("/")
    scope = parts[2] if len(parts) > 2 and parts[1] == "subscriptions" else tenant  # noqa: PLR2004
    if method in ("GET", "HEAD"):
        return (Charge(f"arm-reads|{scope}|{app}", ARM_READS),)
    return (Charge(f"arm-writes|{scope}|{app}", ARM_WRITES),)


def cost_charges(scope: str, units: int, tenant: str, client: str) -> tuple[Charge, ...]:
    """What a cost query takes: units of the Microsoft tenant, and requests of its subscription, of itself, of us.

    The narrow ones come first. All Microsoft tenants share the last, which is ours as a product: they take turns.
    """
    parts = scope.lower().split("/")
    entity = parts[2] if len(parts) > 2 else tenant  # noqa: PLR2004 - the segments of a scope
    return (
        *(Charge(f"cost|{name}|{tenant}", limit, float(units)) for name, limit in COST_UNITS.items()),
        Charge(f"cost|entity|{tenant}|{entity}", COST_ENTITY),
        Charge(f"cost|tenant|{tenant}", COST_TENANT),
        Charge(f"cost|client|{client}", COST_CLIENT, owner=tenant),
    )


def _units(path: str, query: str) -> float:
    """Resource units of a read (learn.microsoft.com/graph/throttling-limits, "Identity and access")."""
    units = 1
    if "/transitiveMembers" in path:
        units = 5
    elif path.endswith(_THREE_UNITS):
        units = 3
    elif any(part in path for part in _TWO_UNITS):
        units = 2
    units += ("$expand=" in query) - ("$select=" in query) - _asks_for_few(query)
    return float(max(1, units))


def _asks_for_few(query: str) -> bool:
    """Whether `$top` is under 20, which Graph rewards with a unit."""
    _, found, rest = query.partition("$top=")
    top = rest.partition("&")[0]
    return bool(found) and top.isdigit() and int(top) < _FEW
