"""The HTML door: pages over the same units of work, with errors as pages and sign-in where it is missing."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeVar
from urllib.parse import quote

from fastapi import APIRouter
from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tenantry.kit.errors import AppError, NotSignedIn
from tenantry.platform.access import Permission
from tenantry.platform.doors.authentication import Visitor
from tenantry.platform.doors.endpoint import Needs, endpoint
from tenantry.platform.identity.service import tenants_of
from tenantry.platform.tenancy.models import Tenant
from tenantry.platform.work import Work
from tenantry.web.navigation import NavItem, rail
from tenantry.web.rendering import environment

_MENU: Final = 30

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class View:
    """What a template needs beside its own values: who looks, where they are, where they may go."""

    request: Request
    work: Work
    visitor: Visitor

    @property
    def tenant_name(self) -> str:
        tenant = self.work.session.get(Tenant, self.work.session.tenant_id)
        return tenant.name if tenant else ""

    @property
    def user_label(self) -> str:
        return self.visitor.user.email

    @property
    def rail(self) -> list[NavItem]:
        return rail(self.visitor.actor.permissions)

    @property
    def toast(self) -> str:
        return self.request.query_params.get("done", "")[:200]

    @property
    def search_url(self) -> str:
        return "/search.json"

    @property
    def switchable_tenants(self) -> list[tuple[str, str]]:
        """Slug and name of the other organisations this person may work in, a menu's worth of them."""
        with self.work.platform.databases.identity(self.visitor.user.id, read_only=True) as session:
            tenants = tenants_of(session, self.visitor.user, at_most=_MENU + 1)
        return [(tenant.slug, tenant.name) for tenant in tenants if tenant.id != self.work.session.tenant_id][:_MENU]

    def is_here(self, href: str) -> bool:
        path = self.request.url.path
        return path == href if href == "/" else path.startswith(href)

    def may(self, permission: Permission) -> bool:
        return self.visitor.actor.may(permission)

    def page(self, template: str, **values: Any) -> Response:
        """Renders inside the unit of work: templates see rows, and cause no queries after it has ended."""
        now = self.work.clock.now()
        body = templates().get_template(template).render(view=self, now=now, request=self.request, **values)
        return HTMLResponse(body, headers={"Vary": "HX-Request"})

    def redirect(self, path: str, done: str = "") -> Response:
        """After a POST: the browser reads the page anew, and says what happened."""
        separator = "&" if "?" in path else "?"
        return RedirectResponse(f"{path}{separator}done={quote(done)}" if done else path, status_code=303)


class Pages:
    """A slice's HTML routes. They are not part of the OpenAPI document."""

    def __init__(self, prefix: str = "") -> None:
        self.router = APIRouter(prefix=prefix, include_in_schema=False)

    def get(self, path: str, *, needs: Needs) -> Callable[[Function], Function]:
        return self._route("GET", path, needs)

    def post(self, path: str, *, needs: Needs) -> Callable[[Function], Function]:
        return self._route("POST", path, needs)

    def _route(self, method: str, path: str, needs: Needs) -> Callable[[Function], Function]:
        def register(function: Function) -> Function:
            handle = endpoint(function, needs, read_only=method == "GET", view=View)
            self.router.add_api_route(path, handle, methods=[method], response_model=None)
            self.router.routes[-1].needs = needs  # type: ignore[attr-defined]  # read by structural tests
            return function

        return register


@cache
def templates() -> Environment:
    return environment()


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks, and not for JSON."""
    path = request.url.path
    is_data = path.startswith(("/api/", "/msp/")) or path.endswith(".json")
    return not is_data and "text/html" in request.headers.get("accept", "")


def problem_page(request: Request, error: AppError) -> Response:
    """The error as a page, or the way to the sign-in."""
    if isinstance(error, NotSignedIn):
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/sign-in?next={quote(request.url.path + query)}", status_code=303)
    values = {"title": error.title, "detail": error.detail, "code": error.code}
    body = templates().get_template("web/problem.html").render(**values, request_id=request.scope.get("request_id"))
    return HTMLResponse(body, status_code=int(error.status))
