"""A message as an adaptive card in the envelope a Power Automate workflow takes.

Everything that is not ours stands in text runs: of all the card's texts only those know no markdown, so that a name
cannot become a link or a picture. learn.microsoft.com/adaptive-cards/authoring-cards/text-features
"""

from collections.abc import Iterator
from typing import Any, Final

import orjson

from tenantry.platform.notify.message import Message, Section, shortened

LARGEST: Final = 28 * 1024
"""Bytes of a whole message."""
_STEPS: Final = ((50, 500), (20, 300), (10, 200), (5, 120), (0, 60))
"""Lines of each list, and letters of each text, until it fits. A message is bounded, so that the last always does."""


def as_card(message: Message, address: str) -> bytes:
    """The card with a button to `address`, shortened until Teams takes it."""
    tried = (orjson.dumps(_envelope(message, address, lines, letters)) for lines, letters in _STEPS)
    return next(body for body in tried if len(body) <= LARGEST)


def _envelope(message: Message, address: str, lines: int, letters: int) -> dict[str, Any]:
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": "Tenantry has a message that this version of Teams cannot show.",
        "msteams": {"width": "Full"},
        "body": list(_blocks(message, lines, letters)),
        "actions": [{"type": "Action.OpenUrl", "title": message.link, "url": address}],
    }
    content_type = "application/vnd.microsoft.card.adaptive"
    attachment = {"contentType": content_type, "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _blocks(message: Message, lines: int, letters: int) -> Iterator[dict[str, Any]]:
    title = {**_run(message.subject, letters), "size": "Medium", "weight": "Bolder"}
    yield _paragraph([{**title, "color": "Attention"} if message.is_problem else title])
    yield _paragraph([_run(message.lead, letters)])
    for name, value in message.facts:
        yield _paragraph([{**_run(f"{name}: ", letters), "weight": "Bolder"}, _run(value, letters)], spacing="Small")
    for section in message.sections:
        yield from _section(section.at_most(lines), letters)


def _section(section: Section, letters: int) -> Iterator[dict[str, Any]]:
    yield _paragraph([{**_run(section.title, letters), "weight": "Bolder"}])
    for line in section.lines:
        yield _paragraph([_run(f"• {line}", letters)], spacing="Small")
    if section.remainder:
        yield _paragraph([{**_run(section.remainder, letters), "isSubtle": True}], spacing="Small")


def _paragraph(runs: list[dict[str, Any]], spacing: str = "Default") -> dict[str, Any]:
    return {"type": "RichTextBlock", "spacing": spacing, "inlines": runs}


def _run(text: str, letters: int) -> dict[str, Any]:
    """Two braces begin a function that the card would replace by a date; one with a space after it does not."""
    return {"type": "TextRun", "text": shortened(text.replace("{{", "{ {"), letters)}
