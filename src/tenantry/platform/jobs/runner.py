"""Running jobs over DBOS: hand over what is queued, run it, record how it ended, take over from the dead.

The engine keeps its state in its own database and is given two ids per job, nothing else. Its workflows run in an
event loop of their own, beside the web server's.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

import orjson
from dbos import DBOS, DBOSConfig, Serializer, SetEnqueueOptions, SetWorkflowID
from sqlalchemy import Engine, select

from tenantry.kit.db import TenantSession
from tenantry.kit.errors import AppError
from tenantry.kit.logging import bound_contextvars, get_logger
from tenantry.platform.access import Actor, ActorKind
from tenantry.platform.jobs.engine import jobs_engine
from tenantry.platform.jobs.models import Job, JobState, Worker
from tenantry.platform.jobs.registry import JobContext, JobKind, Services, kind_named
from tenantry.platform.jobs.relay import Relay
from tenantry.platform.work import Platform

_log = get_logger("tenantry.jobs")

APPLICATION_VERSION: Final = "1"
"""Pinned: workflows of another version would not be recovered. Bodies stay compatible with their stored arguments."""
_QUEUE: Final = "jobs"
_POLL_SECONDS: Final = 0.1
_HEARTBEAT_SECONDS: Final = 5.0
_DEAD_AFTER: Final = timedelta(seconds=30)


class JsonSerializer(Serializer):
    """The engine's default is pickle, which would run whatever stands in the database."""

    def serialize(self, data: Any) -> str:
        return orjson.dumps(data, default=str, option=orjson.OPT_NON_STR_KEYS).decode()

    def deserialize(self, serialized_data: str) -> Any:
        return orjson.loads(serialized_data)

    def name(self) -> str:
        return "tenantry_json"


class DurableSteps:
    """Checkpoints kept by the engine."""

    async def step(self, name: str, function: Callable[[], Awaitable[Any]]) -> Any:
        return await DBOS.run_step_async({"name": name}, function)


@dataclass(slots=True)
class JobRunner:
    """Runs the jobs of all tenants on this machine. One per process: the engine is a singleton."""

    platform: Platform
    database_url: str
    name: str = "local"
    concurrency: int = 16
    services: Services | None = None
    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _engine: Engine | None = None
    _loop: asyncio.AbstractEventLoop | None = None

    current: ClassVar["JobRunner | None"] = None

    def start(self) -> None:
        """Starts the engine, which resumes what a killed predecessor left, and the threads that feed it."""
        JobRunner.current = self
        self._engine = jobs_engine(self.database_url)
        config: DBOSConfig = {
            "name": "tenantry",
            "system_database_url": self._engine.url.render_as_string(hide_password=False),
            "system_database_engine": self._engine,
            "serializer": JsonSerializer(),
            "application_version": APPLICATION_VERSION,
            "executor_id": self.name,
            "log_level": "ERROR",
            "enable_otlp": False,
            "scheduler_polling_interval_sec": 3600.0,
        }
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
        relay = Relay(self.platform, self._hand_over)
        for target in (relay.run, self._watch):
            thread = threading.Thread(target=target, args=(self._stopping,), name=target.__qualname__, daemon=True)
            thread.start()
            self._threads.append(thread)

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

    def _close_services(self) -> None:
        """In the loop they live in: connection pools belong to it."""
        loop = self._loop
        if self.services is not None and loop is not None and loop.is_running():
            with suppress(Exception):
                asyncio.run_coroutine_threadsafe(self.services.close(), loop).result(5)

    def _hand_over(self, row: Job) -> None:
        """Gives a job to the engine. The workflow's id is the job's and the attempt's, so a repetition is harmless."""
        with (
            SetWorkflowID(f"{row.id}.{row.attempt}"),
            SetEnqueueOptions(queue_partition_key=str(row.tenant_id)),
        ):
            DBOS.enqueue_workflow(_QUEUE, _run_job, str(row.tenant_id), str(row.id))

    async def execute(self, tenant_id: UUID, job_id: UUID) -> None:
        """Runs one attempt of a job to its end, whatever that is."""
        self._loop = asyncio.get_running_loop()
        row = await asyncio.to_thread(self._begin, tenant_id, job_id)
        kind = kind_named(row.kind) if row is not None else None
        if row is None:
            return
        if kind is None:
            await asyncio.to_thread(self._finish, row, JobState.FAILED, "unknown_job", f"No job is called {row.kind}.")
            return
        with bound_contextvars(job_id=str(job_id), tenant_id=str(tenant_id), request_id=row.request_id):
            await self._run_body(row, kind)

    async def _run_body(self, row: Job, kind: JobKind) -> None:
        actor = Actor(
            kind=ActorKind.JOB,
            label=f"{kind.name} for {row.requested_by}"[:254],
            tenant_id=row.tenant_id,
            permissions=None,
            request_id=row.request_id,
        )
        context = JobContext(self.platform, row.id, actor, row.attempt, DurableSteps(), self.services)
        task = asyncio.ensure_future(kind.body(context, **row.arguments))
        self._running[str(row.id)] = task
        try:
            await task
        except asyncio.CancelledError:
            if self._stopping.is_set():
                raise  # not the end of the job: the next start goes on
            await asyncio.to_thread(self._finish, row, JobState.CANCELLED, None, None)
        except Exception as error:  # noqa: BLE001 - every failure of a body ends here, is recorded and perhaps retried
            await asyncio.to_thread(self._fail, row, kind, error)
        else:
            await asyncio.to_thread(self._finish, row, JobState.SUCCEEDED, None, None)
        finally:
            self._running.pop(str(row.id), None)

    def _begin(self, tenant_id: UUID, job_id: UUID) -> Job | None:
        """Marks the job as running; None when it was cancelled or has ended meanwhile."""
        with self.platform.databases.tenant(tenant_id) as session:
            row = session.scalars(select(Job).where(Job.id == job_id)).one_or_none()
            if row is None or row.state not in (JobState.QUEUED, JobState.RUNNING):
                return None
            row.state = JobState.RUNNING
            row.started_at = row.started_at or self.platform.clock.now()
            return row

    def _fail(self, row: Job, kind: JobKind, error: Exception) -> None:
        error = _cause(error)
        code = error.code if isinstance(error, AppError) else getattr(error, "kind", type(error).__name__)
        message = error.detail if isinstance(error, AppError) else str(error)
        permanent = getattr(error, "permanent", isinstance(error, AppError))
        _log.warning("job failed", kind=kind.name, code=str(code), attempt=row.attempt, exc_info=error)
        if permanent or row.attempt >= kind.retry.attempts:
            self._finish(row, JobState.FAILED, str(code), message)
            return
        wait = timedelta(seconds=kind.retry.wait_after(row.attempt))
        with self.platform.databases.tenant(row.tenant_id) as session:
            stored = session.one(Job, row.id)
            stored.attempt, stored.relayed, stored.state = row.attempt + 1, False, JobState.QUEUED
            stored.not_before = self.platform.clock.now() + wait
            stored.error_code, stored.error_message = str(code)[:64], message[:2000]

    def _finish(self, row: Job, state: JobState, code: str | None, message: str | None) -> None:
        with self.platform.databases.tenant(row.tenant_id) as session:
            self._end(session, row.id, state, code, message)

    def _end(self, session: TenantSession, job_id: UUID, state: JobState, code: str | None, text: str | None) -> None:
        stored = session.one(Job, job_id)
        stored.state, stored.finished_at = state, self.platform.clock.now()
        stored.error_code = code and code[:64]
        stored.error_message = text and text[:2000]

    def _watch(self, stopping: threading.Event) -> None:
        """Once a second: cancel what people asked to cancel. Every few seconds: show life, take over from the dead."""
        ticks = 0
        while not stopping.wait(1.0):
            with suppress(Exception):
                self._cancel_requested()
                if ticks % int(_HEARTBEAT_SECONDS) == 0:
                    self._beat()
            ticks += 1

    def _cancel_requested(self) -> None:
        if not self._running:
            return
        query = select(Job.id).where(Job.cancel_requested_at.is_not(None), Job.state == JobState.RUNNING)
        with self.platform.databases.across_tenants(reason="cancel jobs people asked to cancel") as session:
            wanted = [str(job_id) for job_id in session.scalars(query).all()]
        for job_id in wanted:
            if (task := self._running.get(job_id)) is not None:
                task.get_loop().call_soon_threadsafe(task.cancel)

    def _beat(self) -> None:
        now = self.platform.clock.now()
        with self.platform.databases.identity() as session:
            mine = session.get(Worker, self.name) or Worker(name=self.name, started_at=now)
            mine.seen_at = now
            session.add(mine)
            dead = session.scalars(select(Worker).where(Worker.seen_at < now - _DEAD_AFTER)).all()
            names = [worker.name for worker in dead]
            for worker in dead:
                session.delete(worker)
        if names:
            _log.warning("taking over", workers=names)
            DBOS._recover_pending_workflows(names)  # noqa: SLF001 - the engine's own recovery, for executors we name


def _cause(error: Exception) -> Exception:
    """The first thing that went wrong: a task group wraps what its tasks raise."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


@DBOS.workflow(name="tenantry.job")
async def _run_job(tenant_id: str, job_id: str) -> None:
    runner = JobRunner.current
    if runner is None:
        message = "no runner in this process"
        raise RuntimeError(message)
    await runner.execute(UUID(tenant_id), UUID(job_id))
