"""What faults do: the answer given instead, the body spoilt, the thing that happens in the world."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Final

from mscloudsim.entra.refusals import refuse
from mscloudsim.errors import (
    ArmRefusal,
    BareRefusal,
    ExchangeRefusal,
    FabricRefusal,
    GraphRefusal,
    ImdsRefusal,
    Refusal,
    SharePointRefusal,
    TeamsRefusal,
    VaultRefusal,
)
from mscloudsim.faults import Fault, FaultKind
from mscloudsim.http import Reply, Request
from mscloudsim.world.world import World

_PIECES: Final = 10
_DIALECTS: Final[dict[str, type[Refusal]]] = {
    "graph": GraphRefusal,
    "imds": ImdsRefusal,
    "key-vault": VaultRefusal,
    "exchange": ExchangeRefusal,
    "compliance": ExchangeRefusal,
    "teams-admin": TeamsRefusal,
    "sharepoint": SharePointRefusal,
    "fabric": FabricRefusal,
}
_HINTED: Final = {FaultKind.THROTTLE: (), FaultKind.UNAVAILABLE: ("exchange", "compliance")}
"""Faults whose refusal says when to come back, at all services or at those named."""
_WORDS: Final = {
    FaultKind.THROTTLE: (429, "TooManyRequests", "Please retry again later."),
    FaultKind.THROTTLE_WITHOUT_HINT: (429, "TooManyRequests", "Too many requests."),
    FaultKind.SERVER_ERROR: (500, "InternalServerError", "An internal server error occurred."),
    FaultKind.UNAVAILABLE: (503, "ServiceUnavailable", "The service is unavailable."),
    FaultKind.EXPIRED_TOKEN: (401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid."),
    FaultKind.FORBIDDEN: (403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
    FaultKind.GONE: (410, "gone", "The service is being updated."),
}
_ARM_CODES: Final = {
    FaultKind.EXPIRED_TOKEN: "ExpiredAuthenticationToken",
    FaultKind.FORBIDDEN: "AuthorizationFailed",
    FaultKind.THROTTLE: "SubscriptionRequestsThrottled",
}
_AADSTS: Final = {FaultKind.THROTTLE: 90055, FaultKind.THROTTLE_WITHOUT_HINT: 90055, FaultKind.FORBIDDEN: 53003}


def answer_instead(fault: Fault, service: str, request: Request, now: float) -> Reply:
    """The fault's answer in the words of the service it hits."""
    if fault.kind is FaultKind.RESET:
        return Reply(200, b'{"value":[', {"content-length": "100000"}, cut=True)
    if service == "entra":
        refusal: Refusal = refuse(fault.code if fault.kind is FaultKind.AADSTS else _AADSTS.get(fault.kind, 90033))
    else:
        status, code, message = _WORDS.get(fault.kind, _WORDS[FaultKind.SERVER_ERROR])
        dialect = _DIALECTS.get(service, ArmRefusal)
        if dialect is ArmRefusal and fault.kind is FaultKind.THROTTLE_WITHOUT_HINT:
            dialect = BareRefusal
        refusal = dialect(status, _ARM_CODES.get(fault.kind, code) if dialect is ArmRefusal else code, message)
    if fault.kind in _HINTED and service in (_HINTED[fault.kind] or (service,)):
        refusal.headers["retry-after"] = str(max(1, round(fault.seconds)))
    if service == "graph":
        refusal.headers["request-id"] = request.request_id
    return refusal.reply(request, now)


def spoil(fault: Fault, reply: Reply) -> Reply:
    """The reply with its body slowed down, broken, left out, or cut off."""
    half = len(reply.body) // 2
    if fault.kind is FaultKind.SLOW_BODY:
        reply.chunks = _drip(reply.body, fault.seconds)
    elif fault.kind is FaultKind.MALFORMED:
        reply.body = _garbled(reply)
    elif fault.kind is FaultKind.EMPTY_BODY:
        reply.body = b""
    else:
        reply.headers["content-length"] = str(len(reply.body))
        reply.body, reply.cut = reply.body[:half], True
    return reply


def _garbled(reply: Reply) -> bytes:
    """The text is garbled, not its packing: what cannot be unpacked counts as cut off on the way."""
    packed = reply.headers.get("content-encoding") == "gzip"
    body = gzip.decompress(reply.body) if packed else reply.body
    half = len(body) // 2
    spoilt = body[:half] + b"\x00}{" + body[half:]
    return gzip.compress(spoilt) if packed else spoilt


def happen(fault: Fault, world: World, tenant_id: str) -> None:
    """Takes a consent or a delegation away, as an administrator might in the middle of a collection."""
    tenant = world.estate.find(fault.target or tenant_id)
    if tenant is None:
        return
    if fault.kind is FaultKind.REVOKED_CONSENT:
        tenant.consents.pop(world.estate.app_of(tenant).id, None)
    else:
        tenant.managed_by = None


async def _drip(body: bytes, seconds: float) -> AsyncIterator[bytes]:
    size = max(1, -(-len(body) // _PIECES))
    for start in range(0, len(body), size):
        await asyncio.sleep(seconds / _PIECES)
        yield body[start : start + size]
