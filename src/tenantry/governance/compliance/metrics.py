"""What is watched of compliance. Each slice that keeps a score registers a reader of its own, under its own subject."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.metering import Among, Reading, among_of, metric
from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.estate.permissions import READ
from tenantry.governance.compliance.models import ComplianceDay, ScoreKind
from tenantry.platform.work import Work

SCORE_DROP = metric(
    "compliance.score_drop",
    "Drop of a compliance score",
    "points",
    READ,
    "Percentage points between the last two complete evaluations of the same kind. A rise is below zero.",
    size="what got worse: controls, or resources that do not comply",
    previous="the score before, in percent",
    path="/posture/{id}",
)
_SUBJECT: Final = "Azure Policy"
_REMEMBERED: Final = timedelta(days=14)
"""Days further apart are not compared: nobody would call that a drop."""
_PERCENT: Final = 100


@SCORE_DROP.reader
def score_drop(work: Work, among: Among) -> Iterator[Reading]:
    """The newest two days of each Microsoft tenant on which Azure Policy had judged something."""
    days = _days(work, among)
    active = select(MicrosoftTenant.id).where(
        MicrosoftTenant.lifecycle == Lifecycle.ACTIVE, *among_of(MicrosoftTenant.id, among)
    )
    for key in work.session.scalars(active):
        if len(known := days.get(key, [])) < 2:  # noqa: PLR2004 - a day and the one before it
            yield Reading(key, None, _SUBJECT, state="not_known", note="There are no two days of scores yet.")
            continue
        now, then = known[0], known[1]
        drop = round(((then.score or 0) - (now.score or 0)) / _PERCENT, 2)
        worse = float(max((now.noncompliant or 0) - (then.noncompliant or 0), 0))
        before = round((then.score or 0) / _PERCENT, 2)
        yield Reading(key, drop, _SUBJECT, previous=before, size=worse, as_of=now.collected_at)


def _days(work: Work, among: Among) -> dict[UUID, list[ComplianceDay]]:
    """The newest first."""
    query = select(ComplianceDay).where(
        ComplianceDay.kind == ScoreKind.MICROSOFT_TENANT,
        ComplianceDay.score.is_not(None),
        ComplianceDay.day > work.clock.now().date() - _REMEMBERED,
        *among_of(ComplianceDay.microsoft_tenant_id, among),
    )
    found = defaultdict[UUID, list[ComplianceDay]](list)
    for row in work.session.scalars(query.order_by(ComplianceDay.day.desc())):
        found[row.microsoft_tenant_id].append(row)
    return found
