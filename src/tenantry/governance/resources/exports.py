"""Exactly what is filtered, as CSV, Excel or JSON: streamed page by page, in short transactions of their own."""

import csv
import io
import tempfile
from collections.abc import Callable, Iterator
from typing import Any, Final

import orjson
from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has no types

from tenantry.governance.resources import queries
from tenantry.governance.resources.models import Resource
from tenantry.governance.resources.queries import Names, ResourceFilter, names_of
from tenantry.governance.resources.schemas import ResourceOut
from tenantry.kit.pagination import MAX_LIMIT, PageQuery
from tenantry.platform.work import Work
from tenantry.web.spreadsheets import safe_cell

Rows = Iterator[tuple[Resource, Names]]

_SHEET_ROWS: Final = 1_048_575
"""What a sheet holds below its head."""
_CHUNK: Final = 65_536

COLUMNS: Final[tuple[tuple[str, Callable[[Resource, Names], Any]], ...]] = (
    ("Microsoft tenant", lambda row, names: names.tenants.get(row.microsoft_tenant_id)),
    ("Name", lambda row, _: row.name),
    ("Type", lambda row, _: row.resource_type),
    ("Kind", lambda row, _: row.kind),
    ("Location", lambda row, _: row.location),
    ("Resource group", lambda row, _: row.resource_group),
    ("Subscription", lambda row, names: names.subscription(row)),
    ("Subscription id", lambda row, _: row.subscription_key),
    ("SKU", lambda row, _: row.sku),
    ("Created", lambda row, _: row.created_on and row.created_on.isoformat()),
    ("Orphan", lambda row, _: row.orphan_reason),
    ("Tags", lambda row, _: "; ".join(f"{name}={value}" for name, value in row.tags.items())),
    ("Azure id", lambda row, _: row.item_key),
)


def as_csv(work: Work, wanted: ResourceFilter) -> Iterator[str]:
    """With a byte order mark, so that Excel reads it as UTF-8."""
    yield "\ufeff" + _line([name for name, _ in COLUMNS])
    for row, names in _all(work, wanted):
        yield _line(_cells(row, names))


def as_json(work: Work, wanted: ResourceFilter) -> Iterator[bytes]:
    """An array of what the API gives."""
    before = b"[\n"
    for row, _ in _all(work, wanted):
        yield before + orjson.dumps(ResourceOut.model_validate(row).model_dump(mode="json"))
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def as_excel(work: Work, wanted: ResourceFilter) -> Iterator[bytes]:
    """Written row by row to a file that is gone afterwards. What a sheet cannot hold is said in its last row."""
    with tempfile.TemporaryFile() as file:
        book = Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        sheet = book.add_worksheet("Resources")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, [name for name, _ in COLUMNS])
        for number, (row, names) in enumerate(_all(work, wanted), 1):
            if number == _SHEET_ROWS:
                sheet.write_string(number, 0, "A sheet holds no more rows; export as CSV or narrow the filter.")
                break
            sheet.write_row(number, 0, _cells(row, names))
        book.close()
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk


def _all(work: Work, wanted: ResourceFilter) -> Rows:
    cursor: str | None = None
    while True:
        with work.platform.work(work.actor, read_only=True) as own:
            page = queries.resources(own, wanted, PageQuery(MAX_LIMIT, cursor), count=False)
            names = names_of(own, page.items)
        for row in page.items:
            yield row, names
        if (cursor := page.next_cursor) is None:
            return


def _cells(row: Resource, names: Names) -> list[str]:
    return [safe_cell(str(value)) if (value := read(row, names)) is not None else "" for _, read in COLUMNS]


def _line(cells: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
