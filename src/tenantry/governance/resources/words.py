"""What a text is searched by: its words. Pure, and the same for what is searched and for what is asked."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from tenantry.observe.reading import mapping_of, text_of

LONGEST: Final = 64
_MOST: Final = 48
"""Words kept of one resource: those of its name and place come first."""
_MOST_ASKED: Final = 8
_WORD: Final = re.compile(r"[^\W_]+")
_EVERYWHERE: Final = frozenset({"microsoft"})
"""A word that every type begins with finds nothing."""


def words_in(text: str) -> Iterator[str]:
    """Runs of letters and digits, whatever stands between them, regardless of case."""
    for found in _WORD.finditer(text.casefold()):
        yield found.group()[:LONGEST]


def words_of(item: dict[str, Any]) -> list[str]:
    """The words of a resource: name, type, resource group, location, tags. Each once."""
    texts = [item.get(name) for name in ("name", "type", "resourceGroup", "location")]
    for name, value in mapping_of(item.get("tags")).items():
        texts += [name, value]
    found = dict.fromkeys(_words(texts))
    return list(found)[:_MOST]


def asked(text: str) -> list[str]:
    """The words somebody looks for: all of them have to be there, each as a beginning."""
    return list(dict.fromkeys(word for word in words_in(text) if word not in _EVERYWHERE))[:_MOST_ASKED]


def _words(texts: Iterable[Any]) -> Iterator[str]:
    for text in texts:
        for word in words_in(text_of(text, 512)):
            if word not in _EVERYWHERE:
                yield word
