"""Every page of the hostile estate in a real browser: nothing runs, nothing is asked elsewhere, nothing overflows."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from tests.support.cast import PASSWORD, Cast
from tests.support.hostile import Planted
from tests.support.walking import Walk, page_routes
from tests.support.web import Client

pytestmark = [
    pytest.mark.xdist_group("journeys"),
    pytest.mark.parametrize("database_urls", ["sqlite"], indirect=True),  # a browser sees no database
]


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(browser: Browser, address: str, cast: Cast, complaints: list[str]) -> Iterator[Page]:
    """Alice's browser, and what it was asked to do that it never should be."""
    context = browser.new_context(base_url=address, reduced_motion="reduce")
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("Email address").fill(cast.alice.email)
    page.get_by_label("Password").fill(PASSWORD.reveal())
    page.get_by_role("button", name="Sign in").click()
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(f"a dialog: {dialog.message}"))
    page.on("request", lambda request: complaints.append(request.url) if address not in request.url else None)
    yield page
    context.close()


def test_nothing_runs_and_nothing_overflows(page: Page, alice: Client, estate: Planted, complaints: list[str]) -> None:
    wide = {}
    walk = Walk(alice, each=8).walk()
    for address in (address for route in page_routes() for address in walk.of(route)):
        page.goto(address)
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 844})
            over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if over > 0:
                wide[address, width] = over
    assert complaints == []
    assert wide == {}, "the page scrolls sideways"
