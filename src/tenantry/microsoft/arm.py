"""Azure Resource Manager and Azure Resource Graph."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import orjson
from multidict import CIMultiDictProxy

from tenantry.microsoft.clouds import Cloud
from tenantry.microsoft.errors import Kind, UpstreamError
from tenantry.microsoft.graph import error_of
from tenantry.microsoft.paging import Page, pages, read_page
from tenantry.microsoft.rates import arm_charges
from tenantry.microsoft.transport import Access, Call, Reply, Transport, first_of, kind_of_status

_JSON: Final = {"Content-Type": "application/json"}
_PAGE: Final = 1000
_SUBSCRIPTIONS_PER_QUERY: Final = 200
"""Documentation advises batches under 300."""
_QUERY_VERSION: Final = "2022-10-01"


class ArmDialect:
    """ARM's errors, with or without the `error` wrapper, and its remaining-request headers."""

    service = "arm"

    def error(self, call: Call, status: int, headers: CIMultiDictProxy[str], body: bytes) -> UpstreamError:
        code, message = error_of(body)
        return UpstreamError(
            kind_of_status(status),
            self.service,
            message[:500],
            status,
            code,
            self.retry_after(status, headers),
            request_id=headers.get("x-ms-request-id"),
        )

    def retry_after(self, status: int, headers: CIMultiDictProxy[str]) -> float | None:
        return first_of(headers, "Retry-After")

    def remaining(self, headers: CIMultiDictProxy[str]) -> float | None:
        for scope in ("subscription-reads", "tenant-reads"):
            value = headers.get(f"x-ms-ratelimit-remaining-{scope}")
            if value is not None and value.isdigit():
                return float(value)
        return None


class ResourceGraphDialect(ArmDialect):
    """As ARM, with the user quota: at 0 the next query waits until the quota resets."""

    service = "resource-graph"

    def retry_after(self, status: int, headers: CIMultiDictProxy[str]) -> float | None:
        return first_of(headers, "Retry-After", "x-ms-user-quota-resets-after")

    def remaining(self, headers: CIMultiDictProxy[str]) -> float | None:
        value = headers.get("x-ms-user-quota-remaining")
        return float(value) if value is not None and value.isdigit() else None


@dataclass(slots=True)
class ArmClient:
    """ARM for one Microsoft tenant's principal."""

    cloud: Cloud
    transport: Transport
    access: Access
    dialect: ArmDialect = field(default_factory=ArmDialect)

    async def get(self, path: str, api_version: str) -> Any:
        """One object, decoded."""
        return orjson.loads((await self._send("GET", self._url(path, api_version))).body)

    async def pages(self, path: str, api_version: str = "") -> AsyncIterator[Page]:
        """The pages of a list, from a path or from a saved link (which carries its own api-version)."""

        async def fetch(link: str) -> Page:
            return read_page("arm", (await self._send("GET", link)).body)

        async for page in pages("arm", self._url(path, api_version), fetch):
            yield page

    async def items(self, path: str, api_version: str) -> AsyncIterator[dict[str, Any]]:
        async for page in self.pages(path, api_version):
            for row in page.rows:
                yield orjson.loads(row)

    async def put(self, path: str, api_version: str, body: Any) -> Any:
        """Creates or replaces. PUT is repeatable by definition."""
        return orjson.loads((await self._send("PUT", self._url(path, api_version), orjson.dumps(body))).body)

    async def delete(self, path: str, api_version: str) -> None:
        await self._send("DELETE", self._url(path, api_version))

    def _url(self, path: str, api_version: str) -> str:
        if path.startswith("http"):
            return path
        separator = "&" if "?" in path else "?"
        return f"{self.cloud.arm}{path}{separator}api-version={api_version}"

    async def _send(self, method: str, url: str, body: bytes | None = None) -> Reply:
        charges = arm_charges(method, url, self.access.entra_tenant_id, self.access.app)
        headers = _JSON if body is not None else {}
        call = Call("arm", method, url, self.cloud.arm_audience, charges, True, body, headers)
        return await self.transport.send(self.access, call, self.dialect)


class _QueryAnswer(msgspec.Struct):
    data: list[msgspec.Raw] = []
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
        self, query: str, subscriptions: Sequence[str] = (), resume: str | None = None
    ) -> AsyncIterator[Page]:
        """Pages of rows; each page's `next_link` is the state to resume from.

        Raises UpstreamError(BAD_REQUEST) when the service cuts the result off without a token: the query does not
        project `id`, and going on would silently lose rows.
        """
        starts = range(0, len(subscriptions), _SUBSCRIPTIONS_PER_QUERY)
        batches = [subscriptions[start : start + _SUBSCRIPTIONS_PER_QUERY] for start in starts]
        number, _, token = (resume or "0:").partition(":")
        for index in range(int(number), max(1, len(batches))):
            batch = batches[index] if batches else ()
            while True:
                answer = await self._query(query, batch, token)
                token = answer.skip_token or ""
                if not token and answer.truncated == "true":
                    raise UpstreamError(Kind.BAD_REQUEST, "resource-graph", "the query must project id to be paged")
                after = f"{index}:{token}" if token else f"{index + 1}:" if index + 1 < len(batches) else None
                yield Page(answer.data, after, count=answer.total)
                if not token:
                    break

    async def items(self, query: str, subscriptions: Sequence[str] = ()) -> AsyncIterator[dict[str, Any]]:
        async for page in self.pages(query, subscriptions):
            for row in page.rows:
                yield orjson.loads(row)

    async def _query(self, query: str, subscriptions: Sequence[str], token: str) -> _QueryAnswer:
        options = {"$top": _PAGE, "resultFormat": "objectArray", **({"$skipToken": token} if token else {})}
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
