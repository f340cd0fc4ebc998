"""Rules are evaluated as soon as something new is known: after a collection, a scan, and when costs were fetched."""

from uuid import UUID

from tenantry.alerts.evaluation import evaluate
from tenantry.alerts.permissions import READ
from tenantry.alerts.presentation import panel_values
from tenantry.alerts.service import Alerts
from tenantry.governance.costs.service import COSTS_JOB
from tenantry.governance.overview.figures import Figure, Panel, fleet_panel, tenant_figure
from tenantry.kit.logging import get_logger
from tenantry.observe.events import after_collected
from tenantry.platform.jobs import on_job_change
from tenantry.platform.jobs.models import Job, JobState
from tenantry.platform.work import Work
from tenantry.posture.scans.events import on_scanned
from tenantry.posture.scans.models import Scan
from tenantry.web.rendering import number

_log = get_logger("tenantry.alerts")


@after_collected
def collected(work: Work, microsoft_tenant_id: UUID) -> None:
    _evaluate(work, microsoft_tenant_id)


@on_scanned
def scanned(work: Work, scan_id: UUID) -> None:
    _evaluate(work, work.session.one(Scan, scan_id).microsoft_tenant_id)


@on_job_change(COSTS_JOB)
def costs_fetched(work: Work, job: Job) -> None:
    if job.state is JobState.SUCCEEDED and job.subject_id is not None:
        _evaluate(work, job.subject_id)


@tenant_figure(READ)
def open_alerts_of(work: Work, microsoft_tenant_id: UUID) -> Figure:
    counts = Alerts(work).counts(microsoft_tenant_id)
    note = f"{number(counts.acknowledged)} acknowledged \u00b7 {number(counts.snoozed)} snoozed"
    tone = "bad" if counts.critical else "warning" if counts.open else ""
    return Figure("Open alerts", number(counts.open), note, f"/alerts?tenant={microsoft_tenant_id}", tone)


@fleet_panel(READ)
def alerts_panel(work: Work) -> Panel | None:
    """Nothing while nothing is open: what is fine is no information."""
    values = panel_values(work)
    return Panel("alerts/_panel.html", values) if values["alerts"] else None


def _evaluate(work: Work, microsoft_tenant_id: UUID) -> None:
    """Whatever goes wrong here, what was collected is kept; the regular evaluation looks again."""
    try:
        with work.session.begin_nested():
            evaluate(work, frozenset({microsoft_tenant_id}))
    except Exception:  # noqa: BLE001 - as above
        _log.exception("alerts not evaluated", microsoft_tenant_id=str(microsoft_tenant_id))
