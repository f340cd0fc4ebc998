"""Every component in every state, to look at and to test: `uvicorn tenantry.web.styleguide:app`. Never mounted."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from tenantry.web.drawing import sparkline
from tenantry.web.headers import SecurityHeaders
from tenantry.web.navigation import NavItem
from tenantry.web.rendering import STATIC, environment
from tenantry.web.states import STATES, TONES
from tenantry.web.static_files import Static

NOW: Final = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
HOSTILE: Final = "<script>alert(1)</script> \u202egnp.exe\u200b {{ 7 * 7 }}"
_PLACES: Final = (
    NavItem("Overview", "/", "layout-dashboard", 10),
    NavItem("Microsoft tenants", "/microsoft-tenants", "building-2", 20),
    NavItem("Identity", "/identity", "users", 30),
    NavItem("Resources", "/resources", "box", 40),
    NavItem("Operations", "/operations", "wrench", 50),
    NavItem("Jobs", "/jobs", "activity", 80),
    NavItem("Audit", "/audit", "scroll-text", 90, group="Workspace"),
    NavItem("Settings", "/settings", "settings", 95, group="Workspace"),
)


@dataclass(frozen=True, slots=True)
class _View:
    """What base.html asks of a view, without a platform behind it."""

    path: str
    toast: str = ""
    tenant_name: str = "Northwind MSP"
    user_label: str = "alice@northwind.example"
    rail: tuple[NavItem, ...] = _PLACES
    search_url: str = "/palette"

    @property
    def switchable_tenants(self) -> list[tuple[str, str]]:
        return [("fabrikam", "Fabrikam MSP"), ("wingtip", "Wingtip MSP")]

    def is_here(self, href: str) -> bool:
        return self.path == href


def _rows() -> list[Any]:
    """Made-up rows: a long name, a hostile one, and ones with nothing known."""
    names = ("Contoso", "Adventure Works Cycles and Sons International Holdings", HOSTILE, "Tailspin Toys", "Wingtip")
    states = ("complete", "partial", "no_access", "throttled", "never")
    counts: tuple[int | None, ...] = (1_284, 36_120, None, 0, None)
    ages: tuple[int | None, ...] = (0, 12, 190, 4_400, None)
    return [
        SimpleNamespace(
            id=index, name=name, state=state, users=count, at=None if age is None else NOW - timedelta(minutes=age)
        )
        for index, (name, state, count, age) in enumerate(zip(names, states, counts, ages, strict=True))
    ]


def _page(request: Request) -> Response:
    values = {
        "now": NOW,
        "rows": SimpleNamespace(items=_rows(), total=1_284, is_more=False, next_cursor="next"),
        "current": {"sort": "users", "down": True, "options": dict(request.query_params)},
        "states": STATES,
        "tones": TONES,
        "hostile": HOSTILE,
        "minutes": timedelta(minutes=1),
        "trend": sparkline([3, 4, None, 4, 6, 5, 8], label="MFA coverage over a week, rising"),
    }
    view = _View(request.url.path, toast=request.query_params.get("done", ""))
    template = "web/styleguide_plain.html" if request.url.path == "/plain" else "web/styleguide.html"
    return HTMLResponse(_templates.get_template(template).render(view=view, **values))


def _search(request: Request) -> Response:
    """As the product's search answers, so that the palette can be tried."""
    words = request.query_params["q"]
    return JSONResponse({"items": [{"label": f"Contoso {words}", "href": "/plain", "kind": "Microsoft tenant"}]})


_templates = environment()
app = Starlette(
    routes=[Route("/", _page), Route("/plain", _page), Route("/palette", _search), Mount("/static", Static(STATIC))],
    middleware=[Middleware(SecurityHeaders, https=False)],
)
