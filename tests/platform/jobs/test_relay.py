"""From rows to the engine: schedules come once however many look, one bad row stops nobody, lost attempts are found."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.platform.jobs.workshop import Workshop
from tests.support.cast import Cast, Person

from tenantry.kit.clock import SettableClock
from tenantry.kit.crypto import Keyring
from tenantry.kit.db import Databases
from tenantry.kit.ids import new_id
from tenantry.platform.jobs import Jobs
from tenantry.platform.jobs.models import Job, JobState, Schedule
from tenantry.platform.jobs.relay import Relay
from tenantry.platform.jobs.runner import JobRunner, _hand_over, _statuses
from tenantry.platform.work import Platform

HOUR = timedelta(hours=1)


class Engine:
    """Keeps what it is given, as the real one does."""

    def __init__(self) -> None:
        self.given: list[str] = []
        self.refused: set[UUID] = set()

    def take(self, row: Job) -> None:
        if row.id in self.refused:
            raise ConnectionError
        self.given.append(row.engine_id)

    def statuses(self, engine_ids: list[str]) -> dict[str, str]:
        return dict.fromkeys(engine_ids, "ENQUEUED")


class TestHandingOver:
    @pytest.fixture
    def platform(self, databases: Databases, keyring: Keyring, clock: SettableClock) -> Platform:
        return Platform(databases, keyring, clock)

    @pytest.fixture
    def engine(self) -> Engine:
        return Engine()

    @pytest.fixture
    def relay(self, platform: Platform, cast: Cast, engine: Engine) -> Relay:
        return Relay(platform, engine.take, engine.statuses)

    def schedule(self, platform: Platform, person: Person, subject: UUID, every: timedelta = HOUR) -> Schedule:
        arguments = {"log": "/dev/null", "name": "s", "count": 1, "seconds": 0}
        with platform.work(person.actor) as work:
            return Jobs(work).schedule("test.steps", "tests", arguments, subject_id=subject, every=every)

    def jobs(self, platform: Platform, person: Person) -> list[Job]:
        with platform.work(person.actor, read_only=True) as work:
            return list(work.session.scalars(select(Job)))

    def end_all(self, platform: Platform, person: Person) -> None:
        with platform.work(person.actor) as work:
            for row in work.session.scalars(select(Job)):
                row.state = JobState.SUCCEEDED

    def test_schedules_are_spread_over_their_period(self, platform: Platform, cast: Cast, clock: SettableClock) -> None:
        rows = [self.schedule(platform, cast.alice, new_id()) for _ in range(40)]
        offsets = sorted((row.next_due_at - clock.now()) / HOUR for row in rows)
        assert 0 <= offsets[0] < 0.5 < offsets[-1] <= 1
        assert len(set(offsets)) == 40

    def test_scheduling_again_moves_nothing(self, platform: Platform, cast: Cast) -> None:
        subject = new_id()
        assert (
            self.schedule(platform, cast.alice, subject).next_due_at
            == self.schedule(platform, cast.alice, subject, 2 * HOUR).next_due_at
        )

    def test_a_due_schedule_starts_once_however_many_look(
        self, platform: Platform, cast: Cast, clock: SettableClock, relay: Relay
    ) -> None:
        for _ in range(10):
            self.schedule(platform, cast.alice, new_id())
        clock.advance(HOUR)
        others = [Relay(platform, relay.hand_over, relay.statuses) for _ in range(3)]
        with ThreadPoolExecutor(4) as pool:
            started = list(pool.map(lambda each: each.start_due_schedules(), [relay, *others]))
        assert sum(started) == 10
        assert len(self.jobs(platform, cast.alice)) == 10

    def test_a_schedule_keeps_its_beat(
        self, platform: Platform, cast: Cast, clock: SettableClock, relay: Relay
    ) -> None:
        first = self.schedule(platform, cast.alice, new_id()).next_due_at
        for turn in range(1, 4):
            clock.advance(HOUR)
            assert relay.start_due_schedules() == 1
            assert relay.start_due_schedules() == 0
            self.end_all(platform, cast.alice)
            with platform.work(cast.alice.actor) as work:
                assert work.session.scalars(select(Schedule.next_due_at)).one() == first + turn * HOUR

    def test_after_a_standstill_it_runs_once_and_is_spread_anew(
        self, platform: Platform, cast: Cast, clock: SettableClock, relay: Relay
    ) -> None:
        for _ in range(20):
            self.schedule(platform, cast.alice, new_id())
        clock.advance(timedelta(days=3))
        assert relay.start_due_schedules() == 20
        self.end_all(platform, cast.alice)
        assert relay.start_due_schedules() == 0
        with platform.work(cast.alice.actor) as work:
            due = [moment - clock.now() for moment in work.session.scalars(select(Schedule.next_due_at))]
        assert min(due) >= HOUR / 2
        assert max(due) - min(due) > HOUR / 8

    def test_a_late_job_is_not_doubled(
        self, platform: Platform, cast: Cast, clock: SettableClock, relay: Relay
    ) -> None:
        self.schedule(platform, cast.alice, new_id())
        for _ in range(3):
            clock.advance(HOUR)
            relay.start_due_schedules()
        assert len(self.jobs(platform, cast.alice)) == 1

    def test_what_is_unscheduled_stays_away(
        self, platform: Platform, cast: Cast, clock: SettableClock, relay: Relay
    ) -> None:
        subject = new_id()
        self.schedule(platform, cast.alice, subject)
        with platform.work(cast.alice.actor) as work:
            Jobs(work).unschedule(subject)
        clock.advance(HOUR)
        assert relay.start_due_schedules() == 0

    def test_a_schedule_of_an_unknown_kind_stops_nobody(
        self, platform: Platform, cast: Cast, clock: SettableClock, relay: Relay
    ) -> None:
        gone = self.schedule(platform, cast.alice, new_id())
        with platform.work(cast.alice.actor) as work:
            work.session.one(Schedule, gone.id).kind = "removed.kind"
        self.schedule(platform, cast.charlie, new_id())
        clock.advance(HOUR)
        assert relay.start_due_schedules() == 1
        assert len(self.jobs(platform, cast.charlie)) == 1

    def test_a_job_the_engine_refuses_waits_and_holds_up_nobody(
        self, workshop: Workshop, cast: Cast, relay: Relay, engine: Engine
    ) -> None:
        bad = workshop.enqueue(cast.alice, name="bad", count=1, seconds=0)
        good = workshop.enqueue(cast.charlie, name="good", count=1, seconds=0)
        engine.refused.add(bad)
        assert relay.relay_queued() == 1
        assert engine.given == [f"{good}.1"]
        engine.refused.clear()
        assert relay.relay_queued() == 1
        assert relay.relay_queued() == 0

    def test_several_relays_hand_each_job_over_once(
        self, workshop: Workshop, cast: Cast, relay: Relay, engine: Engine
    ) -> None:
        jobs = [workshop.enqueue(cast.alice, name=f"{n}", count=1, seconds=0) for n in range(20)]
        others = [Relay(workshop.platform, relay.hand_over, relay.statuses) for _ in range(3)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda each: each.relay_queued(), [relay, *others]))
        assert sorted(engine.given) == sorted(f"{job_id}.1" for job_id in jobs)


class TestLostAttempts:
    """What a crash between two databases can leave behind."""

    def test_an_end_that_was_never_written_is_made_up_for(
        self, workshop: Workshop, cast: Cast, runner: JobRunner
    ) -> None:
        job_id = workshop.enqueue(cast.alice, name="again", count=1, seconds=0)
        workshop.finished(cast.alice, job_id)
        workshop.until(lambda: _statuses([f"{job_id}.1"]) == {f"{job_id}.1": "SUCCESS"}, 10)
        workshop.change(cast.alice, job_id, state=JobState.RUNNING, finished_at=None)
        assert Relay(workshop.platform, _hand_over, _statuses).recover_lost() == 1
        ended = workshop.finished(cast.alice, job_id)
        assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, 2)

    def test_jobs_outlive_the_loss_of_the_engines_database(
        self, workshop: Workshop, cast: Cast, runner: JobRunner
    ) -> None:
        """As after a restore from a backup: the row says that it was handed over, the engine knows nothing of it."""
        lost = Relay(workshop.platform, lambda _row: None, _statuses)
        runner.stop()
        job_id = workshop.enqueue(cast.alice, name="again", count=1, seconds=0)
        lost.relay_queued()
        runner = JobRunner(workshop.platform, workshop.jobs_url)
        runner.start()
        assert lost.recover_lost() == 1
        assert workshop.finished(cast.alice, job_id).state is JobState.SUCCEEDED
        runner.stop()

    def test_what_the_engine_holds_is_left_alone(self, workshop: Workshop, cast: Cast, runner: JobRunner) -> None:
        job_id = workshop.enqueue(cast.alice, name="long", count=1, seconds=1)
        workshop.running(cast.alice, job_id)
        assert Relay(workshop.platform, _hand_over, _statuses).recover_lost() == 0
        assert workshop.finished(cast.alice, job_id).attempt == 1

    def test_every_open_attempt_gets_its_turn(
        self, workshop: Workshop, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tenantry.platform.jobs.relay._BATCH", 3)
        asked: list[str] = []

        def statuses(engine_ids: list[str]) -> dict[str, str]:
            asked.extend(engine_ids)
            return dict.fromkeys(engine_ids, "PENDING")

        relay = Relay(workshop.platform, lambda _row: None, statuses)
        jobs = [workshop.enqueue(cast.alice, name=f"{n}", count=1, seconds=0) for n in range(7)]
        for _ in range(3):
            relay.relay_queued()
        for _ in range(4):
            relay.recover_lost()
        assert asked[:7] == sorted(f"{job_id}.1" for job_id in jobs)
        assert asked[7:] == asked[:3], "and begins again"

    def test_what_is_lost_again_and_again_is_given_up(self, workshop: Workshop, cast: Cast) -> None:
        relay = Relay(workshop.platform, lambda _row: None, lambda _ids: {})
        job_id = workshop.enqueue(cast.alice, name="lost", count=1, seconds=0)
        for _ in range(10):
            relay.relay_queued()
            relay.recover_lost()
        ended = workshop.job(cast.alice, job_id)
        assert (ended.state, ended.attempt, ended.error_code) == (JobState.FAILED, 4, "job_lost")

    def test_a_job_that_kills_its_workers_is_given_up(self, workshop: Workshop, cast: Cast) -> None:
        gave_up = "MAX_RECOVERY_ATTEMPTS_EXCEEDED"
        relay = Relay(workshop.platform, lambda _row: None, lambda ids: dict.fromkeys(ids, gave_up))
        job_id = workshop.enqueue(cast.alice, name="poison", count=1, seconds=0)
        relay.relay_queued()
        workshop.change(cast.alice, job_id, state=JobState.RUNNING)
        relay.recover_lost()
        ended = workshop.job(cast.alice, job_id)
        assert (ended.state, ended.error_code) == (JobState.FAILED, "worker_kept_dying")

    def test_a_lost_job_that_was_to_be_cancelled_is_cancelled(self, workshop: Workshop, cast: Cast) -> None:
        relay = Relay(workshop.platform, lambda _row: None, lambda _ids: {})
        job_id = workshop.enqueue(cast.alice, name="lost", count=1, seconds=0)
        relay.relay_queued()
        workshop.change(cast.alice, job_id, state=JobState.RUNNING)
        workshop.cancel(cast.alice, job_id)
        relay.recover_lost()
        assert workshop.job(cast.alice, job_id).state is JobState.CANCELLED
