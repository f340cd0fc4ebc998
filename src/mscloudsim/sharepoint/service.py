"""SharePoint's front: `{name}-admin.sharepoint.com`, under `/sharepoint/{name}`."""

import re
from typing import Any, Final

from mscloudsim.audiences import sharepoint_of
from mscloudsim.authorization import Caller, caller_of
from mscloudsim.errors import SharePointRefusal
from mscloudsim.http import Reply, Request
from mscloudsim.throttling import Rate
from mscloudsim.world.azure.dice import guid
from mscloudsim.world.estate import Tenant
from mscloudsim.world.m365.kinds import Item
from mscloudsim.world.m365.settings import own, settings_of
from mscloudsim.world.world import World

_PATH: Final = re.compile(r"/sharepoint/(?P<name>[^/]+)/(?P<rest>.+)", re.IGNORECASE)
_TENANT: Final = "_api/spo.tenant"
_CSOM: Final = "_vti_bin/client.svc/processquery"
_TENANT_TYPE: Final = "268004ae-ef6b-4e9b-8425-127220d84719"
_TYPE: Final = "Microsoft.Online.SharePoint.TenantAdministration.Tenant"
_RATE: Final = Rate(200, 10)
"""Calls of an application in a tenant; the published limits count resource units over minutes."""
_DENIED: Final = "-2147024891, System.UnauthorizedAccessException"
_LIBRARY: Final = {"SchemaVersion": "15.0.0.0", "LibraryVersion": "16.0.25625.12007"}
_BY_CERTIFICATE: Final = "2"
_DIAGNOSTICS: Final = '3001000;reason="There has been an error authenticating the request.";category="invalid_client"'


class SharePoint:
    """The tenant object of SharePoint administration, for applications that prove themselves by certificate."""

    name = "sharepoint"

    def __init__(self, world: World) -> None:
        self.world = world
        own(world, self.name)

    def matches(self, path: str) -> bool:
        return path.startswith("/sharepoint/")

    async def handle(self, request: Request) -> Reply:
        match = _PATH.fullmatch(request.path)
        tenant = self._tenant(match["name"]) if match else None
        if match is None or tenant is None:
            raise SharePointRefusal(
                404, "-1, Microsoft.SharePoint.Client.ResourceNotFoundException", "404 FILE NOT FOUND"
            )
        caller = self._caller(request, tenant)
        self._charge(caller)
        rest = match["rest"].rstrip("/").lower()
        may_manage = caller.delegated or "Sites.FullControl.All" in caller.roles
        if rest == _CSOM and request.method == "POST":
            return self._csom(request, tenant, may_manage=may_manage)
        if rest != _TENANT or request.method != "GET":
            text = f"Cannot find resource for the request {match['rest'][:80]}."
            raise SharePointRefusal(404, "-1, Microsoft.SharePoint.Client.ResourceNotFoundException", text)
        if not may_manage:
            text = "Access denied. You do not have permission to perform this action or access this resource."
            raise SharePointRefusal(403, _DENIED, text)
        return self._rest(request, tenant)

    def _tenant(self, name: str) -> Tenant | None:
        return self.world.estate.find(f"{name.lower().removesuffix('-admin')}.onmicrosoft.com")

    def _caller(self, request: Request, tenant: Tenant) -> Caller:
        """Raises SharePointRefusal 401 for a token it would not take, one got with a secret included."""
        caller = caller_of(self.world, request, sharepoint_of(tenant), _unauthorized)
        if not caller.delegated and caller.proof != _BY_CERTIFICATE:
            raise SharePointRefusal(401, "", "Unsupported app only token.", {"x-ms-diagnostics": _DIAGNOSTICS})
        return caller

    def _charge(self, caller: Caller) -> None:
        key = f"{self.name}|{caller.tenant.id}|{caller.app_id}"
        verdict = self.world.throttles.take(key, _RATE, 1, self.world.clock.now())
        if verdict.passed:
            return
        self.world.stats.throttled[self.name] += 1
        if verdict.too_early:
            self.world.stats.too_early[f"{self.name}|{caller.tenant.id}"] += 1
        headers = {"retry-after": str(verdict.retry_after)}
        raise SharePointRefusal(429, "-2147429894, Microsoft.SharePoint.SPException", "429 TOO MANY REQUESTS", headers)

    def _rest(self, request: Request, tenant: Tenant) -> Reply:
        """Verbose, with types beside collections, or plain, as the client accepts it."""
        item = self._object(tenant)
        address = f"https://{tenant.slug}-admin.sharepoint.com/_api/SPO.Tenant"
        if "odata=verbose" not in request.header("accept").replace(" ", "").lower():
            return Reply.json({"odata.type": _TYPE, "odata.id": address, **item})
        verbose = {name: _verbose(value) for name, value in item.items()}
        metadata = {"id": address, "uri": address, "type": _TYPE}
        content = {"content-type": "application/json;odata=verbose;charset=utf-8"}
        return Reply.json({"d": {"__metadata": metadata, **verbose}}, headers=content)

    def _csom(self, request: Request, tenant: Tenant, *, may_manage: bool) -> Reply:
        """What goes wrong here arrives with status 200, in the first element."""
        trace = request.request_id
        if not may_manage:
            return _failed(
                trace, "Attempted to perform an unauthorized operation.", "System.UnauthorizedAccessException"
            )
        if _TENANT_TYPE not in request.body.decode("utf-8", "replace").lower():
            return _failed(
                trace, "Cannot find stub for the requested type.", "Microsoft.SharePoint.Client.ClientRequestException"
            )
        identity = f"{guid(tenant.id, 'csom')}|908bed80-a04a-4433-b4a0-883d9847d110:{tenant.id}\nTenant"
        found = {"_ObjectType_": _TYPE, "_ObjectIdentity_": identity, **self._object(tenant)}
        head = {**_LIBRARY, "ErrorInfo": None, "TraceCorrelationId": trace}
        return Reply.json([head, 2, {"IsNull": False}, 4, found])

    def _object(self, tenant: Tenant) -> Item:
        (item,) = settings_of(self.world, tenant).objects(self.name, "Tenant")
        return {name: value for name, value in item.items() if name != "Identity"}


def _verbose(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return {"__metadata": {"type": "Collection(Edm.String)"}, "results": value}


def _failed(trace: str, message: str, kind: str) -> Reply:
    error = {
        "ErrorMessage": message,
        "ErrorValue": None,
        "TraceCorrelationId": trace,
        "ErrorCode": -2147024891,
        "ErrorTypeName": kind,
    }
    return Reply.json([{**_LIBRARY, "ErrorInfo": error, "TraceCorrelationId": trace}])


def _unauthorized(why: str) -> SharePointRefusal:
    said = {
        "missing": "Attempted to perform an unauthorized operation.",
        "signature": "Invalid JWT token. The token is not signed by a known key.",
        "audience": "Invalid JWT token. The audience is not this site.",
        "expired": "Invalid JWT token. The token is expired.",
    }
    return SharePointRefusal(401, "", said[why], {"x-ms-diagnostics": _DIAGNOSTICS})
