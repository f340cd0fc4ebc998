"""Token buckets with the services' memory: whoever comes back before Retry-After is refused again, and waits anew."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

_FORGET: Final = 50_000


@dataclass(frozen=True, slots=True)
class Rate:
    """A bucket of `capacity` units refilled by `per_second`."""

    capacity: float
    per_second: float


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float
    refused_until: float = 0.0
    told: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request passes; if not, the seconds it is told to wait, and whether it came too early."""

    passed: bool
    remaining: float
    retry_after: int = 0
    too_early: bool = False


@dataclass
class Throttles:
    """All buckets of a simulation. Switched off, everything passes and the remainder is the full bucket."""

    enabled: bool = True
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def take(self, key: str, rate: Rate, cost: float, now: float) -> Verdict:
        if not self.enabled:
            return Verdict(True, rate.capacity)
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) > _FORGET:
                self._buckets.clear()
            bucket = self._buckets[key] = _Bucket(rate.capacity, now)
        bucket.tokens = min(rate.capacity, bucket.tokens + (now - bucket.at) * rate.per_second)
        bucket.at = now
        if bucket.refused_until > now:
            bucket.refused_until = now + bucket.told
            return Verdict(False, 0.0, bucket.told, too_early=True)
        if bucket.tokens >= cost:
            bucket.tokens -= cost
            return Verdict(True, bucket.tokens)
        wait = max(1, math.ceil((cost - bucket.tokens) / rate.per_second))
        bucket.refused_until, bucket.told = now + wait, wait
        return Verdict(False, bucket.tokens, wait)

    def take_all(self, charges: Sequence[tuple[str, Rate, float]], now: float) -> list[Verdict]:
        """Takes from every bucket, or, when one refuses, from none."""
        verdicts = [self.take(key, rate, cost, now) for key, rate, cost in charges]
        if not all(verdict.passed for verdict in verdicts):
            for (key, _, cost), verdict in zip(charges, verdicts, strict=True):
                if verdict.passed and key in self._buckets:
                    self._buckets[key].tokens += cost
        return verdicts

    def forget(self) -> None:
        self._buckets.clear()
