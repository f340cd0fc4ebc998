"""What people meet in a real browser: every component, both themes, desk and phone, keys, no scripts."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from tests.support.web import Client
from tests.web.conftest import Visit

Open = Callable[..., Visit]
"""As `tests.web.conftest.Opener`."""


@pytest.mark.parametrize("path", ["/", "/plain"])
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everyone_can_use_every_component(visit: Open, path: str, width: int, scheme: str) -> None:
    seen = visit(path, width=width, color_scheme=scheme)
    assert seen.axe() == []
    assert seen.complaints == []
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


def test_dialogs_are_accessible_as_well(visit: Open) -> None:
    seen = visit()
    for key, name in (("Control+k", "Go to"), ("?", "Keyboard")):
        seen.page.keyboard.press(key)
        expect(seen.page.get_by_role("dialog", name=name)).to_be_visible()
        assert seen.axe() == []
        seen.page.keyboard.press("Escape")
        expect(seen.page.get_by_role("dialog")).to_have_count(0)


def test_nothing_comes_from_another_host_and_all_of_it_is_small(visit: Open, client: Client) -> None:
    seen = visit()
    seen.page.wait_for_load_state("networkidle")
    addresses = {url.split("#")[0] for url in seen.requested if not url.startswith("data:")}
    assert len(addresses) > 5
    assert all(url.startswith(client.base_url) for url in addresses)
    paths = [url.removeprefix(client.base_url) for url in addresses]
    weights = {path: len(client.request("GET", path, Accept_Encoding="gzip").body) for path in paths}
    assert sum(weights.values()) < 100_000, weights


def test_the_policy_refuses_what_an_injected_script_would_do(visit: Open) -> None:
    seen = visit()
    seen.page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', `<img src=x onerror='harmed = 1'><b style='color: red'>`)"
    )
    seen.page.wait_for_timeout(100)
    assert seen.page.evaluate("window.harmed") is None
    assert any("Content Security Policy" in line for line in seen.complaints)


def test_a_hostile_name_is_text(visit: Open) -> None:
    row = visit().page.locator("tbody tr[data-row]").nth(2)
    expect(row).to_contain_text(r"<script>alert(1)</script> \u202egnp.exe\u200b {{ 7 * 7 }}")


def test_the_palette_finds_places_and_what_the_server_knows(visit: Open) -> None:
    page = visit().page
    page.keyboard.press("Control+k")
    page.keyboard.type("aud")
    expect(page.get_by_role("option", name="Audit")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("option", name="Contoso aud")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/plain$"))


def test_keys_move_select_and_open_in_the_drawer_and_the_focus_returns(visit: Open) -> None:
    page = visit().page
    for key in ("j", "j", "x"):
        page.keyboard.press(key)
    second = page.locator("tbody tr[data-row]").nth(1)
    expect(second).to_be_focused()
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog", name="Details")
    expect(drawer.get_by_label("Email address")).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(second).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_label("Name begins with")).to_be_focused()


def test_selecting_all_and_none(visit: Open) -> None:
    page = visit().page
    page.get_by_label("Select all rows on this page").check()
    expect(page.get_by_text("5 selected")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("0 selected")).to_be_hidden()


def test_a_typed_confirmation_arms_its_button(visit: Open) -> None:
    page = visit().page
    page.get_by_role("button", name="Delete").click()
    button = page.get_by_role("button", name="Offboard")
    expect(button).to_be_disabled()
    page.get_by_label("Type Contoso to confirm").fill("Contoso")
    expect(button).to_be_enabled()


def test_chosen_theme_and_columns_are_remembered(visit: Open) -> None:
    page = visit(color_scheme="light").page
    page.get_by_role("button", name="Dark").click()
    page.get_by_text("Columns").click()
    page.get_by_role("checkbox", name="Users", exact=True).uncheck()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    expect(page.get_by_role("columnheader", name="Users")).to_be_hidden()
    expect(page.get_by_role("columnheader", name="State", exact=True).first).to_be_visible()


def test_a_toast_is_said_once(visit: Open) -> None:
    page = visit("/?done=Paused.").page
    expect(page.get_by_role("status").filter(has_text="Paused.")).to_be_visible()
    expect(page).to_have_url(re.compile("/$"))


def test_the_phone_has_four_places_and_a_menu(visit: Open) -> None:
    page = visit(width=390).page
    expect(page.get_by_role("navigation", name="Places").get_by_role("link")).to_have_count(4)
    expect(page.get_by_role("link", name="Settings")).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("link", name="Settings")).to_be_visible()


def test_reading_needs_no_scripts(visit: Open) -> None:
    page = visit(java_script_enabled=False).page
    expect(page.get_by_role("link", name="Contoso", exact=True).last).to_be_visible()
    page.get_by_role("link", name="Microsoft tenant", exact=True).first.click()
    expect(page).to_have_url(re.compile("sort=name"))
