"""Everything one simulation holds: the estate, the time, and the little state that changes make."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from mscloudsim.clock import Clock
from mscloudsim.faults import Faults
from mscloudsim.signing import Signer
from mscloudsim.stats import Stats
from mscloudsim.throttling import Throttles
from mscloudsim.world.estate import Estate

State = TypeVar("State")


@dataclass
class World:
    """Handed to every service. Services keep their own state in it, by name."""

    estate: Estate
    clock: Clock = field(default_factory=Clock)
    faults: Faults = field(default_factory=Faults)
    stats: Stats = field(default_factory=Stats)
    throttles: Throttles = field(default_factory=Throttles)
    signer: Signer = field(default_factory=Signer)
    _states: dict[str, Any] = field(default_factory=dict)

    def state(self, name: str, make: Callable[[], State]) -> State:
        """The state of this name, made at first use."""
        if name not in self._states:
            self._states[name] = make()
        found: State = self._states[name]
        return found
