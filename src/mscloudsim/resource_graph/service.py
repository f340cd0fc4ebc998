"""`POST /providers/Microsoft.ResourceGraph/resources`: scope, quota, paging, formats.

learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data
"""

import asyncio
from datetime import UTC, datetime
from typing import Any, Final

from mscloudsim.arm.service import check_version, common_headers
from mscloudsim.authorization import Caller, arm_caller
from mscloudsim.errors import ArmRefusal
from mscloudsim.http import Reply, Request
from mscloudsim.resource_graph.answers import Answers
from mscloudsim.resource_graph.asking import Asked, asked_for
from mscloudsim.resource_graph.kql.errors import InvalidQuery
from mscloudsim.resource_graph.kql.plan import Plan, Planner
from mscloudsim.resource_graph.refusals import QueryRefusal, Throttled
from mscloudsim.resource_graph.tables import SCHEMAS, Tables
from mscloudsim.throttling import Rate
from mscloudsim.world.azure.cloud import Azure, visible
from mscloudsim.world.azure.landscape import Subscription
from mscloudsim.world.world import World

_PATH: Final = "/providers/microsoft.resourcegraph/resources"
_QUOTA: Final = Rate(15, 3)


class ResourceGraph:
    """Queries over every subscription the caller may read, delegated ones included."""

    name = "resource-graph"

    def __init__(self, world: World) -> None:
        self.world = world
        self._answers = Answers()
        self._one_at_a_time = asyncio.Lock()

    def matches(self, path: str) -> bool:
        return path.lower().rstrip("/") == _PATH

    async def handle(self, request: Request) -> Reply:
        caller = arm_caller(self.world, request)
        check_version(request)
        if request.method != "POST":
            raise ArmRefusal(405, "MethodNotAllowed", f"The HTTP method '{request.method}' is not supported here.")
        if not request.header("content-type").startswith("application/json"):
            raise ArmRefusal(500, "InternalServerError", "Encountered an internal server error.")
        headers = self._charge(caller) | common_headers(request)
        asked = asked_for(request.json())
        async with self._one_at_a_time:
            body = await asyncio.to_thread(self._answer, caller, asked)
        return Reply.json(body, 200, headers)

    def _charge(self, caller: Caller) -> dict[str, str]:
        key = f"resource-graph|{caller.tenant.id}|{caller.object_id}"
        verdict = self.world.throttles.take(key, _QUOTA, 1, self.world.clock.now())
        if not verdict.passed:
            self.world.stats.throttled["resource-graph"] += 1
            if verdict.too_early:
                self.world.stats.too_early[f"resource-graph|{caller.tenant.id}"] += 1
            raise Throttled(verdict.retry_after)
        remaining = str(int(verdict.remaining))
        return {
            "x-ms-user-quota-remaining": remaining,
            "x-ms-user-quota-resets-after": "00:00:05",
            "x-ms-ratelimit-remaining-tenant-resource-requests": remaining,
        }

    def _answer(self, caller: Caller, asked: Asked) -> dict[str, Any]:
        tables = Tables(self.world, self._scope(caller, asked), asked.above)
        now = datetime.fromtimestamp(self.world.clock.now(), UTC)
        try:
            plan = Planner(SCHEMAS, lambda: now).plan(asked.query)
            page = self._answers.page(plan, tables, asked)
        except InvalidQuery as error:
            raise QueryRefusal(error.details) from error
        except RecursionError as error:
            raise QueryRefusal([{"code": "InvalidQuery", "message": "The query is nested too deeply."}]) from error
        body: dict[str, Any] = {"totalRecords": page.total, "count": len(page.rows)}
        body["data"] = _as_table(page.rows, plan) if asked.as_table else page.rows
        body |= {"facets": [], "resultTruncated": "false"}
        if page.token and "id" in plan.schema:
            body["$skipToken"] = page.token
        elif page.token:
            body["resultTruncated"] = "true"
        return body

    def _scope(self, caller: Caller, asked: Asked) -> list[tuple[Azure, Subscription]]:
        """The subscriptions in question that the caller may read. Raises QueryRefusal when there are none.

        Every tenant has one management group here, the root group, which bears the tenant's id.
        """
        wanted, groups = asked.subscriptions, asked.management_groups
        seen = visible(self.world, caller.tenant, caller.app_id)
        inside = [azure for azure in seen if not groups or azure.tenant.id in groups]
        found = [(azure, item) for azure in inside for item in azure.subscriptions() if not wanted or item.id in wanted]
        if not found:
            given = ", ".join(wanted or groups)
            reason = f"There must be at least one subscription that is eligible to contain resources. Given: '{given}'."
            raise QueryRefusal([{"code": "NoValidSubscriptionsInQueryRequest", "message": reason}])
        return sorted(found, key=lambda pair: pair[1].id)


def _as_table(rows: list[dict[str, Any]], plan: Plan) -> dict[str, Any]:
    names = list(plan.schema)
    columns = [{"name": name, "type": plan.schema[name]} for name in names]
    return {"columns": columns, "rows": [[row.get(name) for name in names] for row in rows]}
