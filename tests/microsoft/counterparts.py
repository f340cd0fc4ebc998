"""What the clients talk to in tests: a server that follows a script to the letter, and a running mscloudsim."""

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp
from aiohttp import web

from tenantry.kit.secret import Secret
from tenantry.microsoft import ClientSecret, Connection, Microsoft, Priority, RetryPolicy

CONTOSO = "11111111-1111-4111-8111-111111111111"
FABRIKAM = "22222222-2222-4222-8222-222222222222"
SECRET = "correct horse battery staple"
QUICK = RetryPolicy(attempts=6, first_wait=0.01, longest_wait=0.2, longest_retry_after=5.0, timeout=5.0)

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Seen:
    """A request as the server saw it."""

    at: float
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str


@dataclass
class Script:
    """A server that answers each path with the next step of its list; the last step repeats."""

    address: str = ""
    lifetime: float = 3600.0
    seen: list[Seen] = field(default_factory=list)
    steps: dict[str, list[Answer]] = field(default_factory=dict)
    token_requests: list[dict[str, str]] = field(default_factory=list)
    token_answers: list[Answer] = field(default_factory=list)
    token_delay: float = 0.0

    def on(self, path: str, *steps: Answer) -> None:
        self.steps[path] = list(steps)

    def times(self, path: str) -> list[float]:
        return [request.at for request in self.seen if request.path == path]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.text()
        if request.path.endswith("/oauth2/v2.0/token") or request.path.startswith("/metadata/"):
            return await self._token(request)
        self.seen.append(
            Seen(
                time.monotonic(),
                request.method,
                request.path,
                request.raw_path.partition("?")[2],
                dict(request.headers),
                body,
            )
        )
        steps = self.steps[request.path]
        step = steps.pop(0) if len(steps) > 1 else steps[0]
        return await step(request)

    async def _token(self, request: web.Request) -> web.StreamResponse:
        form = {**request.query, **{name: str(value) for name, value in (await request.post()).items()}}
        self.token_requests.append(form)
        await asyncio.sleep(self.token_delay)
        if self.token_answers:
            return await self.token_answers.pop(0)(request)
        tenant = request.path.split("/")[1] if "oauth2/v2.0" in request.path else CONTOSO
        return web.json_response({"access_token": token(tenant), "expires_in": str(self.lifetime)})


def token(tenant: str, roles: tuple[str, ...] = ("User.Read.All",)) -> str:
    """An unsigned token; the clients look only at what it says about itself."""
    claims = json.dumps({"tid": tenant, "roles": roles, "jti": str(uuid4())}).encode()
    return f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.c2ln"


def says(body: Any = None, status: int = 200, **headers: str) -> Answer:
    """A JSON answer; underscores of header names are hyphens."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.json_response(body if body is not None else {}, status=status, headers=named)

    return answer


def says_text(text: str, status: int = 200) -> Answer:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(text=text, status=status)

    return answer


def refuses(status: int, code: str = "", message: str = "", **headers: str) -> Answer:
    return says({"error": {"code": code, "message": message}}, status, **headers)


def resets() -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    return answer


def delayed(seconds: float) -> Answer:
    async def answer(_request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return web.json_response({"value": []})

    return answer


def hangs() -> Answer:
    return delayed(30.0)


def connect(
    microsoft: Microsoft, tenant: str, priority: Priority = Priority.BACKGROUND, policy: RetryPolicy = QUICK
) -> Connection:
    return microsoft.tenant(tenant, ClientSecret("app", Secret(SECRET)), priority=priority, policy=policy)


@dataclass(slots=True)
class Cloud:
    """A running mscloudsim, and its control API."""

    address: str
    tenants: list[dict[str, Any]]

    def tenant(self, flaw: str = "none", reach: str = "app_registration") -> dict[str, Any]:
        """The largest tenant with this flaw that is reached this way."""
        fitting = [tenant for tenant in self.tenants if tenant["flaw"] == flaw and tenant["reach"] == reach]
        return max(fitting, key=lambda tenant: tenant["users"])

    async def order(self, action: str, body: Any = None, method: str = "POST") -> Any:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, f"{self.address}/_sim/{action}", json=body) as reply,
        ):
            assert reply.status < 300, await reply.text()
            return await reply.json() if reply.content_length else None
