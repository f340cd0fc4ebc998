"""A person cancels a job in the very moment in which a worker begins or ends it."""

import pytest
from tests.support.cast import Cast
from tests.support.estate import add_microsoft_tenant

from tenantry.kit.errors import Conflict
from tenantry.platform.jobs import Jobs
from tenantry.platform.jobs.models import Job, JobState
from tenantry.platform.work import Platform

pytestmark = pytest.mark.parametrize("database_urls", ["postgresql"], indirect=True)  # SQLite has one writer at a time


@pytest.mark.parametrize("became", [JobState.RUNNING, JobState.SUCCEEDED])
def test_what_became_of_a_job_since_somebody_looked_counts(platform: Platform, cast: Cast, became: JobState) -> None:
    key = add_microsoft_tenant(platform, cast.alice.actor)
    with platform.work(cast.alice.actor) as work:
        job_id = Jobs(work).enqueue("estate.test", {"microsoft_tenant_id": str(key)}, subject_id=key).id

    with platform.work(cast.alice.actor) as person:
        seen = Jobs(person).get(job_id)
        assert seen.state is JobState.QUEUED
        with platform.work(cast.alice.actor) as worker:
            worker.session.one(Job, job_id).state = became
        if became is JobState.SUCCEEDED:
            with pytest.raises(Conflict, match="succeeded already"):
                Jobs(person).cancel(job_id)
        else:
            Jobs(person).cancel(job_id)

    with platform.work(cast.alice.actor, read_only=True) as work:
        row = work.session.one(Job, job_id)
        assert (row.state, row.cancel_requested_at is not None) == (became, became is JobState.RUNNING)
