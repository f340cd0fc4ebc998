"""How a tenant is kept: which of its settings somebody hardened, and which somebody made worse."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mscloudsim.world.azure.dice import chance
from mscloudsim.world.care import care_of
from mscloudsim.world.directory import directory_of
from mscloudsim.world.directory.directory import Directory
from mscloudsim.world.directory.licences import BY_ID
from mscloudsim.world.estate import Tenant
from mscloudsim.world.world import World

_FIRST_HARDENED, _LAST_HARDENED = 0.15, 0.9
_WORST_UNTIL: Final = 0.3


@dataclass(frozen=True)
class Upkeep:
    """Everything the settings of a tenant follow from. `plans` are the names of the service plans it bought."""

    tenant: Tenant
    care: float
    plans: frozenset[str]
    directory: Directory

    def hardened(self, setting: str) -> bool:
        """Whether somebody set it as it should be: nothing in a neglected tenant, everything in an exemplary one."""
        spread = _LAST_HARDENED - _FIRST_HARDENED
        return self.care >= _FIRST_HARDENED + spread * self._chance(setting)

    def worsened(self, setting: str) -> bool:
        """Whether somebody made it worse than Microsoft ships it: everything at a care of 0, nothing above 0.3."""
        return self.care < _WORST_UNTIL * max(0.02, self._chance(setting, "worse"))

    def happens(self, what: str, share: float) -> bool:
        """Whether something is the case that is neither good nor bad, such as a second policy."""
        return self._chance(what, "happens") < share

    def has(self, *any_of: str) -> bool:
        """Whether one of these service plans was bought."""
        return not self.plans.isdisjoint(any_of)

    def _chance(self, *parts: str) -> float:
        return chance(self.tenant.seed, self.tenant.id, "setting", *parts)


def upkeep_of(world: World, tenant: Tenant) -> Upkeep:
    """As it is now: a change of care or of licences shows at once."""
    directory = directory_of(world, tenant)
    said = care_of(world, tenant)
    care = directory.people.care if said is None else said
    return Upkeep(tenant, care, plans_of(directory.licences_used()), directory)


def plans_of(skus: Iterable[str]) -> frozenset[str]:
    """Names of the service plans in the licences of these ids."""
    return frozenset(plan.name for sku in skus for plan in BY_ID[sku].plans)
