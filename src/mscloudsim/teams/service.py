"""Teams' front: `api.interfaces.records.teams.microsoft.com`, under `/teams`."""

import gzip
import re
from typing import Any, Final

from mscloudsim import audiences
from mscloudsim.authorization import Caller, caller_of
from mscloudsim.errors import TeamsRefusal
from mscloudsim.http import Reply, Request
from mscloudsim.throttling import Rate
from mscloudsim.world.m365.access import admission_of
from mscloudsim.world.m365.collaboration import TEAMS_PLAN
from mscloudsim.world.m365.kinds import Item
from mscloudsim.world.m365.settings import KINDS, own, settings_of
from mscloudsim.world.world import World

_CONFIGURATIONS: Final = re.compile(
    r"/teams/Skype\.Policy/configurations/(?P<type>\w+)(?:/configuration/(?P<identity>[^/]+))?", re.IGNORECASE
)
_POLICIES: Final = "/teams/skype.policy/tenants/policies"
_TENANTS: Final = "/teams/teams.tenant/tenants"
_RATE: Final = Rate(100, 10)
"""Calls of an application in a tenant. Microsoft publishes no number."""
_UNLICENSED: Final = "Microsoft.Skype.Sync.Pstn.Tnm.Common.Http.HttpResponseException"
_SAID: Final = {
    "missing": "The request carries no bearer token.",
    "signature": "The signature of the token is not valid.",
    "audience": "The audience of the token is not this service.",
    "expired": "The token has expired.",
}


class TeamsAdmin:
    """The policies and configurations of Teams, which are read here and written elsewhere."""

    name = "teams-admin"

    def __init__(self, world: World) -> None:
        self.world = world
        own(world, "teams")

    def matches(self, path: str) -> bool:
        return path.startswith("/teams/")

    async def handle(self, request: Request) -> Reply:
        caller = self._caller(request)
        self._charge(caller)
        path = request.path.rstrip("/").lower()
        if path == _POLICIES and request.method != "GET":
            raise TeamsRefusal(403, "40301", "Forbidden")
        if path == _TENANTS and request.method == "GET":
            return _packed(self._discovery(request, caller))
        match = _CONFIGURATIONS.fullmatch(request.path.rstrip("/"))
        if match is None:
            raise TeamsRefusal(404, "NotFound", f"Nothing is at {request.path[:120]}.")
        if request.method != "GET":
            raise TeamsRefusal(405, "MethodNotAllowed", "The simulated Teams is read only.")
        return _packed(self._configurations(caller, match["type"], match["identity"]))

    def _caller(self, request: Request) -> Caller:
        """Raises TeamsRefusal 401, 403, and what a tenant without Teams is told."""
        caller = caller_of(self.world, request, audiences.TEAMS, _unauthorized)
        may_read = "application_access" in caller.roles and admission_of(self.world, caller.tenant).reads_globally
        if not (caller.delegated or may_read):
            raise TeamsRefusal(403, "Forbidden", "The caller holds no role that may read Teams' configuration.")
        if not settings_of(self.world, caller.tenant).upkeep().has(*TEAMS_PLAN):
            raise TeamsRefusal(400, "BadRequest", f"Exception of type '{_UNLICENSED}' was thrown.")
        return caller

    def _charge(self, caller: Caller) -> None:
        """Raises TeamsRefusal 429, which does not say when to come back."""
        key = f"{self.name}|{caller.tenant.id}|{caller.app_id}"
        verdict = self.world.throttles.take(key, _RATE, 1, self.world.clock.now())
        if verdict.passed:
            return
        self.world.stats.throttled[self.name] += 1
        if verdict.too_early:
            self.world.stats.too_early[f"{self.name}|{caller.tenant.id}"] += 1
        raise TeamsRefusal(429, "TooManyRequests", "Too many requests.")

    def _discovery(self, request: Request, caller: Caller) -> Item:
        """Where a tenant is served from: here, whoever asks."""
        endpoints = {
            "ConfigApiEndpoint": f"{request.base_url}/teams",
            "AdminServiceEndpoint": request.base_url.partition("://")[2],
        }
        forest = f"{caller.tenant.country.lower()}1a"
        discovery = {"Endpoints": endpoints, "Headers": {"X-MS-Forest": forest}}
        return {"tenantId": caller.tenant.id, "displayName": caller.tenant.name, "serviceDiscovery": discovery}

    def _configurations(self, caller: Caller, kind: str, identity: str | None) -> Any:
        """All instances of a type, or the one of this identity. Raises TeamsRefusal 404."""
        proper = {name.lower(): name for name in KINDS["teams"]}.get(kind.lower())
        if proper is None:
            raise TeamsRefusal(404, "NotFound", f"There is no configuration type {kind[:80]}.")
        objects = settings_of(self.world, caller.tenant).objects("teams", proper)
        shown = [_enveloped(item, proper, caller.tenant.id) for item in objects]
        if identity is None:
            return shown
        wanted = {identity.lower(), f"tag:{identity.lower()}"}
        found = next((item for item in shown if str(item["Identity"]).lower() in wanted), None)
        if found is None:
            raise TeamsRefusal(404, "NotFound", f"There is no {proper} {identity[:80]}.")
        return found


def _enveloped(item: Item, kind: str, tenant_id: str) -> Item:
    """The object with the key that a write has to send back."""
    scope = "Global" if item["Identity"] == "Global" else "Tag"
    key = {
        "ScopeClass": scope,
        "SchemaId": {"XName": f"{{urn:schema:Microsoft.Rtc.Management.Policy.2017}}{kind}"},
        "AuthorityId": {"Class": "Tenant", "InstanceId": tenant_id, "XmlRoot": None},
        "DefaultXml": None,
        "XmlRoot": "name={urn:schema:Microsoft.Rtc.Management.ScopeFramework.2008}AnchoredXmlKey",
    }
    return {**item, "Key": key, "ConfigMetadata": {"Authority": "Tenant"}, "ConfigId": item["Identity"]}


def _packed(value: Any) -> Reply:
    reply = Reply.json(value)
    reply.body = gzip.compress(reply.body, 1)
    reply.headers["content-encoding"] = "gzip"
    return reply


def _unauthorized(why: str) -> TeamsRefusal:
    return TeamsRefusal(401, "Unauthorized", _SAID[why], {"www-authenticate": 'Bearer error="invalid_token"'})
