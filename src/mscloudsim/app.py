"""The ASGI application: one address, all services, and what happens to every request on its way."""

import asyncio
import re
from dataclasses import dataclass
from random import Random
from typing import Any, Final, Protocol

from mscloudsim.control import Control
from mscloudsim.entra import Entra
from mscloudsim.errors import ArmRefusal, Refusal
from mscloudsim.faults import ANSWERS, BODIES, EVENTS, Fault, FaultKind
from mscloudsim.http import Reply, Request
from mscloudsim.imds import Imds
from mscloudsim.misbehaviour import answer_instead, happen, spoil
from mscloudsim.recorder import Recorder
from mscloudsim.vault import KeyVault
from mscloudsim.webhooks import TeamsWebhooks
from mscloudsim.world.world import World

_NAMED: Final = {
    "entra": "x-ms-request-id",
    "key-vault": "x-ms-request-id",
    "exchange": "request-id",
    "compliance": "request-id",
    "sharepoint": "sprequestguid",
    "fabric": "requestid",
    "teams-admin": "x-ms-correlation-id",
}
"""The header by which a service names its answers; Graph and Resource Manager set more than one, by themselves."""
_SLASHES: Final = re.compile(r"/{2,}")


class Severed(ConnectionAbortedError):
    """Raised to make the server close the connection in the middle of an answer; no error of the simulator."""


class Service(Protocol):
    """One of Microsoft's services."""

    name: str

    def matches(self, path: str) -> bool: ...

    async def handle(self, request: Request) -> Reply: ...


@dataclass
class Latency:
    """How long an answer takes: uniform between two bounds, in seconds."""

    least: float = 0.0
    most: float = 0.0

    def pick(self, random: Random) -> float:
        return random.uniform(self.least, self.most) if self.most else 0.0


class Simulator:
    """The cloud. Services are asked in order whether a path is theirs; the last one answers whatever is left."""

    def __init__(self, world: World, services: list[Service], latency: Latency | None = None) -> None:
        self.world = world
        self.recorder = Recorder()
        self.latency = latency or Latency()
        self._random = Random(7)
        control = Control(world, self.recorder)
        own: list[Service] = [TeamsWebhooks(world), control, Entra(world), Imds(world), KeyVault(world)]
        self._services = [*own, *services]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        request = await _read(scope, receive)
        service = next((item for item in self._services if item.matches(request.path)), None)
        if service is None:
            nothing = ArmRefusal(404, "NotFound", "No service answers at this address.")
            reply = nothing.reply(request, self.world.clock.now())
        elif service.name == "control":
            reply = await service.handle(request)
        else:
            tenant = self._tenant_of(request)
            reply = await self._answer(service, request, tenant)
            if (header := _NAMED.get(service.name)) is not None:
                reply.headers.setdefault(header, request.request_id)
            self.world.stats.count(service.name, tenant, reply.status)
            self.recorder.record(service.name, request, reply)
        reply.headers.setdefault("x-content-type-options", "nosniff")
        await _send(reply, send)

    async def _answer(self, service: Service, request: Request, tenant: str) -> Reply:
        if (seconds := self.latency.pick(self._random)) > 0:
            await asyncio.sleep(seconds)
        if (event := self._due(service, request, tenant, EVENTS)) is not None:
            happen(event, self.world, tenant)
        if (fault := self._due(service, request, tenant, ANSWERS)) is not None:
            return answer_instead(fault, service.name, request, self.world.clock.now())
        try:
            reply = await service.handle(request)
        except Refusal as refusal:
            return refusal.reply(request, self.world.clock.now())
        body_fault = self._due(service, request, tenant, BODIES) if reply.body else None
        return reply if body_fault is None else spoil(body_fault, reply)

    def _due(self, service: Service, request: Request, tenant: str, kinds: tuple[FaultKind, ...]) -> Fault | None:
        fault = self.world.faults.due(service.name, request.path, tenant, *kinds)
        if fault is not None:
            self.world.stats.faults[fault.kind.value] += 1
        return fault

    def _tenant_of(self, request: Request) -> str:
        """The tenant a request is about: from its token, or from the token endpoint's path; empty when it has none."""
        token = request.header("authorization").partition(" ")[2]
        claims = self.world.signer.claims_of(token) if token else None
        if claims is not None:
            return str(claims["tid"])
        tenant = self.world.estate.find(request.segments[0]) if request.segments else None
        return tenant.id if tenant is not None else ""


async def _read(scope: Any, receive: Any) -> Request:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    base = f"{scope['scheme']}://{headers.get('host', 'localhost')}"
    path = _SLASHES.sub("/", scope["path"])
    return Request(scope["method"], path, scope["query_string"].decode("latin-1"), headers, b"".join(parts), base)


async def _send(reply: Reply, send: Any) -> None:
    if reply.chunks is None and not reply.cut:
        reply.headers["content-length"] = str(len(reply.body))
    await send({"type": "http.response.start", "status": reply.status, "headers": list(reply.raw_headers())})
    if reply.chunks is not None:
        async for piece in reply.chunks:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    elif reply.cut:
        await send({"type": "http.response.body", "body": reply.body, "more_body": True})
        raise Severed
    else:
        await send({"type": "http.response.body", "body": reply.body})


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
