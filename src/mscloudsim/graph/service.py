"""Graph's front: versions, authorization, throttling, and which path is answered by what."""

import re
from collections.abc import Callable
from typing import Any, Final

from mscloudsim.authorization import Caller, graph_caller, require_role
from mscloudsim.errors import GraphRefusal, Refusal
from mscloudsim.graph import kinds, writes
from mscloudsim.graph.batch import batch
from mscloudsim.graph.catalogue import Catalogue
from mscloudsim.graph.delta import delta
from mscloudsim.graph.limits import charge
from mscloudsim.graph.listing import Kind, listing, page_reply, single
from mscloudsim.http import Reply, Request
from mscloudsim.world.directory import Directory, directory_of
from mscloudsim.world.directory.roles import ROLES
from mscloudsim.world.estate import Licence
from mscloudsim.world.world import World

Item = dict[str, Any]
_VERSION: Final = re.compile(r"^/(v1\.0|beta)(/|$)")


class Graph:
    """Microsoft Graph v1.0 and beta."""

    name = "graph"

    def __init__(self, world: World) -> None:
        self.world = world
        known: dict[str, Any] = world.state("changes", dict)
        known.update(writes.changes(world))
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., Reply], tuple[str, ...]]] = []
        self._declare()

    def matches(self, path: str) -> bool:
        return _VERSION.match(path) is not None

    async def handle(self, request: Request) -> Reply:
        caller = graph_caller(self.world, request)
        path = _VERSION.sub("/", request.path).rstrip("/") or "/"
        if path == "/$batch":
            return await batch(self, request)
        return self.answer(request, caller, path)

    def answer(self, request: Request, caller: Caller, path: str) -> Reply:
        """One request of a known caller; raises GraphRefusal."""
        headers = charge(self.world, request, caller)
        handler, arguments, roles = self._route(request.method, path)
        require_role(caller, *roles)
        reply = handler(request, caller, directory_of(self.world, caller.tenant), *arguments)
        reply.headers |= {"request-id": request.request_id, **headers}
        reply.headers["client-request-id"] = request.header("client-request-id") or request.request_id
        return reply

    def _route(self, method: str, path: str) -> tuple[Callable[..., Reply], tuple[str, ...], tuple[str, ...]]:
        allowed = False
        for verb, pattern, handler, roles in self._routes:
            match = pattern.fullmatch(path)
            if match is not None and verb == method:
                return handler, match.groups(), roles
            allowed = allowed or match is not None
        if allowed:
            text = "Specified HTTP method is not allowed for the request target."
            raise GraphRefusal(405, "Request_BadRequest", text)
        raise GraphRefusal(400, "BadRequest", f"Resource not found for the segment '{path.split('/')[1]}'.")

    def _on(self, verb: str, path: str, handler: Callable[..., Reply], *roles: str) -> None:
        pattern = re.compile(re.sub(r"\{\w+\}", "([^/()]+)", re.sub(r"([$()'])", r"\\\1", path)), re.IGNORECASE)
        self._routes.append((verb, pattern, handler, roles))

    def _declare(self) -> None:
        """The paths and the application permissions of which one is needed (Graph permissions reference)."""
        users = ("User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
        groups = ("Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "GroupMember.Read.All")
        make_groups = ("Group.Create", "Group.ReadWrite.All", "Directory.ReadWrite.All")
        change_groups = ("Group.ReadWrite.All", "Directory.ReadWrite.All", "Group.Create")
        roles = ("RoleManagement.Read.Directory", "RoleManagement.Read.All", "Directory.Read.All")
        catalogue = Catalogue(self.world)
        self._on("GET", "/users", self.users, *users)
        self._on("GET", "/users/$count", self.user_total, *users)
        self._on("GET", "/users/delta", self.user_delta, *users)
        self._on("GET", "/users/{id}", self.user, *users)
        self._on("GET", "/groups", self.groups, *groups)
        self._on("GET", "/groups/$count", self.group_total, *groups)
        self._on("GET", "/groups/delta", self.group_delta, *groups)
        self._on("POST", "/groups", writes.create_group, *make_groups)
        self._on("GET", "/groups/{id}", self.group, *groups)
        self._on("PATCH", "/groups/{id}", writes.update_group, *change_groups)
        self._on("DELETE", "/groups/{id}", writes.delete_group, *change_groups)
        self._on("GET", "/groups/{id}/members", self.members, *groups)
        self._on("GET", "/groups/{id}/transitiveMembers", self.members, *groups)
        self._on("POST", "/groups/{id}/members/$ref", writes.add_member, *change_groups, "GroupMember.ReadWrite.All")
        self._on("DELETE", "/groups/{id}/members/{member}/$ref", writes.remove_member, *change_groups)
        self._on("GET", "/roleManagement/directory/roleDefinitions", self.role_definitions, *roles)
        self._on("GET", "/roleManagement/directory/roleAssignments", self.role_assignments, *roles)
        eligibility = ("RoleEligibilitySchedule.Read.Directory", *roles)
        self._on("GET", "/roleManagement/directory/roleEligibilityScheduleInstances", self.eligibility, *eligibility)
        reports = ("AuditLog.Read.All",)
        self._on("GET", "/reports/authenticationMethods/userRegistrationDetails", self.registrations, *reports)
        self._on("GET", "/auditLogs/directoryAudits", self.audits, *reports)
        for path, handler, needed in catalogue.routes():
            self._on("GET", path, handler, *needed)

    def users(self, request: Request, caller: Caller, directory: Directory) -> Reply:
        wanted = request.query.get("$select", "").split(",")
        if "signInActivity" not in wanted:
            return self._list(request, directory, kinds.USER, directory.users)
        require_role(caller, "AuditLog.Read.All")
        require_premium(caller)

        def with_activity(start: int) -> Any:
            for index, item in directory.users(start):
                activity = directory.sign_in_activity(index)
                yield index, {**item, "signInActivity": activity} if activity else item

        return self._list(request, directory, kinds.USER_WITH_ACTIVITY, with_activity)

    def user(self, request: Request, _caller: Caller, directory: Directory, key: str) -> Reply:
        found = directory.find_user(key)
        if found is None:
            raise not_found(key)
        return single(request, found[1], kinds.USER, "users")

    def user_total(self, request: Request, _caller: Caller, directory: Directory) -> Reply:
        return _total(request, sum(1 for _ in directory.users()))

    def group_total(self, request: Request, _caller: Caller, directory: Directory) -> Reply:
        return _total(request, sum(1 for _ in directory.groups()))

    def user_delta(self, request: Request, _caller: Caller, directory: Directory) -> Reply:
        def find(key: str) -> Item | None:
            found = directory.find_user(key)
            return found[1] if found else None

        return delta(directory, request, kinds.USER, directory.users, find)

    def groups(self, request: Request, _caller: Caller, directory: Directory) -> Reply:
        return self._list(request, directory, kinds.GROUP, directory.groups)

    def group(self, request: Request, _caller: Caller, directory: Directory, key: str) -> Reply:
        item = directory.find_group(key)
        if item is None:
            raise not_found(key)
        return single(request, item, kinds.GROUP, "groups")

    def group_delta(self, request: Request, _caller: Caller, directory: Directory) -> Reply:
        return delta(directory, request, kinds.GROUP, directory.groups, directory.find_group)

    def members(self, request: Request, _caller: Caller, directory: Directory, key: str) -> Reply:
        if directory.find_group(key) is None:
            raise not_found(key)
        rows = [_member(directory, member) for member in directory.member_ids(key)]
        return self._rows(request, directory, kinds.MEMBER, rows)

    def role_definitions(self, request: Request, _caller: Caller, directory: Directory) -> Reply:
        return self._rows(request, directory, kinds.ROLE, list(ROLES))

    def role_assignments(self, request: Request, _caller: Caller, directory: Directory) -> Reply:
        rows = directory.role_assignments()
        if request.query.get("$expand") == "principal":
            rows = [{**row, "principal": _member(directory, row["principalId"])} for row in rows]
        return self._rows(request, directory, kinds.ROLE_GRANT, rows)

    def eligibility(self, request: Request, caller: Caller, directory: Directory) -> Reply:
        if caller.tenant.licence is not Licence.P2:
            text = "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license."
            raise GraphRefusal(400, "AadPremiumLicenseRequired", text)
        return self._rows(request, directory, kinds.ROLE_GRANT, directory.role_eligibilities())

    def registrations(self, request: Request, caller: Caller, directory: Directory) -> Reply:
        require_premium(caller)
        return self._list(request, directory, kinds.REGISTRATION, directory.registrations)

    def audits(self, request: Request, _caller: Caller, directory: Directory) -> Reply:
        return self._rows(request, directory, kinds.AUDIT, directory.audits)

    def _list(self, request: Request, directory: Directory, kind: Kind, source: Any) -> Reply:
        return listing(self.world, request, directory.tenant.id, kind, source)

    def _rows(self, request: Request, directory: Directory, kind: Kind, rows: list[Item]) -> Reply:
        def source(start: int) -> Any:
            return ((position, rows[position]) for position in range(start, len(rows)))

        return self._list(request, directory, kind, source)


def require_premium(caller: Caller) -> None:
    """Raises the refusal of tenants without Entra ID P1."""
    if caller.tenant.licence is Licence.FREE:
        text = "Neither tenant is B2C or tenant doesn't have premium license"
        raise GraphRefusal(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", text)


def not_found(key: str) -> Refusal:
    text = f"Resource '{key}' does not exist or one of its queried reference-property objects are not present."
    return GraphRefusal(404, "Request_ResourceNotFound", text)


def _member(directory: Directory, key: str) -> Item:
    found = directory.find_user(key)
    if found is not None:
        item = found[1]
        names = ("id", "displayName", "userPrincipalName", "mail")
        return {"@odata.type": "#microsoft.graph.user", **{name: item[name] for name in names}}
    group = directory.find_group(key)
    if group is not None:
        return {"@odata.type": "#microsoft.graph.group", "id": key, "displayName": group["displayName"]}
    return {"@odata.type": "#microsoft.graph.servicePrincipal", "id": key}


def _total(request: Request, count: int) -> Reply:
    if request.header("consistencylevel").lower() != "eventual":
        raise GraphRefusal(400, "Request_BadRequest", "$count is not currently supported.")
    reply = page_reply(None)
    reply.body = str(count).encode()
    reply.headers["content-type"] = "text/plain"
    return reply
