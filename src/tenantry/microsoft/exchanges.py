"""What the log says of a request to Microsoft: whom, what, how it ended, and the ids Microsoft's support asks for."""

import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

_THEIRS = ("request-id", "x-ms-request-id", "sprequestguid", "requestid", "x-ms-correlation-id")
"""Where services name an answer: Graph and Exchange, Azure, SharePoint, Fabric, Teams."""
_PERSONAL = re.compile(r"@|%40|'|%27")
"""Addresses of people, and OData keys in quotes, which may be anything."""
_log = logging.getLogger("tenantry.microsoft")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request under way. Of its address only the path is told: a query can carry names, and headers our token."""

    service: str
    entra_tenant_id: str
    method: str
    url: str
    request_id: str
    """Ours, sent as `client-request-id`."""
    started: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.started

    @property
    def traced(self) -> dict[str, str]:
        """What a trace tells of it. A path may name a person: such a part is left out."""
        host, _, path = self.url.partition("?")[0].partition("://")[2].partition("/")
        parts = ("…" if _PERSONAL.search(part) else part for part in path.split("/"))
        return {
            "http.request.method": self.method,
            "server.address": host,
            "url.path": "/" + "/".join(parts),
            "tenantry.service": self.service,
            "tenantry.entra_tenant_id": self.entra_tenant_id,
            "tenantry.client_request_id": self.request_id,
        }

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """A line at DEBUG for a success, at INFO for a refusal."""
        level, word = (logging.DEBUG, "answered") if status < HTTPStatus.BAD_REQUEST else (logging.INFO, "refused")
        if _log.isEnabledFor(level):
            theirs = next((headers[name] for name in _THEIRS if name in headers), None)
            _log.log(level, f"microsoft {word}", extra=self._facts(status=status, microsoft_request_id=theirs))

    def unanswered(self, error: BaseException) -> None:
        _log.info("microsoft did not answer", extra=self._facts(error=type(error).__name__))

    def _facts(self, **more: Any) -> dict[str, Any]:
        return {
            "service": self.service,
            "entra_tenant_id": self.entra_tenant_id,
            "method": self.method,
            "path": self.url.partition("?")[0].partition("://")[2].partition("/")[2],
            "ms": round(self.seconds * 1000, 1),
            "client_request_id": self.request_id,
            **more,
        }
