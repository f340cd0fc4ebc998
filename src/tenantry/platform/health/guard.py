"""Who may read the metrics: whoever has the token of the settings, or who sits at this machine."""

from http import HTTPStatus
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from tenantry.kit.errors import AppError
from tenantry.kit.secret import Secret
from tenantry.settings import Settings

_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


class MonitoringOnly(AppError):
    """Send the token of TENANTRY_MONITORING_TOKEN as a bearer token. docs/how-to/monitor.md shows where to set it."""

    status = HTTPStatus.UNAUTHORIZED


def is_monitor(request: Request, settings: Settings) -> bool:
    """Whether the request carries the token for monitoring."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    wanted = settings.monitoring_token
    return wanted is not None and scheme.lower() == "bearer" and Secret(token) == wanted


def require_monitor(request: Request, settings: Settings) -> None:
    """Raises MonitoringOnly for everybody else."""
    if not is_monitor(request, settings) and not _is_at_this_machine(request, settings):
        raise MonitoringOnly


def _is_at_this_machine(request: Request, settings: Settings) -> bool:
    """A reverse proxy comes from loopback, too, and speaks for everybody; a web page may lead a browser here by a
    name of its own. So the product must be one for this machine alone, be asked for as such, and nobody in between.
    """
    names = (urlsplit(settings.public_url).hostname, request.url.hostname)
    forwarded = settings.trusted_proxies or any(name in request.headers for name in _FORWARDED)
    return (
        not forwarded
        and _is_loopback(request.client.host if request.client else None)
        and all(map(_is_loopback, names))
    )


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False
