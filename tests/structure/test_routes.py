"""Every route says who may use it, and none changes anything on GET."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute

from tenantry.kit.crypto import Keyring
from tenantry.main import build_app
from tenantry.platform.access import Permission
from tenantry.platform.doors.endpoint import PUBLIC
from tenantry.platform.work import Platform
from tenantry.settings import Settings

PUBLIC_ROUTES = {
    ("GET", "/health"),  # that the process answers, and nothing else
    ("GET", "/ready"),  # three yes or no about this process
    ("GET", "/health/detailed"),  # with the token for monitoring, otherwise as a visitor who needs health:read
    ("GET", "/metrics"),  # with the token for monitoring, or from this machine
    ("POST", "/api/v1/auth/login"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("POST", "/msp/cspm/webhook/progress/{scan_id}"),  # authenticated by the secret of the scan
}
"""Reviewed by hand: what answers without a session. A new entry needs a reason in its review."""


@pytest.fixture
def routes(platform: Platform, keyring: Keyring) -> list[APIRoute]:
    app = build_app(platform, Settings())
    return [route for route in _flatten(app.routes) if isinstance(route, APIRoute)]


def test_every_route_declares_who_may_use_it(routes: list[APIRoute]) -> None:
    assert len(routes) > len(PUBLIC_ROUTES)
    silent = [route.path for route in routes if not hasattr(route, "needs")]
    assert silent == []


def test_public_routes_are_the_reviewed_ones(routes: list[APIRoute]) -> None:
    public = {(method, route.path) for route in routes for method in methods(route) if needs(route) is PUBLIC}
    assert public == PUBLIC_ROUTES


def test_get_routes_run_in_read_only_work(routes: list[APIRoute]) -> None:
    for route in routes:
        if "GET" in methods(route):
            assert route.endpoint.read_only, route.path  # type: ignore[attr-defined]  # set by our own wrapper


def test_declared_permissions_are_in_the_openapi_document(routes: list[APIRoute], platform: Platform) -> None:
    paths = build_app(platform, Settings()).openapi()["paths"]
    for route in routes:
        required = needs(route)
        if isinstance(required, Permission) and route.include_in_schema:
            for method in methods(route):
                assert paths[route.path_format][method.lower()]["x-permission"] == required.name


def methods(route: APIRoute) -> set[str]:
    return route.methods or set()


def needs(route: APIRoute) -> object:
    declared: object = getattr(route, "needs", None)
    return declared


def _flatten(routes: Iterable[Any]) -> Iterator[Any]:
    """FastAPI keeps an included router as one entry of its parent."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        yield from _flatten(inner.routes) if inner else (route,)
