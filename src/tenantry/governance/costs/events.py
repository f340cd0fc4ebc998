"""Days of costs were kept: slices that build on them listen, in the same unit of work."""

from collections.abc import Callable
from typing import Final

from tenantry.governance.costs.models import CostSource
from tenantry.governance.costs.period import Period
from tenantry.platform.work import Work

Listener = Callable[[Work, CostSource, Period], None]
"""Told which days of which subscription were kept."""
_listeners: Final[list[Listener]] = []


def on_kept(listener: Listener) -> Listener:
    """A slice imports this and decorates a function in its `listeners.py`."""
    _listeners.append(listener)
    return listener


def tell_kept(work: Work, source: CostSource, period: Period) -> None:
    for listener in _listeners:
        listener(work, source, period)
