"""How the installation is, part by part."""

from dataclasses import dataclass
from datetime import datetime

from tenantry.kit.logging import get_logger
from tenantry.platform.health.permissions import READ
from tenantry.platform.health.registry import Look, Part, PartReading, Status, all_parts, worst
from tenantry.platform.work import Platform, Work

_log = get_logger("tenantry.health")


@dataclass(frozen=True, slots=True)
class Report:
    """What every part says, and the worst of it."""

    at: datetime
    parts: dict[str, Part]

    @property
    def status(self) -> Status:
        return worst(part.status for part in self.parts.values())


def health_of_tenant(work: Work) -> Report:
    """As the actor may see it: their tenant, within their scope. The database and the workers serve all tenants."""
    work.actor.require(READ)
    return _report(Look(work.platform, work.session, work.clock.now(), work.actor.scope))


def health_of_installation(platform: Platform) -> Report:
    """Over all tenants, for whoever runs the installation. It counts Microsoft tenants and names none."""
    with platform.databases.across_tenants(reason="health of the installation", read_only=True) as session:
        return _report(Look(platform, session, platform.clock.now()))


def _report(look: Look) -> Report:
    return Report(look.now, {name: _said(name, reading, look) for name, reading in all_parts().items()})


def _said(name: str, reading: PartReading, look: Look) -> Part:
    """A part that cannot be read must not hide the others."""
    try:
        with look.session.begin_nested():
            return reading(look)
    except Exception:  # noqa: BLE001 - whatever it was, the other parts are told
        _log.exception("health part not read", part=name)
        return Part(Status.UNKNOWN, "It could not be read; the log says why.")
