"""Graph's front: versions, tokens, limits, permissions, and the headers every answer has."""

import re
from typing import Any, Final

from mscloudsim.authorization import Caller, graph_caller, require_role
from mscloudsim.errors import Refusal
from mscloudsim.graph import (
    applications,
    groups,
    objects,
    policies,
    posture,
    reports,
    roles,
    tenant,
    users,
    writes,
)
from mscloudsim.graph.batch import batch
from mscloudsim.graph.call import Call
from mscloudsim.graph.limits import charge
from mscloudsim.graph.routing import Router
from mscloudsim.http import Reply, Request
from mscloudsim.world.directory import directory_of
from mscloudsim.world.directory.changes import changes
from mscloudsim.world.directory.setting_changes import entra_settings
from mscloudsim.world.settings import own_settings
from mscloudsim.world.world import World

_VERSION: Final = re.compile(r"/(v1\.0|beta)(/.*|$)")
_DIAGNOSTIC: Final = (
    '{"ServerInfo":{"DataCenter":"West Europe","Slice":"E","Ring":"5","ScaleUnit":"004","RoleInstance":"AM1SIM0001"}}'
)
_PARTS: Final = (users, groups, writes, roles, reports, policies, posture, applications, tenant, objects)
ROUTES: Final = tuple(item for part in _PARTS for item in part.ROUTES)


class Graph:
    """Microsoft Graph v1.0 and beta."""

    name = "graph"

    def __init__(self, world: World) -> None:
        self.world = world
        self._router = Router(ROUTES)
        known: dict[str, Any] = world.state("changes", dict)
        known.update(changes(world))
        own_settings(world, "entra", entra_settings(world))

    def matches(self, path: str) -> bool:
        return _VERSION.fullmatch(path) is not None

    async def handle(self, request: Request) -> Reply:
        version, path = _split(request)
        try:
            caller = graph_caller(self.world, request)
            if path == "/$batch":
                return _dressed(request, batch(self, request, version))
            return self.answer(request, caller)
        except Refusal as refusal:
            return _dressed(request, refusal.reply(request, self.world.clock.now()))

    def answer(self, request: Request, caller: Caller) -> Reply:
        """The answer to one request of a known caller. Raises GraphRefusal."""
        version, path = _split(request)
        headers = charge(self.world, request, caller)
        found, arguments = self._router.find(request.method, path, version)
        require_role(caller, *found.permissions)
        directory = directory_of(self.world, caller.tenant)
        reply = found.handler(Call(self.world, request, caller, directory, version, arguments))
        reply.headers |= headers
        return _dressed(request, reply)


def _split(request: Request) -> tuple[str, str]:
    """The version and the rest of a path, without a slash at its end."""
    match = _VERSION.fullmatch(request.path)
    version, rest = match.groups() if match else ("v1.0", request.path)
    return version, rest.rstrip("/") or "/"


def _dressed(request: Request, reply: Reply) -> Reply:
    reply.headers |= {
        "request-id": request.request_id,
        "client-request-id": request.header("client-request-id") or request.request_id,
        "x-ms-ags-diagnostic": _DIAGNOSTIC,
        "strict-transport-security": "max-age=31536000",
    }
    return reply
