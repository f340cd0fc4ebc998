"""Reading files that were made for spreadsheets as a spreadsheet would, and what in them would do harm."""

import io
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from tenantry.kit.text import is_invisible

_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_FORMULA = re.compile("\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20]")


def cells(body: bytes, sheet: int = 1) -> Iterator[list[str]]:
    """The rows of a sheet of a workbook. Fails where a cell is anything but a text or a number."""
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        page = ET.fromstring(book.read(f"xl/worksheets/sheet{sheet}.xml"))
        assert not any("externalLinks" in name or "vba" in name.lower() for name in book.namelist())
    assert not {f"{_SHEET}f", f"{_SHEET}hyperlinks"}.intersection(node.tag for node in page.iter())
    for row in page.iter(f"{_SHEET}row"):
        yield ["".join(cell.itertext()) for cell in row]


def is_harmful(cell: str) -> bool:
    """Whether a spreadsheet would calculate it, or a program read something else than people see."""
    is_number = cell.removeprefix("-").isdecimal()
    return (not is_number and _FORMULA.match(cell) is not None) or any(map(is_invisible, cell))
