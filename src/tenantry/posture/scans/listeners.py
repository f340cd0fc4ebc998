"""When a scan ends, well or not, those who want to know are told.

One that judges older evidence again tells nobody: whoever asked for it is looking at it.
"""

from uuid import UUID

from sqlalchemy import select

from tenantry.platform.jobs import on_job_change
from tenantry.platform.jobs.models import Job, JobState
from tenantry.platform.work import Work
from tenantry.posture.scans.announcing import announce_end, announce_failure
from tenantry.posture.scans.events import on_scanned
from tenantry.posture.scans.models import Scan
from tenantry.posture.scans.service import SCAN_JOB


@on_scanned
def tell_of_verdicts(work: Work, scan_id: UUID) -> None:
    scan = work.session.one(Scan, scan_id)
    if scan.reevaluates is None:
        announce_end(work, scan)


@on_job_change(SCAN_JOB)
def tell_of_failure(work: Work, job: Job) -> None:
    scan = work.session.scalars(select(Scan).where(Scan.job_id == job.id)).one_or_none()
    if job.state is JobState.FAILED and scan is not None and scan.reevaluates is None:
        announce_failure(work, scan, job.error_message or "It ended without a result.")
