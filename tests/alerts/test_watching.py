"""The product by itself: rules are evaluated after a collection and again and again, and a card arrives in Teams."""

from datetime import timedelta
from typing import Any

import pytest
from tests.estate.conftest import Operated, operated, platform, settings, simulated, until
from tests.support.cast import Cast

from tenantry.alerts.rules.models import AlertRule
from tenantry.alerts.tasks import WATCH_JOB, ensure_schedule
from tenantry.kit.db import PLATFORM_TENANT_ID
from tenantry.kit.ids import new_id
from tenantry.platform.jobs import Jobs
from tenantry.platform.jobs.models import JobState, Schedule
from tenantry.platform.setup import operator
from tenantry.platform.work import Platform

__all__ = ["operated", "platform", "settings", "simulated"]
EVENTS = ["alert.opened", "alert.resolved"]
RULE = {"name": "Nobody may be privileged", "metric": "identity.privileged", "threshold": 0, "severity": "critical"}


@pytest.fixture
def row(operated: Operated) -> dict[str, Any]:
    found: dict[str, Any] = next(
        one for one in operated.cloud.tenants if one["flaw"] == "none" and one["reach"] == "app_registration"
    )
    return found


def test_a_collection_opens_an_alert_and_a_card_arrives(operated: Operated, row: dict[str, Any]) -> None:
    alice, cloud = operated.alice, operated.cloud
    sink = f"/_sim/webhooks/teams/{new_id()}"
    channel = {"name": "Teams", "kind": "teams", "address": cloud.url + sink, "events": EVENTS}
    assert alice.post("/api/v1/notifications/channels", channel).status == 201
    assert alice.post("/api/v1/alerts/rules", RULE).status == 201
    operated.idle(str(operated.onboard(row).json()["id"]))
    until(lambda: bool(alice.get("/api/v1/alerts", live="true").json()["items"]))
    (alert,) = alice.get("/api/v1/alerts", live="true", metric="identity.privileged").json()["items"]
    assert alert["value"] > 0
    until(lambda: bool(cloud.get(sink).json()))
    (card,) = cloud.get(sink).json()
    content = card["attachments"][0]["content"]
    assert content["actions"][0]["url"].endswith(f"/alerts/{alert['id']}")
    assert f"Nobody may be privileged, {row['name']}" in str(content["body"])


def test_the_regular_evaluation_reaches_every_tenant(operated: Operated, platform: Platform, cast: Cast) -> None:
    ensure_schedule(platform)
    ensure_schedule(platform)
    with platform.work(operator(PLATFORM_TENANT_ID)) as work:
        (schedule,) = work.session.query(Schedule).filter_by(kind=WATCH_JOB).all()
        assert schedule.every_seconds == timedelta(minutes=5).total_seconds()
        job_id = Jobs(work).enqueue(WATCH_JOB, {}, subject_id=PLATFORM_TENANT_ID).id

    def has_ended() -> bool:
        with platform.work(operator(PLATFORM_TENANT_ID), read_only=True) as own:
            return Jobs(own).get(job_id).state is JobState.SUCCEEDED

    until(has_ended)
    for tenant_id in (cast.alice.tenant_id, cast.charlie.tenant_id):
        with platform.work(operator(tenant_id), read_only=True) as own:
            stored = own.session.query(AlertRule).count()
        assert stored == 5
