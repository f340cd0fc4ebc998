r"""Characters that nobody sees: they turn lines around, end them, move a terminal's cursor, or hide in a name.

What a Microsoft tenant contains may hold any of them. They are kept where data is kept, and shown as `\u202e` or left
out wherever text goes to people or to other programs.
"""

import unicodedata
from collections.abc import Mapping
from typing import Any, Final

_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control, format (direction overrides, zero widths), surrogates, line and paragraph separators."""
_JOINERS: Final = frozenset("\u200c\u200d")
"""Persian and Indic scripts, and emoji, are written with these."""
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
