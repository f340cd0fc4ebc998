"""A scan whose worker dies, at moments chosen by a seed, goes on at the next start, and its result is a whole one."""

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.mscloudsim.cloud import Cloud
from tests.observe.test_crashes import ask, asked_for, cloud, finished, platform, read, start_worker, until
from tests.support.cast import Cast, Person, assemble

from tenantry.observe.models import Collection, Outcome, StagedItem
from tenantry.platform.jobs.models import JobState
from tenantry.platform.work import Platform
from tenantry.posture.scans.models import PostureState, Scan, ScanResult, ScanSource
from tenantry.posture.scans.service import ScanOptions, Scans

__all__ = ["cloud", "platform", "start_worker"]

Worker = subprocess.Popen[bytes]
COLLECTED = 80
"""Percent of a scan from which on it judges, or is about to."""


@pytest.fixture
def cast(platform: Platform) -> Cast:
    return assemble(platform)


def start(platform: Platform, person: Person, key: UUID) -> Scan:
    with platform.work(person.actor) as work:
        return Scans(work).start(key, ScanOptions())


def scan_of(platform: Platform, person: Person, scan_id: UUID) -> Scan:
    (found,) = read(platform, person, select(Scan).where(Scan.id == scan_id))
    assert isinstance(found, Scan)
    return found


def has_progress(platform: Platform, person: Person, scan_id: UUID, percent: int) -> bool:
    return scan_of(platform, person, scan_id).progress >= percent


def verdicts(platform: Platform, person: Person, scan: Scan) -> dict[str, str]:
    """Of a scan that has ended. Nothing is there twice, nothing is missing, and the counts are those of the rows."""
    rows = read(platform, person, select(ScanResult).where(ScanResult.scan_id == scan.id))
    found = {row.control: row.status.value for row in rows}
    assert len(found) == len(rows) == scan.total
    counted = Counter(found.values())
    assert (counted["pass"], counted["fail"], counted["error"]) == (scan.passed, scan.failed, scan.errors)
    sources = [row.dataset for row in read(platform, person, select(ScanSource).where(ScanSource.scan_id == scan.id))]
    assert len(sources) == len(set(sources)) > 0
    assert (scan.progress, scan.current) == (100, None)
    states = read(platform, person, select(PostureState))
    assert {row.control: row.status.value for row in states} == found
    assert read(platform, person, select(StagedItem)) == []
    assert Outcome.RUNNING not in {row.outcome for row in read(platform, person, select(Collection))}
    return found


def onboarded(platform: Platform, cloud: Cloud, person: Person) -> UUID:
    """Its first collection is left to the worker, and ends before the scan is asked for."""
    key, job_id = ask(platform, person, cloud.customer(name="Contoso Health"))
    finished(platform, person, job_id)
    return key


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_while_it_collects_and_while_it_judges_a_scan_is_whole(
    platform: Platform, cast: Cast, cloud: Cloud, start_worker: Callable[[], Worker], seed: int
) -> None:
    chance, worker = random.Random(seed), start_worker()
    untouched = start(platform, cast.charlie, onboarded(platform, cloud, cast.charlie))
    finished(platform, cast.charlie, untouched.job_id or UUID(int=0))
    expected = verdicts(platform, cast.charlie, scan_of(platform, cast.charlie, untouched.id))

    key = onboarded(platform, cloud, cast.alice)
    before = cloud.order("stats", method="GET")["total"]
    scan = start(platform, cast.alice, key)
    for _ in range(2):
        before += chance.randint(3, 12)
        until(partial(asked_for, cloud, before), "nothing is asked any more")
        worker.kill()
        worker.wait()
        worker = start_worker()
    until(partial(has_progress, platform, cast.alice, scan.id, COLLECTED), "it does not come to judging")
    time.sleep(chance.uniform(0, 0.4))
    worker.kill()
    worker.wait()
    worker = start_worker()
    ended = finished(platform, cast.alice, scan.job_id or UUID(int=0))
    assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, 1)
    assert verdicts(platform, cast.alice, scan_of(platform, cast.alice, scan.id)) == expected
    of_groups = [row for row in read(platform, cast.alice, select(Collection)) if row.job_id == scan.job_id]
    complete = Counter(row.dataset for row in of_groups if row.outcome is Outcome.COMPLETE)
    assert set(complete.values()) == {1}, "what was collected is not collected again"


def test_a_scan_whose_worker_is_stopped_goes_on(
    platform: Platform, cast: Cast, cloud: Cloud, start_worker: Callable[[], Worker]
) -> None:
    worker = start_worker()
    key = onboarded(platform, cloud, cast.alice)
    before = cloud.order("stats", method="GET")["total"]
    scan = start(platform, cast.alice, key)
    until(partial(asked_for, cloud, before + 5), "nothing is asked")
    worker.send_signal(signal.SIGTERM)
    worker.wait()
    start_worker()
    assert finished(platform, cast.alice, scan.job_id or UUID(int=0)).state is JobState.SUCCEEDED
    verdicts(platform, cast.alice, scan_of(platform, cast.alice, scan.id))
