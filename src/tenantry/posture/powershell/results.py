"""Reading what the scripts wrote: whole rows count, also when the file breaks off; nothing in it is trusted."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from tenantry.kit.redaction import redacted
from tenantry.kit.text import without_invisible
from tenantry.posture.powershell.handover import NUMBER
from tenantry.posture.powershell.masking import Mask

LARGEST: Final = 32_000_000
_MOST_ROWS: Final = 2_000
_LONGEST: Final = 400
_MOST_KEYS: Final = 20
_LONGEST_RUN: Final = 86_400.0
_LARGEST_NUMBER: Final = 2**53


class Said(StrEnum):
    """What a script said of its check."""

    PASS = "Pass"  # noqa: S105 - a status
    FAIL = "Fail"
    ERROR = "Error"


@dataclass(frozen=True, slots=True)
class Row:
    """One check as its script told it; every text is of bounded length and without characters nobody sees."""

    check: str
    number: str
    said: Said | None
    """None for a word that is not a status."""
    seconds: float
    started: str
    ended: str
    details: Sequence[Mapping[str, Any]]
    error: str
    digest: str


@dataclass(frozen=True, slots=True)
class Reported:
    """The rows that could be read, and a sentence about what could not."""

    rows: Sequence[Row]
    problem: str | None = None


def read_results(path: Path, mask: Mask) -> Reported:
    """Raises nothing for what the scripts may have written, or not."""
    if not path.is_file():
        return Reported((), "They wrote no results.")
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError:
        return Reported((), "Their results cannot be read.")
    if len(data) > LARGEST:
        return Reported((), f"Their results are larger than {LARGEST // 1_000_000} MB.")
    text = mask.hide(_decoded(data)).strip()
    if not text:
        return Reported((), "They wrote no results.")
    found, is_whole = _objects(text)
    rows = [row for row in map(_row, found[:_MOST_ROWS]) if row is not None]
    return Reported(rows, _problem(found, rows, is_whole))


def _problem(found: Sequence[Any], rows: Sequence[Row], is_whole: bool) -> str | None:
    if not is_whole:
        return f"Their results break off, or are not JSON: {len(rows)} whole rows were read."
    if len(rows) != len(found):
        return f"{len(found) - len(rows)} of the {len(found)} rows they wrote could not be read."
    return None


def _decoded(data: bytes) -> str:
    """Windows' own PowerShell writes UTF-16."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    return data.decode("utf-8-sig", errors="replace")


def _objects(text: str) -> tuple[list[Any], bool]:
    """The rows, and whether the document was whole. PowerShell writes a list of one as the one."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return list(_whole_objects(text)), False
    return document if isinstance(document, list) else [document], True


def _whole_objects(text: str) -> Iterator[Any]:
    """The elements of a list that breaks off, up to the last whole one."""
    decoder, place = json.JSONDecoder(), 1
    while text.startswith("[") and place < len(text):
        place += len(text[place:]) - len(text[place:].lstrip(" \r\n\t,")) if text[place] in " \r\n\t," else 0
        try:
            found, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return
        yield found


def _row(found: Any) -> Row | None:
    """None for what is not a row, or is nested beyond all sense."""
    try:
        return _built(found)
    except RecursionError:
        return None


def _built(found: Any) -> Row | None:
    if not isinstance(found, dict) or not isinstance(check := found.get("check_id"), str):
        return None
    number = NUMBER.match(check)
    if number is None:
        return None
    return Row(
        check=_text(check),
        number=number[1],
        said=_said(found.get("status")),
        seconds=_seconds(found.get("duration")),
        started=_text(found.get("start_time") or found.get("start")),
        ended=_text(found.get("end_time") or found.get("end")),
        details=_details(found.get("details")),
        error=_text(found.get("error")),
        digest=sha256(json.dumps(found, sort_keys=True, default=str).encode(errors="replace")).hexdigest(),
    )


def _said(status: Any) -> Said | None:
    known = {one.value.lower(): one for one in Said}
    return known.get(status.strip().lower()) if isinstance(status, str) else None


def _seconds(duration: Any) -> float:
    if isinstance(duration, bool) or not isinstance(duration, int | float) or not 0 <= duration <= _LONGEST_RUN:
        return 0.0
    return float(duration)


def _details(found: Any) -> list[Mapping[str, Any]]:
    rows = found if isinstance(found, list) else [found]
    return [
        {_text(name): _plain(value) for name, value in list(row.items())[:_MOST_KEYS]}
        for row in rows
        if isinstance(row, dict)
    ]


def _plain(value: Any) -> Any:
    """A value that may be kept: what is nested becomes its JSON."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float) and abs(value) < _LARGEST_NUMBER:
        return value
    return _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return without_invisible(redacted(text[: 4 * _LONGEST]))[:_LONGEST]
