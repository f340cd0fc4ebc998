"""The cookie a browser is known by, long after its session."""

from starlette.requests import Request

from tenantry.kit.secret import Secret
from tenantry.settings import Settings


def device_cookie_name(settings: Settings) -> str:
    """Like the session's: bound to this host over TLS."""
    return "__Host-tenantry-device" if settings.public_url.startswith("https:") else "tenantry_device"


def device_token(request: Request, settings: Settings) -> Secret | None:
    token = request.cookies.get(device_cookie_name(settings))
    return Secret(token[:200]) if token else None
