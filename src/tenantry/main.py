"""Builds the web application: the only place, beside the worker and the CLI, that knows everything."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tenantry.kit.db.races import ChangedMeanwhile, is_race
from tenantry.kit.errors import AppError, BadRequest, InvalidInput, NotFound
from tenantry.kit.http_metrics import HttpMetrics
from tenantry.kit.http_tracing import HttpTracing
from tenantry.kit.logging import get_logger
from tenantry.kit.request_context import BodyLimit, Crashes, RequestContext
from tenantry.platform.doors.endpoint import Doorway
from tenantry.platform.doors.pages import problem_page, wants_page
from tenantry.platform.doors.problems import problem, validation_errors
from tenantry.platform.health.api import api as health
from tenantry.platform.health.probes import Probes
from tenantry.platform.work import Platform
from tenantry.settings import Settings
from tenantry.slices import doors, load_slices
from tenantry.web.csrf import CrossSiteGuard
from tenantry.web.headers import SecurityHeaders
from tenantry.web.rendering import STATIC
from tenantry.web.static_files import Static

VERSION = version("tenantry")

_SILENT: Final = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False, "auto_configure": False}
"""FastAPI's own telemetry would tell what exceptions say, and what was sent; ours does not."""
_OPTIONS: Final[dict[str, Any]] = {"docs_url": None, "redoc_url": None, "telemetry": _SILENT}
_log = get_logger("tenantry.main")


def build_app(platform: Platform, settings: Settings) -> FastAPI:
    """The ASGI application over an opened platform."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        platform.databases.assert_isolation()
        yield

    load_slices()
    app = _with_routes(FastAPI(title="Tenantry", version=VERSION, lifespan=lifespan, **_OPTIONS))
    app.state.doorway = Doorway(platform, settings)
    app.state.probes = Probes.of(platform, settings)
    _answer_errors(app)
    app.mount("/static", Static(STATIC))
    app.add_middleware(CrossSiteGuard, origin=settings.public_url)
    app.add_middleware(BodyLimit, limit=settings.max_request_bytes)
    app.add_middleware(Crashes, answer=lambda request: _answer(request, AppError()))
    app.add_middleware(HttpMetrics)
    app.add_middleware(HttpTracing)
    app.add_middleware(SecurityHeaders, https=settings.public_url.startswith("https:"))
    app.add_middleware(RequestContext)
    return app


def build_probes(platform: Platform, settings: Settings) -> FastAPI:
    """What a worker answers: how it is, and nothing of the product."""
    load_slices()
    app = FastAPI(title="Tenantry worker", version=VERSION, openapi_url=None, **_OPTIONS)
    app.include_router(health.router)
    app.state.doorway = Doorway(platform, settings)
    app.state.probes = Probes.of(platform, settings)
    _answer_errors(app)
    app.add_middleware(Crashes, answer=lambda request: _answer(request, AppError()))
    app.add_middleware(HttpMetrics)
    app.add_middleware(SecurityHeaders, https=False)
    app.add_middleware(RequestContext)
    return app


def openapi_document() -> dict[str, Any]:
    """One document for all routes; the platform is not opened for it."""
    return _with_routes(FastAPI(title="Tenantry", version=VERSION)).openapi()


def _with_routes(app: FastAPI) -> FastAPI:
    for door in doors():
        app.include_router(door.router)
    return app


def _answer_errors(app: FastAPI) -> None:
    @app.exception_handler(AppError)
    async def _known(request: Request, error: Any) -> Response:
        if int(error.status) >= 500:  # noqa: PLR2004 - server errors wake someone
            _log.error("failed", code=error.code, detail=error.detail, exc_info=error)
        return _answer(request, error)

    @app.exception_handler(DBAPIError)
    async def _refused(request: Request, error: Any) -> Response:
        if not is_race(error):
            raise error
        _log.warning("raced", path=request.url.path, reason=str(error.orig))
        return _answer(request, ChangedMeanwhile())

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: Any) -> Response:
        errors = validation_errors(error)
        known = InvalidInput(why=", ".join(item["field"] for item in errors))
        return problem_page(request, known) if wants_page(request) else problem(request, known, errors=errors)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: Any) -> Response:
        known = NotFound(what="page") if error.status_code == 404 else BadRequest(why=str(error.detail))  # noqa: PLR2004
        answer = _answer(request, known)
        answer.status_code = error.status_code
        return answer


def _answer(request: Request, error: AppError) -> Response:
    return problem_page(request, error) if wants_page(request) else problem(request, error)
