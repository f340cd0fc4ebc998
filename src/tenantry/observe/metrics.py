"""What is watched of collecting: how long ago the last success was, and how many attempts went wrong of late."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select

from tenantry.estate.metering import Among, Reading, among_of, metric
from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.estate.permissions import READ
from tenantry.observe.models import Collection, DatasetState, Outcome
from tenantry.platform.work import Work

_ERRORS: Final = (Outcome.FAILED, Outcome.THROTTLED, Outcome.PARTIAL)
"""What went wrong while Microsoft was asked. A missing permission or licence is a state that lasts, not an error."""
_HOUR: Final = timedelta(hours=1)

SYNC_HOURS = metric(
    "sync.hours_since_success",
    "Hours since the last successful collection",
    "hours",
    READ,
    "Since any dataset of the Microsoft tenant was last complete; since it was onboarded when none ever was.",
    path="/microsoft-tenants/{id}/data",
)
API_ERRORS = metric(
    "api.errors_per_hour",
    "Collections that went wrong in the last hour",
    "errors",
    READ,
    "Failed, throttled beyond patience, or broken off. Not known while nothing was collected in that hour.",
    path="/microsoft-tenants/{id}/data",
)


@SYNC_HOURS.reader
def hours_since_success(work: Work, among: Among) -> Iterator[Reading]:
    newest = func.max(DatasetState.complete_at)
    query = (
        select(MicrosoftTenant.id, MicrosoftTenant.created_at, newest)
        .outerjoin(DatasetState, DatasetState.microsoft_tenant_id == MicrosoftTenant.id)
        .where(MicrosoftTenant.lifecycle == Lifecycle.ACTIVE, *among_of(MicrosoftTenant.id, among))
        .group_by(MicrosoftTenant.id, MicrosoftTenant.created_at)
    )
    now = work.clock.now()
    for key, created_at, complete_at in work.session.execute(query):
        hours = (now - (complete_at or created_at)).total_seconds() / 3600
        note = "" if complete_at else "Nothing was ever collected completely; counted is from when it was added."
        yield Reading(key, round(max(hours, 0.0), 1), as_of=now, note=note)


@API_ERRORS.reader
def errors_per_hour(work: Work, among: Among) -> Iterator[Reading]:
    now = work.clock.now()
    recent = Collection.started_at > now - 2 * _HOUR, Collection.finished_at > now - _HOUR
    counted = (
        select(Collection.microsoft_tenant_id, func.count().filter(Collection.outcome.in_(_ERRORS)))
        .where(*recent, *among_of(Collection.microsoft_tenant_id, among))
        .group_by(Collection.microsoft_tenant_id)
    )
    counts = dict(work.session.execute(counted).all())
    active = select(MicrosoftTenant.id).where(MicrosoftTenant.lifecycle == Lifecycle.ACTIVE)
    for key in work.session.scalars(active.where(*among_of(MicrosoftTenant.id, among))):
        if key in counts:
            yield Reading(key, float(counts[key]), as_of=now)
        else:
            yield Reading(key, None, state="not_known", note="Nothing was collected in the last hour.")
