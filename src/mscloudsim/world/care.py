"""How well a tenant's Microsoft 365 settings are kept when a change said so, instead of what its seed gives."""

from mscloudsim.world.estate import Tenant
from mscloudsim.world.world import World


def care_of(world: World, tenant: Tenant) -> float | None:
    """From 0, neglected, to 1, exemplary. None for a tenant nobody spoke of: its seed says it."""
    return _said(world).get(tenant.id)


def set_care(world: World, tenant: Tenant, care: float) -> None:
    """Raises ValueError for a care outside 0 to 1."""
    if not 0 <= care <= 1:
        raise ValueError("the care of a tenant lies between 0, neglected, and 1, exemplary")
    _said(world)[tenant.id] = float(care)


def _said(world: World) -> dict[str, float]:
    said: dict[str, float] = world.state("care of tenants", dict)
    return said
