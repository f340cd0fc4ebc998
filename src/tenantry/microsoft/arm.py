"""Azure Resource Manager: objects, lists, the activity log, Lighthouse delegations."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import orjson
from multidict import CIMultiDictProxy

from tenantry.microsoft.answers import decoded, error_of
from tenantry.microsoft.calls import Access, Call, Dialect, Reply, quoted
from tenantry.microsoft.clouds import Cloud
from tenantry.microsoft.errors import Kind, UpstreamError
from tenantry.microsoft.limits import Charge
from tenantry.microsoft.paging import Page, pages, read_page
from tenantry.microsoft.rates import arm_charges
from tenantry.microsoft.transport import Transport, first_of, kind_of_status

_JSON: Final = {"Content-Type": "application/json"}
_ACTIVITY_VERSION: Final = "2015-04-01"
_LIGHTHOUSE_VERSION: Final = "2022-10-01"
_REMAINING: Final = tuple(
    f"x-ms-ratelimit-remaining-{scope}"
    for scope in ("subscription-reads", "subscription-writes", "subscription-deletes", "tenant-reads", "tenant-writes")
)


class ArmDialect(Dialect):
    """ARM's errors, with or without the `error` wrapper, and its remaining-request headers."""

    service = "arm"

    def error(self, call: Call, status: int, headers: CIMultiDictProxy[str], body: bytes) -> UpstreamError:
        code, message = error_of(body)
        return UpstreamError(
            kind_of_status(status),
            self.service,
            message[:500],
            status,
            code,
            self.retry_after(headers),
            request_id=headers.get("x-ms-request-id"),
        )

    def retry_after(self, headers: CIMultiDictProxy[str]) -> float | None:
        return first_of(headers, "Retry-After")

    def remaining(self, headers: CIMultiDictProxy[str], charge: Charge) -> float | None:
        """What is left of the smallest bucket, once half of it is used; a full one teaches nothing."""
        told = [float(headers[name]) for name in _REMAINING if headers.get(name, "").isdigit()]
        left = min(told, default=charge.limit.capacity)
        return left if left < charge.limit.capacity / 2 else None

    def cost(self, headers: CIMultiDictProxy[str]) -> float | None:
        return None


@dataclass(slots=True)
class ArmClient:
    """ARM for one Microsoft tenant's principal."""

    cloud: Cloud
    transport: Transport
    access: Access
    dialect: ArmDialect = field(default_factory=ArmDialect)

    async def get(self, path: str, api_version: str) -> Any:
        """One object, decoded."""
        return decoded(await self._send("GET", self._url(path, api_version)), "arm")

    async def pages(self, path: str, api_version: str = "", *, method: str = "GET") -> AsyncIterator[Page]:
        """The pages of a list, from a path or from a saved link (which carries its own api-version).

        Some lists are asked for by POST, and so are their next pages.
        """
        service = self.dialect.service

        async def fetch(link: str) -> Page:
            return read_page(service, (await self._send(method, link)).body)

        async for page in pages(service, self._url(path, api_version), fetch):
            yield page

    async def items(self, path: str, api_version: str) -> AsyncIterator[dict[str, Any]]:
        """The objects of a list, decoded one by one."""
        async for page in self.pages(path, api_version):
            for row in page.rows:
                yield msgspec.json.decode(row)

    async def put(self, path: str, api_version: str, body: Any) -> Any:
        """Creates or replaces. PUT is repeatable by definition."""
        return decoded(await self._send("PUT", self._url(path, api_version), orjson.dumps(body)), "arm")

    async def delete(self, path: str, api_version: str) -> None:
        """Deletes; what is gone already is no error to ARM."""
        await self._send("DELETE", self._url(path, api_version))

    def activity(self, subscription: str, since: datetime, until: datetime) -> AsyncIterator[Page]:
        """The activity log of a subscription, at most 90 days back. Pages may be empty and still go on."""
        window = f"eventTimestamp ge '{_instant(since)}' and eventTimestamp le '{_instant(until)}'"
        path = f"/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values"
        return self.pages(f"{path}?$filter={window}", _ACTIVITY_VERSION)

    def delegations(self, subscription: str) -> AsyncIterator[Page]:
        """The Lighthouse registration assignments of a subscription, each with its definition."""
        path = f"/subscriptions/{subscription}/providers/Microsoft.ManagedServices/registrationAssignments"
        return self.pages(f"{path}?$expandRegistrationDefinition=true", _LIGHTHOUSE_VERSION)

    def _url(self, path: str, api_version: str) -> str:
        if path.startswith(("https://", "http://")):
            if not path.startswith(f"{self.cloud.arm}/"):
                raise UpstreamError(Kind.BAD_REQUEST, "arm", "a saved link must lead to this cloud's ARM")
            return path
        separator = "&" if "?" in path else "?"
        return quoted(f"{self.cloud.arm}{path}{separator}api-version={api_version}")

    async def _send(self, method: str, url: str, body: bytes | None = None) -> Reply:
        charges = arm_charges(method, url, self.access.entra_tenant_id, self.access.app)
        headers = _JSON if body is not None else {}
        call = Call("arm", method, url, self.cloud.arm_audience, charges, True, body, headers)
        return await self.transport.send(self.access, call, self.dialect)


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
