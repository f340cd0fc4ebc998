"""Cells that spreadsheets show and do not run."""

import unicodedata
from typing import Final

_TRIGGERS: Final = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: str) -> str:
    """A text that begins like a formula is quoted (OWASP, "CSV injection"); control characters are left out."""
    clean = "".join(letter for letter in value if unicodedata.category(letter) not in ("Cc", "Cf"))
    return f"'{clean}" if value.startswith(_TRIGGERS) else clean
