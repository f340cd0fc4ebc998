"""How Microsoft Graph words its errors and its limits."""

from typing import Final

from multidict import CIMultiDictProxy

from tenantry.microsoft import permissions
from tenantry.microsoft.answers import error_of
from tenantry.microsoft.calls import Call, Dialect
from tenantry.microsoft.errors import NOT_LICENSED_CODES, RESYNC_CODES, Kind, UpstreamError
from tenantry.microsoft.limits import Charge
from tenantry.microsoft.transport import first_of, kind_of_status

_UNLICENSED: Final = ("premium license", "Request not applicable to target tenant")
"""Where the code says nothing: the second is Intune's, whose code is `BadRequest`."""


class GraphDialect(Dialect):
    """Graph's errors: `{"error": {"code", "message"}}`; the status decides, codes only refine it."""

    service = "graph"

    def error(self, call: Call, status: int, headers: CIMultiDictProxy[str], body: bytes) -> UpstreamError:
        code, message = error_of(body)
        kind = kind_of_status(status)
        if code in NOT_LICENSED_CODES or any(text in message for text in _UNLICENSED):
            kind = Kind.NOT_LICENSED
        elif code in RESYNC_CODES:
            kind = Kind.RESYNC_REQUIRED
        elif kind is Kind.RESYNC_REQUIRED and not _is_delta(call.url):
            kind = Kind.NOT_FOUND
        missing = permissions.least(call.url) if kind is Kind.NO_ACCESS else None
        return UpstreamError(
            kind,
            self.service,
            message[:500],
            status,
            code,
            self.retry_after(headers),
            missing,
            headers.get("request-id"),
        )

    def retry_after(self, headers: CIMultiDictProxy[str]) -> float | None:
        return first_of(headers, "Retry-After")

    def remaining(self, headers: CIMultiDictProxy[str], charge: Charge) -> float | None:
        """Graph tells only from 0.8 on how much of the limit is used."""
        used = first_of(headers, "x-ms-throttle-limit-percentage")
        return None if used is None else max(0.0, 1.0 - used) * charge.limit.capacity

    def cost(self, headers: CIMultiDictProxy[str]) -> float | None:
        return first_of(headers, "x-ms-resource-unit")


class BatchDialect(GraphDialect):
    """The envelope of a batch: its items are metered, so what it says of its own cost corrects nothing."""

    def cost(self, headers: CIMultiDictProxy[str]) -> float | None:
        return None


def _is_delta(url: str) -> bool:
    return "/delta" in url or "deltatoken" in url.lower() or "skiptoken" in url.lower()
