"""A small site behind the real middleware, the style guide over real HTTP, and a real browser to look at it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from tests.support.web import Client, served

from tenantry.web.csrf import CrossSiteGuard
from tenantry.web.headers import SecurityHeaders
from tenantry.web.rendering import STATIC
from tenantry.web.static_files import Static
from tenantry.web.styleguide import app

_AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
PUBLIC_ORIGIN: Final = "https://tenantry.example"


@pytest.fixture(scope="session")
def site() -> Iterator[Client]:
    """Our middleware in the product's order, before a page that says that it was reached."""
    done = Route("/", lambda _: PlainTextResponse("done"), methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    middleware = [Middleware(SecurityHeaders, https=True), Middleware(CrossSiteGuard, origin=PUBLIC_ORIGIN)]
    behind = Starlette(routes=[done, Mount("/static", Static(STATIC))], middleware=middleware)
    with served(behind) as base_url:
        yield Client(base_url)


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with served(app) as base_url:
        yield base_url


@pytest.fixture
def client(address: str) -> Client:
    return Client(address)


@dataclass
class Visit:
    """A page in the browser, and what it complained about or asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)

    def hear(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            self.complaints.append(said.text)

    def axe(self) -> list[str]:
        """What the accessibility check finds, one line per element."""
        self.page.evaluate(f"{_AXE};0")
        violations: list[dict[str, Any]] = self.page.evaluate("axe.run().then(result => result.violations)")
        return [f"{found['id']}: {node['html'][:160]}" for found in violations for node in found["nodes"]]


class Opener:
    """Opens pages, each in a browser without memories."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser = browser
        self._address = address
        self._contexts: list[BrowserContext] = []

    def __call__(self, path: str = "/", *, width: int = 1440, **options: Any) -> Visit:
        context = self._browser.new_context(
            base_url=self._address, viewport={"width": width, "height": 844}, reduced_motion="reduce", **options
        )
        self._contexts.append(context)
        visit = Visit(context.new_page())
        visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        visit.page.on("console", visit.hear)
        visit.page.on("request", lambda request: visit.requested.append(request.url))
        visit.page.goto(path)
        return visit

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Opener]:
    opener = Opener(browser, address)
    yield opener
    opener.close()
