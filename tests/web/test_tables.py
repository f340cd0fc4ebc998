"""Long tables in a real browser."""

from collections.abc import Callable

import pytest
from tests.web.conftest import Visit

Open = Callable[..., Visit]

_GROW = """() => {
  const body = document.querySelector("table[data-table]").tBodies[0];
  body.append(...Array.from({ length: 80 }, () => body.rows[0].cloneNode(true)));
}"""
_COVERED = """() => {
  const here = document.activeElement.getBoundingClientRect();
  const head = document.activeElement.closest("table").tHead.rows[0].cells[1].getBoundingClientRect();
  return { headIsSeen: head.top >= 0 && head.bottom <= innerHeight, rowIsSeen: here.top >= head.bottom - 1 };
}"""


@pytest.mark.parametrize("key", ["j", "k"])
def test_the_head_stays_in_view_and_hides_no_row(visit: Open, key: str) -> None:
    page = visit().page
    page.evaluate(_GROW)
    rows = page.locator("table[data-table] tbody tr")
    rows.nth(60 if key == "j" else 70).focus()
    for _ in range(20):
        page.keyboard.press(key)
    assert page.evaluate(_COVERED) == {"headIsSeen": True, "rowIsSeen": True}


@pytest.mark.parametrize("width", [1440, 390])
def test_a_long_filter_does_not_widen_the_page(visit: Open, width: int) -> None:
    page = visit(width=width).page
    page.locator(".chip bdi").last.evaluate("chip => { chip.textContent = 'Contoso '.repeat(60); }")
    heights = page.locator(".chip").evaluate_all("chips => chips.map(chip => chip.offsetHeight)")
    assert set(heights) == {24}, "one line each"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
