"""Tables as files, with cells that spreadsheets show and do not run."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has no types

_TRIGGERS: Final = ("=", "+", "-", "@", "\t", "\r")
_MAX_CELL: Final = 32_767
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv; charset=utf-8"

Cell = str | int | float | None


def safe_cell(value: str) -> str:
    """A text that begins like a formula is quoted (OWASP, "CSV injection"); control characters are left out."""
    clean = "".join(letter for letter in value if unicodedata.category(letter) not in ("Cc", "Cf"))
    return f"'{clean}" if value.startswith(_TRIGGERS) else clean


def csv_of(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A CSV file as Excel opens it: with a byte order mark. What is not known is an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(header)
    writer.writerows([_csv_cell(value) for value in row] for row in rows)
    return ("\ufeff" + buffer.getvalue()).encode()


def workbook_of(title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """An Excel file: numbers are numbers, every text is a text, the head stays in sight."""
    buffer = io.BytesIO()
    book = Workbook(buffer, {"in_memory": True, "constant_memory": True})
    sheet = book.add_worksheet(title[:31])
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, header, book.add_format({"bold": True}))
    for line, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(line, column, safe_cell(value)[:_MAX_CELL])
            elif value is not None:
                sheet.write_number(line, column, value)
    sheet.autofilter(0, 0, 0, len(header) - 1)
    book.close()
    return buffer.getvalue()


def _csv_cell(value: Cell) -> str | int | float:
    return safe_cell(value) if isinstance(value, str) else "" if value is None else value
