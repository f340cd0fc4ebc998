r"""Characters that nobody sees: they turn lines around, end them, move a terminal's cursor, or hide in a name.

What a Microsoft tenant contains may hold any of them. They are kept where data is kept, and shown as `\u202e` or left
out wherever text goes to people or to other programs.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Final

_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control, format (direction overrides, zero widths), surrogates, line and paragraph separators."""
_JOINERS: Final = frozenset("\u200c\u200d")
"""Persian and Indic scripts, and emoji, are written with these."""
_UNFIT: Final = re.compile("[\x00\ud800-\udfff]")
LAYOUT: Final = "\n\r\t"
"""Controls that lay out a text of several lines."""


def is_invisible(letter: str) -> bool:
    return unicodedata.category(letter) in _INVISIBLE and letter not in _JOINERS


def revealed(text: str, keep: str = "") -> str:
    """The text with what is invisible written out, except the characters in `keep`."""
    if text.isprintable():
        return text
    return "".join(
        f"\\u{ord(letter):04x}" if is_invisible(letter) and letter not in keep else letter for letter in text
    )


def without_invisible(text: str) -> str:
    """The text with what is invisible left out."""
    return text if text.isprintable() else "".join(letter for letter in text if not is_invisible(letter))


def place_of_unfit(document: object, place: tuple[str | int, ...] = ()) -> tuple[str | int, ...] | None:
    """Where in a document a text, or a name, is not fit to be kept: it holds NUL, or half of a surrogate pair."""
    if isinstance(document, str):
        return place if _UNFIT.search(document) else None
    if isinstance(document, Mapping):
        if any(_UNFIT.search(str(name)) for name in document):
            return place
        inner: Iterable[tuple[str | int, object]] = document.items()
    else:
        inner = enumerate(document) if isinstance(document, list) else ()
    found = (place_of_unfit(value, (*place, name)) for name, value in inner)
    return next((one for one in found if one is not None), None)


def without_nul(value: Any) -> Any:
    """The document with a replacement character for what `holds_nul` speaks of."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")
    if isinstance(value, Mapping):
        return {without_nul(name): without_nul(inner) for name, inner in value.items()}
    return [without_nul(inner) for inner in value] if isinstance(value, list | tuple) else value


def holds_nul(value: object) -> bool:
    """Whether any text of a document holds the one character that PostgreSQL refuses to store."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, Mapping):
        return any(map(holds_nul, (*value, *value.values())))
    return isinstance(value, list | tuple) and any(map(holds_nul, value))
