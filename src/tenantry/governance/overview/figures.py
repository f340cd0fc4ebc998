"""Figures that higher slices add to the overview and to the page of a Microsoft tenant, which know nothing of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
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


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the overview with a template of its own, which is given `values` as `panel`."""

    template: str
    values: Mapping[str, Any]


FleetPanel = Callable[[Work], Panel | None]
FleetFigure = Callable[[Work], Figure | None]
TenantFigure = Callable[[Work, UUID], Figure | None]

_of_fleets: list[tuple[Permission, FleetFigure]] = []
_panels: list[tuple[Permission, FleetPanel]] = []
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


def fleet_panel(needs: Permission) -> Callable[[FleetPanel], FleetPanel]:
    """Registers a panel about all of the actor's Microsoft tenants; None where it has nothing to show."""

    def register(function: FleetPanel) -> FleetPanel:
        _panels.append((needs, function))
        return function

    return register


def fleet_panels(work: Work) -> list[Panel]:
    made = [show(work) for needs, show in _panels if work.actor.may(needs)]
    return [panel for panel in made if panel is not None]


def fleet_figures(work: Work) -> list[Figure]:
    """Those that the actor may see."""
    made = [tell(work) for needs, tell in _of_fleets if work.actor.may(needs)]
    return [figure for figure in made if figure is not None]


def tenant_figures(work: Work, microsoft_tenant_id: UUID) -> list[Figure]:
    made = [tell(work, microsoft_tenant_id) for needs, tell in _of_tenants if work.actor.may(needs)]
    return [figure for figure in made if figure is not None]
