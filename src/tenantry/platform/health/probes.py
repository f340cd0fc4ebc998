"""What answers the questions about health in one process; set once on `app.state.probes`."""

from dataclasses import dataclass
from typing import Self

from starlette.requests import Request

from tenantry.platform.health.exposition import Exposition
from tenantry.platform.health.readiness import Readiness
from tenantry.platform.work import Platform
from tenantry.settings import Settings


@dataclass(frozen=True, slots=True)
class Probes:
    platform: Platform
    settings: Settings
    readiness: Readiness
    exposition: Exposition

    @classmethod
    def of(cls, platform: Platform, settings: Settings) -> Self:
        kept = Exposition(platform, settings.metrics_cache_seconds)
        return cls(platform, settings, Readiness(platform), kept)


def probes_of(request: Request) -> Probes:
    probes: Probes = request.app.state.probes
    return probes
