"""After a scan, what has expired meanwhile is written down."""

from uuid import UUID

from tenantry.platform.work import Work
from tenantry.posture.decisions.service import Dispositions
from tenantry.posture.scans.events import on_scanned
from tenantry.posture.scans.models import Scan


@on_scanned
def note_expired(work: Work, scan_id: UUID) -> None:
    Dispositions(work).note_expired(work.session.one(Scan, scan_id).microsoft_tenant_id)
