"""`POST /providers/Microsoft.ResourceGraph/resources`: scope, quota, paging, formats.

learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data
"""

import base64
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

import orjson

from mscloudsim.arm.service import check_version, common_headers
from mscloudsim.authorization import Caller, arm_caller
from mscloudsim.errors import ArmRefusal
from mscloudsim.http import Reply, Request
from mscloudsim.resource_graph.kql.errors import InvalidQuery
from mscloudsim.resource_graph.kql.expressions import Row
from mscloudsim.resource_graph.kql.plan import Plan, Planner
from mscloudsim.resource_graph.kql.values import text
from mscloudsim.resource_graph.refusals import QueryRefusal, Throttled
from mscloudsim.resource_graph.tables import SCHEMAS, Tables
from mscloudsim.throttling import Rate
from mscloudsim.world.azure.cloud import Azure, visible
from mscloudsim.world.azure.landscape import Subscription
from mscloudsim.world.world import World

_PATH: Final = "/providers/microsoft.resourcegraph/resources"
_QUOTA: Final = Rate(15, 3)
_USUAL, _MOST = 100, 1000
_MOST_SUBSCRIPTIONS: Final = 1000
_KEPT: Final = 64


@dataclass(frozen=True, slots=True)
class Asked:
    """A request's body, checked."""

    query: str
    subscriptions: tuple[str, ...]
    top: int
    skip: int
    token: str | None
    as_table: bool


class ResourceGraph:
    """Queries over every subscription the caller may read, delegated ones included."""

    name = "resource-graph"

    def __init__(self, world: World) -> None:
        self.world = world
        self._sizes: OrderedDict[str, list[int]] = OrderedDict()
        self._answers: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()

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
        body = self._answer(caller, asked)
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
        tables = Tables(self.world, self._scope(caller, asked.subscriptions))
        plan = self._plan(asked.query)
        key = _digest(asked.query, [item.id for _, item in tables.scope], [a.version for a, _ in tables.scope])
        start = _start(asked, key)
        total, rows = self._rows(plan, tables, key, start)
        data = list(islice(rows, asked.top))
        more = start + len(data) < total
        body: dict[str, Any] = {"totalRecords": total, "count": len(data)}
        body["data"] = _as_table(data, plan) if asked.as_table else data
        body |= {"facets": [], "resultTruncated": "false"}
        if more and "id" in plan.schema:
            body["$skipToken"] = _token(start + len(data), key)
        elif more:
            body["resultTruncated"] = "true"
        return body

    def _scope(self, caller: Caller, wanted: tuple[str, ...]) -> list[tuple[Azure, Subscription]]:
        """The subscriptions in question that the caller may read. Raises QueryRefusal when there are none."""
        seen = visible(self.world, caller.tenant, caller.app_id)
        found = [(azure, item) for azure in seen for item in azure.subscriptions() if not wanted or item.id in wanted]
        if not found:
            given = ", ".join(wanted)
            reason = f"There must be at least one subscription that is eligible to contain resources. Given: '{given}'."
            raise QueryRefusal([{"code": "NoValidSubscriptionsInQueryRequest", "message": reason}])
        return sorted(found, key=lambda pair: pair[1].id)

    def _plan(self, query: str) -> Plan:
        now = datetime.fromtimestamp(self.world.clock.now(), UTC)
        try:
            return Planner(SCHEMAS, lambda: now).plan(query)
        except InvalidQuery as error:
            raise QueryRefusal(error.details) from error

    def _rows(self, plan: Plan, tables: Tables, key: str, start: int) -> tuple[int, Iterator[dict[str, Any]]]:
        """How many rows there are, and those from a place on; where rows stand alone, only those shown are made."""
        if plan.whole:
            rows = _kept(self._answers, key, lambda: [_plain(row) for row in plan.run(tables)])
            return len(rows), iter(rows[start:])
        sizes = _kept(self._sizes, key, lambda: [sum(1 for _ in plan.block(b)) for b in tables.blocks(plan.table)])
        return sum(sizes), (_plain(row) for row in _from(plan, tables, sizes, start))


def asked_for(body: Any) -> Asked:
    """The body's fields. Raises ArmRefusal 400 for what the service refuses."""
    if not isinstance(body, dict) or not isinstance(body.get("query"), str) or not body["query"].strip():
        raise ArmRefusal(400, "BadRequest", "Please provide below info when asking for support: the query is missing.")
    options = body.get("options") or {}
    subscriptions = body.get("subscriptions") or []
    if not isinstance(options, dict) or not isinstance(subscriptions, list):
        raise ArmRefusal(400, "BadRequest", "The options or the subscriptions of the request are malformed.")
    if len(subscriptions) > _MOST_SUBSCRIPTIONS:
        raise ArmRefusal(400, "BadRequest", f"A request may name {_MOST_SUBSCRIPTIONS} subscriptions at most.")
    token = options.get("$skipToken")
    return Asked(
        query=body["query"],
        subscriptions=tuple(str(item).lower() for item in subscriptions),
        top=_number(options, "$top", _USUAL, 1, _MOST),
        skip=_number(options, "$skip", 0, 0, 2**31),
        token=str(token) if token else None,
        as_table=options.get("resultFormat", "objectArray") == "table",
    )


def _number(options: dict[str, Any], name: str, usual: int, least: int, most: int) -> int:
    value = options.get(name, usual)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ArmRefusal(400, "BadRequest", f"The value of {name} has to be between {least} and {most}.")
    return value


def _from(plan: Plan, tables: Tables, sizes: list[int], start: int) -> Iterator[Row]:
    """Rows from a place on; blocks before it are not made again."""
    for number, size in enumerate(sizes):
        if start >= size:
            start -= size
            continue
        yield from islice(plan.block(tables.block(plan.table, number)), start, None)
        start = 0


def _plain(row: Row) -> dict[str, Any]:
    """The row as JSON can hold it; moments and spans as Kusto writes them."""
    return {name: text(value) if isinstance(value, datetime | timedelta) else value for name, value in row.items()}


def _as_table(rows: list[dict[str, Any]], plan: Plan) -> dict[str, Any]:
    names = list(plan.schema)
    columns = [{"name": name, "type": plan.schema[name]} for name in names]
    return {"columns": columns, "rows": [[row.get(name) for name in names] for row in rows]}


def _start(asked: Asked, key: str) -> int:
    """Where to go on. Raises ArmRefusal 400 for a token of another query."""
    if asked.token is None:
        return asked.skip
    try:
        place, of = orjson.loads(base64.urlsafe_b64decode(f"{asked.token}=="))
    except (ValueError, TypeError) as error:
        raise ArmRefusal(400, "BadRequest", "The skip token is malformed.") from error
    if of != key[:16]:
        raise ArmRefusal(400, "BadRequest", "The skip token belongs to another query.")
    return int(place)


def _token(place: int, key: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([place, key[:16]])).decode().rstrip("=")


def _digest(*parts: Any) -> str:
    return hashlib.blake2b(orjson.dumps(parts), digest_size=16).hexdigest()


def _kept(known: OrderedDict[str, list[Any]], key: str, make: Callable[[], list[Any]]) -> list[Any]:
    if key not in known:
        known[key] = make()
        if len(known) > _KEPT:
            known.popitem(last=False)
    known.move_to_end(key)
    return known[key]
