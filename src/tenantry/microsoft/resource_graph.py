"""Azure Resource Graph: Kusto queries over everything a principal sees."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import orjson
from multidict import CIMultiDictProxy

from tenantry.microsoft.arm import ArmDialect
from tenantry.microsoft.calls import Access, Call
from tenantry.microsoft.clouds import Cloud
from tenantry.microsoft.errors import Kind, UpstreamError
from tenantry.microsoft.limits import Charge
from tenantry.microsoft.paging import Page
from tenantry.microsoft.rates import arm_charges
from tenantry.microsoft.transport import Transport, first_of

_JSON: Final = {"Content-Type": "application/json"}
_PAGE: Final = 1000
_SUBSCRIPTIONS_PER_QUERY: Final = 200
"""Documentation advises batches under 300."""
_NO_SUBSCRIPTION: Final = b"NoValidSubscriptionsInQueryRequest"
_NO_TABLE: Final = b"DisallowedLogicalTableName"
_ABOVE: Final = {"authorizationScopeFilter": "AtScopeAboveAndBelow"}
_ROLE: Final = "Reader on a subscription"
_QUERY_VERSION: Final = "2022-10-01"


class ResourceGraphDialect(ArmDialect):
    """As ARM, with the user quota: at 0 the next query waits until the quota resets."""

    service = "resource-graph"

    def error(self, call: Call, status: int, headers: CIMultiDictProxy[str], body: bytes) -> UpstreamError:
        """Whoever sees no subscription is told that the query is bad; what is missing is a role.

        So is whoever asks for a table that this cloud does not have.
        """
        if _NO_SUBSCRIPTION in body:
            text = "the application sees no subscription"
            return UpstreamError(Kind.NO_ACCESS, self.service, text, status, missing_permission=_ROLE)
        if _NO_TABLE in body:
            return UpstreamError(Kind.UNSUPPORTED, self.service, "this cloud has no such table", status)
        return ArmDialect.error(self, call, status, headers, body)

    def retry_after(self, headers: CIMultiDictProxy[str]) -> float | None:
        return first_of(headers, "Retry-After", "x-ms-user-quota-resets-after")

    def remaining(self, headers: CIMultiDictProxy[str], charge: Charge) -> float | None:
        return first_of(headers, "x-ms-user-quota-remaining")


class _QueryAnswer(msgspec.Struct):
    data: list[msgspec.Raw]
    skip_token: str | None = msgspec.field(default=None, name="$skipToken")
    truncated: str = msgspec.field(default="false", name="resultTruncated")
    total: int = msgspec.field(default=0, name="totalRecords")


@dataclass(slots=True)
class ResourceGraphClient:
    """Kusto queries over everything the principal sees, Lighthouse subscriptions included."""

    cloud: Cloud
    transport: Transport
    access: Access
    dialect: ResourceGraphDialect = field(default_factory=ResourceGraphDialect)

    async def pages(
        self, query: str, subscriptions: Sequence[str] = (), resume: str | None = None, *, above: bool = False
    ) -> AsyncIterator[Page]:
        """Pages of rows; each page's `next_link` is the state to resume from.

        With `above`, tables of policies and roles also tell what holds in the subscriptions from above them.
        Raises UpstreamError(BAD_REQUEST) when the service cuts the result off without a token: the query does not
        project `id`, and going on would silently lose rows.
        """
        starts = range(0, len(subscriptions), _SUBSCRIPTIONS_PER_QUERY)
        batches = [subscriptions[start : start + _SUBSCRIPTIONS_PER_QUERY] for start in starts]
        number, _, token = (resume or "0:").partition(":")
        for index in range(int(number), max(1, len(batches))):
            batch = batches[index] if batches else ()
            while True:
                answer = await self._query(query, batch, token, _ABOVE if above else {})
                token = answer.skip_token or ""
                if not token and answer.truncated == "true":
                    raise UpstreamError(Kind.BAD_REQUEST, "resource-graph", "the query must project id to be paged")
                after = f"{index}:{token}" if token else f"{index + 1}:" if index + 1 < len(batches) else None
                yield Page(answer.data, after, count=answer.total)
                if not token:
                    break

    async def items(self, query: str, subscriptions: Sequence[str] = ()) -> AsyncIterator[dict[str, Any]]:
        """The rows, decoded one by one."""
        async for page in self.pages(query, subscriptions):
            for row in page.rows:
                yield msgspec.json.decode(row)

    async def _query(
        self, query: str, subscriptions: Sequence[str], token: str, more: Mapping[str, str]
    ) -> _QueryAnswer:
        options = {"$top": _PAGE, "resultFormat": "objectArray", **more, **({"$skipToken": token} if token else {})}
        body: dict[str, Any] = {"query": query, "options": options}
        if subscriptions:
            body["subscriptions"] = list(subscriptions)
        url = f"{self.cloud.arm}/providers/Microsoft.ResourceGraph/resources?api-version={_QUERY_VERSION}"
        charges = arm_charges("POST", url, self.access.entra_tenant_id, self.access.app)
        call = Call("resource-graph", "POST", url, self.cloud.arm_audience, charges, True, orjson.dumps(body), _JSON)
        reply = await self.transport.send(self.access, call, self.dialect)
        try:
            return msgspec.json.decode(reply.body, type=_QueryAnswer)
        except msgspec.DecodeError as error:
            raise UpstreamError(Kind.MALFORMED, "resource-graph", "the answer cannot be read", reply.status) from error
