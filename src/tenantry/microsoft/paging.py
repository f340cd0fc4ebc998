"""Lists of any length, page by page: memory stays flat, and a list can be taken up again from any link."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import urlsplit

import msgspec

from tenantry.microsoft.errors import Kind, UpstreamError

_RESTARTS: Final = 3
_READS: Final = 3
"""A page that cannot be read is asked for again: cut-off answers happen, and are rarely cut off three times."""


class _Envelope(msgspec.Struct):
    """The part of a page we read; rows stay undecoded bytes until somebody wants them."""

    value: list[msgspec.Raw]
    odata_next: str | None = msgspec.field(default=None, name="@odata.nextLink")
    odata_delta: str | None = msgspec.field(default=None, name="@odata.deltaLink")
    odata_count: int | None = msgspec.field(default=None, name="@odata.count")
    next: str | None = msgspec.field(default=None, name="nextLink")


_decode: Final = msgspec.json.Decoder(_Envelope).decode


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `next_link` is None on the last; `delta_link` is where the next change query starts.

    `within` are the subscriptions that were read, for lists that are read in some: no other is spoken of.
    """

    rows: list[msgspec.Raw]
    next_link: str | None
    delta_link: str | None = None
    count: int | None = None
    within: tuple[str, ...] | None = None


P = TypeVar("P", bound=Page)


def read_page(service: str, body: bytes) -> Page:
    """A page of Graph, ARM or Key Vault. Raises UpstreamError(MALFORMED) for anything that is no list."""
    try:
        envelope = _decode(body)
    except msgspec.DecodeError as error:
        raise UpstreamError(Kind.MALFORMED, service, "the page is not the JSON that was expected") from error
    return Page(envelope.value, envelope.odata_next or envelope.next, envelope.odata_delta, envelope.odata_count)


async def pages(service: str, first: str, fetch: Callable[[str], Awaitable[P]]) -> AsyncIterator[P]:
    """Follows next links from `first`. Only a missing link ends the list; an empty page does not.

    A link that was followed before is a known fault of the service: the list is restarted, at most three times, and
    pages that were given out already are not given out again. Links to another host are refused: they would carry
    our token there. Raises UpstreamError.
    """
    host, given, restarts = tuple(urlsplit(first)[:2]), set[int](), 0
    followed = {hash(first)}
    link: str | None = first
    while link is not None:
        page = await _readable(link, fetch)
        mark = _mark(page)
        if not restarts or mark not in given or page.next_link is None:
            given.add(mark)
            yield page
        link = page.next_link
        if link is not None:
            _require_safe(service, link, host)
        if link is not None and hash(link) in followed:
            restarts += 1
            if restarts > _RESTARTS:
                raise UpstreamError(Kind.MALFORMED, service, "the list leads back to itself")
            followed, link = set(), first
        followed.add(hash(link))


def _require_safe(service: str, link: str, host: tuple[str, ...]) -> None:
    """Raises UpstreamError(MALFORMED) for a link that would carry our token elsewhere, or smuggle a second request."""
    if urlsplit(link)[:2] != host:
        raise UpstreamError(Kind.MALFORMED, service, "the next page is said to be on another host")
    if not (link.isascii() and link.isprintable()) or " " in link:
        raise UpstreamError(Kind.MALFORMED, service, "the next page has an address with characters none may have")


async def _readable(link: str, fetch: Callable[[str], Awaitable[P]]) -> P:
    for attempt in range(1, _READS + 1):
        try:
            return await fetch(link)
        except UpstreamError as error:
            if error.kind is not Kind.MALFORMED or attempt == _READS:
                raise
        await asyncio.sleep(random.uniform(0, 0.2 * attempt))  # noqa: S311 - no secret
    raise AssertionError


def _mark(page: Page) -> int:
    """What a page is recognised by after a restart. The rows' order is stable, so its ends are enough."""
    ends = (bytes(page.rows[0]), bytes(page.rows[-1])) if page.rows else ()
    return hash((len(page.rows), page.next_link if not page.rows else None, *ends))
