"""The ASGI application: one address, all services, and what happens to every request on its way."""

import asyncio
import re
from dataclasses import dataclass
from random import Random
from typing import Any, Final, Protocol

from mscloudsim.control import Control
from mscloudsim.entra import Entra
from mscloudsim.errors import ArmRefusal, GraphRefusal, Refusal
from mscloudsim.faults import Fault, FaultKind
from mscloudsim.http import Reply, Request
from mscloudsim.recorder import Recorder
from mscloudsim.world.world import World

_SLASHES: Final = re.compile(r"/{2,}")
_ANY: Final = (
    FaultKind.THROTTLE,
    FaultKind.THROTTLE_WITHOUT_HINT,
    FaultKind.SERVER_ERROR,
    FaultKind.UNAVAILABLE,
    FaultKind.RESET,
    FaultKind.EXPIRED_TOKEN,
    FaultKind.FORBIDDEN,
)
_BODIES: Final = (FaultKind.SLOW_BODY, FaultKind.MALFORMED, FaultKind.TRUNCATED)


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
        self._services: list[Service] = [Control(world, self.recorder), Entra(world), *services]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        request = await _read(scope, receive)
        service = next((item for item in self._services if item.matches(request.path)), None)
        reply = await self._answer(service, request)
        reply.headers.setdefault("x-content-type-options", "nosniff")
        if service is not None and service.name != "control":
            self.world.stats.requests[service.name] += 1
            self.world.stats.statuses[reply.status] += 1
            self.recorder.record(service.name, request, reply)
        await _send(reply, send)

    async def _answer(self, service: Service | None, request: Request) -> Reply:
        if service is None:
            return ArmRefusal(404, "NotFound", "No service answers at this address.").reply(
                request, self.world.clock.now()
            )
        if service.name == "control":
            return await service.handle(request)
        if (seconds := self.latency.pick(self._random)) > 0:
            await asyncio.sleep(seconds)
        tenant = self._tenant_of(request)
        fault = self.world.faults.due(service.name, request.path, tenant, *_ANY)
        try:
            if fault is not None:
                self.world.stats.faults[fault.kind.value] += 1
                return _faulty(service.name, fault, request)
            reply = await service.handle(request)
        except Refusal as refusal:
            reply = refusal.reply(request, self.world.clock.now())
        body_fault = self.world.faults.due(service.name, request.path, tenant, *_BODIES)
        return _spoilt(body_fault, reply) if body_fault is not None and reply.status < 400 else reply  # noqa: PLR2004

    def _tenant_of(self, request: Request) -> str:
        """The tenant a request is about, for faults: from its token, or from the token endpoint's path."""
        token = request.header("authorization").partition(" ")[2]
        claims = self.world.signer.claims_of(token) if token else None
        if claims is not None:
            return str(claims["tid"])
        return request.segments[0] if request.segments else ""


def _faulty(service: str, fault: Fault, request: Request) -> Reply:
    refusal = GraphRefusal if service == "graph" else ArmRefusal
    words = {
        FaultKind.THROTTLE: (429, "TooManyRequests", "Please retry again later."),
        FaultKind.THROTTLE_WITHOUT_HINT: (429, "TooManyRequests", "Too many requests."),
        FaultKind.SERVER_ERROR: (500, "InternalServerError", "An internal server error occurred."),
        FaultKind.UNAVAILABLE: (503, "ServiceUnavailable", "The service is unavailable."),
        FaultKind.EXPIRED_TOKEN: (401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid."),
        FaultKind.FORBIDDEN: (403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
    }
    if fault.kind is FaultKind.RESET:
        return Reply(200, b'{"value":[', {"content-length": "100000"}, cut=True)
    status, code, message = words[fault.kind]
    hint = {"retry-after": str(max(1, round(fault.seconds)))} if fault.kind is FaultKind.THROTTLE else {}
    return refusal(status, code, message, hint).reply(request, 0)


def _spoilt(fault: Fault, reply: Reply) -> Reply:
    if fault.kind is FaultKind.SLOW_BODY:
        reply.chunks = _drip(reply.body, fault.seconds)
    elif fault.kind is FaultKind.MALFORMED:
        reply.body = reply.body[: len(reply.body) // 2] + b"\x00}{" + reply.body[len(reply.body) // 2 :]
    else:
        reply.headers["content-length"] = str(len(reply.body))
        reply.body, reply.cut = reply.body[: len(reply.body) // 2], True
    return reply


async def _drip(body: bytes, seconds: float) -> Any:
    pieces = 10
    size = max(1, len(body) // pieces)
    for start in range(0, len(body), size):
        await asyncio.sleep(seconds / pieces)
        yield body[start : start + size]


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
        raise ConnectionAbortedError
    else:
        await send({"type": "http.response.body", "body": reply.body})


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
