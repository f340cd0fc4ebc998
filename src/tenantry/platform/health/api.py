"""`/health`, `/ready`, `/health/detailed`, `/metrics`: what orchestrators, monitors and administrators ask."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tenantry.kit.errors import Forbidden, NotSignedIn
from tenantry.platform.doors import PUBLIC, Api
from tenantry.platform.doors.endpoint import endpoint
from tenantry.platform.health.guard import MonitoringOnly, is_monitor, require_monitor
from tenantry.platform.health.permissions import READ
from tenantry.platform.health.probes import probes_of
from tenantry.platform.health.schemas import AliveOut, HealthOut, ReadyOut
from tenantry.platform.health.service import health_of_installation, health_of_tenant
from tenantry.platform.work import Work

api = Api("", "health")
METRICS = "text/plain; version=0.0.4; charset=utf-8"


@api.get("/health", needs=PUBLIC, response_model=AliveOut)
async def alive() -> AliveOut:
    """Liveness: the process answers. Nothing else is looked at, so a database that is away restarts nothing."""
    return AliveOut(status="ok")


@api.get("/ready", needs=PUBLIC, response_model=ReadyOut, responses={503: {"model": ReadyOut}})
async def ready(request: Request) -> Response:
    """Readiness: the database answers and is migrated, and the master keys that are needed are there."""
    found = await probes_of(request).readiness.look()
    return JSONResponse(ReadyOut.of(found).model_dump(), 200 if found else 503, {"Cache-Control": "no-store"})


def _for_people(work: Work, request: Request) -> HealthOut:
    return HealthOut.of(health_of_tenant(work), request.app.version)


_asked_by_people = endpoint(_for_people, READ, read_only=True)


@api.get("/health/detailed", needs=PUBLIC, response_model=HealthOut, errors=[NotSignedIn, Forbidden])
def detailed(request: Request) -> HealthOut:
    """How each part is. For people with `health:read`: their organisation. With the token for monitoring: everything.

    The answer is 200 whatever the status says.
    """
    probes = probes_of(request)
    if is_monitor(request, probes.settings):
        return HealthOut.of(health_of_installation(probes.platform), request.app.version)
    told: HealthOut = _asked_by_people(_request=request)
    return told


@api.get("/metrics", needs=PUBLIC, errors=[MonitoringOnly], response_class=Response)
def metrics(request: Request) -> Response:
    """Metrics in Prometheus' text format, for programs on this machine or with the token for monitoring."""
    probes = probes_of(request)
    require_monitor(request, probes.settings)
    return Response(probes.exposition.text(), headers={"Cache-Control": "no-store"}, media_type=METRICS)
