"""Somebody adds a rule, sees what it finds, acknowledges an alert and sees it stay quiet."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.journeys.conftest import Demo, Person
from tests.support.web import Client

pytestmark = pytest.mark.xdist_group("journeys")
NAME = "Too many who are stale"
PRIVILEGED = "Nobody may be privileged"


def signed_in_over_api(demo: Demo) -> Client:
    answer = Client(demo.url).post("/api/v1/auth/login", {"email": demo.email, "password": demo.password})
    return Client(demo.url, answer.json()["token"])


def told(demo: Demo) -> list[str]:
    """What arrived in the Teams channel of the demo about the rule, once nothing is on its way any more."""
    client = signed_in_over_api(demo)
    for _ in range(200):
        if not client.get("/api/v1/notifications", state="waiting").json()["items"]:
            break
        time.sleep(0.1)
    cards: list[Any] = Client(demo.simulator).get("/_sim/webhooks/teams/operations").json()
    return [str(card) for card in cards if NAME in str(card)]


def test_an_alert_is_acknowledged_and_stays_quiet(person: Person) -> None:
    page = person.opens("/alerts")
    page.get_by_role("link", name="Add a rule").click()
    page.get_by_role("button", name="Add the rule").click()
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Watches").select_option(label="Stale accounts (accounts)")
    page.get_by_label("Threshold").fill("plenty")
    page.get_by_role("button", name="Add the rule").click()
    expect(page.get_by_text("Write a number, such as 20 or 0.5.")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value(NAME)
    page.get_by_label("Threshold").fill("2")
    page.get_by_role("button", name="What would it say now?").click()
    trial = page.get_by_role("table", name="What it says now")
    expect(trial.get_by_role("row").filter(has_text="Northwind Traders")).to_contain_text("would be an alert")
    assert person.faults() == []
    page.get_by_role("button", name="Add the rule").click()
    expect(page.get_by_role("status").filter(has_text=re.compile(r"alerts? (is|are) open"))).to_be_visible()

    page.goto(person.demo.url + "/alerts")
    row = page.get_by_role("row").filter(has_text=NAME).filter(has_text="Northwind Traders")
    assert person.faults() == []
    row.get_by_role("link", name=NAME).click()
    expect(page.get_by_text("told over 1 channel")).to_be_visible()
    before = told(person.demo)
    assert len(before) == 1, "many of one rule are one card"
    page.get_by_role("button", name="Acknowledge").click()
    page.get_by_label("Reason").first.fill("Cleaning up with the customer on Thursday")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("Acknowledged by admin@demo.example")).to_be_visible()
    assert person.faults() == []

    page.get_by_role("link", name=NAME, exact=True).click()
    page.get_by_label("Threshold").fill("1")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="The rule was changed.")).to_be_visible()
    page.goto(person.demo.url + "/alerts?show=acknowledged")
    expect(page.get_by_role("row").filter(has_text=NAME)).to_contain_text("admin@demo.example")
    assert not [card for card in told(person.demo) if card not in before and "Northwind Traders" in card]

    page.get_by_role("row").filter(has_text=NAME).get_by_role("link", name=NAME).click()
    page.locator("summary", has_text="Resolve by hand").click()
    page.get_by_label("Reason").last.fill("The accounts were removed")
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("Resolved by admin@demo.example")).to_be_visible()
    assert [line for line in person.complaints if "422" not in line] == []


def test_the_overview_shows_what_is_open_and_leads_to_it(person: Person) -> None:
    rule = {"name": PRIVILEGED, "metric": "identity.privileged", "threshold": 0, "severity": "critical"}
    assert signed_in_over_api(person.demo).post("/api/v1/alerts/rules", rule).status == 201
    page = person.opens("/")
    panel = page.get_by_role("table", name="Open alerts")
    panel.get_by_role("row").filter(has_text=PRIVILEGED).get_by_role("link").first.click()
    expect(page.get_by_role("heading", name=re.compile(PRIVILEGED))).to_be_visible()
    page.locator("summary", has_text="Snooze").click()
    page.get_by_label("For", exact=True).select_option(label="1 day")
    page.get_by_label("Reason").nth(1).fill("Waiting for the customer")
    page.get_by_role("button", name="Snooze").click()
    expect(page.get_by_role("status").filter(has_text="Snoozed until")).to_be_visible()
    page.get_by_role("button", name="End the snooze").click()
    expect(page.get_by_role("status").filter(has_text="not snoozed any more")).to_be_visible()
