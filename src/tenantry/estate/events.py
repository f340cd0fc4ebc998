"""What other slices are told: that a Microsoft tenant is being offboarded."""

from collections.abc import Callable
from uuid import UUID

from tenantry.platform.work import Work

Listener = Callable[[Work, UUID], None]
_listeners: list[Listener] = []


def on_offboarding(listener: Listener) -> Listener:
    """Calls `listener(work, microsoft_tenant_id)` in the offboarding's transaction: it forgets its own secrets."""
    _listeners.append(listener)
    return listener


def tell_offboarding(work: Work, microsoft_tenant_id: UUID) -> None:
    for listener in _listeners:
        listener(work, microsoft_tenant_id)
