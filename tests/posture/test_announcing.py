"""Whoever wants to know is told how a scan ended: in numbers with their denominators, and what got worse by name."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.estate.conftest import Operated, until
from tests.support.cast import Cast
from tests.support.estate import add_microsoft_tenant

from tenantry.platform.jobs.attempts import Attempts
from tenantry.platform.jobs.failures import Failure
from tenantry.platform.jobs.models import Job
from tenantry.platform.notify.message import Message
from tenantry.platform.notify.models import Notification, NotificationState
from tenantry.platform.notify.schemas import ChannelIn
from tenantry.platform.notify.service import Channels
from tenantry.platform.notify.targets import TargetRules
from tenantry.platform.work import Platform
from tenantry.posture.controls.catalogue import controls_of
from tenantry.posture.evaluation import Verdict
from tenantry.posture.scans.events import tell_scanned
from tenantry.posture.scans.models import Scan
from tenantry.posture.scans.service import OPEN, ScanOptions, Scans
from tenantry.posture.scans.verdict_store import Judged, keep_verdicts, packed_details
from tenantry.posture.verdicts import Status

EVENTS = ["scan.completed", "scan.failed"]
EVERY = {"name": "Everything", "kind": "mail", "recipients": ["all@x.example"], "events": EVENTS}
PROBLEMS = {**EVERY, "name": "Problems", "only_problems": True}
SIX = [Status.PASS, Status.PASS, Status.FAIL, Status.ERROR, Status.MANUAL, Status.NOT_APPLICABLE]


class Posture:
    """A Microsoft tenant of Alice's, scanned with verdicts of our choice."""

    def __init__(self, platform: Platform, cast: Cast) -> None:
        self.platform, self.actor = platform, cast.alice.actor
        self.tenant = add_microsoft_tenant(platform, self.actor, "Contoso\u202e <b>")
        with platform.work(self.actor) as work:
            for wanted in (EVERY, PROBLEMS):
                Channels(work).add(ChannelIn.model_validate(wanted), TargetRules())

    def start(self) -> UUID:
        with self.platform.work(self.actor) as work:
            return Scans(work).start(self.tenant, ScanOptions.model_validate({})).id

    def scanned(self, statuses: Sequence[Status], **values: Any) -> UUID:
        """As the scan's job leaves it, told like a job that was killed before its end tells: twice."""
        key = self.start()
        with self.platform.work(self.actor) as work:
            scan = work.session.one(Scan, key)
            for name, value in values.items():
                setattr(scan, name, value)
            chosen = zip(controls_of(scan.benchmark), statuses, strict=False)
            verdicts = [(control, Verdict(control.key, status, f"It is {status}.")) for control, status in chosen]
            judged = [Judged(one, one.benchmarks[scan.benchmark], verdict, 1.0) for one, verdict in verdicts]
            keep_verdicts(work.session, scan, judged, packed_details(judged), work.clock.now())
        for _ in range(2):
            with self.platform.work(self.actor) as work:
                tell_scanned(work, key)
        return key

    def end(self, scan_id: UUID, failure: Failure | None = None) -> None:
        with self.platform.work(self.actor, read_only=True) as work:
            scan = work.session.one(Scan, scan_id)
            job = work.session.one(Job, scan.job_id or scan_id)
        attempts = Attempts(self.platform)
        attempts.begin(job.tenant_id, job.id, job.attempt)
        if failure is None:
            attempts.succeed(job)
        else:
            attempts.give_up(job, failure)

    def told(self, scan_id: UUID) -> dict[str, Message]:
        """By the name of the channel."""
        with self.platform.work(self.actor, read_only=True) as work:
            rows = work.session.scalars(select(Notification).where(Notification.key.endswith(str(scan_id)))).all()
        assert len(rows) == len({row.channel_name for row in rows}), "once per channel"
        return {row.channel_name: Message.model_validate(row.content) for row in rows}


@pytest.fixture
def posture(platform: Platform, cast: Cast) -> Posture:
    return Posture(platform, cast)


def test_the_end_of_a_scan_is_told_in_numbers(posture: Posture) -> None:
    key = posture.scanned(SIX)
    posture.end(key)
    message = posture.told(key)["Everything"]
    assert message.event == "scan.completed"
    assert message.subject == r"Scan of Contoso\u202e <b>: 0 regressed, 1 fail for the first time"
    assert message.lead == ("2 of 3 evaluated controls pass (66 %); 1 not verified; 1 manual; 1 not applicable.")
    assert message.path == f"/posture/scans/{key}"
    counts = {"total": 6, "passed": 2, "failed": 1, "errors": 1, "manual": 1, "not_applicable": 1}
    assert message.data["counts"] == counts
    assert posture.told(key).keys() == {"Everything", "Problems"}


def test_what_got_worse_is_named(posture: Posture) -> None:
    posture.end(posture.scanned([Status.PASS, Status.FAIL, Status.ERROR]))
    key = posture.scanned([Status.FAIL, Status.FAIL, Status.FAIL])
    posture.end(key)
    first, _, third = controls_of(_benchmark(posture, key))[:3]
    numbers = {one.key: one.benchmarks[_benchmark(posture, key)].number for one in (first, third)}
    regressed, new = posture.told(key)["Problems"].sections
    assert (regressed.title, regressed.lines) == ("Regressed (1)", [f"{numbers[first.key]} {first.title}"])
    assert (new.title, new.lines) == ("Fails for the first time (1)", [f"{numbers[third.key]} {third.title}"])
    same = posture.scanned([Status.FAIL, Status.FAIL, Status.FAIL])
    posture.end(same)
    assert posture.told(same).keys() == {"Everything"}, "what was known to fail is no news"
    assert posture.told(same)["Everything"].subject.endswith("nothing got worse")


def test_a_scan_without_a_single_verdict_has_failed(posture: Posture) -> None:
    key = posture.scanned([Status.ERROR, Status.ERROR, Status.MANUAL])
    posture.end(key, Failure("nothing_collected", "Microsoft let us read nothing.", is_permanent=True))
    message = posture.told(key)["Problems"]
    assert (message.event, message.lead) == ("scan.failed", "It is error.")


def test_a_scan_whose_job_fails_is_told_with_the_reason(posture: Posture) -> None:
    key = posture.start()
    posture.end(key, Failure("credential_expired", "The secret has expired.", is_permanent=True))
    message = posture.told(key)["Problems"]
    assert (message.event, message.lead, message.is_problem) == ("scan.failed", "The secret has expired.", True)


def test_judging_old_evidence_again_is_told_to_nobody(posture: Posture) -> None:
    first = posture.scanned(SIX)
    posture.end(first)
    again = posture.scanned(SIX, reevaluates=first)
    posture.end(again, Failure("any", "It failed.", is_permanent=True))
    assert posture.told(again) == {}


def test_a_scan_ends_as_a_card_in_teams(operated: Operated, platform: Platform, cast: Cast) -> None:
    row = next(one for one in operated.cloud.tenants if one["flaw"] == "none" and one["reach"] == "app_registration")
    key = str(operated.onboard(row).json()["id"])
    operated.idle(key)
    address = f"{operated.cloud.url}/_sim/webhooks/teams/{key}"
    wanted = {"name": "Teams", "kind": "teams", "address": address, "events": EVENTS}
    assert operated.alice.post("/api/v1/notifications/channels", wanted).status == 201
    with platform.work(cast.alice.actor) as work:
        scan = Scans(work).start(UUID(key), ScanOptions.model_validate({})).id

    def arrived() -> bool:
        found = operated.alice.get("/api/v1/notifications", state=NotificationState.DELIVERED.value).json()["items"]
        return [one["microsoft_tenant_id"] for one in found] == [key]

    until(arrived)
    (card,) = operated.cloud.get(f"/_sim/webhooks/teams/{key}").json()
    content = card["attachments"][0]["content"]
    assert content["actions"][0]["url"].endswith(f"/posture/scans/{scan}")
    assert row["name"] in str(content["body"])
    with platform.work(cast.alice.actor, read_only=True) as work:
        seen = Scans(work).get(scan)
    assert seen.status not in OPEN or seen.scan.completed_at
    evaluated = seen.scan.passed + seen.scan.failed
    assert f"{seen.scan.passed} of {evaluated} evaluated controls pass" in str(content["body"])


def _benchmark(posture: Posture, scan_id: UUID) -> str:
    with posture.platform.work(posture.actor, read_only=True) as work:
        return work.session.one(Scan, scan_id).benchmark
