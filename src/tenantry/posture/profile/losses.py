"""What missing permissions cost: the controls that cannot be judged without them."""

from collections.abc import Collection
from dataclasses import dataclass

from tenantry.estate.models import MicrosoftTenant
from tenantry.posture.controls.catalogue import Control, controls_of


@dataclass(frozen=True, slots=True)
class Cost:
    """A missing permission and the controls that need it."""

    permission: str
    controls: tuple[Control, ...]


def costs_of(tenant: MicrosoftTenant, benchmark: str) -> list[Cost]:
    """Before a scan: of the permissions the last connection test found missing, those that cost controls."""
    found = [Cost(name, _needing(name, benchmark)) for name in sorted(tenant.missing_permissions)]
    return [cost for cost in found if cost.controls]


def controls_lost(costs: Collection[Cost]) -> int:
    """How many controls are lost, each counted once."""
    return len({control.key for cost in costs for control in cost.controls})


def _needing(permission: str, benchmark: str) -> tuple[Control, ...]:
    return tuple(
        control
        for control in controls_of(benchmark)
        if control.check is not None and any(permission in dataset.permissions for dataset in control.check.reads)
    )
