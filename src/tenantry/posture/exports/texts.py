"""Words that every format uses, and texts of a Microsoft tenant made fit for a page: legible, bounded, breakable."""

import re
import unicodedata
from datetime import UTC, datetime
from typing import Final

import orjson

from tenantry.kit.text import LAYOUT, revealed
from tenantry.posture.decisions.models import Kind
from tenantry.posture.scans.models import Change
from tenantry.posture.verdicts import Cause, Status

STATUS_WORDS: Final = {
    Status.PASS: "Pass",
    Status.FAIL: "Fail",
    Status.MANUAL: "Manual",
    Status.NOT_APPLICABLE: "Not applicable",
    Status.ERROR: "Not verified",
    Status.NOT_RUN: "Not run",
}
CHANGE_WORDS: Final = {
    Change.NEW: "New",
    Change.FIXED: "Fixed",
    Change.REGRESSED: "Regressed",
    Change.UNCHANGED: "Unchanged",
    Change.CHANGED: "Changed",
}
CAUSE_WORDS: Final = {
    Cause.PERMISSION_MISSING: "A permission is missing",
    Cause.NOT_LICENSED: "Not licensed",
    Cause.THROTTLED: "Microsoft asked to wait too long",
    Cause.UNAVAILABLE: "The source did not answer",
    Cause.API_CHANGED: "Microsoft's answer has another form",
    Cause.NOT_COLLECTED: "Not collected",
    Cause.INTERNAL: "A fault of Tenantry's",
}
KIND_WORDS: Final = {
    Kind.EXCEPTED: "Excepted",
    Kind.REMEDIATION_PLANNED: "Remediation planned",
    Kind.FALSE_POSITIVE: "False positive",
}
SERVICE_WORDS: Final = {
    "access": "Conditional Access",
    "apps": "Applications",
    "authentication": "Authentication",
    "defender": "Defender",
    "devices": "Devices",
    "entra": "Entra ID",
    "exchange": "Exchange Online",
    "fabric": "Fabric",
    "guests": "Guests",
    "intune": "Intune",
    "m365": "Microsoft 365",
    "mail": "Mail domains",
    "privileges": "Privileged access",
    "purview": "Purview",
    "sharepoint": "SharePoint",
    "teams": "Teams",
}
_UNBROKEN: Final = re.compile(r"\S{25,}")
_SEAM: Final = re.compile(r"(?<=[._/@,;:=&?|-])(?=\S)|(?<=[a-z])(?=[A-Z])")
_PIECE: Final = 20
_BREAK: Final = "\u200b"
_UNSEAMED: Final = re.compile(r"[^\s\u200b]{25,}")


NOTHING: Final = "\u2013"
"""A dash for what is not known."""


def day(value: datetime | None) -> str:
    return value.astimezone(UTC).strftime("%d %B %Y").lstrip("0") if value else NOTHING


def moment(value: datetime | None) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if value else NOTHING


def plain_json(value: object) -> str:
    """An observed value or an input, as short as JSON can be; a text as it is."""
    return value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def clipped(text: str, length: int) -> str:
    """The text in at most `length` characters; what is cut off is said by an ellipsis."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def printed(text: str, length: int = 600) -> str:
    """For paper: one paragraph, invisible characters written out, long words given places to break at."""
    words = " ".join(_drawable(revealed(clipped(text, length), LAYOUT)).split())
    seamed = _UNBROKEN.sub(lambda found: _SEAM.sub(_BREAK, found.group()), words)
    return _UNSEAMED.sub(lambda found: _BREAK.join(_pieces(found.group())), seamed)


def xml_text(text: str) -> str:
    """What XML 1.0 can hold: of controls only those that lay out text, and no code points that are no characters."""
    return _drawable(revealed(text, LAYOUT))


def _drawable(text: str) -> str:
    """Without what has no picture and is no character: unassigned code points and noncharacters."""
    return (
        text
        if text.isprintable()
        else "".join(
            f"\\u{ord(letter):04x}" if unicodedata.category(letter) in ("Cn", "Co") else letter for letter in text
        )
    )


def _pieces(word: str) -> list[str]:
    return [word[start : start + _PIECE] for start in range(0, len(word), _PIECE)]
