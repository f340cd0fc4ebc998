"""Taking a scan away as a file. Whoever does, by whichever door, stands in the audit trail."""

from dataclasses import dataclass
from uuid import UUID

from tenantry.platform.audit.service import record_now
from tenantry.platform.work import Work
from tenantry.posture.exports.building import report_of
from tenantry.posture.exports.formats import format_named
from tenantry.posture.scans.service import Scans


@dataclass(frozen=True, slots=True)
class Export:
    """A report as a file."""

    file_name: str
    media_type: str
    body: bytes


def exported(work: Work, scan_id: UUID, format_name: str | None) -> Export:
    """In the format that was asked for when the scan was started, unless another is named.

    Raises NotFound, and InvalidInput for a format nobody knows.
    """
    scan = Scans(work).get(scan_id).scan
    chosen = format_named(format_name or scan.options.get("output_format") or "json")
    report = report_of(work, scan_id)
    body = chosen.render(report)
    record_now(work.platform.databases, work.actor, work.clock, "posture.exported", target=scan, format=chosen.name)
    return Export(chosen.file_name(report), chosen.media_type, body)
