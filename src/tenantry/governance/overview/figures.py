"""Figures that higher slices add to the overview and to the page of a Microsoft tenant, which know nothing of them."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from tenantry.platform.access import Permission
from tenantry.platform.work import Work


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a strip: `note` says what it is out of, `tone` is good, warning, bad, unknown or nothing."""

    label: str
    value: str
    note: str
    href: str
    tone: str = ""


FleetFigure = Callable[[Work], Figure | None]
TenantFigure = Callable[[Work, UUID], Figure | None]

_of_fleets: list[tuple[Permission, FleetFigure]] = []
_of_tenants: list[tuple[Permission, TenantFigure]] = []


def fleet_figure(needs: Permission) -> Callable[[FleetFigure], FleetFigure]:
    """Registers a figure about all of the actor's Microsoft tenants; None where it has nothing to say."""

    def register(function: FleetFigure) -> FleetFigure:
        _of_fleets.append((needs, function))
        return function

    return register


def tenant_figure(needs: Permission) -> Callable[[TenantFigure], TenantFigure]:
    """Registers a figure about one Microsoft tenant; None where it has nothing to say."""

    def register(function: TenantFigure) -> TenantFigure:
        _of_tenants.append((needs, function))
        return function

    return register


def fleet_figures(work: Work) -> list[Figure]:
    """Those that the actor may see."""
    made = [tell(work) for needs, tell in _of_fleets if work.actor.may(needs)]
    return [figure for figure in made if figure is not None]


def tenant_figures(work: Work, microsoft_tenant_id: UUID) -> list[Figure]:
    made = [tell(work, microsoft_tenant_id) for needs, tell in _of_tenants if work.actor.may(needs)]
    return [figure for figure in made if figure is not None]
