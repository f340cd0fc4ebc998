"""The formats a scan can be had in: one registry for the API, the pages and the command line."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Final

from tenantry.kit.errors import InvalidInput
from tenantry.posture.exports.documents import json_report
from tenantry.posture.exports.html import html_report
from tenantry.posture.exports.junit import junit_report
from tenantry.posture.exports.ocsf import ocsf_report
from tenantry.posture.exports.pdf import pdf_report
from tenantry.posture.exports.report import Report
from tenantry.posture.exports.sarif import sarif_report
from tenantry.posture.exports.tables import csv_report, xlsx_report


@dataclass(frozen=True, slots=True)
class Format:
    """`extension` has no dot in front; `render` is pure."""

    name: str
    label: str
    media_type: str
    extension: str
    render: Callable[[Report], bytes]

    def file_name(self, report: Report) -> str:
        """Of plain letters, fit for every file system and for a header."""
        plain = unicodedata.normalize("NFKD", report.customer).encode("ascii", "ignore").decode().lower()
        customer = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "microsoft-tenant"
        return f"posture-{customer}-{report.scanned_at.astimezone(UTC):%Y-%m-%d}.{self.extension}"


_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ALL: Final = (
    Format("pdf", "PDF report", "application/pdf", "pdf", pdf_report),
    Format("html", "HTML page", "text/html; charset=utf-8", "html", html_report),
    Format("xlsx", "Excel workbook", _XLSX, "xlsx", xlsx_report),
    Format("csv", "CSV", "text/csv; charset=utf-8", "csv", csv_report),
    Format("json", "JSON", "application/json", "json", json_report),
    Format("ocsf", "OCSF", "application/json", "ocsf.json", ocsf_report),
    Format("sarif", "SARIF", "application/sarif+json", "sarif", sarif_report),
    Format("junit", "JUnit", "application/xml", "junit.xml", junit_report),
)
FORMATS: Final[Mapping[str, Format]] = {one.name: one for one in _ALL}
"""By the names of `ScanOptions.output_format`."""


def format_named(name: str) -> Format:
    """Raises InvalidInput."""
    if name not in FORMATS:
        raise InvalidInput(why=f"formats are {', '.join(FORMATS)}, not {name[:40]}")
    return FORMATS[name]
