"""`/msp/cspm/webhook/progress`: where the scripts of a running scan report how far they are."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import Header
from starlette.requests import Request

from tenantry.kit.errors import Conflict, NotFound, TooManyRequests
from tenantry.platform.doors import PUBLIC, Api
from tenantry.platform.doors.authentication import client_ip
from tenantry.platform.doors.endpoint import doorway_of
from tenantry.posture.powershell.progress import move_progress
from tenantry.posture.powershell.rate import Rate
from tenantry.posture.powershell.schemas import ProgressIn

api = Api("/msp/cspm", "CIS posture")
MOST_PER_SECOND: Final = 100
"""Of one address: a worker runs some sixteen scans, each of which reports about once a second."""
_rate: Final = Rate(MOST_PER_SECOND)


@api.post("/webhook/progress/{scan_id}", needs=PUBLIC, status_code=204, errors=[NotFound, Conflict, TooManyRequests])
def progress(
    scan_id: UUID,
    told: ProgressIn,
    request: Request,
    x_scan_secret: Annotated[str | None, Header(max_length=200)] = None,
) -> None:
    """Moves a running scan's progress forward. Needs no session but the secret that the scan's scripts were given."""
    doorway = doorway_of(request)
    if not _rate.admits(client_ip(request, doorway.settings.trusted_proxies) or ""):
        raise TooManyRequests(retry_after=1)
    move_progress(doorway.platform, scan_id, x_scan_secret, told)
