"""Every page there is, found through the links that lead to it: usable by everyone, quiet, whole on every screen.

A new page is looked at without a line here, and one that nothing leads to is told.
"""

import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import expect
from sqlalchemy import select
from tests.journeys.conftest import Demo, Person
from tests.support.cast import PASSWORD
from tests.support.costs import billed, out_of_line
from tests.support.posture import scanned
from tests.support.walking import Walk, page_routes
from tests.support.web import Client

from tenantry.kit.clock import SystemClock
from tenantry.platform.access import VIEWER
from tenantry.platform.opening import open_platform
from tenantry.platform.provisioning.service import Provisioning
from tenantry.platform.setup import operator
from tenantry.platform.tenancy.models import Tenant
from tenantry.posture.controls.catalogue import Assessment, all_controls
from tenantry.settings import Settings

pytestmark = pytest.mark.xdist_group("journeys")

LEAD_ON = {
    "/microsoft-tenants": "/",
    "/microsoft-tenants/consented": "/",
}
"""They show nothing of their own, but lead to another page."""
SIGNED_OUT = {"/sign-in"}
"""Seen by those who have not signed in."""
ROUTES = [route for route in page_routes() if route.path not in LEAD_ON.keys() | SIGNED_OUT]


@pytest.fixture(scope="module")
def visitor(demo: Demo) -> Client:
    answer = Client(demo.url).post("/api/v1/auth/login", {"email": demo.email, "password": demo.password})
    return Client(demo.url, token=answer.json()["token"])


@pytest.fixture(scope="module")
def walk(demo: Demo, visitor: Client) -> Walk:
    """All that links lead to, once something was done: operations that read and plan, and two scans to compare."""
    tenants = visitor.get("/api/v1/microsoft-tenants").json()["items"]
    health = next(row["id"] for row in tenants if row["name"] == "Contoso Health")
    operated(visitor, {"kind": "list-users", "microsoft_tenant_id": health})
    group = {"arguments": {"name": "Auditors"}, "dry_run": True}
    operated(visitor, {"kind": "create-security-group", "microsoft_tenant_id": health, **group})
    scanned(visitor, health)
    attested(visitor, scanned(visitor, health))
    rule = {"name": "Anybody privileged", "metric": "identity.privileged", "threshold": 0}
    assert visitor.post("/api/v1/alerts/rules", rule).status == 201
    costs_more(demo, health)
    return Walk(visitor).walk()


def costs_more(demo: Demo, microsoft_tenant_id: str) -> None:
    """What fetching its costs would find, which the quotas of Azure make long."""
    platform = open_platform(Settings(home=demo.home, _env_file=None))  # type: ignore[call-arg]  # pydantic-settings' own
    with platform.databases.identity(read_only=True) as session:
        actor = operator(session.scalars(select(Tenant.id).where(Tenant.slug == "demo")).one())
    billed(platform, actor, UUID(microsoft_tenant_id))
    out_of_line(platform, actor, UUID(microsoft_tenant_id))
    platform.databases.dispose()


def attested(visitor: Client, scan: str) -> None:
    """A control no machine can see, so that there is something to list."""
    control = next(one.key for one in all_controls().values() if one.assessment is Assessment.ATTESTATION)
    until = (SystemClock().now() + timedelta(days=90)).date().isoformat()
    told = {"owner": "Security lead", "evidence": "Ticket 4711", "valid_until": until}
    answer = visitor.submit(f"/posture/scans/{scan}/{control}/attest", holds="true", **told)
    assert answer.status == 303, answer.text


def operated(visitor: Client, wanted: dict[str, Any]) -> None:
    answer = visitor.post("/api/v1/operations", wanted)
    assert answer.status < 300, answer.text
    for _ in range(100):
        if visitor.get(f"/api/v1/operations/{answer.json()['id']}").json()["state"] in ("planned", "succeeded"):
            return
        time.sleep(0.1)
    raise AssertionError("the operation did not end")


def test_what_leads_on_leads_where_it_should(visitor: Client) -> None:
    for path, where in LEAD_ON.items():
        answer = visitor.get(path)
        assert (answer.status, answer.headers["Location"].partition("?")[0]) == (303, where)
    assert LEAD_ON.keys() | SIGNED_OUT <= {route.path for route in page_routes()}


@pytest.mark.parametrize("route", ROUTES, ids=[route.path.strip("/") or "overview" for route in ROUTES])
def test_every_page_is_for_everyone_quiet_and_fits(person: Person, walk: Walk, route: APIRoute) -> None:
    addresses = walk.of(route)
    assert addresses, "no link leads there: add one, or say in LEAD_ON or SIGNED_OUT why"
    assert {address: faults for address in addresses if (faults := faults_at(person, address))} == {}
    assert person.complaints == []
    assert person.asked == {person.demo.url.split("/")[2]}, "nothing is asked of another host"


def faults_at(person: Person, address: str) -> list[str]:
    page = person.opens(address)
    found = person.faults()
    details = page.locator("a[data-drawer]")
    if "?" in address or not details.count():
        return found
    details.first.click()
    expect(page.get_by_role("dialog", name="Details").get_by_role("heading").first).to_be_visible()
    return found + [f"in the drawer: {fault}" for fault in person.faults()]


def test_what_strangers_see_is_for_everyone_too(stranger: Person) -> None:
    page = stranger.opens("/audit?action=sign_in.*")
    assert page.url.startswith(f"{stranger.demo.url}/sign-in?next=")
    assert stranger.faults() == []
    assert stranger.complaints == []
    page.get_by_label("Email address").fill("nobody@demo.example")
    page.get_by_label("Password").fill("wrong wrong wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert stranger.faults() == []


@pytest.mark.parametrize("path", ["/nowhere", f"/microsoft-tenants/{UUID(int=1)}", "/resources?cursor=broken"])
def test_what_cannot_be_shown_is_said_to_everyone(person: Person, path: str) -> None:
    person.opens(path)
    expect(person.page.get_by_text("Code", exact=False).first).to_be_visible()
    assert person.faults() == []
    assert [line for line in person.complaints if "Failed to load resource" not in line] == []


@pytest.fixture(scope="module")
def viewer(demo: Demo) -> str:
    """The address of somebody who may only read, added as an operator would."""
    platform = open_platform(Settings(home=demo.home, _env_file=None))  # type: ignore[call-arg]  # pydantic-settings' own
    with platform.databases.identity(read_only=True) as session:
        tenant_id = session.scalars(select(Tenant.id).where(Tenant.slug == "demo")).one()
    provisioning = Provisioning(platform.databases, platform.clock, operator(tenant_id))
    user = provisioning.create_user("bob@demo.example", "Bob", PASSWORD)
    provisioning.add_member(tenant_id, user.id, VIEWER)
    platform.databases.dispose()
    return user.email


def test_what_is_refused_is_said_to_everyone(stranger: Person, viewer: str) -> None:
    page = stranger.opens("/microsoft-tenants/new")
    page.get_by_label("Email address").fill(viewer)
    page.get_by_label("Password").fill(PASSWORD.reveal())
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Forbidden")).to_be_visible()
    assert stranger.faults() == []
    page.get_by_role("link", name="To the overview").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    assert stranger.faults() == []
