"""Exchange Online and Security & Compliance: cmdlets over REST, as Microsoft's own module sends them.

Not documented as a public API (background: https://michev.info/blog/post/5822). Only cmdlets that read pass.
"""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit

import msgspec
import orjson
from multidict import CIMultiDictProxy

from tenantry.microsoft.answers import decoded
from tenantry.microsoft.batch import EXCHANGE_SIZE, Batch, BatchItem, Rules
from tenantry.microsoft.calls import Access, Call, Dialect, Reply
from tenantry.microsoft.errors import Kind, UpstreamError
from tenantry.microsoft.limits import Charge
from tenantry.microsoft.paging import Page, pages, read_page
from tenantry.microsoft.rates import EXCHANGE
from tenantry.microsoft.transport import Transport, first_of, kind_of_status

SYSTEM_MAILBOX: Final = "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}"
_READS: Final = re.compile(r"Get-[A-Za-z0-9]+")
_PAGE: Final = "odata.maxpagesize=1000"
_REDIRECTS: Final = range(300, 400)
_NO_ROLE: Final = "role definition of the current user"
_MISSING: Final = "Exchange.ManageAsApp and the Entra role Global Reader"


@dataclass(frozen=True, slots=True)
class Cmdlet:
    """One cmdlet with its parameters; `select` limits what comes back per object."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    select: tuple[str, ...] = ()

    @property
    def body(self) -> dict[str, Any]:
        return {"CmdletInput": {"CmdletName": self.name, "Parameters": dict(self.parameters)}}

    def require_read(self) -> None:
        """Raises UpstreamError(BAD_REQUEST) for a cmdlet that is not known to read only."""
        if _READS.fullmatch(self.name) is None:
            raise UpstreamError(Kind.BAD_REQUEST, "exchange", f"{self.name[:64]} is not a cmdlet that only reads")


@dataclass(slots=True)
class Moved(UpstreamError):
    """The service lives elsewhere for this Microsoft tenant."""

    location: str = ""


class ExchangeDialect(Dialect):
    """Exchange's errors: the readable text may be in `details`, in `innererror`, or in the message itself."""

    service = "exchange"

    def error(self, call: Call, status: int, headers: CIMultiDictProxy[str], body: bytes) -> UpstreamError:
        if status in _REDIRECTS:
            return Moved(Kind.BAD_REQUEST, self.service, "moved", status, location=headers.get("Location", ""))
        code, message = _error_of(body)
        kind = kind_of_status(status)
        if _NO_ROLE in message or (kind is Kind.TOKEN_REJECTED and not _is_expired(headers)):
            kind = Kind.NO_ACCESS
        missing = _MISSING if kind is Kind.NO_ACCESS else None
        request_id = headers.get("request-id")
        return UpstreamError(
            kind, self.service, message[:500], status, code, self.retry_after(headers), missing, request_id
        )

    def retry_after(self, headers: CIMultiDictProxy[str]) -> float | None:
        return first_of(headers, "Retry-After")

    def remaining(self, headers: CIMultiDictProxy[str], charge: Charge) -> float | None:
        return None

    def cost(self, headers: CIMultiDictProxy[str]) -> float | None:
        return None


@dataclass(slots=True)
class ExchangeClient:
    """Cmdlets of one Microsoft tenant, at Exchange or at a region of Security & Compliance."""

    base: str
    audience: str
    anchor: str
    transport: Transport
    access: Access
    dialect: ExchangeDialect = field(default_factory=ExchangeDialect)

    async def run(self, cmdlet: Cmdlet) -> list[dict[str, Any]]:
        """The objects a cmdlet returns, all pages of them; a cmdlet without output returns none."""
        return [msgspec.json.decode(row) async for page in self.pages(cmdlet) for row in page.rows]

    async def pages(self, cmdlet: Cmdlet, resume: str | None = None) -> AsyncIterator[Page]:
        """The pages of a cmdlet's output, from the first or from a saved link. The body is sent again with each."""
        cmdlet.require_read()
        first, body = self._url(cmdlet), orjson.dumps(cmdlet.body)

        async def fetch(link: str) -> Page:
            return read_page("exchange", (await self._send(link, body, cmdlet.name)).body)

        if resume is not None and urlsplit(resume)[:2] != urlsplit(first)[:2]:
            raise UpstreamError(Kind.BAD_REQUEST, "exchange", "a saved link must lead to the same service")
        async for page in pages("exchange", resume or first, fetch):
            yield page

    async def batch(self, cmdlets: Sequence[Cmdlet]) -> list[Any]:
        """The objects of each cmdlet, in their order; an UpstreamError where one was refused. Ten go in one call."""
        for cmdlet in cmdlets:
            cmdlet.require_read()
        rules = Rules("exchange", EXCHANGE_SIZE, self._post_batch, lambda _item: self._charges(), _follow)
        items = [BatchItem(self._url(one), "POST", one.body, self._headers(one.name), is_read=True) for one in cmdlets]
        answers = await Batch(self.transport, self.access, self.dialect, rules).run(items)
        return [answer if isinstance(answer, UpstreamError) else _objects(answer) for answer in answers]

    async def _post_batch(self, requests: list[dict[str, Any]], charges: tuple[Charge, ...]) -> Any:
        url = f"{self._root}/$batch"
        headers = {
            **self._headers("$batch"),
            "Prefer": f"{_PAGE};odata.continue-on-error",
            "parameter-based-routing": "true",
        }
        body = orjson.dumps({"requests": requests})
        call = Call("exchange", "POST", url, self.audience, charges, True, body, headers)
        return decoded(await self.transport.send(self.access, call, self.dialect), "exchange")

    async def _send(self, url: str, body: bytes, cmdlet: str) -> Reply:
        headers = self._headers(cmdlet)
        call = Call("exchange", "POST", url, self.audience, self._charges(), True, body, headers)
        return await self.transport.send(self.access, call, self.dialect)

    @property
    def _root(self) -> str:
        return f"{self.base}/adminapi/beta/{self.access.entra_tenant_id}"

    def _url(self, cmdlet: Cmdlet) -> str:
        select = f"?$select={quote(','.join(cmdlet.select), safe=',')}" if cmdlet.select else ""
        return f"{self._root}/InvokeCommand{select}"

    def _headers(self, cmdlet: str) -> dict[str, str]:
        return {
            "Content-Type": "application/json; charset=utf-8",
            "Prefer": _PAGE,
            "X-AnchorMailbox": self.anchor,
            "X-ResponseFormat": "json",
            "X-CmdletName": cmdlet,
        }

    def _charges(self) -> tuple[Charge, ...]:
        return (Charge(f"exchange|{self.access.entra_tenant_id}|{self.access.app}", EXCHANGE),)


async def region_of(base: str, audience: str, entra_tenant_id: str, transport: Transport, access: Access) -> str:
    """The base address of the region a Microsoft tenant lives in: where Security & Compliance sends us.

    Raises UpstreamError(MALFORMED) when that is not a part of the service itself: it would be given our token.
    """
    url = f"{base}/adminapi/beta/{entra_tenant_id}/EXOBanner('AutogenSession')?Version=3.9.2"
    charge = Charge(f"exchange|{access.entra_tenant_id}|{access.app}", EXCHANGE)
    call = Call("compliance", "GET", url, audience, (charge,), True)
    try:
        await transport.send(access, call, ExchangeDialect())
    except Moved as moved:
        region, found, _ = moved.location.partition("/adminapi/")
        if not found or not _is_part_of(region, base):
            text = "the region is said to be at an address that is none of the service's"
            raise UpstreamError(Kind.MALFORMED, "compliance", text) from moved
        return region
    return base


def _is_part_of(region: str, base: str) -> bool:
    """Whether it is a subdomain of the service's host, or a path below its address."""
    told, known = urlsplit(region), urlsplit(base)
    if told.scheme != known.scheme or "@" in told.netloc:
        return False
    below = told.netloc == known.netloc and (told.path == known.path or told.path.startswith(f"{known.path}/"))
    return below or (told.netloc.endswith(f".{known.netloc}") and not told.path.strip("/"))


def _follow(item: BatchItem, link: str) -> BatchItem:
    """The same cmdlet, sent again to its next link."""
    if urlsplit(link)[:2] != urlsplit(item.url)[:2]:
        raise UpstreamError(Kind.MALFORMED, "exchange", "the next page is said to be on another host")
    return BatchItem(link, "POST", item.body, item.headers, is_read=True)


def _objects(answer: Any) -> list[dict[str, Any]] | UpstreamError:
    """An UpstreamError for what is no list: taken for an empty one, it would say that nothing is there."""
    if answer is None or (isinstance(answer, dict) and answer and all(key.startswith("@") for key in answer)):
        return []  # a cmdlet without output; its warnings do not count
    found = answer.get("value") if isinstance(answer, dict) else None
    return found if isinstance(found, list) else UpstreamError(Kind.MALFORMED, "exchange", "the answer is no list")


def _error_of(body: bytes) -> tuple[str | None, str]:
    """Code and text, in the order in which the service means them to be read."""
    try:
        told = orjson.loads(body).get("error") or {}
    except (orjson.JSONDecodeError, AttributeError):
        return None, ""
    if not isinstance(told, dict):
        return None, str(told)
    inner = told.get("innererror") or {}
    details = [one.get("message") for one in told.get("details") or () if isinstance(one, dict)]
    texts = [*details, (inner.get("internalexception") or {}).get("message"), inner.get("message"), told.get("message")]
    return told.get("code"), next((str(text) for text in texts if text), "")


def _is_expired(headers: CIMultiDictProxy[str]) -> bool:
    """Whether a 401 says that the token is bad, and not that the application may do nothing here."""
    return "invalid_token" in headers.get("WWW-Authenticate", "")
