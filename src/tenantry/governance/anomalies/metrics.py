"""What is watched of anomalies: how many there are that nobody has explained."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import func, select

from tenantry.estate.metering import Among, Reading, among_of, metric
from tenantry.governance.anomalies.models import CostAnomaly
from tenantry.governance.anomalies.service import open_since
from tenantry.governance.costs.models import CostSource
from tenantry.governance.costs.permissions import READ
from tenantry.platform.work import Work

UNEXPLAINED = metric(
    "cost.unexplained_anomalies",
    "Costs out of line that nobody has explained",
    "anomalies",
    READ,
    "Of the last days that are judged. Not known while no costs are.",
    path="/costs/anomalies?of={id}",
)


@UNEXPLAINED.reader
def unexplained(work: Work, among: Among) -> Iterator[Reading]:
    mine = CostAnomaly.microsoft_tenant_id
    counted = select(mine, func.count()).where(
        CostAnomaly.explained_at.is_(None), CostAnomaly.last_day >= open_since(work), *among_of(mine, among)
    )
    found: dict[UUID, int] = dict(work.session.execute(counted.group_by(mine)).all())
    of = CostSource.microsoft_tenant_id
    known = select(of, func.min(CostSource.fetched_at)).where(*among_of(of, among)).group_by(of)
    for key, at in work.session.execute(known):
        if at is None:
            yield Reading(key, None, state="not_known", note="The costs of no subscription are known.")
        else:
            yield Reading(key, float(found.get(key, 0)), as_of=at)
