"""Microsoft Graph: reading lists and objects, change queries, batches, and the few writes operations make."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import msgspec
import orjson

from tenantry.microsoft.answers import decoded
from tenantry.microsoft.batch import GRAPH_SIZE, Batch, BatchItem, Rules, follow_graph
from tenantry.microsoft.calls import Access, Call, Reply, quoted
from tenantry.microsoft.clouds import Cloud
from tenantry.microsoft.errors import Kind, UpstreamError
from tenantry.microsoft.graph_dialect import BatchDialect, GraphDialect
from tenantry.microsoft.limits import Charge
from tenantry.microsoft.paging import Page, pages, read_page
from tenantry.microsoft.rates import graph_charges
from tenantry.microsoft.transport import Transport

_EVENTUAL: Final = {"ConsistencyLevel": "eventual"}
_JSON: Final = {"Content-Type": "application/json"}


@dataclass(slots=True)
class GraphClient:
    """Graph for one Microsoft tenant and one application."""

    cloud: Cloud
    transport: Transport
    access: Access
    size: str = "L"
    dialect: GraphDialect = field(default_factory=GraphDialect)

    async def get(self, path: str, *, eventual: bool = False) -> Any:
        """One object or an unpaged answer, decoded."""
        reply = await self._send("GET", self.url(path), headers=_EVENTUAL if eventual else {})
        return decoded(reply, "graph")

    async def pages(self, path: str, *, eventual: bool = False) -> AsyncIterator[Page]:
        """The pages of a list, from a path such as `/users?$top=999` or from a saved link."""
        headers = _EVENTUAL if eventual else {}

        async def fetch(link: str) -> Page:
            # Headers are not part of a link: they are sent again with every page.
            return read_page("graph", (await self._send("GET", link, headers=headers)).body)

        async for page in pages("graph", self.url(path), fetch):
            yield page

    async def items(self, path: str, *, eventual: bool = False) -> AsyncIterator[dict[str, Any]]:
        """The objects of a list, decoded one by one."""
        async for page in self.pages(path, eventual=eventual):
            for row in page.rows:
                yield msgspec.json.decode(row)

    async def count(self, path: str) -> int:
        """The number behind a `/$count` path."""
        reply = await self._send("GET", self.url(path), headers=_EVENTUAL)
        try:
            return int(reply.body.lstrip(b"\xef\xbb\xbf"))
        except ValueError as error:
            raise UpstreamError(Kind.MALFORMED, "graph", "the count is no number", reply.status) from error

    async def latest_delta_link(self, path: str) -> str:
        """A link that will tell the changes from now on, without listing what exists: `/users/delta?…`."""
        separator = "&" if "?" in path else "?"
        page = read_page("graph", (await self._send("GET", self.url(f"{path}{separator}$deltatoken=latest"))).body)
        if page.delta_link is None:
            raise UpstreamError(Kind.MALFORMED, "graph", "the change query gave no delta link")
        return page.delta_link

    async def post(self, path: str, body: Any, *, repeatable: bool = False) -> Any:
        """Creates; returns the created object, or None for an empty answer."""
        reply = await self._send("POST", self.url(path), orjson.dumps(body), _JSON, repeatable=repeatable)
        return decoded(reply, "graph")

    async def patch(self, path: str, body: Any) -> Any:
        reply = await self._send("PATCH", self.url(path), orjson.dumps(body), _JSON, repeatable=True)
        return decoded(reply, "graph")

    async def delete(self, path: str) -> None:
        await self._send("DELETE", self.url(path), repeatable=True)

    async def batch(self, items: Sequence[BatchItem], version: str = "/v1.0") -> list[Any]:
        """The decoded answers of many small requests, in their order; an UpstreamError where one was refused.

        Twenty go in one call, only failed items are sent again, lists are followed to their end.
        """
        rules = Rules("graph", GRAPH_SIZE, partial(self._post_batch, version), self._charges, follow_graph)
        return await Batch(self.transport, self.access, self.dialect, rules).run(items)

    def _charges(self, item: BatchItem) -> tuple[Charge, ...]:
        return graph_charges(item.method, item.url, self.access.entra_tenant_id, self.access.app, self.size)

    async def _post_batch(self, version: str, requests: list[dict[str, Any]], charges: tuple[Charge, ...]) -> Any:
        body = orjson.dumps({"requests": requests})
        url = self.url(f"{version}/$batch")
        call = Call("graph", "POST", url, self.cloud.graph_audience, charges, True, body, _JSON)
        return decoded(await self.transport.send(self.access, call, BatchDialect()), "graph")

    def url(self, path: str) -> str:
        """An absolute address: links stay what they are, paths get the base and, without one, the version."""
        if path.startswith(("https://", "http://")):
            if not path.startswith(f"{self.cloud.graph}/"):
                raise UpstreamError(Kind.BAD_REQUEST, "graph", "a saved link must lead to this cloud's Graph")
            return path
        versioned = path if path.startswith(("/v1.0/", "/beta/")) else f"/v1.0{path}"
        return quoted(f"{self.cloud.graph}{versioned}")

    async def _send(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        *,
        repeatable: bool = True,
    ) -> Reply:
        tenant, app = self.access.entra_tenant_id, self.access.app
        charges = graph_charges(method, url, tenant, app, self.size)
        service = "graph-reports" if charges[0].key.startswith("graph-reports") else "graph"
        call = Call(service, method, url, self.cloud.graph_audience, charges, repeatable, body, headers or {})
        return await self.transport.send(self.access, call, self.dialect)
