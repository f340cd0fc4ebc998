"""Running jobs over DBOS: start the engine, run the bodies, watch over them.

The engine keeps its state in its own database and is given ids, nothing else. Its workflows run in an event loop of
their own, beside the web server's.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID
from sqlalchemy import Engine, select

from tenantry.kit.errors import AppError
from tenantry.kit.logging import add_log_facts, get_logger, log_facts
from tenantry.kit.tracing import current_span, span
from tenantry.platform.access import Actor, ActorKind
from tenantry.platform.jobs.attempts import UNKNOWN_KIND, Attempts
from tenantry.platform.jobs.engine import DurableSteps, JsonSerializer, jobs_engine
from tenantry.platform.jobs.failures import Failure, root_cause
from tenantry.platform.jobs.models import Job
from tenantry.platform.jobs.registry import JobContext, JobKind, Overtaken, Services, kind_named
from tenantry.platform.jobs.relay import Relay
from tenantry.platform.jobs.workers import DEAD_AFTER, Heartbeat
from tenantry.platform.work import Platform

_log = get_logger("tenantry.jobs")

APPLICATION_VERSION: Final = "1"
"""Pinned: workflows of another version would not be recovered. Bodies stay compatible with their stored arguments."""
_QUEUE: Final = "jobs"
_POLL_SECONDS: Final = 0.1
_CANCEL_SECONDS: Final = 0.5
_LOST_SECONDS: Final = 10.0
_FORGET_SECONDS: Final = 600.0
_TEND_SECONDS: Final = 5.0
_FORGET_AFTER: Final = timedelta(days=7)
_FORGET_BATCH: Final = 500
_ENDED: Final = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_MOST_RECOVERIES: Final = 20
"""A job that is there whenever its worker dies is the likely reason; restarts for an upgrade are far fewer."""


@dataclass(slots=True)
class JobRunner:
    """Runs the jobs of all tenants on this machine. One per process: the engine is a singleton."""

    platform: Platform
    database_url: str = field(repr=False)
    name: str = "local"
    """Unique among the workers of one database. A worker that starts takes up what this name left."""
    concurrency: int = 16
    services: Services | None = None
    dead_after: timedelta = DEAD_AFTER
    _running: dict[UUID, asyncio.Task[None]] = field(default_factory=dict)
    _cancelled: set[UUID] = field(default_factory=set)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _engine: Engine | None = None
    _loop: asyncio.AbstractEventLoop | None = None

    current: ClassVar["JobRunner | None"] = None

    def start(self) -> None:
        """Starts the engine, which resumes what a killed predecessor left, and the threads that feed it."""
        JobRunner.current = self
        self._heartbeat.beat()  # first of all: whoever holds jobs must count as alive
        self._engine = jobs_engine(self.database_url)
        with ThreadPoolExecutor(1) as outside_any_loop:  # in a running loop the engine would make that one its own
            outside_any_loop.submit(self._launch, self._engine).result()
        relay = Relay(self.platform, _hand_over, _statuses)
        self._spawn("job-relay", lambda: relay.run(self._stopping))
        self._every(_CANCEL_SECONDS, self._cancel_requested)
        self._every(self.dead_after.total_seconds() / 6, self._stay_alive)
        self._every(_LOST_SECONDS, relay.recover_lost)
        self._every(_FORGET_SECONDS, self._forget_ended)
        self._every(_TEND_SECONDS, self._tend_services)

    def stop(self) -> None:
        """Stops at the next step; what was running goes on at the next start."""
        self._stopping.set()
        self.platform.wake_jobs.set()
        for thread in self._threads:
            thread.join(10)
        self._close_services()
        DBOS.destroy(workflow_completion_timeout_sec=0)
        if self._engine is not None:
            self._engine.dispose()
        JobRunner.current = None

    async def execute(self, tenant_id: UUID, job_id: UUID, attempt: int) -> None:
        """Runs one attempt of a job to its end, whatever that is."""
        self._loop = asyncio.get_running_loop()
        attempts = Attempts(self.platform)
        with log_facts(job_id=job_id, tenant_id=tenant_id):
            row = await asyncio.to_thread(attempts.begin, tenant_id, job_id, attempt)
            if row is None:
                return
            add_log_facts(correlation_id=row.request_id, job_kind=row.kind, attempt=attempt)
            if row.subject_id is not None:
                add_log_facts(microsoft_tenant_id=row.subject_id)
            _log.info("job started")
            if (kind := kind_named(row.kind)) is None:
                await asyncio.to_thread(attempts.give_up, row, UNKNOWN_KIND)
                return
            with span(f"job {kind.name}", "consumer", facts=_facts_of(row)):
                await self._run_body(attempts, row, kind)

    async def _run_body(self, attempts: Attempts, row: Job, kind: JobKind) -> None:
        task = asyncio.ensure_future(kind.body(self._context(row, kind), **row.arguments))
        self._running[row.id] = task
        try:
            await task
        except asyncio.CancelledError as error:
            if self._stopping.is_set():
                raise  # not the end of the job: the next start goes on
            if row.id in self._cancelled:
                await asyncio.to_thread(attempts.cancel, row)
                _log.info("job cancelled")
            else:  # something inside the body was cancelled, not the job
                await self._fail(attempts, row, kind, error)
        except Exception as error:  # noqa: BLE001 - every failure of a body ends here, is recorded and perhaps retried
            if isinstance(root_cause(error), Overtaken):
                _log.warning("job goes on elsewhere")
            else:
                await self._fail(attempts, row, kind, error)
        else:
            await asyncio.to_thread(attempts.succeed, row)
            _log.info("job succeeded")
        finally:
            self._running.pop(row.id, None)
            self._cancelled.discard(row.id)

    async def _fail(self, attempts: Attempts, row: Job, kind: JobKind, error: BaseException) -> None:
        failure = Failure.of(error)
        unforeseen = error if failure.code == AppError.code else None  # of the others the code says all
        _log.warning("job failed", code=failure.code, exc_info=unforeseen)
        current_span().fail(failure.code)
        await asyncio.to_thread(attempts.fail, row, kind, failure)

    def _context(self, row: Job, kind: JobKind) -> JobContext:
        actor = Actor(
            kind=ActorKind.JOB,
            label=f"{kind.name} for {row.requested_by}"[:254],
            tenant_id=row.tenant_id,
            permissions=None,
            request_id=row.request_id,
        )
        steps, is_cancelled = DurableSteps(), lambda: row.id in self._cancelled
        return JobContext(self.platform, row.id, actor, row.attempt, steps, self.services, is_cancelled)

    def _launch(self, engine: Engine) -> None:
        config: DBOSConfig = {
            "name": "tenantry",
            "system_database_url": engine.url.render_as_string(hide_password=False),
            "system_database_engine": engine,
            "serializer": JsonSerializer(),
            "application_version": APPLICATION_VERSION,
            "executor_id": self.name,
            "log_level": "ERROR",
            "enable_otlp": False,
            "scheduler_polling_interval_sec": 3600.0,
        }
        logging.getLogger("dbos").addHandler(
            logging.NullHandler()
        )  # or it takes a handler of its own, which writes text
        DBOS(config=config)
        DBOS.launch()
        # A tenant may fill three quarters of a worker, so that its neighbours always find a free place.
        DBOS.register_queue(
            _QUEUE,
            worker_concurrency=self.concurrency,
            partition_worker_concurrency=max(1, self.concurrency * 3 // 4),
            polling_interval_sec=_POLL_SECONDS,
            on_conflict="always_update",
        )

    def _close_services(self) -> None:
        """In the loop they live in: connection pools belong to it."""
        loop = self._loop
        if self.services is None or loop is None or not loop.is_running():
            return
        try:
            asyncio.run_coroutine_threadsafe(self.services.close(), loop).result(5)
        except Exception:  # noqa: BLE001 - the process is going; its sockets close with it
            _log.exception("services of the jobs did not close")

    def _tend_services(self) -> None:
        if self.services is not None:
            self.services.tend(self.platform)

    @property
    def _heartbeat(self) -> Heartbeat:
        return Heartbeat(self.platform, self.name, self.dead_after)

    def _spawn(self, name: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _every(self, seconds: float, duty: Callable[[], object]) -> None:
        """Does a duty again and again in a thread of its own, so that a slow one does not keep the others waiting."""

        def run() -> None:
            while not self._stopping.wait(seconds):
                started = time.monotonic()
                try:
                    duty()
                except Exception:  # noqa: BLE001 - the database may be away for a while; the next turn tries again
                    _log.exception("duty failed", duty=duty.__qualname__, seconds=time.monotonic() - started)

        self._spawn(duty.__qualname__, run)

    def _cancel_requested(self) -> None:
        """Each task is cancelled once, so that what it does to clean up is left in peace."""
        running = dict(self._running)
        if not running:
            return
        query = select(Job.id).where(Job.id.in_(running), Job.cancel_requested_at.is_not(None))
        with self.platform.databases.across_tenants(reason="find jobs to cancel", read_only=True) as session:
            wanted = set(session.scalars(query))
        for job_id in wanted - self._cancelled:
            self._cancelled.add(job_id)
            running[job_id].get_loop().call_soon_threadsafe(running[job_id].cancel)

    def _stay_alive(self) -> None:
        """Shows life, and takes over the jobs of workers that do not show it any more."""
        self._heartbeat.beat()
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        holders = {workflow.executor_id for workflow in pending if workflow.executor_id is not None}
        if dead := sorted(holders - self._heartbeat.alive()):
            _log.warning("taking over", workers=dead)
            # The engine's own recovery; unlike resume_workflow it leaves alone what another node took over just now.
            DBOS._recover_pending_workflows(dead)  # noqa: SLF001

    def _forget_ended(self) -> None:
        """The engine never forgets by itself. What people see stays in our own table."""
        before = (self.platform.clock.now() - _FORGET_AFTER).isoformat()
        while not self._stopping.is_set():
            ended = DBOS.list_workflows(
                status=_ENDED, completed_before=before, limit=_FORGET_BATCH, load_input=False, load_output=False
            )
            if not ended:
                return
            DBOS.delete_workflows([workflow.workflow_id for workflow in ended])


def _facts_of(row: Job) -> dict[str, Any]:
    """What ties a job's span to the request that asked for it, and to whom it is about."""
    return {
        "tenantry.job_id": row.id,
        "tenantry.job_kind": row.kind,
        "tenantry.attempt": row.attempt,
        "tenantry.correlation_id": row.request_id,
        "tenantry.tenant_id": row.tenant_id,
        "tenantry.microsoft_tenant_id": row.subject_id,
    }


def _hand_over(row: Job) -> None:
    with SetWorkflowID(row.engine_id), SetEnqueueOptions(queue_partition_key=str(row.tenant_id)):
        DBOS.enqueue_workflow(_QUEUE, _run_job, str(row.tenant_id), str(row.id), row.attempt)


def _statuses(engine_ids: list[str]) -> dict[str, str]:
    found = DBOS.list_workflows(workflow_ids=engine_ids, load_input=False, load_output=False)
    return {workflow.workflow_id: workflow.status for workflow in found}


@DBOS.workflow(name="tenantry.job", max_recovery_attempts=_MOST_RECOVERIES)
async def _run_job(tenant_id: str, job_id: str, attempt: int) -> None:
    runner = JobRunner.current
    if runner is None:
        message = "no runner in this process"
        raise RuntimeError(message)
    await runner.execute(UUID(tenant_id), UUID(job_id), attempt)
