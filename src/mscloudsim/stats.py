"""What was asked and answered, for people who want to see whether a client behaves."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Stats:
    """Counters per service, and per service and tenant for what was throttled or came back too early."""

    requests: Counter[str] = field(default_factory=Counter)
    by_tenant: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    statuses: Counter[int] = field(default_factory=Counter)
    throttled: Counter[str] = field(default_factory=Counter)
    too_early: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def count(self, service: str, tenant: str, status: int) -> None:
        self.requests[service] += 1
        self.statuses[status] += 1
        if tenant:
            self.by_tenant[tenant][service] += 1

    def as_json(self) -> dict[str, Any]:
        return {
            "requests": dict(self.requests),
            "by_tenant": {tenant: dict(counts) for tenant, counts in self.by_tenant.items()},
            "total": sum(self.requests.values()),
            "statuses": {str(status): count for status, count in self.statuses.items()},
            "throttled": dict(self.throttled),
            "too_early": dict(self.too_early),
            "faults": dict(self.faults),
        }

    def reset(self) -> None:
        for counter in (self.requests, self.statuses, self.throttled, self.too_early, self.faults):
            counter.clear()
        self.by_tenant.clear()
