"""A list as a file, written while its rows are read: CSV, Excel and JSON say the same in the same order."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import orjson
from starlette.responses import StreamingResponse
from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has no types

from tenantry.kit.text import without_invisible

Value = str | int | bool | datetime | None | Sequence[str]
Row = Sequence[Value]

_SHEET_ROWS: Final = 1_048_575
"""What a sheet holds below its head."""
_CELL: Final = 32_767
_CHUNK: Final = 65_536
_TRIGGERS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Also in their full width, which some spreadsheets take for the same."""


class Ending(StrEnum):
    """The formats there are."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


_TYPES: Final = {
    Ending.CSV: "text/csv; charset=utf-8",
    Ending.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Ending.JSON: "application/json",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook; `widths` are those of its first columns, in characters."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Row]
    widths: Sequence[int] = ()


def download(name: str, ending: Ending, columns: Sequence[str], rows: Iterable[Row]) -> StreamingResponse:
    """The rows under these heads as `name.ending`. What is not known is an empty cell, and null in JSON."""
    body = _WRITERS[ending](columns, rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{ending.value}"'}
    return StreamingResponse(body, media_type=_TYPES[ending], headers=headers)


def csv_file(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """With a byte order mark, so that Excel reads it as UTF-8."""
    yield b"\xef\xbb\xbf" + _line(columns)
    yield from (_line([_cell(value) for value in row]) for row in rows)


def _line(cells: Sequence[str]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue().encode()


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat()
    text = str(value) if isinstance(value, str | int) else "; ".join(value)
    return safe_cell(text) if not isinstance(value, int) else text


def safe_cell(value: str) -> str:
    """A text that begins like a formula is quoted (OWASP, "CSV injection"); control characters are left out."""
    clean = without_invisible(value)
    return f"'{clean}" if value.startswith(_TRIGGERS) or clean.lstrip().startswith(_TRIGGERS) else clean


def _json(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """An array of objects, keyed by the heads in lower case with underscores."""
    keys = [column.lower().replace("-", "_").replace(" ", "_") for column in columns]
    before = b"[\n"
    for row in rows:
        yield before + orjson.dumps(dict(zip(keys, row, strict=True)), option=orjson.OPT_UTC_Z)
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def _xlsx(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    return workbook([Sheet("Sheet1", columns, rows)])


def workbook(sheets: Sequence[Sheet]) -> Iterator[bytes]:
    """Written row by row to a file that is gone afterwards. What a sheet cannot hold is said in its last row."""
    with tempfile.TemporaryFile() as file:
        book = Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        head = book.add_format({"bold": True})
        for sheet in sheets:
            _fill(book.add_worksheet(sheet.name), sheet, head)
        book.close()
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk


def _fill(page: Any, sheet: Sheet, head: object) -> None:
    page.freeze_panes(1, 0)
    for column, width in enumerate(sheet.widths):
        page.set_column(column, column, width)
    page.write_row(0, 0, sheet.columns, head)
    for number, row in enumerate(sheet.rows, 1):
        if number == _SHEET_ROWS:
            page.write_string(number, 0, "A sheet holds no more rows. Export as CSV, or filter for fewer.")
            break
        for column, value in enumerate(row):
            _write(page, number, column, value)


def _write(page: Any, row: int, column: int, value: Value) -> None:
    if isinstance(value, int) and not isinstance(value, bool):
        page.write_number(row, column, value)
    elif value is not None:
        text = _cell(value)
        page.write_string(row, column, text if len(text) <= _CELL else f"{text[: _CELL - 1]}…")


_WRITERS: Final = {Ending.CSV: csv_file, Ending.XLSX: _xlsx, Ending.JSON: _json}
