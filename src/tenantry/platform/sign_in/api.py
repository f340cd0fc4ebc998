"""`/api/v1/auth`: sign in and out for programs."""

from starlette.requests import Request
from starlette.responses import Response

from tenantry.platform.doors import PUBLIC, Api
from tenantry.platform.doors.authentication import Visitor, anonymous, client_ip, session_limits
from tenantry.platform.doors.endpoint import doorway_of
from tenantry.platform.identity.service import Attempt, SignInFailed
from tenantry.platform.sessions.service import Sessions
from tenantry.platform.sign_in.cookies import device_token
from tenantry.platform.sign_in.flows import Entrance, NoTenant
from tenantry.platform.sign_in.schemas import Credentials, StatusOut, TokenOut

api = Api("/api/v1/auth", "authentication")


@api.post("/login", needs=PUBLIC, response_model=TokenOut, errors=[SignInFailed, NoTenant])
def login(credentials: Credentials, request: Request) -> TokenOut:
    """Opens a session and returns its token, once."""
    doorway = doorway_of(request)
    platform, limits = doorway.platform, session_limits(doorway.settings)
    visitor = anonymous(request, doorway.settings)
    ip, device = client_ip(request, doorway.settings.trusted_proxies), device_token(request, doorway.settings)
    attempt = Attempt(credentials.email, credentials.password, ip, device)
    entrance = Entrance(platform.databases, platform.clock, limits)
    signed_in = entrance.sign_in(attempt, visitor, credentials.tenant)
    return TokenOut(
        token=signed_in.token.reveal(),
        token_type="Bearer",  # noqa: S106 - the name of the scheme
        expires_at=platform.clock.now() + limits.absolute,
        tenant=signed_in.tenant.slug,
    )


@api.post("/logout", needs=None, status_code=204)
def logout(visitor: Visitor, request: Request) -> Response:
    """Ends the session of this token at once."""
    doorway = doorway_of(request)
    with doorway.platform.databases.identity() as session:
        Sessions(session, doorway.platform.clock, session_limits(doorway.settings)).end(visitor.session_id)
    return Response(status_code=204)


@api.get("/status", needs=None, response_model=StatusOut)
def status(visitor: Visitor) -> StatusOut:
    """Says who you are, in which tenant, and what you may do."""
    permissions = visitor.actor.permissions
    return StatusOut(
        user_id=visitor.user.id,
        email=visitor.user.email,
        display_name=visitor.user.display_name,
        tenant_id=visitor.actor.tenant_id,
        is_super_admin=visitor.user.is_super_admin,
        permissions=None if permissions is None else sorted(permissions),
    )
