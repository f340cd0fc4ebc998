"""One request to Microsoft, done properly: token, budget, retries, circuit, ids.

What is retried: requests that are safe to repeat, on the statuses Microsoft documents as passing (429, 499, 5xx) and
on broken connections. Retry-After is a promise: nobody who shares the budget asks earlier. Waits grow with full
jitter, so that a thousand tenants do not come back in the same second.
"""

import asyncio
import random
import time
from collections.abc import Callable
from typing import Final, TypeAlias
from uuid import uuid4

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from tenantry.kit.tracing import span
from tenantry.microsoft.answers import storable
from tenantry.microsoft.budgets import Budgets
from tenantry.microsoft.calls import RETRIED, Access, Call, Dialect, Observer, Reply, Silent
from tenantry.microsoft.circuit import Circuits
from tenantry.microsoft.errors import PASSING, Kind, UpstreamError
from tenantry.microsoft.exchanges import Exchange
from tenantry.microsoft.gate import Gate
from tenantry.microsoft.limits import Priority
from tenantry.microsoft.tokens import AccessToken, Tokens, seconds_of

USER_AGENT: Final = "Tenantry/0.1"
_PRIORITIES: Final = {Priority.INTERACTIVE: "high", Priority.NORMAL: "normal", Priority.BACKGROUND: "low"}

_Answer: TypeAlias = tuple[int, CIMultiDictProxy[str], bytes]


class Transport:
    """Shared by all clients of a process: one connection pool, one token cache, one set of budgets and circuits."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        tokens: Tokens,
        budgets: Budgets,
        gate: Gate,
        *,
        observer: Observer | None = None,
        jitter: Callable[[float], float] = lambda ceiling: random.uniform(0, ceiling),  # noqa: S311 - no secret
    ) -> None:
        self._session = session
        self._gate = gate
        self.observer = observer or Silent()
        self._jitter = jitter
        self.tokens = tokens
        self.budgets = budgets
        self.circuits = Circuits()

    async def send(self, access: Access, call: Call, dialect: Dialect) -> Reply:
        """Returns the answer of a success (any 2xx). Raises UpstreamError for everything else."""
        try:
            reply = await self._send(access, call, dialect)
        except UpstreamError as error:
            self.observer.ended(call.service, access, error)
            raise
        self.observer.ended(call.service, access, None)
        return reply

    async def _send(self, access: Access, call: Call, dialect: Dialect) -> Reply:
        circuit = f"{call.service}|{access.entra_tenant_id}"
        if (seconds := self.circuits.seconds_open(circuit)) > 0:
            raise UpstreamError(Kind.UNAVAILABLE, call.service, "paused after repeated failures", retry_after=seconds)
        failures, renewed = 0, False
        while True:
            token = await self.tokens.get(access.entra_tenant_id, access.credential, call.audience)
            try:
                return await self._attempt(access, call, dialect, token, circuit)
            except UpstreamError as error:
                if error.kind is Kind.TOKEN_REJECTED and not renewed:
                    renewed = True
                    self.tokens.forget(access.entra_tenant_id, access.credential, call.audience, token)
                    continue
                failures += 1
                if error.kind is Kind.THROTTLED and error.status is not None:
                    self.observer.throttled(call.service, access, error.retry_after)
                if not _may_repeat(access, call, error, failures):
                    raise
                await self._before_repeating(access, call, error, failures)

    async def back_off(self, access: Access, at_least: float, failures: int) -> None:
        """Waits as long as was asked for, and a jittered, growing while on top."""
        ceiling = min(access.policy.longest_wait, access.policy.first_wait * 2**failures)
        await asyncio.sleep(at_least + self._jitter(ceiling))

    async def obey(self, call: Call, seconds: float) -> None:
        """Pauses the budget of a call for everybody who shares it."""
        if call.charges:
            await self.budgets.pause(call.charges[0].key, seconds)

    async def _attempt(self, access: Access, call: Call, dialect: Dialect, token: AccessToken, circuit: str) -> Reply:
        await self._admission(access, call)
        exchange = Exchange(call.service, access.entra_tenant_id, call.method, call.url, str(uuid4()))
        try:
            with span(f"{call.method} {call.service}", "client", facts=exchange.traced) as opened:
                status, headers, raw = await self._exchange(access, call, token, exchange)
                opened.set({"http.response.status_code": status})
                if status >= 400:  # noqa: PLR2004
                    opened.fail(str(status))
        except UpstreamError as error:
            if error.kind is Kind.UNAVAILABLE:
                self.circuits.failed(circuit)
            raise
        finally:
            self._gate.leave(access.entra_tenant_id)
        self.observer.answered(call.service, access.entra_tenant_id, status, exchange.seconds)
        exchange.answered(status, headers)
        await self._learn(call, dialect, status, headers)
        if status < 500:  # noqa: PLR2004 - a service that refuses is up
            self.circuits.succeeded(circuit)
        else:
            self.circuits.failed(circuit)
        body = storable(raw)
        if 200 <= status < 300:  # noqa: PLR2004
            return Reply(status, headers, body)
        raise dialect.error(call, status, headers, body)

    async def _admission(self, access: Access, call: Call) -> None:
        """Returns with the budgets charged and a slot of the pool taken."""
        waited = await self.budgets.acquire(call.charges, access.priority, access.policy.longest_retry_after)
        while await self._gate.enter(access.entra_tenant_id, access.priority):
            # A pause may have begun while we stood at the gate; waiting it out must not hold a slot.
            if not await self._paused_at_the_gate(access, call):
                break
            waited += await self.budgets.wait_out(call.charges)
        if waited:
            self.observer.waited(call.service, access.entra_tenant_id, waited)

    async def _paused_at_the_gate(self, access: Access, call: Call) -> bool:
        """Whether a budget is paused; the slot is given back when it is, and when we are cancelled while asking."""
        paused = 1.0
        try:
            paused = await self.budgets.paused(call.charges)
        finally:
            if paused:
                self._gate.leave(access.entra_tenant_id)
        return paused > 0

    async def _exchange(self, access: Access, call: Call, token: AccessToken, exchange: Exchange) -> _Answer:
        headers = {
            "Authorization": token.header,
            "client-request-id": exchange.request_id,
            "x-ms-client-request-id": exchange.request_id,
            "x-ms-throttle-priority": _PRIORITIES[access.priority],
            **call.headers,
        }
        try:
            async with (
                asyncio.timeout(access.policy.timeout),
                self._session.request(
                    call.method, URL(call.url, encoded=True), data=call.body, headers=headers, allow_redirects=False
                ) as reply,
            ):
                return reply.status, reply.headers, await _body(reply, call, access.policy.max_body)
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            exchange.unanswered(error)
            raise UpstreamError(Kind.UNAVAILABLE, call.service, type(error).__name__) from error

    async def _learn(self, call: Call, dialect: Dialect, status: int, headers: CIMultiDictProxy[str]) -> None:
        """Corrects the budgets by what the answer says, before anybody else is let through."""
        if not call.charges:
            return
        if pauses := dialect.pauses(status, headers, call.charges):
            for key, seconds in pauses.items():
                await self.budgets.pause(key, seconds)
            return
        for told, left in dialect.lefts(headers, call.charges):
            await self.budgets.store.lower(told, left)
        charge = call.charges[0]
        if (cost := dialect.cost(headers)) is not None and cost != charge.cost:
            await self.budgets.store.adjust(charge, cost - charge.cost)

    async def _before_repeating(self, access: Access, call: Call, error: UpstreamError, failures: int) -> None:
        at_least = error.retry_after or 0.0
        if error.kind is Kind.THROTTLED and error.retry_after is None:
            # No hint (Conditional Access, Identity Protection): a growing pause, for everybody who shares the budget.
            at_least = min(access.policy.longest_wait, access.policy.first_wait * 2**failures) / 2
            await self.obey(call, at_least)
        started = time.perf_counter()
        await self.back_off(access, at_least, failures)
        self.observer.waited(call.service, access.entra_tenant_id, time.perf_counter() - started)


def _may_repeat(access: Access, call: Call, error: UpstreamError, failures: int) -> bool:
    if error.kind not in PASSING or failures >= access.policy.attempts:
        return False
    if error.retry_after is not None and error.retry_after > access.policy.longest_retry_after:
        return False
    # A 429 was refused before anything happened, so even a write may be sent again.
    return call.repeatable or error.kind is Kind.THROTTLED


async def _body(reply: aiohttp.ClientResponse, call: Call, limit: int) -> bytes:
    """The whole body, decompressed. Raises UpstreamError(MALFORMED) beyond the limit, before it fills the memory."""
    chunks, size = list[bytes](), 0
    async for chunk in reply.content.iter_any():
        size += len(chunk)
        if size > limit:
            raise UpstreamError(Kind.MALFORMED, call.service, f"the answer is larger than {limit} bytes", reply.status)
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


_KINDS: Final = {
    400: Kind.BAD_REQUEST,
    401: Kind.TOKEN_REJECTED,
    403: Kind.NO_ACCESS,
    404: Kind.NOT_FOUND,
    409: Kind.CONFLICT,
    410: Kind.RESYNC_REQUIRED,
    412: Kind.CONFLICT,
    424: Kind.UNAVAILABLE,  # a batch item whose predecessor failed
    429: Kind.THROTTLED,
}


def kind_of_status(status: int) -> Kind:
    """The kind a status means when the service's own words say nothing more."""
    if status in _KINDS:
        return _KINDS[status]
    return Kind.UNAVAILABLE if status in RETRIED or status >= 500 else Kind.BAD_REQUEST  # noqa: PLR2004


def first_of(headers: CIMultiDictProxy[str], *names: str) -> float | None:
    """The first of these headers that holds seconds."""
    found = (seconds_of(headers.get(name)) for name in names)
    return next((value for value in found if value is not None), None)
