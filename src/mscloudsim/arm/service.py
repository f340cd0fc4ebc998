"""ARM's front: api-version, authorization, throttling, and which path is answered by what."""

import asyncio
import re
from collections.abc import Callable
from typing import Final
from uuid import uuid4

from mscloudsim.arm import (
    activity,
    advisor,
    costs,
    inventory,
    lighthouse,
    policy,
    policy_insights,
    roles,
    security,
    tagging,
)
from mscloudsim.arm.call import Call
from mscloudsim.arm.limits import charge
from mscloudsim.authorization import arm_caller
from mscloudsim.errors import ArmRefusal
from mscloudsim.http import Reply, Request
from mscloudsim.world.azure.changes import CHANGES
from mscloudsim.world.azure.costs.orders import COST_CHANGES, COST_REPORTS
from mscloudsim.world.azure.governance.changes import CHANGES as GOVERNANCE_CHANGES
from mscloudsim.world.world import World

Handler = Callable[[Call], Reply]
_S: Final = "/subscriptions/{}"
_G: Final = "/subscriptions/{}/resourcegroups/{}"
_M: Final = "/providers/Microsoft.Management/managementGroups/{}"
_ROLES: Final = "/providers/Microsoft.Authorization"
_STATES: Final = "/providers/Microsoft.PolicyInsights/policyStates/latest"
_ADVISOR: Final = "/providers/Microsoft.Advisor"
_SECURITY: Final = "/providers/Microsoft.Security"
_STANDARDS: Final = f"{_SECURITY}/regulatoryComplianceStandards"
_LIGHTHOUSE: Final = "/providers/Microsoft.ManagedServices"
_ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", "/tenants", inventory.tenants),
    ("GET", "/subscriptions", inventory.subscriptions),
    ("GET", _S, inventory.subscription),
    ("GET", f"{_S}/locations", inventory.locations),
    ("GET", f"{_S}/providers", inventory.providers),
    ("GET", f"{_S}/resourcegroups", inventory.groups),
    ("GET", f"{_S}/resources", inventory.resources),
    ("GET", _G, inventory.group),
    ("GET", f"{_G}/resources", inventory.resources_of_group),
    ("GET", f"{_S}{_ROLES}/roleAssignments", roles.assignments),
    ("GET", f"{_G}{_ROLES}/roleAssignments", roles.assignments),
    ("GET", f"{_G}/providers/{{+}}{_ROLES}/roleAssignments", roles.assignments),
    ("GET", f"{_S}{_ROLES}/roleDefinitions", roles.definitions),
    ("GET", f"{_G}{_ROLES}/roleDefinitions", roles.definitions),
    ("GET", f"{_G}/providers/{{+}}{_ROLES}/roleDefinitions", roles.definitions),
    ("GET", f"{_S}{_ROLES}/roleDefinitions/{{}}", roles.single_definition),
    ("GET", f"{_ROLES}/roleDefinitions/{{}}", roles.single_definition),
    ("GET", f"{_S}/providers/Microsoft.Insights/eventtypes/management/values", activity.values),
    ("GET", f"{_S}{_LIGHTHOUSE}/registrationAssignments", lighthouse.assignments),
    ("DELETE", f"{_S}{_LIGHTHOUSE}/registrationAssignments/{{}}", lighthouse.withdraw),
    ("GET", f"{_S}{_LIGHTHOUSE}/registrationDefinitions", lighthouse.definitions),
    ("PUT", f"{_S}/providers/Microsoft.Resources/deployments/{{}}", lighthouse.deploy),
    ("GET", f"{_S}/providers/Microsoft.Resources/deployments/{{}}", lighthouse.deployment),
    *(
        (verb, f"{place}/providers/Microsoft.Resources/tags/default", handler)
        for place in (_G, f"{_G}/providers/{{+}}")
        for verb, handler in (("GET", tagging.tags), ("PUT", tagging.replace), ("PATCH", tagging.update))
    ),
    *(
        (verb, f"{place}/providers/Microsoft.{path}", handler)
        for place in (_S, _G)
        for verb, path, handler in (
            ("POST", "CostManagement/query", costs.query),
            ("POST", "CostManagement/forecast", costs.forecast),
            ("GET", "Consumption/budgets", costs.budgets),
            ("GET", "Consumption/budgets/{}", costs.budget),
            ("GET", "CostManagement/budgets", costs.budgets),
            ("GET", "CostManagement/budgets/{}", costs.budget),
        )
    ),
    *(
        ("GET", f"{place}{_ROLES}/{kind}", handler)
        for place in (_S, _G, _M)
        for kind, handler in (("policyAssignments", policy.assignments), ("policyExemptions", policy.exemptions))
    ),
    *(
        ("GET", f"{place}{_ROLES}/{kind}", handler)
        for place in (_S, _M, "")
        for kind, handler in (
            ("policyDefinitions", policy.definitions),
            ("policyDefinitions/{}", policy.single_definition),
            ("policySetDefinitions", policy.set_definitions),
            ("policySetDefinitions/{}", policy.single_set_definition),
        )
    ),
    ("POST", f"{_S}{_STATES}/summarize", policy_insights.summarize),
    ("POST", f"{_S}{_STATES}/queryResults", policy_insights.query_results),
    ("POST", f"{_G}{_STATES}/queryResults", policy_insights.query_results),
    ("POST", f"{_M}{_STATES}/summarize", policy_insights.above),
    ("POST", f"{_M}{_STATES}/queryResults", policy_insights.above),
    ("GET", f"{_S}{_ADVISOR}/recommendations", advisor.recommendations),
    ("GET", f"{_S}{_ADVISOR}/suppressions", advisor.suppressions),
    ("GET", f"{_S}{_SECURITY}/secureScores", security.secure_scores),
    ("GET", f"{_S}{_SECURITY}/secureScores/ascScore", security.secure_score),
    ("GET", f"{_S}{_SECURITY}/secureScores/ascScore/secureScoreControls", security.controls),
    ("GET", f"{_S}{_STANDARDS}", security.standards),
    ("GET", f"{_S}{_STANDARDS}/{{}}/regulatoryComplianceControls", security.standard_controls),
    ("GET", f"{_G}/providers/{{+}}", inventory.resource),
)
_LABORIOUS: Final = frozenset({costs.query, costs.forecast, costs.budgets, costs.budget})
"""Handlers that add up so much that others would wait for them."""
_VERSION: Final = re.compile(r"\d{4}-\d\d-\d\d(-preview)?")
_ROOTS: Final = (
    *("/subscriptions", "/tenants"),
    *("/providers/microsoft.authorization", "/providers/microsoft.management"),
)


class Arm:
    """`management.azure.com`, as far as it is simulated."""

    name = "arm"

    def __init__(self, world: World) -> None:
        self.world = world
        known: dict[str, Callable[..., object]] = world.state("changes", dict)
        known.update({name: change(world) for name, change in (CHANGES | COST_CHANGES | GOVERNANCE_CHANGES).items()})
        reports: dict[str, Callable[..., object]] = world.state("reports", dict)
        reports.update({name: report(world) for name, report in COST_REPORTS.items()})
        self._one_at_a_time = asyncio.Lock()
        self._routes = [(verb, _pattern(path), handler) for verb, path, handler in _ROUTES]

    def matches(self, path: str) -> bool:
        lowered = path.lower()
        return any(lowered == root or lowered.startswith(f"{root}/") for root in _ROOTS)

    async def handle(self, request: Request) -> Reply:
        caller = arm_caller(self.world, request)
        check_version(request)
        headers = charge(self.world, request, caller)
        handler, arguments = self._route(request.method, request.path.rstrip("/"))
        reply = await self._answer(handler, Call(self.world, request, caller, arguments))
        reply.headers |= headers | common_headers(request)
        return reply

    async def _answer(self, handler: Handler, call: Call) -> Reply:
        if handler not in _LABORIOUS:
            return handler(call)
        async with self._one_at_a_time:
            return await asyncio.to_thread(handler, call)

    def _route(self, method: str, path: str) -> tuple[Handler, tuple[str, ...]]:
        allowed = False
        for verb, pattern, handler in self._routes:
            match = pattern.fullmatch(path)
            if match is not None and verb == method:
                return handler, match.groups()
            allowed = allowed or match is not None
        if allowed:
            raise ArmRefusal(405, "MethodNotAllowed", f"The HTTP method '{method}' is not supported at this path.")
        raise ArmRefusal(404, "InvalidResourceType", "The resource type could not be found in the simulated cloud.")


def check_version(request: Request) -> None:
    """Raises ArmRefusal 400 without an api-version, or with one that is none."""
    version = next((value for name, value in request.query.items() if name.lower() == "api-version"), None)
    if version is None:
        text = "The api-version query parameter (?api-version=) is required for all requests."
        raise ArmRefusal(400, "MissingApiVersionParameter", text)
    if _VERSION.fullmatch(version) is None:
        raise ArmRefusal(400, "InvalidApiVersionParameter", f"The api-version '{version[:40]}' is invalid.")


def common_headers(request: Request) -> dict[str, str]:
    correlation = request.header("x-ms-correlation-request-id") or str(uuid4())
    headers = {"x-ms-request-id": request.request_id, "x-ms-correlation-request-id": correlation}
    if request.header("x-ms-return-client-request-id").lower() == "true":
        headers["x-ms-client-request-id"] = request.header("x-ms-client-request-id")
    return headers


def _pattern(path: str) -> re.Pattern[str]:
    """`{}` is one segment of a path, `{+}` is one or more."""
    escaped = re.escape(path).replace(r"\{\}", "([^/]+)").replace(r"\{\+\}", "(.+)")
    return re.compile(escaped, re.IGNORECASE)
