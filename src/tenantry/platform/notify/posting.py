"""Posting JSON to addresses that people gave: never followed elsewhere, never into the inside, never for long."""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from tenantry.kit.errors import AppError
from tenantry.kit.redaction import redacted
from tenantry.kit.secret import Secret
from tenantry.kit.text import revealed
from tenantry.microsoft.tokens import seconds_of
from tenantry.microsoft.transport import USER_AGENT
from tenantry.platform.notify.targets import is_internal

_TIMEOUT: Final = aiohttp.ClientTimeout(total=20, sock_connect=10)
_READ: Final = 2000
_SHOWN: Final = 200
_LONGEST_WAIT: Final = 6 * 3600.0
_PASSING: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


class DeliveryRefused(AppError):
    """The message was refused, and sending it again would not help: {why}."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class DeliveryPutOff(AppError):
    """The message could not be delivered yet: {why}."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class InternalAddress(OSError):
    """A name that leads to an internal address."""


class GuardedResolver(AbstractResolver):
    """Resolves names to public addresses only. What is connected to is what was looked at, so no second answer of a
    name server leads elsewhere.
    """

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if any(is_internal(ip_address(one["host"].partition("%")[0])) for one in found):
            raise InternalAddress(host)
        return found

    async def close(self) -> None:
        await self._resolver.close()


@dataclass(slots=True)
class Poster:
    """One pool of connections, of one event loop. `guarded` ones reach public addresses only."""

    guarded: bool
    _session: aiohttp.ClientSession | None = field(default=None, repr=False)

    async def post(
        self, address: Secret, body: bytes, headers: Mapping[str, str], now: datetime, *, quote: bool = False
    ) -> None:
        """Returns when the other side has taken it (any 2xx). Raises DeliveryRefused and DeliveryPutOff.

        With `quote` they say what it answered; of an address that anybody gave, that might be nobody's business.
        """
        host = urlsplit(address.reveal()).hostname or ""
        try:
            async with self._opened().post(
                address.reveal(),
                data=body,
                headers={"Content-Type": "application/json", **headers},
                allow_redirects=False,
                timeout=_TIMEOUT,
            ) as reply:
                answer = await reply.content.read(_READ)
                status, waits = reply.status, reply.headers.get("Retry-After")
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise _unreached(host, error) from None  # the original quotes the address
        _judge(host, status, _wait(waits, now), _said(answer) if quote else "")

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            resolver = GuardedResolver() if self.guarded else None
            connector = aiohttp.TCPConnector(limit=16, resolver=resolver, ssl=ssl.create_default_context())
            self._session = aiohttp.ClientSession(
                connector=connector,
                headers={"User-Agent": USER_AGENT},
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._session


def _judge(host: str, status: int, wait: float, said: str) -> None:
    words = f"{host} answers {status}{f' ({said})' if said else ''}"
    if 200 <= status < 300:  # noqa: PLR2004 - every success
        return
    if 300 <= status < 400:  # noqa: PLR2004 - every redirect
        raise DeliveryRefused(why=f"{words}, a redirect; messages are not sent on to another address")
    if status in _PASSING or status >= 500:  # noqa: PLR2004 - every server error
        raise DeliveryPutOff(why=words, retry_after=wait)
    raise DeliveryRefused(why=words)


def _unreached(host: str, error: BaseException) -> AppError:
    match error:
        case aiohttp.ClientConnectorDNSError() if isinstance(error.os_error, InternalAddress):
            return DeliveryRefused(why=f"{host} leads to an internal address")
        case aiohttp.ClientConnectorDNSError():
            return DeliveryPutOff(why=f"the name {host} does not resolve")
        case aiohttp.ClientSSLError():
            return DeliveryPutOff(why=f"{host} shows no certificate that is trusted here")
        case aiohttp.ClientConnectorError():
            return DeliveryPutOff(why=f"{host} takes no connection")
        case TimeoutError():
            return DeliveryPutOff(why=f"{host} did not answer in time")
        case _:
            return DeliveryPutOff(why=f"the connection to {host} broke off")


def _wait(header: str | None, now: datetime) -> float:
    """Seconds that Retry-After asks for, given as such or as a date; at most some hours, whatever it says."""
    seconds = seconds_of(header)
    if seconds is None and header is not None:
        try:
            seconds = (parsedate_to_datetime(header) - now).total_seconds()
        except (ValueError, TypeError):
            seconds = None
    return min(max(seconds or 0.0, 0.0), _LONGEST_WAIT)


def _said(answer: bytes) -> str:
    words: Any = " ".join(answer.decode(errors="replace").split())
    return redacted(revealed(words))[:_SHOWN]
