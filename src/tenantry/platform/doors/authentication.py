"""Who sends a request: the session behind its cookie or bearer token, as an Actor."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from starlette.requests import HTTPConnection

from tenantry.kit.db import PLATFORM_TENANT_ID
from tenantry.platform.access import Actor, ActorKind
from tenantry.platform.access.queries import permissions_of
from tenantry.platform.identity.models import User
from tenantry.platform.sessions.models import WebSession
from tenantry.platform.sessions.service import SessionLimits, Sessions
from tenantry.platform.work import Platform
from tenantry.settings import Settings


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in user and the session they came with."""

    actor: Actor
    user: User
    session_id: UUID


def session_limits(settings: Settings) -> SessionLimits:
    return SessionLimits(
        idle=timedelta(minutes=settings.session_idle_minutes), absolute=timedelta(hours=settings.session_hours)
    )


def cookie_name(settings: Settings) -> str:
    """`__Host-` binds the cookie to this host over TLS; plain HTTP installs cannot use the prefix."""
    return "__Host-tenantry" if settings.public_url.startswith("https:") else "tenantry_session"


def client_ip(request: HTTPConnection, trusted_proxies: int) -> str | None:
    """The address the last trusted proxy saw. Elements further left are the client's own invention."""
    if trusted_proxies:
        hops = [hop.strip() for hop in request.headers.get("x-forwarded-for", "").split(",") if hop.strip()]
        if len(hops) >= trusted_proxies:
            return hops[-trusted_proxies][:45]
    return request.client.host if request.client else None


def presented_token(request: HTTPConnection, settings: Settings) -> str | None:
    """The session token of a bearer header, or of our cookie."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token
    return request.cookies.get(cookie_name(settings))


def authenticate(request: HTTPConnection, platform: Platform, settings: Settings) -> Visitor | None:
    """Returns the visitor, or None for anonymous requests and sessions that have ended."""
    token = presented_token(request, settings)
    if token is None:
        return None
    with platform.databases.identity(read_only=True) as session:
        sessions = Sessions(session, platform.clock, session_limits(settings))
        found = sessions.find(token)
        due = found is not None and sessions.is_due(found[0])
    if found is None:
        return None
    if due:
        with platform.databases.identity() as session:
            Sessions(session, platform.clock, session_limits(settings)).touch(found[0].id)
    return Visitor(_actor(request, platform, settings, *found), found[1], found[0].id)


def anonymous(request: HTTPConnection, settings: Settings) -> Actor:
    return Actor(
        kind=ActorKind.ANONYMOUS,
        label="anonymous",
        tenant_id=PLATFORM_TENANT_ID,
        request_id=request.scope["request_id"],
        ip=client_ip(request, settings.trusted_proxies),
        user_agent=request.headers.get("user-agent"),
    )


def _actor(
    request: HTTPConnection, platform: Platform, settings: Settings, session_row: WebSession, user: User
) -> Actor:
    permissions: frozenset[str] | None = None
    if not user.is_super_admin:
        with platform.databases.tenant(session_row.tenant_id, read_only=True) as session:
            permissions = permissions_of(session, user.id, platform.clock.now())
    return Actor(
        kind=ActorKind.USER,
        label=user.email,
        tenant_id=session_row.tenant_id,
        user_id=user.id,
        impersonator_id=session_row.impersonator_id,
        permissions=permissions,
        request_id=request.scope["request_id"],
        ip=client_ip(request, settings.trusted_proxies),
        user_agent=request.headers.get("user-agent"),
    )
