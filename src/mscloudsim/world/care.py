"""How well a tenant is kept, where somebody decided that instead of leaving it to the seed."""

from mscloudsim.world.estate import Tenant
from mscloudsim.world.world import World


def care_of(world: World, tenant: Tenant) -> float | None:
    """What was decided for a tenant, from 0, neglected, to 1, exemplary; None where the seed decides."""
    return _decided(world).get(tenant.id)


def set_care(world: World, tenant: Tenant, care: float) -> None:
    """Raises ValueError for what is not between 0 and 1."""
    if not 0 <= care <= 1:
        raise ValueError(f"care is a number from 0, neglected, to 1, exemplary, not {care}")
    _decided(world)[tenant.id] = care


def _decided(world: World) -> dict[str, float]:
    decided: dict[str, float] = world.state("care", dict)
    return decided
