"""What the overview and the page of a Microsoft tenant say about posture."""

from uuid import UUID

from tenantry.estate.models import Access, MicrosoftTenant
from tenantry.governance.overview.figures import Figure, fleet_figure, tenant_figure
from tenantry.platform.work import Work
from tenantry.posture.controls.catalogue import DEFAULT_BENCHMARK
from tenantry.posture.decisions.settings import settings_of
from tenantry.posture.overview.fleet import totals
from tenantry.posture.overview.queries import latest_scan
from tenantry.posture.overview.standing import Score, score_of, standings_of
from tenantry.posture.scans.permissions import READ
from tenantry.web.rendering import age, number, percent


@fleet_figure(READ)
def fleet_posture(work: Work) -> Figure | None:
    tenants, scanned, score = totals(work, DEFAULT_BENCHMARK)
    if not tenants:
        return None
    if not scanned:
        return Figure("CIS posture", number(None), "no Microsoft tenant was scanned", "/posture", "unknown")
    return _figure(score, f"{scanned} of {tenants} scanned", "/posture")


@tenant_figure(READ)
def tenant_posture(work: Work, microsoft_tenant_id: UUID) -> Figure | None:
    """Nothing for one that a scan cannot reach."""
    tenant = work.session.one(MicrosoftTenant, microsoft_tenant_id)
    if tenant.access is Access.LIGHTHOUSE:
        return None
    href, newest = f"/posture/{tenant.id}", latest_scan(work, tenant.id)
    if newest is None:
        return Figure("CIS posture", number(None), "not scanned yet", href, "unknown")
    standings = standings_of(work, tenant.id, settings_of(work.session, tenant.id).benchmark)
    return _figure(score_of(standings), f"scanned {age(newest.completed_at, work.clock.now())}", href)


def _figure(score: Score, when: str, href: str) -> Figure:
    """Red for what somebody has to decide about; what was not evaluated is in no percentage."""
    still_open = score.failed - score.excepted
    share = percent(score.passed, score.evaluated)
    tone = "bad" if still_open else "" if score.evaluated else "unknown"
    return Figure("CIS posture", share, f"{number(still_open)} open failures · {when}", href, tone)
