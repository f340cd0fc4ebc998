"""Somebody limited to some Microsoft tenants: no page, list, figure, detail or file speaks of another one.

The routes come from the application itself, so that a new one is tried without a line here.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.routing import APIRoute
from tests.governance import azure
from tests.structure.test_routes import _flatten
from tests.support.cast import Cast
from tests.support.observed import Observed
from tests.support.web import Client

from tenantry.main import build_app
from tenantry.platform.doors import authentication
from tenantry.platform.work import Platform
from tenantry.settings import Settings

SECRET = "zanzibar"
OPERATORS = {"/metrics"}
"""For whoever runs the server, by a token of its own or on a loopback address alone: about everybody."""


@pytest.fixture
def addresses(platform: Platform, settings: Settings) -> list[str]:
    """Everything that can be read without knowing an id, and the export of every list in every format."""
    found = {
        route.path
        for route in _flatten(build_app(platform, settings).routes)
        if isinstance(route, APIRoute) and "GET" in (route.methods or set())
    }
    return sorted(address for path in found - OPERATORS for address in _filled(path) if "{" not in address)


def _filled(path: str) -> Iterator[str]:
    names = ("users", "guests", "privileged", "stale", "groups", "applications", "licences", "policies", "principals")
    for name in names if "/identity/{name}" in path else ("",):
        for ending in ("csv", "json") if "{ending}" in path else ("",):
            yield path.replace("{name}", name).replace("{ending}", ending)


@pytest.fixture
def hidden(platform: Platform, cast: Cast) -> Observed:
    tenant = Observed.onboard(platform, cast.alice.actor, f"{SECRET} Ltd")
    key = "5f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5"
    tenant.collect(
        entra_users=[{"id": "z", "displayName": f"{SECRET} person", "userType": "Member"}],
        entra_groups=[{"id": "g", "displayName": f"{SECRET} group"}],
        azure_subscriptions=[azure.subscription(key, displayName=f"{SECRET} subscription")],
        azure_resource_groups=[azure.group(f"rg-{SECRET}", key)],
        azure_resources=[azure.disk(f"disk-{SECRET}", key=key, location=SECRET, tags={SECRET: SECRET})],
    )
    return tenant


def test_nothing_of_another_microsoft_tenant_is_told(
    monkeypatch: pytest.MonkeyPatch,
    platform: Platform,
    cast: Cast,
    alice: Client,
    hidden: Observed,
    addresses: list[str],
) -> None:
    seen = Observed.onboard(platform, cast.alice.actor, "Contoso")
    browser = Client(alice.base_url, alice.token, {"Accept": "text/html"})
    told = [path for path in addresses if SECRET in browser.get(path).text.lower()]
    assert {"/", "/fleet.csv", "/audit", "/identity/users", "/resources", "/api/v1/microsoft-tenants"} <= set(told)
    known = alice.get(f"/api/v1/microsoft-tenants/{hidden.id}").json()["entra_tenant_id"]
    as_before = authentication._actor
    monkeypatch.setattr(authentication, "_actor", lambda *given: replace(as_before(*given), scope=frozenset({seen.id})))
    answers = {path: browser.get(path) for path in addresses}
    assert [path for path, answer in answers.items() if SECRET in answer.text.lower()] == []
    assert [path for path, answer in answers.items() if answer.status >= 500] == []
    assert browser.get(f"/microsoft-tenants/{hidden.id}").status == 404
    assert SECRET not in browser.get("/jobs", subject=str(hidden.id)).text
    assert SECRET not in browser.get("/audit", tenant=str(hidden.id)).text.lower()
    credential = {"kind": "client_secret", "client_id": known, "reference": "env:GUESS"}
    guess = {"entra_tenant_id": known, "name": "Guess", "credential": credential}
    refused = browser.post("/api/v1/microsoft-tenants", guess)
    assert (refused.status, SECRET in refused.text.lower()) == (409, False)
