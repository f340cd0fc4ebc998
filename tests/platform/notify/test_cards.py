"""A card shows what it is given, as it is, and never more than Teams takes."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.hostile import HOSTILE

from tenantry.kit.text import is_invisible
from tenantry.platform.notify import Message, Section
from tenantry.platform.notify.cards import LARGEST, as_card

MARKDOWN = "[click](https://evil.example) **bold** ![x](https://evil.example/x.png) {{DATE(2026-11-26T00:00:00Z)}}"
ADDRESS = "https://tenantry.example/posture/scans/1"


def message(text: str, lines: int = 1, facts: int = 1, sections: int = 1) -> Message:
    listed = [Section(title=text, lines=[text] * lines) for _ in range(sections)]
    return Message(event="test.happened", subject=text, lead=text, facts=[(text, text)] * facts, sections=listed)


def elements(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from elements(inner)


@pytest.mark.parametrize("text", [MARKDOWN, *HOSTILE.values()], ids=["markdown", *HOSTILE])
def test_foreign_text_stands_where_nothing_is_interpreted(text: str) -> None:
    told = message(text)
    card = orjson.loads(as_card(told, ADDRESS))["attachments"][0]["content"]
    runs = [element for element in elements(card["body"]) if "text" in element]
    assert {run["type"] for run in runs} == {"TextRun"}
    assert {element["type"] for element in card["body"]} == {"RichTextBlock"}
    assert all("{{" not in run["text"] for run in runs)
    assert not any(is_invisible(letter) for run in runs for letter in run["text"])
    assert card["actions"] == [{"type": "Action.OpenUrl", "title": told.link, "url": ADDRESS}]


def test_what_is_left_out_is_said() -> None:
    body = as_card(message("x" * 400, lines=200, sections=2), ADDRESS)
    assert len(body) <= LARGEST
    assert b"more" in body
    small = orjson.loads(as_card(message("A control", lines=30), ADDRESS))
    assert str(small).count("• A control") == 30
    assert "more" not in str(small)


@settings(max_examples=40, deadline=None)
@given(
    text=st.text(min_size=1, max_size=600),
    lines=st.integers(0, 200),
    facts=st.integers(0, 12),
    sections=st.integers(0, 6),
)
def test_no_message_is_too_large(text: str, lines: int, facts: int, sections: int) -> None:
    assert len(as_card(message(text, lines, facts, sections), ADDRESS)) <= LARGEST


@pytest.mark.parametrize("letter", ["\U0001f469", "\u202e", '"', "\\", "\x00", "<"])
def test_the_largest_message_of_the_widest_letters_fits(letter: str) -> None:
    assert len(as_card(message(letter * 600, 200, 12, 6), ADDRESS)) <= LARGEST
