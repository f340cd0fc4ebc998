"""Budgets: how much we may ask of Microsoft before it says 429, and obeying it when it does.

A budget is a token bucket under a key such as `graph|<Microsoft tenant>|<app>`. It starts from the published limits,
learns from every answer, and is shared between nodes when its store is. Waiting callers are served by priority, then
in order; a paused budget lets nobody through before its time.
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, Protocol


class Priority(IntEnum):
    """Who goes first. Microsoft is told the same in `x-ms-throttle-priority`."""

    INTERACTIVE = 0
    NORMAL = 1
    BACKGROUND = 2


@dataclass(frozen=True, slots=True)
class Limit:
    """A bucket of `capacity` units that refills by `per_second`."""

    capacity: float
    per_second: float


@dataclass(frozen=True, slots=True)
class Charge:
    """What one request takes from one budget."""

    key: str
    limit: Limit
    cost: float = 1.0


class BudgetStore(Protocol):
    """Where buckets are kept. Times are seconds since the epoch, so that nodes can share them."""

    async def take(self, charge: Charge, now: float) -> float:
        """Takes the cost and returns 0, or takes nothing and returns the seconds to wait."""
        ...

    async def pause(self, key: str, until: float) -> None:
        """Lets nobody through before `until`."""
        ...

    async def lower(self, charge: Charge, remaining: float, now: float) -> None:
        """Corrects the bucket downwards to what the service says remains."""
        ...


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float
    paused_until: float = 0.0


class MemoryStore:
    """Budgets of one process. Buckets that are full again are forgotten, so memory follows the work in hand."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}
        self._sweep_at = 0.0

    async def take(self, charge: Charge, now: float) -> float:
        bucket = self._refilled(charge, now)
        if bucket.paused_until > now:
            return bucket.paused_until - now
        cost = min(charge.cost, charge.limit.capacity)
        if bucket.tokens >= cost:
            bucket.tokens -= cost
            return 0.0
        return (cost - bucket.tokens) / charge.limit.per_second

    async def pause(self, key: str, until: float) -> None:
        bucket = self._buckets.setdefault(key, _Bucket(0.0, until))
        bucket.paused_until = max(bucket.paused_until, until)

    async def lower(self, charge: Charge, remaining: float, now: float) -> None:
        bucket = self._refilled(charge, now)
        bucket.tokens = min(bucket.tokens, remaining)

    def _refilled(self, charge: Charge, now: float) -> _Bucket:
        if now > self._sweep_at:
            self._sweep(now)
        bucket = self._buckets.get(charge.key)
        if bucket is None:
            bucket = self._buckets[charge.key] = _Bucket(charge.limit.capacity, now)
        elapsed = max(0.0, now - bucket.at)
        bucket.tokens = min(charge.limit.capacity, bucket.tokens + elapsed * charge.limit.per_second)
        bucket.at = max(bucket.at, now)
        return bucket

    def _sweep(self, now: float) -> None:
        idle = [
            key for key, bucket in self._buckets.items() if now - max(bucket.at, bucket.paused_until) > _IDLE_SECONDS
        ]
        for key in idle:
            del self._buckets[key]
        self._sweep_at = now + _IDLE_SECONDS


_IDLE_SECONDS: Final = 600.0


@dataclass(slots=True)
class _Lane:
    """The callers that wait for one budget."""

    waiting: list[tuple[Priority, int, Charge, asyncio.Future[None]]] = field(default_factory=list)
    pump: asyncio.Task[None] | None = None


class Budgets:
    """Hands out permission to send."""

    def __init__(self, store: BudgetStore | None = None, clock: Callable[[], float] = time.time) -> None:
        self.store = store or MemoryStore()
        self._clock = clock
        self._lanes: dict[str, _Lane] = {}
        self._order = itertools.count()

    async def acquire(self, charges: tuple[Charge, ...], priority: Priority) -> float:
        """Returns once every charge is taken, with the seconds it took. Cancelling while waiting takes nothing more."""
        waited = 0.0
        for charge in charges:
            # Those who came earlier are served first, so a free bucket is taken at once only when nobody waits.
            if charge.key not in self._lanes and await self.store.take(charge, self._clock()) == 0.0:
                continue
            started = self._clock()
            await self._wait(charge, priority)
            waited += self._clock() - started
        return waited

    async def pause(self, key: str, seconds: float) -> None:
        """Obeys a Retry-After for everybody who shares the budget."""
        await self.store.pause(key, self._clock() + seconds)

    async def lower(self, charge: Charge, remaining: float) -> None:
        await self.store.lower(charge, remaining, self._clock())

    def waiting(self, key: str) -> int:
        lane = self._lanes.get(key)
        return len(lane.waiting) if lane else 0

    async def _wait(self, charge: Charge, priority: Priority) -> None:
        lane = self._lanes.setdefault(charge.key, _Lane())
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(lane.waiting, (priority, next(self._order), charge, turn))
        if lane.pump is None:
            lane.pump = asyncio.create_task(self._serve(charge.key, lane))
        await turn

    async def _serve(self, key: str, lane: _Lane) -> None:
        try:
            while lane.waiting:
                _, _, charge, turn = lane.waiting[0]
                if turn.done():
                    heapq.heappop(lane.waiting)
                elif (wait := await self.store.take(charge, self._clock())) == 0.0:
                    self._admit(lane, turn)
                else:
                    await asyncio.sleep(min(wait, _RECHECK_SECONDS))
        finally:
            self._lanes.pop(key, None)
            for _, _, _, turn in lane.waiting:
                turn.cancel()

    def _admit(self, lane: _Lane, turn: asyncio.Future[None]) -> None:
        # A more urgent caller may have arrived during the take; the permission goes to whoever is first now.
        while lane.waiting:
            _, _, _, first = heapq.heappop(lane.waiting)
            if not first.done():
                first.set_result(None)
                return
        if not turn.done():
            turn.set_result(None)


_RECHECK_SECONDS: Final = 0.25
"""How soon a newly arrived, more urgent caller or a corrected budget is noticed."""
