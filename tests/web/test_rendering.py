"""How values look: the same everywhere, honest about what is not known, harmless whatever a Microsoft tenant holds."""

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from tenantry.web.drawing import icon_names, sparkline
from tenantry.web.rendering import age, byte_size, duration, number, percent, pretty_json, query, visible
from tenantry.web.states import STATES

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
THIN = "\u202f"


def test_zero_is_shown_only_where_zero_was_measured() -> None:
    assert number(0) == "0"
    assert number(None) == percent(0, 0) == percent(None, 5) == byte_size(None) == duration(None) == "\N{EN DASH}"
    assert number(1_234_567) == f"1{THIN}234{THIN}567"
    assert percent(131, 150) == f"87{THIN}%"


@given(st.integers(2, 10**9).flatmap(lambda whole: st.tuples(st.integers(1, whole - 1), st.just(whole))))
def test_a_share_reads_none_or_all_only_when_it_is(share: tuple[int, int]) -> None:
    assert percent(*share) not in {f"0{THIN}%", f"100{THIN}%"}
    assert percent(1, 2000) == f"<1{THIN}%"
    assert percent(1999, 2000) == f">99{THIN}%"


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 min ago"),
        (7_300, "2 h ago"),
        (200_000, "2 d ago"),
        (404 * 86_400, "404 d ago"),
        (2007 * 86_400, "5 y ago"),
    ],
)
def test_ages_use_the_largest_unit_that_fits(passed: int, words: str) -> None:
    assert age(NOW - timedelta(seconds=passed), NOW).replace(THIN, " ") == words
    assert age(None, NOW) == "never"


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0 B"), (999, "999 B"), (999_900, "1 MB"), (1_400_000, "1.4 MB"), (5e15, "5,000 TB")]
)
def test_sizes(value: float, words: str) -> None:
    assert byte_size(value).replace(THIN, " ") == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(4.21, "4.2 s"), (42, "42 s"), (200, "3 min 20 s"), (7_500, "2 h 5 min")]
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds).replace(THIN, " ") == words


@given(st.text())
def test_no_text_breaks_out_of_its_place(text: str) -> None:
    shown = visible(text)
    assert shown.startswith("<bdi>")
    assert shown.count("<") == 2
    assert not re.search("[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]", shown)
    shown.encode()


def test_markup_of_ours_is_not_escaped_again() -> None:
    assert visible(Markup("<bdi>Contoso</bdi>")) == "<bdi>Contoso</bdi>"


def test_a_document_is_shown_line_by_line() -> None:
    assert "&lt;b&gt;" in pretty_json({"b": "<b>", "a": [1]})
    assert pretty_json({"b": 1, "a": 2}).count("\n") == 3


def test_a_changed_query_starts_at_the_first_page() -> None:
    current = {"q": "a b", "cursor": "x", "done": "Paused.", "sort": "name"}
    assert query(current, sort="age") == "?q=a+b&sort=age"
    assert query(current, sort=None, q=None) == "?"
    assert query(current, cursor="y") == "?q=a+b&cursor=y&sort=name"


def test_every_state_has_an_icon_that_exists() -> None:
    assert {state.icon for state in STATES.values()} <= icon_names()


def test_a_sparkline_draws_what_was_measured_and_leaves_gaps() -> None:
    drawn = ET.fromstring(sparkline([0, 5, None, 10, 10], label="rising"))
    lines = [line.attrib["points"] for line in drawn.iter("polyline")]
    assert lines == ["2.0,22.0 25.0,12.0", "71.0,2.0 94.0,2.0"]
    assert drawn.attrib["aria-label"] == "rising"
    assert sparkline([None], label="nothing") == ""
    assert sparkline([4], label="one") != ""
