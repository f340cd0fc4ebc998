"""Alice scans a Microsoft tenant: verdicts with their evidence, and honest words for what could not be seen."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.estate.conftest import Operated, until
from tests.support.cast import Cast

from tenantry.platform.access import Actor
from tenantry.platform.work import Platform
from tenantry.posture.scans.models import ScanResult
from tenantry.posture.scans.service import OPEN, ScanOptions, Scans, ScanStatus, Seen
from tenantry.posture.scans.verdict_store import details_of
from tenantry.posture.verdicts import Status


@pytest.fixture
def onboarded(operated: Operated) -> str:
    row: dict[str, Any] = next(
        tenant
        for tenant in operated.cloud.tenants
        if tenant["flaw"] == "none" and tenant["reach"] == "app_registration"
    )
    key = str(operated.onboard(row).json()["id"])
    operated.idle(key)
    return key


def scanned(platform: Platform, actor: Actor, key: str, **options: Any) -> Seen:
    """Scans and waits for the end."""
    with platform.work(actor) as work:
        scan_id = Scans(work).start(UUID(key), ScanOptions.model_validate(options)).id
    found: list[Seen] = []

    def ended() -> bool:
        with platform.work(actor, read_only=True) as work:
            found.append(Scans(work).get(scan_id))
        return found[-1].status not in OPEN

    until(ended)
    return found[-1]


def test_every_control_has_one_verdict(operated: Operated, onboarded: str, platform: Platform, cast: Cast) -> None:
    assert operated.cloud.tenants
    seen = scanned(platform, cast.alice.actor, onboarded)
    assert (seen.status, seen.problem, seen.scan.progress) == (ScanStatus.COMPLETED, None, 100)
    with platform.work(cast.alice.actor, read_only=True) as work:
        rows = work.session.scalars(select(ScanResult).where(ScanResult.scan_id == seen.scan.id)).all()
        judged = {row.control: row for row in rows}
        verdict = judged["entra.users_cannot_register_applications"]
        (source,) = details_of(work.session, seen.scan, [verdict])[0]["sources"]
    assert len(rows) == len(judged) == seen.scan.total == 160
    assert verdict.status in (Status.PASS, Status.FAIL)
    assert (source["request"], source["outcome"]) == ("GET /policies/authorizationPolicy", "complete")
    assert source["digest"] is not None
    assert source["collected_at"] is not None
