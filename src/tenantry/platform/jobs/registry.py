"""What a kind of job is, and what its body is given."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import update

from tenantry.platform.access import Actor
from tenantry.platform.jobs.models import Job
from tenantry.platform.work import Platform, Work

Result = TypeVar("Result")
Body = Callable[..., Awaitable[None]]
_PROGRESS_EVERY: Final = 0.5


class Overtaken(Exception):
    """A worker that was believed dead finds that its job goes on elsewhere. It leaves everything as it is."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a failed job is tried, and how long it rests in between, in seconds: `first_wait`, doubled each time.

    A retry begins anew; only a job whose worker died goes on from its last checkpoint.
    """

    attempts: int = 1
    first_wait: float = 30.0
    longest_wait: float = 3600.0

    def wait_after(self, attempt: int) -> float:
        """A fifth shorter or longer by chance: what failed together must not come back together."""
        wait = min(self.longest_wait, self.first_wait * 2.0 ** min(attempt - 1, 32))
        return wait * random.uniform(0.8, 1.2)  # noqa: S311 - no secret


@dataclass(frozen=True, slots=True)
class JobKind:
    """A registered body. It is idempotent: a step may run twice when a worker dies at the wrong moment."""

    name: str
    label: str
    body: Body
    retry: RetryPolicy


_kinds: dict[str, JobKind] = {}


def job(name: str, label: str, *, retry: RetryPolicy | None = None) -> Callable[[Body], Body]:
    """Registers an `async def body(context, **arguments)` under a name that stays, since stored jobs refer to it."""

    def register(body: Body) -> Body:
        kind = JobKind(name, label, body, retry or RetryPolicy())
        if _kinds.setdefault(name, kind).body is not body:
            message = f"job {name} is registered twice"
            raise ValueError(message)
        return body

    return register


def kind_named(name: str) -> JobKind | None:
    return _kinds.get(name)


def all_kinds() -> list[JobKind]:
    return sorted(_kinds.values(), key=lambda kind: kind.name)


class Checkpoints(Protocol):
    """Where finished steps are remembered."""

    async def step(self, name: str, function: Callable[[], Awaitable[Any]]) -> Any: ...


class Services(Protocol):
    """What the application gives to its jobs: made for the jobs' event loop, closed in it."""

    def tend(self, platform: Platform) -> None:
        """Is called every few seconds, in a thread and outside of any job."""
        ...

    async def close(self) -> None: ...


@dataclass(slots=True)
class JobContext:
    """What a body works with: units of work as the job's actor, durable steps, progress."""

    platform: Platform
    job_id: UUID
    actor: Actor
    attempt: int
    checkpoints: Checkpoints
    services: Any = None
    """What the application gives to its jobs; see `JobRunner`."""
    is_cancelled: Callable[[], bool] = _never
    """Whether somebody asked for the end. Its CancelledError looks the same when merely the worker stops."""
    _reported_at: float = field(default=0.0)

    async def checkpoint(self, name: str, function: Callable[[], Awaitable[Result]]) -> Result:
        """Runs a step once; after a crash its stored result is returned instead. Results are ids and counts in JSON.

        The engine tells steps apart by their order, so a body makes them one after the other, never side by side.
        """
        result: Result = await self.checkpoints.step(name, function)
        return result

    def work(self, *, read_only: bool = False) -> AbstractContextManager[Work]:
        """A unit of work, for use inside `in_thread`."""
        return self.platform.work(self.actor, read_only=read_only)

    async def in_work(self, function: Callable[..., Result], *arguments: Any, read_only: bool = False) -> Result:
        """Runs `function(work, *arguments)` in a thread and a transaction of its own."""

        def run() -> Result:
            with self.work(read_only=read_only) as work:
                return function(work, *arguments)

        return await asyncio.to_thread(run)

    async def progress(self, done: int, total: int | None, note: str = "", *, force: bool = False) -> None:
        """Tells people how far it is. Written at most twice a second, so it may be called for every page."""
        if not force and time.monotonic() - self._reported_at < _PROGRESS_EVERY:
            return
        self._reported_at = time.monotonic()
        values = {"done": done, "total": total, "note": note[:300]}
        await self.in_work(lambda work: work.session.execute(update(Job).where(Job.id == self.job_id).values(values)))
