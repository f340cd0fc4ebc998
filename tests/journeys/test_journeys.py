"""What people do with the product, in a real browser, over the simulated cloud."""

import json
import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from tests.journeys.conftest import Demo, Person

pytestmark = pytest.mark.xdist_group("journeys")


def simulated(demo: Demo) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{demo.simulator}/_sim/tenants", timeout=30) as reply:
        rows: list[dict[str, Any]] = json.loads(reply.read())
        return rows


def test_stale_people_are_found_and_exported(person: Person) -> None:
    page = person.opens("/identity/stale?enabled=true")
    expect(page.get_by_role("row").nth(1)).to_contain_text(re.compile(r"\d+\s*d ago|never"))
    page.get_by_text("Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    shown = page.get_by_text(re.compile(r"^[\d\s]+ of [\d\s]+$")).inner_text()
    assert len(lines) - 1 == int(re.sub(r"\D", "", shown.split("of")[1]))


def test_hostile_names_break_nothing(person: Person) -> None:
    page = person.opens("/identity/users?q=%3Cscript")
    expect(page.get_by_text("<script>alert('x')</script>").first).to_be_visible()
    assert person.complaints == []


def test_a_group_is_planned_created_and_found_in_the_audit(person: Person) -> None:
    page = person.opens("/operations/new?kind=create-security-group")
    page.get_by_label("Microsoft tenant").select_option(label="Contoso Health")
    page.get_by_label("Group name").fill("Break glass <reviewers>")
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_text("POST /v1.0/groups")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Apply this plan").click()
    expect(page.get_by_text("exists, with the id")).to_be_visible(timeout=20_000)
    page.get_by_role("link", name="in the audit trail").click()
    expect(page.get_by_text("operation.create-security-group").first).to_be_visible()
    assert person.complaints == []


def test_the_palette_goes_anywhere_by_name(person: Person) -> None:
    page = person.opens("/jobs")
    page.keyboard.press("Control+k")
    page.keyboard.type("contoso hea")
    expect(page.get_by_role("option", name="Contoso Health Microsoft tenant")).to_be_visible()
    assert person.violations() == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Contoso Health")).to_be_visible()
    assert person.complaints == []


def test_signing_out_ends_the_session(browser: Browser, demo: Demo) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(demo.url + "/identity/users")
    page.get_by_label("Email address").fill(demo.email)
    page.get_by_label("Password").fill("wrong wrong wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    page.get_by_label("Password").fill(demo.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(demo.url + "/identity/users")
    page.get_by_role("button", name="Sign out").click()
    page.goto(demo.url + "/jobs")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    context.close()
