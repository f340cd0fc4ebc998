"""Turns a plain `def` that asks for `work: Work` into an endpoint.

Everything that touches the database happens in one hop to a worker thread: authentication, the permission, the unit
of work, its commit. So the answer leaves after the commit, never before (a commit placed after a dependency's `yield`
would run when the client already has its 200).
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Final

from starlette.requests import Request

from tenantry.kit.errors import Forbidden, NotSignedIn
from tenantry.kit.logging import add_log_facts
from tenantry.platform.access import Permission
from tenantry.platform.audit.models import Outcome
from tenantry.platform.audit.service import record_now
from tenantry.platform.doors.authentication import Visitor, anonymous, authenticate
from tenantry.platform.doors.streams import OpenStreams
from tenantry.platform.work import Platform, Work
from tenantry.settings import Settings


@dataclass(frozen=True, slots=True)
class _Public:
    """Marks a route that answers without a session. The list of those is reviewed in a structural test."""


PUBLIC: Final = _Public()
Needs = Permission | _Public | None
"""The permission a route asks for; None for any signed-in user; PUBLIC for anyone."""


@dataclass(frozen=True, slots=True)
class Doorway:
    """What a door needs from the application: set once on `app.state.doorway`."""

    platform: Platform
    settings: Settings
    streams: OpenStreams = field(default_factory=OpenStreams)


def doorway_of(request: Request) -> Doorway:
    doorway: Doorway = request.app.state.doorway
    return doorway


def endpoint(
    function: Callable[..., Any], needs: Needs, *, read_only: bool, view: type[Any] | None = None
) -> Callable[..., Any]:
    """Wraps `function`; it is given its Work, Visitor, Request and the door's `view`, FastAPI supplies the rest."""
    signature = inspect.signature(function)
    supplied = {
        name: p.annotation for name, p in signature.parameters.items() if p.annotation in (Work, Visitor, Request, view)
    }

    def given(request: Request, arguments: dict[str, Any]) -> dict[str, Any]:
        return {**arguments, **{name: request for name, annotation in supplied.items() if annotation is Request}}

    @wraps(function)
    def in_a_thread(_request: Request, **arguments: Any) -> Any:
        if needs is PUBLIC:
            return function(**given(_request, arguments))
        call = _Call(function, needs, supplied, given(_request, arguments), view)
        return _inside_work(call, _request, read_only=read_only)

    handle: Any = _in_the_loop(function, needs, given) if inspect.iscoroutinefunction(function) else in_a_thread
    kept = [p for name, p in signature.parameters.items() if name not in supplied]
    first = inspect.Parameter("_request", inspect.Parameter.KEYWORD_ONLY, annotation=Request)
    keyword_only = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in kept]
    handle.__signature__ = signature.replace(parameters=[first, *keyword_only])  # FastAPI reads it
    handle.read_only = read_only  # read by a structural test
    handle.__annotations__ = {p.name: p.annotation for p in (first, *kept)}
    found: Callable[..., Any] = handle
    return found


def _in_the_loop(
    function: Callable[..., Any], needs: Needs, given: Callable[[Request, dict[str, Any]], dict[str, Any]]
) -> Callable[..., Any]:
    """For what must answer although every thread waits for the database. It touches none, so it knows nobody."""
    if needs is not PUBLIC:
        raise TypeError(f"{function.__qualname__} is a coroutine, and only public routes may be one")

    @wraps(function)
    async def handle(_request: Request, **arguments: Any) -> Any:
        return await function(**given(_request, arguments))

    return handle


@dataclass(frozen=True, slots=True)
class _Call:
    """An endpoint's function, and what it still has to be given."""

    function: Callable[..., Any]
    needs: Needs
    supplied: dict[str, Any]
    arguments: dict[str, Any]
    view: type[Any] | None

    def __call__(self, work: Work, visitor: Visitor, request: Request) -> Any:
        values: dict[Any, Any] = {Work: work, Visitor: visitor, Request: request}
        if self.view is not None:
            values[self.view] = self.view(request, work, visitor)
        given = {name: values[annotation] for name, annotation in self.supplied.items()}
        return self.function(**{**self.arguments, **given})


def _inside_work(call: _Call, request: Request, *, read_only: bool) -> Any:
    doorway = doorway_of(request)
    visitor = authenticate(request, doorway.platform, doorway.settings)
    if visitor is None:
        raise NotSignedIn
    request.state.visitor = visitor
    add_log_facts(tenant_id=visitor.actor.tenant_id, user_id=visitor.actor.user_id)
    try:
        if isinstance(call.needs, Permission):
            visitor.actor.require(call.needs)
        with doorway.platform.work(visitor.actor, read_only=read_only) as work:
            return call(work, visitor, request)
    except Forbidden as refusal:
        _record_denial(doorway.platform, visitor, request, refusal)
        raise


def _record_denial(platform: Platform, visitor: Visitor, request: Request, refusal: Forbidden) -> None:
    """A refusal is audited in a transaction of its own: the one it refused is rolled back."""
    record_now(
        platform.databases,
        visitor.actor,
        platform.clock,
        "access.denied",
        outcome=Outcome.DENIED,
        permission=refusal.facts.get("permission"),
        method=request.method,
        path=request.url.path[:300],
    )


def actor_or_anonymous(request: Request) -> Any:
    """For public routes that audit: the visitor's actor if there is one."""
    doorway = doorway_of(request)
    visitor = authenticate(request, doorway.platform, doorway.settings)
    return visitor.actor if visitor else anonymous(request, doorway.settings)
