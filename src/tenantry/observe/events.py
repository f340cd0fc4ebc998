"""What higher slices are told: that a Microsoft tenant has been collected."""

from collections.abc import Callable
from uuid import UUID

from tenantry.platform.work import Work

Listener = Callable[[Work, UUID], None]
_listeners: list[Listener] = []
_deciders: list[Listener] = []
_afterwards: list[Listener] = []


def on_collected(listener: Listener) -> Listener:
    """Calls `listener(work, microsoft_tenant_id)` after every collection run, in a transaction of its own."""
    _listeners.append(listener)
    return listener


def on_deciding(decider: Listener) -> Listener:
    """As `on_collected`, and before all of those: what they count has to be decided first."""
    _deciders.append(decider)
    return decider


def after_collected(listener: Listener) -> Listener:
    """As `on_collected`, but after all of those: for whoever reads what they write."""
    _afterwards.append(listener)
    return listener


def tell_collected(work: Work, microsoft_tenant_id: UUID) -> None:
    for listener in (*_deciders, *_listeners, *_afterwards):
        listener(work, microsoft_tenant_id)
