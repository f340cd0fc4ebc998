"""Teams, SharePoint administration and Fabric: one short answer each, so one small client each."""

from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from multidict import CIMultiDictProxy

from tenantry.microsoft.answers import decoded, error_of
from tenantry.microsoft.calls import Access, Call, Dialect
from tenantry.microsoft.credentials import ClientSecret
from tenantry.microsoft.errors import Kind, UpstreamError
from tenantry.microsoft.limits import Charge, Limit
from tenantry.microsoft.rates import FABRIC, SHAREPOINT, TEAMS
from tenantry.microsoft.transport import Transport, first_of, kind_of_status

_UNLICENSED: Final = "Microsoft.Skype.Sync.Pstn.Tnm.Common.Http.HttpResponseException"
TEAMS_PERMISSION: Final = "application_access and the Entra role Teams Reader"
SHAREPOINT_PERMISSION: Final = "Sites.FullControl.All, with a certificate"
FABRIC_PERMISSION: Final = "Fabric: service principals can access read-only admin APIs"


@dataclass(slots=True)
class _PlainDialect(Dialect):
    """Services that answer with a status and a body of no fixed form."""

    service: str
    permission: str

    def error(self, call: Call, status: int, headers: CIMultiDictProxy[str], body: bytes) -> UpstreamError:
        code, message = error_of(body)
        text = message or body[:300].decode(errors="replace")
        kind = Kind.NOT_LICENSED if _UNLICENSED in text else kind_of_status(status)
        if kind is Kind.TOKEN_REJECTED and "invalid_token" not in headers.get("WWW-Authenticate", ""):
            kind = Kind.NO_ACCESS
        missing = self.permission if kind is Kind.NO_ACCESS else None
        return UpstreamError(kind, self.service, text[:500], status, code, self.retry_after(headers), missing)

    def retry_after(self, headers: CIMultiDictProxy[str]) -> float | None:
        return first_of(headers, "Retry-After")

    def remaining(self, headers: CIMultiDictProxy[str], charge: Charge) -> float | None:
        return None

    def cost(self, headers: CIMultiDictProxy[str]) -> float | None:
        return None


@dataclass(slots=True)
class _Service:
    """One service of one Microsoft tenant: where it is, what its tokens are for, how often it may be asked."""

    name: str
    base: str
    audience: str
    limit: Limit
    permission: str
    transport: Transport
    access: Access

    async def get(self, path: str, headers: dict[str, str] | None = None) -> Any:
        charge = Charge(f"{self.name}|{self.access.entra_tenant_id}|{self.access.app}", self.limit)
        call = Call(self.name, "GET", f"{self.base}{path}", self.audience, (charge,), True, None, headers or {})
        return decoded(
            await self.transport.send(self.access, call, _PlainDialect(self.name, self.permission)), self.name
        )


def malformed(service: str) -> UpstreamError:
    return UpstreamError(Kind.MALFORMED, service, "the answer has not the form that was expected")


@dataclass(slots=True)
class TeamsClient:
    """The configuration API behind the Teams module and admin centre."""

    base: str
    audience: str
    transport: Transport
    access: Access
    headers: dict[str, str] = field(default_factory=lambda: {"x-authz-scope": "tenant"})

    async def configuration(self, type_: str, identity: str = "Global") -> dict[str, Any]:
        """One instance of a configuration type."""
        service = _Service("teams", self.base, self.audience, TEAMS, TEAMS_PERMISSION, self.transport, self.access)
        path = f"/Skype.Policy/configurations/{quote(type_)}/configuration/{quote(identity)}"
        found = await service.get(path, self.headers)
        if not isinstance(found, dict):
            raise malformed("teams")
        return found


@dataclass(slots=True)
class SharePointClient:
    """The administration site. It lets nobody in who came with a client secret."""

    base: str
    audience: str
    transport: Transport
    access: Access

    async def tenant(self) -> dict[str, Any]:
        """The tenant settings, as integers and under SharePoint's own names."""
        if isinstance(self.access.credential, ClientSecret):
            text = "SharePoint administration is read with a certificate; this Microsoft tenant has a client secret."
            raise UpstreamError(Kind.NO_ACCESS, "sharepoint", text, missing_permission=SHAREPOINT_PERMISSION)
        service = _Service(
            "sharepoint", self.base, self.audience, SHAREPOINT, SHAREPOINT_PERMISSION, self.transport, self.access
        )
        found = await service.get("/_api/SPO.Tenant", {"Accept": "application/json;odata=verbose"})
        settings = found.get("d", found) if isinstance(found, dict) else None
        if not isinstance(settings, dict):
            raise malformed("sharepoint")
        return settings


@dataclass(slots=True)
class FabricClient:
    """The administration API of Fabric and Power BI."""

    base: str
    audience: str
    transport: Transport
    access: Access

    async def tenant_settings(self) -> list[dict[str, Any]]:
        """Every tenant setting. Newer answers hold them in `value`, older ones in `tenantSettings`."""
        service = _Service("fabric", self.base, self.audience, FABRIC, FABRIC_PERMISSION, self.transport, self.access)
        rows: list[dict[str, Any]] = []
        token, seen = "", set[str]()
        while True:
            query = f"?continuationToken={quote(token, safe='')}" if token else ""
            found = await service.get(f"/v1/admin/tenantsettings{query}")
            page = found.get("value", found.get("tenantSettings")) if isinstance(found, dict) else None
            if not isinstance(page, list):
                raise malformed("fabric")
            rows.extend(page)
            token = found.get("continuationToken") or ""
            if not token:
                return rows
            if token in seen:
                raise UpstreamError(Kind.MALFORMED, "fabric", "the list leads back to itself")
            seen.add(token)
