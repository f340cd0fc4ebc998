"""What a budget is: a token bucket with a published limit, corrected by what the service answers."""

import time
from collections.abc import Callable
from dataclasses import dataclass
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
    """What one request takes from one budget. Owners of a shared budget take turns; without one, who came first."""

    key: str
    limit: Limit
    cost: float = 1.0
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """What this process knows is left of a budget."""

    key: str
    share: float
    """Between 0, used up, and 1, untouched."""
    paused: float
    """The seconds of a pause that are left."""


class BudgetStore(Protocol):
    """Where buckets are kept. Every method is atomic, so that many callers, or many nodes, can share one."""

    async def take(self, charge: Charge) -> float:
        """Takes the cost and returns 0, or takes nothing and returns the seconds to wait."""
        ...

    async def pause(self, key: str, seconds: float) -> None:
        """Lets nobody through for so long, empties the bucket, and lets it refill slower for a while."""
        ...

    async def paused(self, key: str) -> float:
        """The seconds of a pause that are left; 0 without one."""
        ...

    async def lower(self, charge: Charge, remaining: float) -> None:
        """Corrects the bucket downwards to what the service says remains."""
        ...

    async def adjust(self, charge: Charge, units: float) -> None:
        """Takes units more than was charged (or gives back, when negative): the service told the true cost."""
        ...

    def known(self) -> list[Left]:
        """The budgets that were used lately. May be asked from any thread."""
        ...


SLOWED: Final = 0.7
"""A throttled budget refills at this share of what it did: we were wrong about the limit, or are not its only user."""
SLOWEST: Final = 0.25
RECOVERY_PER_SECOND: Final = 0.02
IDLE_SECONDS: Final = 600.0
"""A bucket nobody used for so long is full again, and need not be remembered."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float
    paused_until: float = 0.0
    pace: float = 1.0
    limit: Limit | None = None
    """Once something was taken from it."""

    def left(self, key: str, now: float) -> Left:
        if self.limit is None:
            return Left(key, 0.0, max(0.0, self.paused_until - now))
        tokens = self.tokens + max(0.0, now - self.at) * self.limit.per_second * self.pace
        share = min(1.0, max(0.0, tokens / self.limit.capacity))
        return Left(key, share, max(0.0, self.paused_until - now))


class MemoryStore:
    """Budgets of one process. Idle buckets are forgotten, so memory follows the work in hand."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._buckets: dict[str, _Bucket] = {}
        self._clock = clock
        self._sweep_at = clock() + IDLE_SECONDS

    async def take(self, charge: Charge) -> float:
        now = self._clock()
        bucket = self._refilled(charge, now)
        if bucket.paused_until > now:
            return bucket.paused_until - now
        cost = min(charge.cost, charge.limit.capacity)
        if bucket.tokens >= cost:
            bucket.tokens -= cost
            return 0.0
        return (cost - bucket.tokens) / (charge.limit.per_second * bucket.pace)

    async def pause(self, key: str, seconds: float) -> None:
        now = self._clock()
        bucket = self._buckets.setdefault(key, _Bucket(0.0, now))
        if bucket.paused_until <= now:  # many answers tell of one throttling; it slows us down once
            bucket.pace = max(SLOWEST, bucket.pace * SLOWED)
        bucket.tokens = min(bucket.tokens, 0.0)
        bucket.paused_until = max(bucket.paused_until, now + seconds)

    async def paused(self, key: str) -> float:
        bucket = self._buckets.get(key)
        return max(0.0, bucket.paused_until - self._clock()) if bucket is not None else 0.0

    async def lower(self, charge: Charge, remaining: float) -> None:
        bucket = self._refilled(charge, self._clock())
        bucket.tokens = min(bucket.tokens, remaining)

    async def adjust(self, charge: Charge, units: float) -> None:
        bucket = self._refilled(charge, self._clock())
        bucket.tokens = min(charge.limit.capacity, bucket.tokens - units)

    def known(self) -> list[Left]:
        now = self._clock()
        return [bucket.left(key, now) for key, bucket in dict(self._buckets).items()]

    def _refilled(self, charge: Charge, now: float) -> _Bucket:
        if now > self._sweep_at:
            self._sweep(now)
        bucket = self._buckets.get(charge.key)
        if bucket is None:
            bucket = self._buckets[charge.key] = _Bucket(charge.limit.capacity, now)
        bucket.limit = charge.limit
        elapsed = max(0.0, now - bucket.at)
        if elapsed:
            refill = elapsed * charge.limit.per_second * bucket.pace
            bucket.tokens = min(charge.limit.capacity, bucket.tokens + refill)
            bucket.pace = min(1.0, bucket.pace + elapsed * RECOVERY_PER_SECOND)
            bucket.at = now
        return bucket

    def _sweep(self, now: float) -> None:
        idle = [
            key for key, bucket in self._buckets.items() if now - max(bucket.at, bucket.paused_until) > IDLE_SECONDS
        ]
        for key in idle:
            del self._buckets[key]
        self._sweep_at = now + IDLE_SECONDS
