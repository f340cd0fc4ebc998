"""Fabric's front: `api.fabric.microsoft.com`, under `/fabric`."""

import base64
import binascii
from typing import Final
from urllib.parse import quote

from mscloudsim import audiences
from mscloudsim.authorization import Caller, caller_of
from mscloudsim.errors import FabricRefusal
from mscloudsim.http import Reply, Request
from mscloudsim.throttling import Rate
from mscloudsim.world.m365.access import admission_of
from mscloudsim.world.m365.fabric import FABRIC
from mscloudsim.world.m365.kinds import Item
from mscloudsim.world.m365.settings import own, settings_of
from mscloudsim.world.world import World

_PATH: Final = "/fabric/v1/admin/tenantsettings"
_PAGE: Final = 20
_RATE: Final = Rate(25, 25 / 60)
"""25 requests a minute (learn.microsoft.com/rest/api/fabric/admin/tenants/list-tenant-settings)."""
_ROUND, _OLDER = 4, 2
"""Of four tenants, the one that still answers under the older key."""
_SPOILING: Final = frozenset({"Tenant.Read.All", "Tenant.ReadWrite.All"})
_SAID: Final = {
    "missing": "The request carries no bearer token.",
    "signature": "The signature of the token is not valid.",
    "audience": "The audience of the token is not this service.",
    "expired": "The access token has expired.",
}


class Fabric:
    """The tenant settings, for applications in the group that may read Fabric's administration."""

    name = "fabric"

    def __init__(self, world: World) -> None:
        self.world = world
        own(world, self.name)

    def matches(self, path: str) -> bool:
        return path.startswith("/fabric/")

    async def handle(self, request: Request) -> Reply:
        caller = caller_of(self.world, request, audiences.FABRIC, _unauthorized)
        self._charge(caller)
        if request.path.rstrip("/").lower() != _PATH:
            raise FabricRefusal(404, "EndpointNotFound", f"Nothing is at {request.path[:120]}.")
        if request.method != "GET":
            raise FabricRefusal(405, "MethodNotAllowed", "Tenant settings are only read here.")
        self._check(caller)
        return self._page(request, caller)

    def _charge(self, caller: Caller) -> None:
        """Raises FabricRefusal 429."""
        key = f"{self.name}|{caller.tenant.id}|{caller.object_id}"
        verdict = self.world.throttles.take(key, _RATE, 1, self.world.clock.now())
        if verdict.passed:
            return
        self.world.stats.throttled[self.name] += 1
        if verdict.too_early:
            self.world.stats.too_early[f"{self.name}|{caller.tenant.id}"] += 1
        headers = {"retry-after": str(verdict.retry_after)}
        raise FabricRefusal(429, "RequestBlocked", "Request is blocked by the upstream service.", headers)

    def _check(self, caller: Caller) -> None:
        """Raises FabricRefusal 403 for tenants without Fabric, and for applications that may not read."""
        if not settings_of(self.world, caller.tenant).upkeep().has(*FABRIC):
            raise FabricRefusal(403, "TenantNotLicensed", "The tenant has no Fabric or Power BI licence.")
        if caller.delegated:
            return
        if not caller.roles.isdisjoint(_SPOILING):
            text = "An application that is let in by its group must hold no permission that needs an administrator."
            raise FabricRefusal(403, "PowerBINotAuthorizedException", text)
        if not admission_of(self.world, caller.tenant).in_fabric_group:
            text = "The service principal is in no group that may call read-only admin APIs."
            raise FabricRefusal(401, "Unauthorized", text)

    def _page(self, request: Request, caller: Caller) -> Reply:
        start = _start(request.query.get("continuationToken"))
        objects = settings_of(self.world, caller.tenant).objects(self.name, "TenantSetting")
        key = "tenantSettings" if caller.tenant.index % _ROUND == _OLDER else "value"
        body: Item = {key: [_shown(item) for item in objects[start : start + _PAGE]]}
        if start + _PAGE < len(objects):
            token = base64.b64encode(str(start + _PAGE).encode()).decode()
            body["continuationToken"] = token
            body["continuationUri"] = f"{request.base_url}{_PATH}?continuationToken={quote(token, safe='')}"
        return Reply.json(body)


def _shown(item: Item) -> Item:
    """Properties are only there where a setting has any."""
    return {name: value for name, value in item.items() if name != "properties" or value}


def _start(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return max(0, int(base64.b64decode(token, validate=True)))
    except (binascii.Error, ValueError) as error:
        raise FabricRefusal(400, "InvalidParameter", "The continuation token is invalid.") from error


def _unauthorized(why: str) -> FabricRefusal:
    code = "TokenExpired" if why == "expired" else "Unauthorized"
    return FabricRefusal(401, code, _SAID[why], {"www-authenticate": 'Bearer error="invalid_token"'})
