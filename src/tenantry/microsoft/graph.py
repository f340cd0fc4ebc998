"""Microsoft Graph: reading lists and objects, change queries, batches, and the few writes operations make."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import orjson
from multidict import CIMultiDict, CIMultiDictProxy

from tenantry.microsoft.clouds import Cloud
from tenantry.microsoft.errors import NOT_LICENSED_CODES, RESYNC_CODES, Kind, UpstreamError
from tenantry.microsoft.paging import Page, pages, read_page
from tenantry.microsoft.rates import graph_charges
from tenantry.microsoft.transport import Access, Call, Reply, Transport, first_of, kind_of_status

_BATCH: Final = 20
_EVENTUAL: Final = {"ConsistencyLevel": "eventual"}
_JSON: Final = {"Content-Type": "application/json"}


class GraphDialect:
    """Graph's errors: `{"error": {"code", "message"}}`; the status decides, codes only refine it."""

    service = "graph"

    def error(self, call: Call, status: int, headers: CIMultiDictProxy[str], body: bytes) -> UpstreamError:
        code, message = error_of(body)
        kind = kind_of_status(status)
        if code in NOT_LICENSED_CODES or "premium license" in message:
            kind = Kind.NOT_LICENSED
        elif code in RESYNC_CODES:
            kind = Kind.RESYNC_REQUIRED
        elif kind is Kind.RESYNC_REQUIRED and "/delta" not in call.url:
            kind = Kind.NOT_FOUND
        return UpstreamError(
            kind,
            self.service,
            message[:500],
            status,
            code,
            self.retry_after(status, headers),
            request_id=headers.get("request-id"),
        )

    def retry_after(self, status: int, headers: CIMultiDictProxy[str]) -> float | None:
        return first_of(headers, "Retry-After")

    def remaining(self, headers: CIMultiDictProxy[str]) -> float | None:
        """Graph tells no remainder, only from 0.8 on how much of the limit is used; then we slow down to a crawl."""
        used = headers.get("x-ms-throttle-limit-percentage")
        return None if used is None else 0.0 if float(used) >= 1 else 20.0


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
        return _json(reply, "graph")

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
                yield orjson.loads(row)

    async def count(self, path: str) -> int:
        """The number behind a `/$count` path."""
        reply = await self._send("GET", self.url(path), headers=_EVENTUAL)
        return int(reply.body.lstrip(b"\xef\xbb\xbf"))

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
        return _json(reply, "graph") if reply.body else None

    async def patch(self, path: str, body: Any) -> Any:
        reply = await self._send("PATCH", self.url(path), orjson.dumps(body), _JSON, repeatable=True)
        return _json(reply, "graph") if reply.body else None

    async def delete(self, path: str) -> None:
        await self._send("DELETE", self.url(path), repeatable=True)

    async def batch(self, requests: Sequence[str], version: str = "/v1.0") -> list[Any]:
        """The decoded answers of many GETs, in their order, 20 a call; only failed items are asked again.

        An answer that is an error in the end is an UpstreamError in the list: one refusal does not hide the rest.
        """
        answers: list[Any] = [None] * len(requests)
        for start in range(0, len(requests), _BATCH):
            await self._batch(requests, range(start, min(start + _BATCH, len(requests))), answers, version)
        return answers

    async def _batch(self, requests: Sequence[str], chunk: range, answers: list[Any], version: str) -> None:
        pending = list(chunk)
        for attempt in range(self.access.policy.attempts):
            wanted = [{"id": str(index), "method": "GET", "url": requests[index]} for index in pending]
            body = orjson.dumps({"requests": wanted})
            reply = _json(await self._send("POST", self.url(f"{version}/$batch"), body, _JSON), "graph")
            failed = [error for item in reply["responses"] if (error := self._take(item, requests, answers))]
            again = {index: error for index, error in failed if not error.permanent}
            missing = set(pending) - {int(item["id"]) for item in reply["responses"]}
            pending = sorted({*again, *missing})
            if not pending or attempt == self.access.policy.attempts - 1:
                return
            wait = max((error.retry_after or 0.0 for error in again.values()), default=0.0)
            await self.transport.back_off(self.access, wait, attempt)

    def _take(self, item: Any, requests: Sequence[str], answers: list[Any]) -> tuple[int, UpstreamError] | None:
        """Puts one item's answer or error in its place; returns the error."""
        index, status = int(item["id"]), int(item["status"])
        if status < 400:  # noqa: PLR2004
            answers[index] = item.get("body")
            return None
        headers = {str(name).lower(): str(value) for name, value in (item.get("headers") or {}).items()}
        call = Call("graph", "GET", requests[index], "", ())
        error = self.dialect.error(call, status, _multi(headers), orjson.dumps(item.get("body") or {}))
        answers[index] = error
        return index, error

    def url(self, path: str) -> str:
        """An absolute address: links stay what they are, paths get the base and, without one, the version."""
        if path.startswith("http"):
            return path
        versioned = path if path.startswith(("/v1.0/", "/beta/")) else f"/v1.0{path}"
        return f"{self.cloud.graph}{versioned}"

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


class _ErrorBody(msgspec.Struct):
    error: dict[str, Any] | str | None = None
    code: str | None = None
    message: str | None = None


def error_of(body: bytes) -> tuple[str | None, str]:
    """Code and message of an error body, `("", "")`-safe for gateways that answer with HTML or nothing."""
    try:
        parsed = msgspec.json.decode(body, type=_ErrorBody)
    except msgspec.DecodeError:
        return None, ""
    if isinstance(parsed.error, dict):
        return parsed.error.get("code"), str(parsed.error.get("message") or "")
    return parsed.code or parsed.error, parsed.message or ""


def _multi(headers: dict[str, str]) -> CIMultiDictProxy[str]:
    return CIMultiDictProxy(CIMultiDict(headers))


def _json(reply: Reply, service: str) -> Any:
    try:
        return orjson.loads(reply.body)
    except orjson.JSONDecodeError as error:
        raise UpstreamError(Kind.MALFORMED, service, "the answer is not JSON", reply.status) from error
