"""The entrance for people: sign in, sign out."""

from datetime import timedelta
from typing import Annotated

from fastapi import Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tenantry.kit.secret import Secret
from tenantry.platform.doors import PUBLIC, Doorway, Pages
from tenantry.platform.doors.authentication import Visitor, anonymous, client_ip, cookie_name, session_limits
from tenantry.platform.doors.endpoint import doorway_of
from tenantry.platform.doors.pages import templates
from tenantry.platform.identity.devices import LIFETIME
from tenantry.platform.identity.service import Attempt, SignInFailed
from tenantry.platform.sessions.service import Sessions
from tenantry.platform.sign_in.cookies import device_cookie_name, device_token
from tenantry.platform.sign_in.flows import Entrance, NoTenant

pages = Pages()


@pages.get("/sign-in", needs=PUBLIC)
def form(next: str = "/") -> Response:  # noqa: A002 - the name in the address
    return _form(next, "", None, 200)


@pages.post("/sign-in", needs=PUBLIC)
def sign_in(
    request: Request,
    email: Annotated[str, Form(max_length=254)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form(max_length=1000)] = "/",  # noqa: A002
) -> Response:
    doorway = doorway_of(request)
    entrance = Entrance(doorway.platform.databases, doorway.platform.clock, session_limits(doorway.settings))
    device = device_token(request, doorway.settings)
    attempt = Attempt(email, Secret(password), client_ip(request, doorway.settings.trusted_proxies), device)
    try:
        signed_in = entrance.sign_in(attempt, anonymous(request, doorway.settings))
    except (SignInFailed, NoTenant) as error:
        return _form(next, email, error.detail, int(error.status))
    answer = RedirectResponse(_local(next), status_code=303)
    known_by = entrance.know(signed_in, device, request.cookies.get(cookie_name(doorway.settings)))
    limits = session_limits(doorway.settings)
    _set_cookie(answer, doorway, cookie_name(doorway.settings), signed_in.token, limits.absolute)
    _set_cookie(answer, doorway, device_cookie_name(doorway.settings), known_by, LIFETIME)
    return answer


@pages.post("/switch-tenant", needs=None)
def switch(visitor: Visitor, request: Request, tenant: Annotated[str, Form(max_length=100)] = "") -> Response:
    """To another organisation of the same person, in a new session. Raises NoTenant for one that is not theirs."""
    doorway = doorway_of(request)
    limits = session_limits(doorway.settings)
    entrance = Entrance(doorway.platform.databases, doorway.platform.clock, limits)
    signed_in = entrance.switch(visitor.session_id, visitor.user, visitor.actor, tenant)
    answer = RedirectResponse("/", status_code=303)
    _set_cookie(answer, doorway, cookie_name(doorway.settings), signed_in.token, limits.absolute)
    return answer


@pages.post("/sign-out", needs=None)
def sign_out(visitor: Visitor, request: Request) -> Response:
    doorway = doorway_of(request)
    with doorway.platform.databases.identity() as session:
        Sessions(session, doorway.platform.clock, session_limits(doorway.settings)).end(visitor.session_id)
    answer = RedirectResponse("/sign-in", status_code=303)
    answer.delete_cookie(cookie_name(doorway.settings), path="/", secure=_is_https(doorway), httponly=True)
    return answer


def _form(next_page: str, email: str, error: str | None, status: int) -> Response:
    values = {"next": _local(next_page), "email": email, "error": error}
    return HTMLResponse(templates().get_template("platform/sign_in/sign_in.html").render(**values), status)


def _set_cookie(answer: Response, doorway: Doorway, name: str, token: Secret, lifetime: timedelta) -> None:
    answer.set_cookie(
        name,
        token.reveal(),
        max_age=int(lifetime.total_seconds()),
        path="/",
        secure=_is_https(doorway),
        httponly=True,
        samesite="lax",
    )


def _is_https(doorway: Doorway) -> bool:
    return doorway.settings.public_url.startswith("https:")


def _local(path: str) -> str:
    """Only a path of our own: an absolute or protocol-relative address would lead people elsewhere."""
    is_path = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if is_path and "\n" not in path and "\r" not in path else "/"
