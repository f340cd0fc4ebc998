"""The last net under secrets: what looks like one is taken out of everything before it is written to a log or shown.

The first net is `Secret`, which does not print. This one is for what others put into their texts: an exception that
quotes a request, a service that echoes what it was sent, an object somebody logged whole.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from pathlib import PurePath
from typing import Any, Final
from uuid import UUID

from tenantry.kit.secret import MASK, Secret

_NAMES: Final = "client_secret|client_assertion|refresh_token|access_token|id_token|assertion|password|passwd"
_PATTERNS: Final = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\w+/=\s:,\\-]*"), MASK),
    (re.compile(r"(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"), MASK),  # a JWT
    (re.compile(r"[\w~.-]{3}\dQ~[\w~.-]{31,34}"), MASK),  # Entra's client secrets
    (re.compile(r"\b(Bearer|Basic) +[\w.~+/=-]{8,}", re.IGNORECASE), rf"\1 {MASK}"),
    (re.compile(rf"\b({_NAMES})([\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s\"'&,;)}}\]]+)"), rf"\1\2{MASK}"),
    (re.compile(r"([?&](?:code|token|sig)=)[^\s&\"']+"), rf"\1{MASK}"),
    (re.compile(r"(://[^\s/:@]*:)[^\s/@]+@"), rf"\1{MASK}@"),  # a password in an address
    (re.compile(r"(?<![\w+/])[A-Za-z0-9+/]{43}=(?![\w=])"), MASK),  # 32 bytes, as master keys are written
    (re.compile(r"(?<![\w+/])(?=[a-z0-9+/]*[A-Z])(?=[A-Za-z+/]*\d)[A-Za-z0-9+/]{64}(?![A-Za-z0-9+/])"), MASK),
)
"""The last is a line of a PEM. Each begins where a run of letters begins, so that long texts cost their length once."""
_HINT: Final = re.compile(
    r"PRIVATE KEY|eyJ|Q~|[Bb][Ee][Aa][Rr][Ee][Rr]|[Bb][Aa][Ss][Ii][Cc]|secret|assertion|token|passw|[?&](?:code|sig)=|://"
    r"|[A-Za-z0-9+/]{43}"
)
"""Without one of these no pattern fits. Nearly all texts of a log have none, and are looked through only once."""
_SECRET_NAMES: Final = re.compile(
    r"secret|passw|token|assertion|authorization|cookie|private_?key|(^|_)pem$", re.IGNORECASE
)
_DEEPEST: Final = 6
_SPELLED: Final = (Secret, UUID, datetime, Enum, PurePath)
_LARGEST: Final = 2**63


def redacted(text: str) -> str:
    """The text without what looks like a token, a key, or the password of an address."""
    if _HINT.search(text) is None:
        return text
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def harmless(value: Any, name: str = "", depth: int = _DEEPEST) -> Any:
    """What a log line may hold of a value: plain JSON, redacted; of objects nobody foresaw only the kind."""
    match value:
        case None | bool() | float():
            return value
        case int():
            return value if -_LARGEST <= value < _LARGEST else str(value)
        case str() | bytes() if name and _SECRET_NAMES.search(name):
            return MASK
        case str():
            return redacted(value.encode("utf-8", "replace").decode())
        case Mapping() | list() | tuple() | set() | frozenset() if depth:
            return _all_harmless(value, name, depth - 1)
    return str(value) if isinstance(value, _SPELLED) else f"({type(value).__name__})"


def _all_harmless(values: Any, name: str, depth: int) -> Any:
    if isinstance(values, Mapping):
        return {harmless(str(key)): harmless(item, str(key), depth) for key, item in values.items()}
    return [harmless(item, name, depth) for item in values]
