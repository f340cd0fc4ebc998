"""`/msp/cspm/scans/{scan_id}/export`: a scan as a file, in every format there is."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from tenantry.kit.errors import InvalidInput, NotFound
from tenantry.platform.audit.service import record_now
from tenantry.platform.doors import Api
from tenantry.platform.work import Work
from tenantry.posture.exports.building import report_of
from tenantry.posture.exports.formats import FORMATS, format_named
from tenantry.posture.scans.permissions import READ
from tenantry.posture.scans.service import Scans

api = Api("/msp/cspm", "CIS posture")


@api.get("/scans/{scan_id}/export", needs=READ, response_class=Response, errors=[NotFound, InvalidInput])
def export(
    work: Work,
    scan_id: UUID,
    format: Annotated[  # noqa: A002 - the name of the parameter people type
        str | None, Query(max_length=16, description=f"One of {', '.join(FORMATS)}; the scan's own by default.")
    ] = None,
) -> Response:
    """The report of a scan: verdicts, what changed, how to mend it, what people decided."""
    scan = Scans(work).get(scan_id).scan
    chosen = format_named(format or scan.options.get("output_format") or "json")
    report = report_of(work, scan_id)
    record_now(work.platform.databases, work.actor, work.clock, "posture.exported", target=scan, format=chosen.name)
    headers = {"Content-Disposition": f'attachment; filename="{chosen.file_name(report)}"'}
    return Response(chosen.render(report), media_type=chosen.media_type, headers=headers)
