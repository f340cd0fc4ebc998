"""The audit trail in the browser: filtered, opened, taken along."""

import csv
import io
import json

import pytest
from tests.support.cast import Cast
from tests.support.web import Client

HTML = {"Accept": "text/html"}


@pytest.fixture
def trail(alice: Client) -> Client:
    """Alice onboarded a Microsoft tenant, renamed it, and looks at what was recorded."""
    credential = {"kind": "client_secret", "client_id": "6a0d7f0e-5c0e-4f0e-9d6b-2f3f4f5f6f70", "reference": "env:X"}
    body = {"entra_tenant_id": "6a0d7f0e-5c0e-4f0e-9d6b-2f3f4f5f6f71", "name": "Contoso", "credential": credential}
    tenant = alice.post("/api/v1/microsoft-tenants", body).json()["id"]
    assert alice.request("PATCH", f"/api/v1/microsoft-tenants/{tenant}", {"name": "=Contoso"}).status == 200
    return Client(alice.base_url, alice.token, HTML)


def actions(trail: Client, **filters: str) -> list[str]:
    """The actions of a JSON export of the page's filter."""
    return [row["action"] for row in json.loads(trail.get("/audit/export.json", **filters).body)]


def test_the_form_as_a_browser_sends_it_filters_nothing(trail: Client) -> None:
    empty = dict.fromkeys(("action", "actor", "target_id", "outcome", "since", "until"), "")
    page = trail.get("/audit", **empty)
    assert page.status == 200
    assert "microsoft_tenant.onboarding_started" in page.text


def test_filters_choose_and_are_shown_as_chips(trail: Client, cast: Cast) -> None:
    assert set(actions(trail, action="microsoft_tenant.*")) == {
        "microsoft_tenant.created",
        "microsoft_tenant.onboarding_started",
        "microsoft_tenant.updated",
    }
    assert actions(trail, actor=cast.bob.email) == []
    assert actions(trail, since="2026-11-25") == []
    assert "microsoft_tenant.updated" in actions(trail, since="2026-11-24", until="2026-11-24")
    page = trail.get("/audit", action="microsoft_tenant.updated", since="2026-11-24").text
    assert "Filters in force" in page


@pytest.mark.parametrize("filters", [{"since": "2026-99-99"}, {"tenant": "-" * 36}, {"outcome": "perhaps"}])
def test_a_filter_that_means_nothing_is_refused(trail: Client, filters: dict[str, str]) -> None:
    assert trail.get("/audit", **filters).status == 422
    assert trail.get("/audit/export.csv", **filters).status == 422


def test_an_event_opens_with_what_was_before_and_its_seal(trail: Client) -> None:
    event = trail.get("/audit.json", action="microsoft_tenant.updated").json()["items"][0]
    page = trail.get(f"/audit/events/{event['id']}").text
    assert "Contoso" in page
    assert "=Contoso" in page
    assert event["request_id"] in page
    assert "next seal" in page


def test_no_spreadsheet_takes_it_for_a_formula_and_taking_it_is_recorded(trail: Client) -> None:
    text = trail.get("/audit/export.csv", action="microsoft_tenant.updated").body.decode("utf-8-sig")
    head, row, *_ = csv.reader(io.StringIO(text))
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
    assert dict(zip(head, row, strict=True))["Changes"].startswith("name: Contoso → =Contoso")
    assert "audit.exported" in actions(trail)


def test_charlie_opens_no_event_of_alices(trail: Client, charlie: Client) -> None:
    event = trail.get("/audit.json").json()["items"][0]["id"]
    visitor = Client(charlie.base_url, charlie.token, HTML)
    assert visitor.get(f"/audit/events/{event}").status == 404
