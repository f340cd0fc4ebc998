"""Counting after a collection, so that no page has to; and keeping each day's numbers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, select

from tenantry.governance.compliance.catalogue import (
    ADVISOR_RECOMMENDATIONS,
    POLICY_ASSIGNMENTS,
    POLICY_COMPLIANCE,
    POLICY_EXEMPTIONS,
    SECURE_SCORES,
)
from tenantry.governance.compliance.counts import STATES, WHOLE, Counts
from tenantry.governance.compliance.figures import coverage, totals
from tenantry.governance.compliance.history import counted, record_scores, record_secure_scores
from tenantry.governance.compliance.models import (
    AdviceSummary,
    ComplianceSummary,
    PolicyExemption,
    PolicyStatus,
    Recommendation,
    SecureScore,
)
from tenantry.governance.compliance.permissions import READ
from tenantry.governance.compliance.status import called, replace_policies, replace_scores, silent_assignments
from tenantry.governance.compliance.sums import Sums, add_up
from tenantry.governance.overview.figures import Figure, fleet_figure, tenant_figure
from tenantry.kit.db import TenantSession
from tenantry.observe.events import on_collected
from tenantry.observe.losses import is_lost, lost_subscriptions
from tenantry.observe.models import DatasetState
from tenantry.observe.store import items_at
from tenantry.platform.work import Work
from tenantry.web.rendering import age, number, percent

_DATASETS: Final = (POLICY_COMPLIANCE, POLICY_ASSIGNMENTS, POLICY_EXEMPTIONS, ADVISOR_RECOMMENDATIONS, SECURE_SCORES)


@on_collected
def summarise(work: Work, microsoft_tenant_id: UUID) -> None:
    """Counts what is known of one Microsoft tenant. What was never collected stays None, what is lost is left out."""
    session = work.session
    query = select(DatasetState.dataset, DatasetState.complete_at).where(
        DatasetState.microsoft_tenant_id == microsoft_tenant_id,
        DatasetState.dataset.in_([declared.name for declared in _DATASETS]),
    )
    known: Mapping[str, datetime | None] = dict(session.execute(query).all())
    if not known:
        return
    summary = _summary(session, microsoft_tenant_id)
    _policies(session, summary, known)
    if known.get(POLICY_EXEMPTIONS.name):
        count = select(func.count()).where(*_in_sight(PolicyExemption, microsoft_tenant_id))
        summary.exemptions = session.scalar(count)
    if known.get(ADVISOR_RECOMMENDATIONS.name):
        _advice(session, summary)
    if scored_at := known.get(SECURE_SCORES.name):
        _secure_scores(session, summary)
        record_secure_scores(session, microsoft_tenant_id, scored_at)


@fleet_figure(READ)
def fleet_compliance(work: Work) -> Figure | None:
    """Nothing where there is no Azure to speak of."""
    whole, covered = totals(work), coverage(work, POLICY_COMPLIANCE)
    if not covered.known:
        return None
    return _figure(whole.counts, f"{covered.known} of {covered.microsoft_tenants} known", "/compliance")


@tenant_figure(READ)
def tenant_compliance(work: Work, microsoft_tenant_id: UUID) -> Figure | None:
    covered = coverage(work, POLICY_COMPLIANCE, microsoft_tenant_id)
    when = f"collected {age(covered.oldest, work.clock.now())}" if covered.oldest else "not collected"
    counts = totals(work, microsoft_tenant_id).counts
    return _figure(counts, when, f"/compliance/{microsoft_tenant_id}")


def _figure(counts: Counts | None, when: str, href: str) -> Figure:
    if counts is None or not counts.judged:
        return Figure("Azure compliance", number(None), f"nothing judged · {when}", href, "unknown")
    share = percent(counts.compliant, counts.judged)
    note = f"{number(counts.compliant)} of {number(counts.judged)} · {when}"
    return Figure("Azure compliance", share, note, href, "warning" if counts.noncompliant else "")


def _summary(session: TenantSession, key: UUID) -> ComplianceSummary:
    query = select(ComplianceSummary).where(ComplianceSummary.microsoft_tenant_id == key)
    found = session.scalars(query).one_or_none()
    if found is None:
        found = ComplianceSummary(microsoft_tenant_id=key)
        session.add(found)
    return found


def _policies(session: TenantSession, summary: ComplianceSummary, known: Mapping[str, datetime | None]) -> None:
    key, collected_at = summary.microsoft_tenant_id, known.get(POLICY_COMPLIANCE.name)
    names = called(session, key)
    if collected_at is None:
        replace_scores(session, key, Sums(), names)
        return
    lost = {row.subscription_key for row in lost_subscriptions(session, key)}
    sums = add_up((item for _, item in items_at(session, key, POLICY_COMPLIANCE.name)), lost)
    replace_scores(session, key, sums, names)
    replace_policies(session, key, sums, names)
    record_scores(session, key, sums, collected_at)
    seen = [one.counts for name, one in sums.subscriptions.items() if name not in lost]
    summary.collected_at, summary.subscriptions = collected_at, len(seen)
    summary.silent = sum(counts.judged == 0 for counts in seen)
    summary.evaluated_from, summary.evaluated_to = sums.whole.evaluated_from, sums.whole.evaluated_to
    for name, value in zip((*STATES, "score"), counted(sums.whole.counts), strict=True):
        setattr(summary, name, value)
    violated = select(func.count()).where(PolicyStatus.microsoft_tenant_id == key, PolicyStatus.worst > 0)
    summary.policies_violated = session.scalar(violated)
    is_told = known.get(POLICY_ASSIGNMENTS.name) is not None
    summary.policies_without_data = len(silent_assignments(sums, names)) if is_told else None


def _advice(session: TenantSession, summary: ComplianceSummary) -> None:
    """Without what was put aside."""
    key = summary.microsoft_tenant_id
    session.execute(delete(AdviceSummary).where(AdviceSummary.microsoft_tenant_id == key))
    high = func.count().filter(Recommendation.impact == "high")
    query = (
        select(Recommendation.category, Recommendation.currency, func.count(), high, func.sum(Recommendation.yearly))
        .where(*_in_sight(Recommendation, key), Recommendation.is_put_aside.is_(False))
        .group_by(Recommendation.category, Recommendation.currency)
    )
    summary.advice = summary.advice_high = 0
    for category, currency, count, urgent, yearly in session.execute(query).all():
        named = {"category": category, "currency": currency, "yearly": int(yearly or 0)}
        session.add(AdviceSummary(microsoft_tenant_id=key, recommendations=count, high=urgent, **named))
        summary.advice += count
        summary.advice_high += urgent


def _secure_scores(session: TenantSession, summary: ComplianceSummary) -> None:
    """Each subscription by the weight that Microsoft gives it among others."""
    query = select(SecureScore.rank, SecureScore.weight).where(
        *_in_sight(SecureScore, summary.microsoft_tenant_id),
        SecureScore.is_control.is_(False),
        SecureScore.rank <= WHOLE,
    )
    rows = session.execute(query).all()
    summary.secure_subscriptions = len(rows)
    summary.secure_points = sum(rank * (weight or 0) for rank, weight in rows)
    summary.secure_weight = sum(weight or 0 for _, weight in rows)


def _in_sight(model: Any, key: UUID) -> tuple[Any, Any]:
    return model.microsoft_tenant_id == key, ~is_lost(model)
