"""Budgets shared by many nodes, in Redis: one script per step, on Redis's own clock, so nodes need not agree on it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from tenantry.microsoft.limits import (
    IDLE_SECONDS,
    RECOVERY_PER_SECOND,
    SLOWED,
    SLOWEST,
    BudgetStore,
    Charge,
    Left,
    MemoryStore,
)

if TYPE_CHECKING:
    from redis.asyncio import Redis

_log = logging.getLogger("tenantry.microsoft")
_LOCAL_SECONDS: Final = 10.0
"""How long a node works with budgets of its own after Redis did not answer."""
_PATIENCE: Final = 2.0
"""A Redis that takes longer is treated as one that is away: requests must not wait for it for ever."""
_AT_ONCE: Final = 16
"""Steps under way, each on a connection of its own, however many callers there are."""

_SCRIPT: Final = f"""
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local verb, cap, rate, units = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at', 'until', 'pace')
local tokens, at = tonumber(kept[1] or cap), tonumber(kept[2] or now)
local paused, pace = tonumber(kept[3] or 0), tonumber(kept[4] or 1)
local answer = 0
if verb == 'paused' then
  return {{tostring(math.max(0, paused - now)), tostring(tokens)}}
elseif verb == 'pause' then
  if paused <= now then pace = math.max({SLOWEST}, pace * {SLOWED}) end
  tokens = math.min(tokens, 0)
  paused = math.max(paused, now + units)
else
  local elapsed = math.max(0, now - at)
  tokens = math.min(cap, tokens + elapsed * rate * pace)
  pace = math.min(1, pace + elapsed * {RECOVERY_PER_SECOND})
  at = math.max(at, now)
  if verb == 'lower' then tokens = math.min(tokens, units)
  elseif verb == 'adjust' then tokens = math.min(cap, tokens - units)
  elseif paused > now then answer = paused - now
  elseif tokens >= math.min(units, cap) then tokens = tokens - math.min(units, cap)
  else answer = (math.min(units, cap) - tokens) / (rate * pace) end
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', string.format('%.6f', at),
           'until', string.format('%.6f', paused), 'pace', tostring(pace))
redis.call('EXPIRE', KEYS[1], math.ceil(math.max({IDLE_SECONDS}, paused - now + {IDLE_SECONDS})))
return {{tostring(answer), tostring(tokens)}}
"""


class RedisStore:
    """A BudgetStore that nodes share. Without Redis, each node keeps to the same limits by itself for a while."""

    def __init__(self, redis: "Redis", cloud: str = "public") -> None:
        from redis.exceptions import RedisError  # takes long to import, and most installations have none

        self._away = (RedisError, OSError, TimeoutError)
        self._run = redis.register_script(_SCRIPT)
        self._prefix = f"tenantry:budget:{cloud}:"
        self._steps = asyncio.Semaphore(_AT_ONCE)
        self._local = MemoryStore()
        self._local_until = 0.0
        self._told: dict[str, tuple[float, float]] = {}
        """Per budget the share that was left when this node last took from it, and when that was."""

    async def take(self, charge: Charge) -> float:
        if (told := await self._local.paused(charge.key)) > 0:  # Redis may have been away when we were told
            return told
        return await self._call(charge.key, "take", charge, charge.cost, lambda own: own.take(charge))

    async def pause(self, key: str, seconds: float) -> None:
        # Kept here too: should Redis fail before the pause is over, this node still obeys it.
        await self._local.pause(key, seconds)
        await self._call(key, "pause", None, seconds, None)

    async def paused(self, key: str) -> float:
        told = await self._local.paused(key)
        return max(told, await self._call(key, "paused", None, 0.0, lambda own: own.paused(key)))

    async def lower(self, charge: Charge, remaining: float) -> None:
        await self._call(charge.key, "lower", charge, remaining, lambda own: own.lower(charge, remaining))

    async def adjust(self, charge: Charge, units: float) -> None:
        await self._call(charge.key, "adjust", charge, units, lambda own: own.adjust(charge, units))

    def known(self) -> list[Left]:
        """As this node last heard of them; other nodes may have used more since."""
        paused = {left.key: left.paused for left in self._local.known()}
        recent = time.monotonic() - IDLE_SECONDS
        self._told = {key: told for key, told in dict(self._told).items() if told[1] > recent}
        return [Left(key, share, paused.get(key, 0.0)) for key, (share, _) in self._told.items()]

    async def _call(
        self,
        key: str,
        verb: str,
        charge: Charge | None,
        units: float,
        alone: Callable[[BudgetStore], Awaitable[float | None]] | None,
    ) -> float:
        if time.monotonic() >= self._local_until:
            capacity, per_second = (charge.limit.capacity, charge.limit.per_second) if charge else (0.0, 1.0)
            call = partial(self._run, keys=[self._prefix + key], args=[verb, capacity, per_second, units])
            try:
                async with asyncio.timeout(_PATIENCE), self._steps:
                    answer, tokens = await cast("Awaitable[Any]", call())
                if charge is not None:
                    share = min(1.0, max(0.0, float(tokens) / charge.limit.capacity))
                    self._told[key] = share, time.monotonic()
                return float(answer)
            except self._away as error:
                _log.warning("budgets are not shared: Redis does not answer", extra={"error": type(error).__name__})
                self._local_until = time.monotonic() + _LOCAL_SECONDS
        return (await alone(self._local) or 0.0) if alone is not None else 0.0
