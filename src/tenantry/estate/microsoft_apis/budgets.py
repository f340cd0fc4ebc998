"""What this process knows is left of the budgets, for Prometheus. Other processes know of their own requests."""

from collections.abc import Iterable
from typing import Final
from weakref import WeakSet

from prometheus_client import Metric
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from tenantry.kit.metrics import REGISTRY
from tenantry.microsoft.limits import BudgetStore, Left

_stores: Final[WeakSet[BudgetStore]] = WeakSet()
_entra_tenant_ids: Final = set[str]()
_LABELS: Final = ("service", "entra_tenant_id")


def watch(store: BudgetStore) -> None:
    """Tells of the budgets in a store as long as it is used."""
    _stores.add(store)


def knows(entra_tenant_id: str) -> None:
    """Microsoft tenants whose ids are told; budgets of subscriptions and of ourselves are told without one."""
    _entra_tenant_ids.add(entra_tenant_id)


class _Budgets(Collector):
    """A budget that nobody used for ten minutes is full again, and not told: so the series follow the work in hand."""

    def collect(self) -> Iterable[Metric]:
        left = GaugeMetricFamily(
            "tenantry_microsoft_budget_left_ratio",
            "The least that is left of the budgets of a service.",
            labels=_LABELS,
        )
        paused = GaugeMetricFamily(
            "tenantry_microsoft_paused_seconds", "How long a service still wants to be left alone.", labels=_LABELS
        )
        for labels, some in _by_labels().items():
            left.add_metric(labels, min(one.share for one in some))
            paused.add_metric(labels, max(one.paused for one in some))
        return left, paused


def _by_labels() -> dict[tuple[str, str], list[Left]]:
    found: dict[tuple[str, str], list[Left]] = {}
    for store in list(_stores):
        for left in store.known():
            service, *owners = left.key.split("|")
            tenant = next((owner for owner in owners if owner in _entra_tenant_ids), "")
            found.setdefault((service, tenant), []).append(left)
    return dict(sorted(found.items()))


REGISTRY.register(_Budgets())
