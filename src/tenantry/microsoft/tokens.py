"""Access tokens: one request per (Microsoft tenant, application, audience), however many callers want one."""

import asyncio
import base64
import logging
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import UUID, uuid4

import aiohttp
import orjson

from tenantry.kit.secret import MASK, Secret
from tenantry.microsoft.answers import storable
from tenantry.microsoft.clouds import Cloud
from tenantry.microsoft.credentials import Credential, ManagedIdentity
from tenantry.microsoft.errors import SIGN_IN_KINDS, Kind, UpstreamError
from tenantry.microsoft.exchanges import Exchange

_log = logging.getLogger("tenantry.microsoft")
_HEADER_SAFE: Final = re.compile(r"[!-~]+")
_PROOFS: Final = ("client_secret", "client_assertion", "refresh_token")
_RECOGNISABLE: Final = 8
"""A proof this long or longer is no word of the sentence it is found in."""
_EARLY_SECONDS: Final = 120
_TIMEOUT: Final = aiohttp.ClientTimeout(total=30)
_FAILURE_SECONDS: Final = 10.0
"""A permanent refusal is remembered this long, so that a hundred waiting datasets do not ask a hundred times."""
_DROP_SECONDS: Final = 600.0
_ATTEMPTS: Final = 4
_LONGEST_WAIT: Final = 30.0
"""A token endpoint that asks for more than this many seconds ends the attempt; nobody asks it earlier."""
_IMDS_WAITS: Final = (0.5, 1, 2, 4, 8, 16, 20, 20)
"""IMDS answers 410 for up to 70 seconds while it is being updated."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A bearer token and what it says about itself."""

    value: Secret
    expires_at: float
    roles: frozenset[str]
    entra_tenant_id: str
    header: str
    """`Bearer …`, made once: it is sent thousands of times."""

    def __repr__(self) -> str:
        return f"AccessToken(entra_tenant_id={self.entra_tenant_id!r}, roles={len(self.roles)})"


class Tokens:
    """The token cache of a process."""

    def __init__(self, cloud: Cloud, session: aiohttp.ClientSession, clock: Callable[[], float] = time.time) -> None:
        self._cloud = cloud
        self._session = session
        self._clock = clock
        self._tokens: dict[tuple[str, str, str], AccessToken] = {}
        self._refusals: dict[tuple[str, str, str], tuple[float, UpstreamError]] = {}
        self._asking: dict[tuple[str, str, str], asyncio.Task[AccessToken]] = {}
        self._drop_at = clock() + _DROP_SECONDS

    async def get(self, entra_tenant_id: str, credential: Credential, audience: str) -> AccessToken:
        """A token that lives for at least two more minutes. Raises UpstreamError."""
        key = (entra_tenant_id, credential.cache_key, audience)
        token = self._tokens.get(key)
        if token is not None and token.expires_at - self._clock() > _EARLY_SECONDS:
            return token
        self._raise_refusal(key)
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.create_task(self._ask(key, credential))
            task.add_done_callback(lambda done: self._asked(key, done))
        # Shielded: one impatient caller must not take the token away from the others.
        return await asyncio.shield(task)

    def _raise_refusal(self, key: tuple[str, str, str]) -> None:
        """Repeats a refusal that still holds: as an error of its own, with the time that is left of its wait."""
        until, error = self._refusals.get(key, (0.0, None))
        if error is not None and (left := until - self._clock()) > 0:
            raise replace(error, retry_after=left if error.retry_after else None)

    def forget(self, entra_tenant_id: str, credential: Credential, audience: str, rejected: AccessToken) -> None:
        """Drops a token the service rejected, unless somebody has renewed it meanwhile."""
        key = (entra_tenant_id, credential.cache_key, audience)
        if self._tokens.get(key) is rejected:
            del self._tokens[key]

    def forget_all(self, entra_tenant_id: str) -> None:
        """After a credential was replaced, a consent was given, or a tenant was offboarded."""
        for cache in (self._tokens, self._refusals):
            for key in [key for key in cache if key[0] == entra_tenant_id]:
                del cache[key]

    async def close(self) -> None:
        """Ends the requests under way."""
        for task in list(self._asking.values()):
            task.cancel()
            await asyncio.wait([task])

    def _asked(self, key: tuple[str, str, str], done: asyncio.Task[AccessToken]) -> None:
        self._asking.pop(key, None)
        if not done.cancelled():
            done.exception()  # looked at, even when every caller has left meanwhile

    async def _ask(self, key: tuple[str, str, str], credential: Credential) -> AccessToken:
        entra_tenant_id, _, audience = key
        try:
            if isinstance(credential, ManagedIdentity):
                token = await self._from_imds(credential, audience)
            else:
                token = await self._from_entra(entra_tenant_id, credential, audience)
        except UpstreamError as error:
            if error.permanent or error.retry_after:
                self._refusals[key] = (self._clock() + (error.retry_after or _FAILURE_SECONDS), error)
            raise
        _log.info("token received", extra={"entra_tenant_id": entra_tenant_id, "audience": audience})
        self._refusals.pop(key, None)
        self._tokens[key] = token
        self._drop_expired()
        return token

    def _drop_expired(self) -> None:
        """Now and then: tenants leave and secrets are replaced, and what they left must not pile up."""
        if (now := self._clock()) < self._drop_at:
            return
        self._drop_at = now + _DROP_SECONDS
        self._tokens = {key: token for key, token in self._tokens.items() if token.expires_at > now}
        self._refusals = {key: refusal for key, refusal in self._refusals.items() if refusal[0] > now}

    async def _from_entra(self, entra_tenant_id: str, credential: Credential, audience: str) -> AccessToken:
        endpoint = f"{self._cloud.login}/{quote(entra_tenant_id, safe='')}/oauth2/v2.0/token"
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                token = await self._redeem(endpoint, credential, audience)
            except UpstreamError as error:
                wait = error.retry_after or 0.0
                if error.permanent or attempt == _ATTEMPTS or wait > _LONGEST_WAIT:
                    raise
                await asyncio.sleep(wait + random.uniform(0, 0.5 * 2**attempt))  # noqa: S311 - no secret
                continue
            if is_guid(entra_tenant_id) and token.entra_tenant_id.lower() != entra_tenant_id.lower():
                raise UpstreamError(Kind.UNKNOWN_TENANT, "entra", "the token is for another Microsoft tenant")
            return token
        raise AssertionError

    async def _redeem(self, endpoint: str, credential: Credential, audience: str) -> AccessToken:
        form = {"grant_type": "client_credentials", "scope": f"{audience}/.default"}
        form |= await credential.form(endpoint) if not isinstance(credential, ManagedIdentity) else {}
        status, body, retry_after = await self._post(endpoint, form)
        if status == 200:  # noqa: PLR2004
            return self._read(body, "expires_in")
        raise sign_in_error(status, _without_echo(body, form), retry_after)

    async def _post(self, endpoint: str, form: dict[str, str]) -> tuple[int, Any, float | None]:
        tenant = endpoint.split("/")[-4]
        exchange = Exchange("entra", tenant, "POST", endpoint, str(uuid4()))
        try:
            async with self._session.post(
                endpoint,
                data=urlencode(form),
                headers={"Content-Type": "application/x-www-form-urlencoded", "client-request-id": exchange.request_id},
                allow_redirects=False,  # a redirect would carry the secret to wherever it points
                timeout=_TIMEOUT,
            ) as reply:
                body = await _json(reply)
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            exchange.unanswered(error)
            raise UpstreamError(Kind.UNAVAILABLE, "entra", type(error).__name__) from error
        exchange.answered(reply.status, reply.headers)
        return reply.status, body, seconds_of(reply.headers.get("Retry-After"))

    async def _from_imds(self, identity: ManagedIdentity, audience: str) -> AccessToken:
        query = {"api-version": "2018-02-01", "resource": audience}
        if identity.client_id:
            query["client_id"] = identity.client_id
        url = f"{self._cloud.imds}/metadata/identity/oauth2/token?{urlencode(query)}"
        status = 0
        for wait in (*_IMDS_WAITS, 0.0):
            status, body = await self._get_imds(url)
            if status == 200:  # noqa: PLR2004
                return self._read(body, "expires_in")
            if status not in (404, 410, 429) and status < 500:  # noqa: PLR2004 - what IMDS documents as "try again"
                text = str(body.get("error_description", "") if isinstance(body, dict) else "")[:300]
                raise UpstreamError(Kind.CREDENTIAL_WRONG, "managed identity", text, status)
            await asyncio.sleep(wait)
        raise UpstreamError(Kind.UNAVAILABLE, "managed identity", "the identity endpoint does not answer", status)

    async def _get_imds(self, url: str) -> tuple[int, Any]:
        exchange = Exchange("managed identity", "", "GET", url, str(uuid4()))
        headers = {"Metadata": "true", "x-ms-client-request-id": exchange.request_id}
        try:
            async with self._session.get(url, headers=headers, timeout=_TIMEOUT) as reply:
                body = await _json(reply)
        except (aiohttp.ClientError, TimeoutError) as error:
            exchange.unanswered(error)
            raise UpstreamError(Kind.UNAVAILABLE, "managed identity", type(error).__name__) from error
        exchange.answered(reply.status, reply.headers)
        return reply.status, body

    def _read(self, body: Any, lifetime: str) -> AccessToken:
        try:
            value, seconds = str(body["access_token"]), float(body[lifetime])
            claims = claims_of(value)
            roles, tenant = frozenset(map(str, claims.get("roles", ()))), str(claims.get("tid", ""))
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise UpstreamError(Kind.MALFORMED, "entra", "the token cannot be read") from error
        return AccessToken(Secret(value), self._clock() + seconds, roles, tenant, f"Bearer {value}")


def is_guid(text: str) -> bool:
    """Whether a Microsoft tenant is named by its id; a verified domain is accepted in its place."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a token, unverified: it is Microsoft's to verify, we only look which roles it carries."""
    if not _HEADER_SAFE.fullmatch(token):
        raise ValueError("this cannot be sent in a header")
    payload = token.split(".")[1]
    claims: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def sign_in_error(status: int, body: Any, retry_after: float | None) -> UpstreamError:
    """A refused token request as a kind. Decides by code and status, never by the text."""
    body = body if isinstance(body, dict) else {}
    codes = [code for code in body.get("error_codes") or () if isinstance(code, int)]
    kind = next((SIGN_IN_KINDS[code] for code in codes if code in SIGN_IN_KINDS), None)
    if kind is None:
        kind = Kind.THROTTLED if status == 429 else Kind.UNAVAILABLE if status >= 500 else Kind.BAD_REQUEST  # noqa: PLR2004
    message = str(body.get("error_description", "")).split("Trace ID")[0].strip()
    code = f"AADSTS{codes[0]}" if codes else str(body.get("error", "")) or None
    return UpstreamError(kind, "entra", message[:500], status, code, retry_after, None, body.get("trace_id"))


def _without_echo(body: Any, form: dict[str, str]) -> Any:
    """A refusal is stored and shown to people, so it must not quote what we proved ourselves with."""
    if not isinstance(body, dict):
        return body
    text = str(body.get("error_description", ""))
    for name in _PROOFS:
        if len(proof := form.get(name, "")) >= _RECOGNISABLE:
            text = text.replace(proof, MASK)
    return {**body, "error_description": text}


def seconds_of(value: str | None) -> float | None:
    """Retry-After in seconds, as a number or hh:mm:ss; None when absent or unreadable."""
    if value is None:
        return None
    try:
        if ":" in value:
            hours, minutes, seconds = value.split(":")
            return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
        return max(0.0, float(value))
    except ValueError:
        return None


async def _json(reply: aiohttp.ClientResponse) -> Any:
    try:
        return orjson.loads(storable(await reply.read()))
    except orjson.JSONDecodeError:
        return None
