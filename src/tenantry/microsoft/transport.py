"""One request to Microsoft, done properly: token, budget, retries, circuit, ids.

What is retried: requests that are safe to repeat, on the statuses Microsoft documents as passing (429, 499, 5xx) and
on broken connections. Retry-After is a promise: nobody who shares the budget asks earlier. Waits grow with full
jitter, so that a thousand tenants do not come back in the same second.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from uuid import uuid4

import aiohttp
from multidict import CIMultiDictProxy

from tenantry.microsoft.circuit import Circuits
from tenantry.microsoft.credentials import Credential
from tenantry.microsoft.errors import Kind, UpstreamError
from tenantry.microsoft.limits import Budgets, Charge, Priority
from tenantry.microsoft.tokens import AccessToken, Tokens, seconds_of

_log = logging.getLogger("tenantry.microsoft")

USER_AGENT: Final = "Tenantry/0.1"
_RETRIED: Final = frozenset({429, 499, 500, 502, 503, 504})
_PRIORITIES: Final = {Priority.INTERACTIVE: "high", Priority.NORMAL: "normal", Priority.BACKGROUND: "low"}


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient we are. Defaults suit background work; a waiting person gets `INTERACTIVE`."""

    attempts: int = 8
    first_wait: float = 0.5
    longest_wait: float = 60.0
    longest_retry_after: float = 300.0
    timeout: float = 120.0


INTERACTIVE: Final = RetryPolicy(attempts=4, first_wait=0.25, longest_wait=5.0, longest_retry_after=15.0, timeout=30.0)


@dataclass(frozen=True, slots=True)
class Access:
    """On whose behalf: the Microsoft tenant, the credential, and how urgent it is."""

    entra_tenant_id: str
    credential: Credential
    priority: Priority = Priority.BACKGROUND
    policy: RetryPolicy = RetryPolicy()

    @property
    def app(self) -> str:
        return self.credential.client_id or "managed-identity"


@dataclass(frozen=True, slots=True)
class Call:
    """A request. `repeatable`: sending it twice does no harm (reads, and writes keyed by their content)."""

    service: str
    method: str
    url: str
    audience: str
    charges: tuple[Charge, ...]
    repeatable: bool = True
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful answer, whole."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes


class Observer(Protocol):
    """Is told of every answer, for metrics. Must return at once."""

    def answered(self, service: str, entra_tenant_id: str, status: int, seconds: float) -> None: ...

    def waited(self, service: str, entra_tenant_id: str, seconds: float) -> None: ...


class Dialect(Protocol):
    """How one service words its errors and its remaining budget."""

    def error(self, call: Call, status: int, headers: CIMultiDictProxy[str], body: bytes) -> UpstreamError: ...

    def retry_after(self, status: int, headers: CIMultiDictProxy[str]) -> float | None: ...

    def remaining(self, headers: CIMultiDictProxy[str]) -> float | None: ...


class Silent:
    """The observer of those who count nothing."""

    def answered(self, service: str, entra_tenant_id: str, status: int, seconds: float) -> None: ...

    def waited(self, service: str, entra_tenant_id: str, seconds: float) -> None: ...


class Transport:
    """Shared by all clients of a process: one connection pool, one token cache, one set of budgets and circuits."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        tokens: Tokens,
        budgets: Budgets,
        *,
        observer: Observer | None = None,
        jitter: Callable[[float], float] = lambda ceiling: random.uniform(0, ceiling),  # noqa: S311 - no secret
    ) -> None:
        self._session = session
        self._observer = observer or Silent()
        self._jitter = jitter
        self.tokens = tokens
        self.budgets = budgets
        self.circuits = Circuits()

    async def send(self, access: Access, call: Call, dialect: Dialect) -> Reply:
        """Returns the answer of a success (any 2xx). Raises UpstreamError for everything else."""
        circuit = f"{call.service}|{access.entra_tenant_id}"
        if (seconds := self.circuits.seconds_open(circuit)) > 0:
            raise UpstreamError(Kind.UNAVAILABLE, call.service, "paused after repeated failures", retry_after=seconds)
        failures, renewed = 0, False
        while True:
            token = await self.tokens.get(access.entra_tenant_id, access.credential, call.audience)
            try:
                return await self._attempt(access, call, dialect, token)
            except UpstreamError as error:
                if error.kind is Kind.TOKEN_REJECTED and not renewed:
                    renewed = True
                    self.tokens.forget(access.entra_tenant_id, access.credential, call.audience, token)
                    continue
                failures += 1
                if error.kind is Kind.UNAVAILABLE:
                    self.circuits.failed(circuit)
                if not self._may_repeat(access, call, error, failures):
                    raise
                await self._before_repeating(access, call, error, failures)

    async def _attempt(self, access: Access, call: Call, dialect: Dialect, token: AccessToken) -> Reply:
        waited = await self.budgets.acquire(call.charges, access.priority)
        if waited:
            self._observer.waited(call.service, access.entra_tenant_id, waited)
        request_id = str(uuid4())
        headers = {
            "Authorization": token.header,
            "client-request-id": request_id,
            "x-ms-client-request-id": request_id,
            "x-ms-throttle-priority": _PRIORITIES[access.priority],
            **call.headers,
        }
        started = time.perf_counter()
        status, answered, body = await self._exchange(access, call, headers)
        seconds = time.perf_counter() - started
        self._observer.answered(call.service, access.entra_tenant_id, status, seconds)
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug("microsoft", extra=_facts(access, call, status, answered, request_id, seconds))
        await self._learn(call, dialect, status, answered)
        if 200 <= status < 300:  # noqa: PLR2004
            self.circuits.succeeded(f"{call.service}|{access.entra_tenant_id}")
            return Reply(status, answered, body)
        error = dialect.error(call, status, answered, body)
        _log.info("microsoft refused", extra=_facts(access, call, status, answered, request_id, seconds))
        raise error

    async def _exchange(
        self, access: Access, call: Call, headers: dict[str, str]
    ) -> tuple[int, CIMultiDictProxy[str], bytes]:
        timeout = aiohttp.ClientTimeout(total=access.policy.timeout)
        try:
            async with self._session.request(
                call.method, call.url, data=call.body, headers=headers, timeout=timeout, allow_redirects=False
            ) as reply:
                return reply.status, reply.headers, await reply.read()
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise UpstreamError(Kind.UNAVAILABLE, call.service, type(error).__name__) from error

    async def _learn(self, call: Call, dialect: Dialect, status: int, headers: CIMultiDictProxy[str]) -> None:
        """Corrects the budgets by what the answer says, before anybody else is let through."""
        if not call.charges:
            return
        if status in _RETRIED and (seconds := dialect.retry_after(status, headers)) is not None:
            await self.budgets.pause(call.charges[0].key, seconds)
        elif (remaining := dialect.remaining(headers)) is not None:
            await self.budgets.lower(call.charges[-1], remaining)

    def _may_repeat(self, access: Access, call: Call, error: UpstreamError, failures: int) -> bool:
        if error.permanent or failures >= access.policy.attempts:
            return False
        if error.retry_after is not None and error.retry_after > access.policy.longest_retry_after:
            return False
        # A 429 was refused before anything happened, so even a write may be sent again.
        return call.repeatable or error.kind is Kind.THROTTLED

    async def back_off(self, access: Access, at_least: float, failures: int) -> None:
        """Waits as long as was asked for, and a jittered, growing while on top."""
        ceiling = min(access.policy.longest_wait, access.policy.first_wait * 2**failures)
        await asyncio.sleep(at_least + self._jitter(ceiling))

    async def _before_repeating(self, access: Access, call: Call, error: UpstreamError, failures: int) -> None:
        at_least = error.retry_after or 0.0
        if error.kind is Kind.THROTTLED and error.retry_after is None and call.charges:
            # No hint (Conditional Access, Identity Protection): a growing pause, for everybody who shares the budget.
            at_least = min(access.policy.longest_wait, access.policy.first_wait * 2**failures) / 2
            await self.budgets.pause(call.charges[0].key, at_least)
        started = time.perf_counter()
        await self.back_off(access, at_least, failures)
        self._observer.waited(call.service, access.entra_tenant_id, time.perf_counter() - started)


def kind_of_status(status: int) -> Kind:
    """The kind a status means when the service's own words say nothing more."""
    kinds = {400: Kind.BAD_REQUEST, 401: Kind.TOKEN_REJECTED, 403: Kind.NO_ACCESS, 404: Kind.NOT_FOUND}
    kinds |= {
        405: Kind.BAD_REQUEST,
        409: Kind.CONFLICT,
        410: Kind.RESYNC_REQUIRED,
        412: Kind.CONFLICT,
        429: Kind.THROTTLED,
    }
    if status in kinds:
        return kinds[status]
    return Kind.UNAVAILABLE if status in _RETRIED or status >= 500 else Kind.BAD_REQUEST  # noqa: PLR2004


def first_of(headers: CIMultiDictProxy[str], *names: str) -> float | None:
    """The first of these headers that holds seconds."""
    found = (seconds_of(headers.get(name)) for name in names)
    return next((value for value in found if value is not None), None)


def _facts(  # noqa: PLR0917 - one line of the log
    access: Access, call: Call, status: int, headers: CIMultiDictProxy[str], request_id: str, seconds: float
) -> dict[str, Any]:
    """What a log line may hold: never the query, it can carry names, and never a header of ours."""
    return {
        "service": call.service,
        "entra_tenant_id": access.entra_tenant_id,
        "method": call.method,
        "path": call.url.partition("?")[0].partition("://")[2].partition("/")[2],
        "status": status,
        "ms": round(seconds * 1000, 1),
        "client_request_id": request_id,
        "microsoft_request_id": headers.get("request-id") or headers.get("x-ms-request-id"),
    }
