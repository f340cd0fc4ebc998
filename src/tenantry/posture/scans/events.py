"""What other slices are told: that a Microsoft tenant has been scanned."""

from collections.abc import Callable
from uuid import UUID

from tenantry.platform.work import Work

Listener = Callable[[Work, UUID], None]
_listeners: list[Listener] = []


def on_scanned(listener: Listener) -> Listener:
    """Calls `listener(work, scan_id)` after the verdicts of a scan were stored, in a transaction of its own.

    A scan that judges older evidence again is none of anybody's business but of whoever asked for it.
    """
    _listeners.append(listener)
    return listener


def tell_scanned(work: Work, scan_id: UUID) -> None:
    for listener in _listeners:
        listener(work, scan_id)
