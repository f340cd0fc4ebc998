"""`/msp/cspm/scans/{scan_id}/export`: a scan as a file, in every format there is."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from tenantry.kit.errors import InvalidInput, NotFound
from tenantry.platform.doors import Api
from tenantry.platform.work import Work
from tenantry.posture.exports.formats import FORMATS
from tenantry.posture.exports.service import exported
from tenantry.posture.scans.permissions import READ

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
    file = exported(work, scan_id, format)
    headers = {"Content-Disposition": f'attachment; filename="{file.file_name}"'}
    return Response(file.body, media_type=file.media_type, headers=headers)
