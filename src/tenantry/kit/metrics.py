"""What this process counts of itself, for Prometheus. Counters are declared beside what they count.

Labels come from short lists of our own (a route's template, a kind of job, a dataset): never from what somebody sent.
"""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

# The moment each series began would be as many series again, at which nobody looks.
disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY: Final = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)


def counter(name: str, says: str, *labels: str) -> Counter:
    return Counter(name, says, labels, registry=REGISTRY)


def gauge(name: str, says: str, *labels: str) -> Gauge:
    return Gauge(name, says, labels, registry=REGISTRY)


def seconds(name: str, says: str, *labels: str) -> Histogram:
    """How long something takes."""
    return Histogram(name, says, labels, buckets=_SECONDS, registry=REGISTRY)
